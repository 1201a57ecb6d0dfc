/**
 * `now` as a page touches it: plain-looking objects and arrays over a tree.
 *
 * Reads are of this moment and see own writes at once. Each change is one operation. Names from elsewhere index
 * the tree and nothing else: whatever they are called, they are data.
 *
 * One exception: a *function* under a name that the language calls by itself (`then`, `toJSON`, `toString`,
 * `valueOf`) is not shown, so that `await now.player` waits for nobody.
 *
 * @typedef {import('./paths.js').Key} Key
 * @typedef {import('./live.js').Space} Space
 * @typedef {import('./tree.js').Value} Value
 * @typedef {import('./tree.js').Dict} Dict
 */

import { Lists } from './lists.js';
import { Place, Root } from './live.js';
import { PROTOTYPE, pathText } from './paths.js';
import { List, MISSING, child } from './tree.js';
import { isCalledByItself } from './values.js';

/** How the containers of one `now` are shown: the same container is the same object each time. */
export class Namespace {
  /** By mark. @type {WeakMap<object, {proxy: any, place: Place}>} */
  #shown = new WeakMap();

  /** @type {WeakMap<any, Root>} */
  #places = new WeakMap();

  #root;

  /**
   * @param {Space} space
   * @param {{[name: string]: any}} page what stands under the names that belong to the page
   */
  constructor(space, page) {
    this.#root = new Root(space, this);
    this.now = new Proxy(/** @type {any} */ ({}), new Dicts(this.#root, page));
    this.#places.set(this.now, this.#root);
  }

  /** @param {unknown} container */
  place(container) {
    return this.#places.get(container);
  }

  /**
   * @param {Root} parent
   * @param {Key} key
   * @param {Dict | List} value
   */
  show(parent, key, value) {
    let shown = this.#shown.get(value.mark);
    if (!shown) {
      const place = new Place(parent, key, value);
      const proxy = value instanceof List ? new Proxy([], new Lists(place)) : new Proxy({}, new Dicts(place));
      this.#shown.set(value.mark, (shown = { proxy, place }));
      this.#places.set(proxy, place);
    }
    shown.place.read(key, value);
    return shown.proxy;
  }

  /**
   * What a page would read at the path.
   *
   * @param {import('./paths.js').Path} path
   */
  read(path) {
    let container = this.now;
    for (const key of path) container = this.#places.get(container)?.give(key);
    return container;
  }
}

/**
 * A mapping of `now`: the traps of its proxy.
 *
 * @implements {ProxyHandler<any>}
 */
class Dicts {
  #place;
  #page;

  /**
   * @param {Root} place
   * @param {{[name: string]: any}} [page] names in it that belong to the page, and are no data
   */
  constructor(place, page = {}) {
    this.#place = place;
    this.#page = page;
  }

  /** @type {(target: any, key: string | symbol) => any} */
  get(target, key) {
    if (Object.hasOwn(this.#page, key)) return this.#page[/** @type {string} */ (key)];
    const value = typeof key === 'string' ? this.#place.give(key) : undefined;
    return value === undefined || isCalledByItself(key, value) ? target[key] : value;
  }

  /** @type {(target: object, key: string | symbol, value: any) => boolean} */
  set(_, key, value) {
    const name = this.#check(key);
    if (value === undefined) this.#remove(name);
    else this.#place.put(name, value);
    return true;
  }

  /** @type {(target: object, key: string | symbol) => boolean} */
  deleteProperty(_, key) {
    if (typeof key === 'string') this.#remove(this.#check(key));
    return true;
  }

  /** @type {(target: object, key: string | symbol) => boolean} */
  has(target, key) {
    return this.#child(key) !== MISSING || key in target;
  }

  ownKeys() {
    return [...this.#place.find().items.keys()];
  }

  /** @type {(target: object, key: string | symbol) => PropertyDescriptor | undefined} */
  getOwnPropertyDescriptor(_, key) {
    if (this.#child(key) === MISSING) return undefined;
    return { value: this.#place.give(/** @type {string} */ (key)), writable: true, enumerable: true, configurable: true };
  }

  // What stands in `now` is plain data: no accessors, no prototypes, nothing frozen.

  defineProperty() {
    return false;
  }

  preventExtensions() {
    return false;
  }

  setPrototypeOf() {
    return false;
  }

  /**
   * The key, if it may be written.
   *
   * @param {string | symbol} key
   */
  #check(key) {
    if (typeof key === 'symbol') throw new TypeError(`${pathText(this.#place.path)}: names are text, not symbols`);
    const text = () => pathText([...this.#place.path, key]);
    if (Object.hasOwn(this.#page, key)) throw new RangeError(`${text()} belongs to the page`);
    if (key === PROTOTYPE) throw new RangeError(`${text()}: this key is refused`);
    return key;
  }

  /** @param {string} key */
  #remove(key) {
    // An operation that does nothing is not sent.
    this.#place.find();
    this.#place.space.write([[...this.#place.path, key]]);
  }

  /** @param {string | symbol} key @returns {Value} */
  #child(key) {
    return child(this.#place.find(), /** @type {string} */ (key));
  }
}
