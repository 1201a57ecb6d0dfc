/**
 * What may be shared, and copying it in.
 *
 * `share` is the one door by which a page's values enter: it copies, and it refuses at the line that
 * assigns or passes.
 *
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
 * @param {string} [root] what the path starts from in errors; without it in `now`, where no stream may stand
 * @returns {Value}
 * @throws {TypeError} something in it is of a kind that cannot be shared
 * @throws {RangeError} it contains itself, nests too deep, or holds a key or text that is refused
 */
export function share(value, path, maxDepth, root) {
  return new Sharing(maxDepth, root).copy(value, path);
}

/** One value on its way in. */
class Sharing {
  #maxDepth;
  #root;
  /** The containers around the place that is copied. @type {object[]} */
  #around = [];

  /**
   * @param {number} maxDepth
   * @param {string | undefined} root
   */
  constructor(maxDepth, root) {
    this.#maxDepth = maxDepth;
    this.#root = root;
  }

  /** @type {(value: any, path: Path) => Value} */
  copy(value, path) {
    switch (typeof value) {
      case 'undefined':
        return null;
      case 'string':
        return this.#copyText(value, path);
      case 'object':
        return value && this.#copyObject(value, path);
      case 'symbol':
        throw new TypeError(`${this.#text(path)}: a symbol is not shareable`);
    }
    return value;
  }

  /** @type {(value: any, path: Path) => Value} */
  #copyObject(value, path) {
    const kind = kindOf(value);
    if (kind === 'Date') return this.#copyDate(value, path);
    if (kind === 'Uint8Array') return new Uint8Array(value);
    if (Array.isArray(value)) return this.#within(value, path, () => this.#copyArray(value, path));
    const iterate = value[Symbol.asyncIterator] ?? (value.next && value[Symbol.iterator]);
    if (!iterate && kind === 'Object' && isPlain(value)) return this.#within(value, path, () => this.#copyDict(value, path));
    if (iterate && this.#root) return new Source(iterate.call(value), this.#text(path));
    const remedy =
      REMEDIES.get(kind) ?? (iterate ? 'a function that returns it' : ArrayBuffer.isView(value) && '[...array]');
    const name = value.constructor?.name || kind;
    throw new TypeError(`${this.#text(path)}: ${name} is not shareable${remedy ? `; use ${remedy}` : ''}`);
  }

  /** @type {(container: object, path: Path, copy: () => Value) => Value} */
  #within(container, path, copy) {
    if (path.length >= this.#maxDepth) {
      const why = this.#around.includes(container) ? 'contains itself' : `nested deeper than max_depth=${this.#maxDepth}`;
      throw new RangeError(`${this.#text(path)}: ${why}`);
    }
    this.#around.push(container);
    const copied = copy();
    this.#around.pop();
    return copied;
  }

  /** @type {(array: any[], path: Path) => List} */
  #copyArray(array, path) {
    return new List(Array.from(array, (item, index) => this.copy(item, [...path, index])));
  }

  /** @type {(object: any, path: Path) => Dict} */
  #copyDict(object, path) {
    const items = new Map();
    for (const key of Object.keys(object)) {
      const at = [...path, key];
      if (key === PROTOTYPE) throw new RangeError(`${this.#text(at)}: this key is refused`);
      items.set(this.#copyText(key, path), this.copy(object[key], at));
    }
    return new Dict(items);
  }

  /** @type {(text: string, path: Path) => string} */
  #copyText(text, path) {
    if (!LONE_SURROGATE.test(text)) return text;
    throw new RangeError(`${this.#text(path)}: a text with a lone surrogate: ${JSON.stringify(text.slice(0, 60))}`);
  }

  /** @type {(date: Date, path: Path) => Date} */
  #copyDate(date, path) {
    const copied = new Date(date);
    const year = copied.getUTCFullYear();
    if (year >= 1 && year <= 9999) return copied;
    const what = Number.isNaN(year) ? 'an invalid date' : 'a date outside the years 1 to 9999';
    throw new TypeError(`${this.#text(path)}: ${what} is not shareable`);
  }

  /** @param {Path} path */
  #text(path) {
    return pathText(path, this.#root);
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
