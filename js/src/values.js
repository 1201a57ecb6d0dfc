/**
 * What may be shared, and copying it in.
 *
 * `share` is the one door by which a page's values enter: it copies, and it refuses at the line that
 * assigns or passes.
 *
 * @typedef {import('./paths.js').Key} Key
 * @typedef {import('./paths.js').Path} Path
 * @typedef {import('./tree.js').Value} Value
 */

import { PROTOTYPE, pathText } from './paths.js';
import { Dict, List } from './tree.js';

/** What to do instead, by the kind of what cannot be shared. */
const REMEDIES = new Map(
  Object.entries({
    Map: 'Object.fromEntries(...)',
    Set: '[...set]',
    ArrayBuffer: 'new Uint8Array(...)',
  }),
);

/**
 * An iterator on its way to the other end, where it is a stream. `place` says where it stood, for errors.
 */
export class Source {
  /**
   * @param {any} iterator
   * @param {string} place
   */
  constructor(iterator, place) {
    this.iterator = iterator;
    this.place = place;
  }
}

/** Read by whole characters, a surrogate is one without its other half. */
const LONE_SURROGATE = /[\ud800-\udfff]/u;

/** Names under which the language itself calls a function: in `await`, in `JSON.stringify`, in a text. */
const CALLED_BY_THE_LANGUAGE = ['then', 'toJSON', 'toString', 'valueOf'];

/**
 * Would the language call this of its own accord? Then it is not shown where data is read, so that no
 * data turns out to be a promise.
 *
 * @param {unknown} key
 * @param {unknown} value
 */
export function isCalledByItself(key, value) {
  return typeof value === 'function' && CALLED_BY_THE_LANGUAGE.includes(/** @type {string} */ (key));
}

/** The plain object of these, without what the language would call. @param {[key: string, value: any][]} entries */
export function plainObject(entries) {
  return Object.fromEntries(entries.filter(([key, value]) => !isCalledByItself(key, value)));
}

/**
 * A copy of `value` as a tree.
 *
 * @param {any} value what the page wants to share
 * @param {Path} path where it will stand, for errors and for the depth, which counts from the root
 * @param {number} maxDepth how deep it may nest
 * @param {() => string} [root] what the path starts from in errors; without it in `now`, where no stream may stand
 * @returns {Value}
 * @throws {TypeError} something in it is of a kind that cannot be shared
 * @throws {RangeError} it contains itself, nests too deep, or holds a key or text that is refused
 */
export function share(value, path, maxDepth, root) {
  return new Sharing([...path], maxDepth, root).copy(value);
}

/** One value on its way in. */
class Sharing {
  /** Where what is copied stands; an error leaves it there. */
  #path;
  #maxDepth;
  #root;
  /** The containers around that place. @type {object[]} */
  #around = [];

  /**
   * @param {Path} path
   * @param {number} maxDepth
   * @param {(() => string) | undefined} root
   */
  constructor(path, maxDepth, root) {
    this.#path = path;
    this.#maxDepth = maxDepth;
    this.#root = root;
  }

  /** @type {(value: any) => Value} */
  copy(value) {
    switch (typeof value) {
      case 'undefined':
        return null;
      case 'string':
        return this.#copyText(value);
      case 'object':
        return value && this.#copyObject(value);
      case 'symbol':
        throw new TypeError(`${this.#text}: a symbol is not shareable`);
    }
    return value;
  }

  /** @type {(value: any) => Value} */
  #copyObject(value) {
    const kind = kindOf(value);
    if (kind === 'Date') return this.#copyDate(value);
    if (kind === 'Uint8Array') return new Uint8Array(value);
    if (Array.isArray(value)) return this.#copyContainer(value);
    const iterate = value[Symbol.asyncIterator] ?? (value.next && value[Symbol.iterator]);
    if (!iterate && kind === 'Object' && isPlain(value)) return this.#copyContainer(value);
    if (iterate && this.#root) return new Source(iterate.call(value), this.#text);
    const remedy =
      REMEDIES.get(kind) ?? (iterate ? 'a function that returns it' : ArrayBuffer.isView(value) && '[...array]');
    const name = value.constructor?.name || kind;
    throw new TypeError(`${this.#text}: ${name} is not shareable${remedy ? `; use ${remedy}` : ''}`);
  }

  /** @type {(container: any) => Dict | List} */
  #copyContainer(container) {
    if (this.#path.length >= this.#maxDepth) {
      const why = this.#around.includes(container) ? 'contains itself' : `nested deeper than max_depth=${this.#maxDepth}`;
      throw new RangeError(`${this.#text}: ${why}`);
    }
    this.#around.push(container);
    const copied = Array.isArray(container)
      ? new List(Array.from(container, (item, index) => this.#copyAt(index, item)))
      : new Dict(new Map(Object.keys(container).map((key) => [this.#copyText(key), this.#copyAt(key, container[key])])));
    this.#around.pop();
    return copied;
  }

  /** @type {(key: Key, value: any) => Value} */
  #copyAt(key, value) {
    this.#path.push(key);
    if (key === PROTOTYPE) throw new RangeError(`${this.#text}: this key is refused`);
    const copied = this.copy(value);
    this.#path.pop();
    return copied;
  }

  /** @type {(text: string) => string} */
  #copyText(text) {
    if (!LONE_SURROGATE.test(text)) return text;
    throw new RangeError(`${this.#text}: a text with a lone surrogate: ${JSON.stringify(text.slice(0, 60))}`);
  }

  /** @type {(date: Date) => Date} */
  #copyDate(date) {
    const copied = new Date(date);
    const year = copied.getUTCFullYear();
    if (year >= 1 && year <= 9999) return copied;
    const what = Number.isNaN(year) ? 'an invalid date' : 'a date outside the years 1 to 9999';
    throw new TypeError(`${this.#text}: ${what} is not shareable`);
  }

  /** The place, for errors. */
  get #text() {
    return pathText(this.#path, this.#root?.());
  }
}

/** @param {object} value */
function kindOf(value) {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** Is it an object literal, of whichever frame? @param {object} value */
function isPlain(value) {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
