/**
 * Where containers of `now` stand, found anew at each use.
 *
 * A place is a parent, a key, and the *mark* of the container that was read, its identity in the tree:
 *
 * - a changed container keeps its mark, one that was put in its place has another;
 * - in a list, what is inserted or deleted ahead moves an element along: it is looked for by its mark;
 * - a container whose mark is nowhere was deleted or replaced: `Detached`.
 *
 * @typedef {import('./paths.js').Key} Key
 * @typedef {import('./paths.js').Path} Path
 * @typedef {import('./tree.js').Operation} Operation
 * @typedef {import('./tree.js').Value} Value
 *
 * @typedef {object} Space what a namespace looks at
 * @property {() => Value} tree what stands there now; a tree never changes
 * @property {() => number} maxDepth
 * @property {(operation: Operation) => void} write
 * @property {(path: Path) => (...args: any[]) => any} stub what the user gets for a function of the other end
 * @property {(original: object, place: Place) => void} handed an object was given to `now`: it stays live
 *
 * @typedef {object} Containers what the user gets for containers
 * @property {(parent: Root, key: Key, value: Dict | List) => object} show
 * @property {(container: unknown) => Root | undefined} place where it stands, if it is one of these
 */

import { Detached } from './errors.js';
import { pathText } from './paths.js';
import { Dict, List, MISSING, THEIRS, child, copyScalar, get, isContainer } from './tree.js';
import { plainObject, share } from './values.js';

/** The place of `now` itself, which never moves. */
export class Root {
  /** Where it was found last. @type {Path} */
  path = [];

  /**
   * @param {Space} space
   * @param {Containers} containers
   */
  constructor(space, containers) {
    this.space = space;
    this.containers = containers;
  }

  /** What stands here now. @returns {Value} */
  find() {
    return this.space.tree();
  }

  /** What a copy of this is made of. */
  findOrAsRead() {
    return this.find();
  }

  // Values on their way out.

  /**
   * What the user gets for what stands under the key; undefined for what is missing.
   *
   * @param {Key} key
   */
  give(key) {
    const value = child(this.find(), key);
    if (isContainer(value)) return this.containers.show(this, key, value);
    return value === MISSING ? undefined : this.plain(value, [...this.path, key]);
  }

  /**
   * A copy in plain objects and arrays of a value at a path.
   *
   * @param {Value} value
   * @param {Path} path
   * @returns {any}
   */
  plain(value, path) {
    if (value instanceof List) return value.items.map((item, index) => this.plain(item, [...path, index]));
    if (value instanceof Dict) {
      return plainObject([...value.items].map(([key, item]) => [key, this.plain(item, [...path, key])]));
    }
    return value === THEIRS ? this.space.stub(path) : copyScalar(value);
  }

  // Values on their way in.

  /**
   * A copy of the value as a tree, to stand here under the key.
   *
   * @param {Key} key
   * @param {any} value
   */
  share(key, value) {
    const place = this.containers.place(value);
    const plain = place ? place.plain(place.findOrAsRead(), place.path) : value;
    return share(plain, [...this.path, key], this.space.maxDepth());
  }

  /**
   * Put the value under the key.
   *
   * @param {Key} key
   * @param {any} value
   */
  put(key, value) {
    this.find();
    // What stands there already: `now.scores = now.scores` is no change.
    if (this.containers.place(value) && this.give(key) === value) return;
    this.space.write([[...this.path, key], this.share(key, value)]);
    this.handed(key, value);
  }

  /**
   * The value that was put under the key may be an object of the page's, which stays live.
   *
   * @param {Key} key
   * @param {any} original
   */
  handed(key, original) {
    const value = child(this.find(), key);
    if (!isContainer(value) || this.containers.place(original)) return;
    this.space.handed(original, new Place(this, key, value));
  }
}

/** The place of a container of `now`. */
export class Place extends Root {
  #parent;
  #mark;

  /**
   * The container as it was read, until it is used. `[a[i], a[j]] = [a[j], a[i]]` reads both, then overwrites
   * one ahead of assigning it.
   *
   * @type {Value}
   */
  #asRead;

  /**
   * @param {Root} parent
   * @param {Key} key
   * @param {Dict | List} value
   */
  constructor(parent, key, value) {
    super(parent.space, parent.containers);
    this.#parent = parent;
    this.#mark = value.mark;
    this.read(key, value);
  }

  /**
   * It was read here once more.
   *
   * @param {Key} key
   * @param {Dict | List} value
   */
  read(key, value) {
    this.path = [...this.#parent.path, key];
    this.#asRead = value;
  }

  /**
   * What stands here now; refreshes `path`.
   *
   * @throws {Detached} it was deleted or replaced
   */
  find() {
    this.#asRead = MISSING;
    // A mark is in one place of a tree only, so one look where it was last is enough to know.
    const value = get(this.space.tree(), this.path);
    return this.#isHere(value) ? value : this.#search();
  }

  findOrAsRead() {
    const asRead = this.#asRead;
    try {
      return this.find();
    } catch (error) {
      if (asRead === MISSING) throw error;
      return asRead;
    }
  }

  /** @returns {Value} */
  #search() {
    // A name of the root's is where it was, or nowhere; else what it stands in may have moved.
    const around = this.path.length > 1 ? this.#parent.find() : MISSING;
    const last = /** @type {Key} */ (this.path.at(-1));
    const index = around instanceof List ? around.items.findIndex((item) => this.#isHere(item)) : last;
    const value = child(around, index);
    if (!this.#isHere(value)) throw new Detached(pathText(this.path));
    this.path = [...this.#parent.path, index];
    return value;
  }

  /** @param {Value} value */
  #isHere(value) {
    return isContainer(value) && value.mark === this.#mark;
  }
}
