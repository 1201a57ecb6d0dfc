/**
 * Lists of `now`.
 *
 * They look like arrays to the page and to the language: `Array.isArray`, spread, iteration, `JSON.stringify`
 * and every method of arrays. A method that changes the list writes one splice, as small as it can be.
 *
 * @typedef {import('./live.js').Root} Root
 * @typedef {import('./tree.js').Value} Value
 */

import { isCount, pathText } from './paths.js';
import { isContainer, spliceBetween } from './tree.js';

/** The methods that change a list, and which of their arguments are elements: from one, to another. */
const CHANGING = new Map(
  Object.entries({
    push: [0, Infinity],
    unshift: [0, Infinity],
    splice: [2, Infinity],
    fill: [0, 1],
    pop: [],
    shift: [],
    sort: [],
    reverse: [],
    copyWithin: [],
  }),
);

/** How far past its end a list may be written. */
const MAX_PADDING = 10_000;

/** A value of the page's among the elements of a tree. */
class Fresh {
  /** @param {any} value */
  constructor(value) {
    this.value = value;
  }
}

/**
 * The traps of a list's proxy.
 *
 * @implements {ProxyHandler<any>}
 */
export class Lists {
  #place;

  /** @param {Root} place */
  constructor(place) {
    this.#place = place;
  }

  /** @type {(target: any, key: string | symbol, proxy?: any) => any} */
  get(target, key, proxy) {
    if (key === 'length') return this.#items.length;
    const index = toIndex(key);
    if (index >= 0) return this.#place.give(index);
    const elements = CHANGING.get(/** @type {string} */ (key));
    if (!elements) return target[key];
    return (/** @type {any[]} */ ...args) => this.#change(proxy, /** @type {string} */ (key), args, elements);
  }

  /** @type {(target: any[], key: string | symbol, value: any) => boolean} */
  set(_, key, value) {
    const { length } = this.#items;
    const index = toIndex(key);
    if (key === 'length') this.#resize(value);
    else if (index < 0) throw new TypeError(`${pathText(this.#place.path)} is a list: it has no name ${String(key)}`);
    else if (index < length) this.#place.put(index, value ?? null);
    else this.#append(index, value);
    return true;
  }

  /** An array would have a hole there. @type {(target: any[], key: string | symbol) => boolean} */
  deleteProperty(_, key) {
    const index = toIndex(key);
    if (index >= 0 && index < this.#items.length) this.#place.put(index, null);
    return true;
  }

  /** @type {(target: any[], key: string | symbol) => boolean} */
  has(target, key) {
    const index = toIndex(key);
    return index < 0 ? key in target : index < this.#items.length;
  }

  ownKeys() {
    return [...Object.keys(this.#items), 'length'];
  }

  /** @type {(target: any[], key: string | symbol) => PropertyDescriptor | undefined} */
  getOwnPropertyDescriptor(target, key) {
    const isLength = key === 'length';
    const index = toIndex(key);
    if (!isLength && !(index >= 0 && index < this.#items.length)) return undefined;
    return { value: this.get(target, key), writable: true, enumerable: !isLength, configurable: !isLength };
  }

  defineProperty() {
    return false;
  }

  preventExtensions() {
    return false;
  }

  setPrototypeOf() {
    return false;
  }

  /** @returns {Value[]} */
  get #items() {
    return this.#place.find().items;
  }

  /** @param {any} length */
  #resize(length) {
    const items = this.#items;
    if (!isCount(length)) throw new RangeError(`${pathText(this.#place.path)}: invalid length`);
    if (length > items.length) this.#append(length - 1, null);
    else if (length < items.length) this.#place.space.write([this.#place.path, length, items.length - length, []]);
  }

  /**
   * Puts a value at or past the end; nulls fill what is between.
   *
   * @param {number} index
   * @param {any} value
   */
  #append(index, value) {
    const { length } = this.#items;
    if (index - length > MAX_PADDING) {
      throw new RangeError(`${pathText([...this.#place.path, index])}: more than ${MAX_PADDING} past the end`);
    }
    this.#change(undefined, 'push', [...new Array(index - length).fill(null), value], [0, Infinity]);
  }

  /**
   * Runs a method of arrays on a copy of the elements, and writes what it changed.
   *
   * @param {any} proxy
   * @param {string} method
   * @param {any[]} args
   * @param {number[]} elements
   */
  #change(proxy, method, args, [from, to]) {
    const place = this.#place;
    const before = this.#items;
    /** @type {any} */
    const after = [...before];
    const given = args.map((arg, at) => (at >= from && at < to ? new Fresh(arg) : arg));
    if (method === 'sort' && args[0]) given[0] = this.#comparison(before, args[0]);
    const result = after[method](...given);
    const originals = this.#share(after);
    const [start, count, items] = spliceBetween(before, after, Object.is);
    if (count || items.length) place.space.write([place.path, start, count, items]);
    for (const [index, original] of originals) place.handed(index, original);
    if (result === after) return proxy;
    return Array.isArray(result) ? result.map((item) => place.plain(item, place.path)) : place.plain(result, place.path);
  }

  /**
   * Makes trees of the fresh ones among the items; the page's objects behind these, by index.
   *
   * @param {any[]} items
   * @returns {Map<number, any>}
   */
  #share(items) {
    const originals = new Map();
    const seen = new Set();
    for (const [index, item] of items.entries()) {
      // A mark is in one place only: what `copyWithin` has doubled becomes a container of its own.
      const isDoubled = isContainer(item) && seen.has(item);
      seen.add(item);
      if (item instanceof Fresh) originals.set(index, item.value);
      if (item instanceof Fresh) items[index] = this.#place.share(index, item.value);
      else if (isDoubled) items[index] = this.#place.share(index, this.#place.plain(item, this.#place.path));
    }
    return originals;
  }

  /**
   * Lets the page's function compare what it would read, rather than elements of the tree.
   *
   * @param {Value[]} items
   * @param {(a: any, b: any) => number} compare
   */
  #comparison(items, compare) {
    const positions = new Map(items.map((item, index) => [item, index]));
    const read = (/** @type {Value} */ item) => this.#place.give(positions.get(item) ?? 0);
    return (/** @type {Value} */ a, /** @type {Value} */ b) => compare(read(a), read(b));
  }
}

/**
 * The index that a property's key means; -1 if it is none.
 *
 * @param {string | symbol} key
 */
function toIndex(key) {
  const index = typeof key === 'string' ? Number(key) : -1;
  return Number.isSafeInteger(index) && String(index) === key ? index : -1;
}
