/**
 * Values by path, the operations that change them, and one total `apply`.
 *
 * A tree is never changed once it exists: an operation gives a new tree that shares with the old
 * one everything it did not touch. So a tree that somebody holds is a moment that stays.
 *
 * Containers in a tree are `Dict` and `List`. Each carries a `mark`, its identity: a changed copy
 * keeps it, a container put in its place has another. A live container of `now` follows its data by it.
 *
 * `apply` is deterministic and total, and the same in `greennow/core/tree.py`:
 *
 * - a text key on anything but a dict: a set makes it a dict, the others do nothing;
 * - an index on anything but a list, or outside it: nothing, and no parents are made;
 * - a delete of an index removes the element; a splice clamps start and count.
 *
 * An operation has the shape it has on the wire, told apart by its length.
 *
 * @typedef {import('./paths.js').Key} Key
 * @typedef {import('./paths.js').Path} Path
 * @typedef {any} Value null, boolean, number, bigint, string, Uint8Array, Date, List, Dict, a function, or THEIRS
 * @typedef {[path: Path, value: Value]} Put
 * @typedef {[path: Path]} Delete
 * @typedef {[path: Path, start: number, deleteCount: number, items: Value[]]} Splice
 * @typedef {Put | Delete | Splice} Operation
 */

/** What a path that leads nowhere holds. */
export const MISSING = Symbol('MISSING');

/** A function of the other end, in a tree. Its place is its address. */
export const THEIRS = Symbol('THEIRS');

/** So many names are copied when one is written: what was there before is let go of at once. */
const NARROW = 32;

/** No changes. @type {Map<string, Value>} */
const NONE = new Map();

/**
 * What `Dict` and `List` have in common.
 *
 * A wide mapping that is changed shares its names with the one before, and has beside them what is different: at most
 * about twice the square root of how many there are. So a write costs far less than to copy them all.
 *
 * @template T
 */
class Container {
  /** Maybe shared with others, so never changed. @type {any} */
  #items;

  /** What is different from these; what is gone is `MISSING`. */
  #changes;

  /** The frozen plain data of this moment, once somebody asked for it. @type {any} */
  frozen;

  /**
   * @param {T} items not to be changed any more
   * @param {object} [mark]
   * @param {Map<string, Value>} [changes]
   */
  constructor(items, mark = {}, changes = NONE) {
    this.#items = items;
    this.mark = mark;
    this.#changes = changes;
  }

  /** All of it. Of a wide mapping that was changed, the first to ask has it copied. @returns {T} */
  get items() {
    if (this.#changes.size) {
      const items = new Map(this.#items);
      for (const [key, item] of this.#changes) put(items, key, item);
      this.#items = items;
      this.#changes = NONE;
    }
    return /** @type {any} */ (this.#items);
  }

  /** What stands under the name of a mapping; for nothing undefined, or `MISSING`. @param {string} key @returns {Value} */
  get(key) {
    const changed = this.#changes.get(key);
    return changed === undefined ? this.#items.get(key) : changed;
  }

  /** The mapping with this under the name, or without the name. @type {(key: string, item?: Value) => Dict} */
  with(key, item = MISSING) {
    const { size } = this.#items;
    // A name that comes back stands last.
    const isCopied = size <= NARROW || this.#changes.size ** 2 > 4 * size || this.#changes.get(key) === MISSING;
    if (isCopied) return new Dict(put(new Map(/** @type {any} */ (this.items)), key, item), this.mark);
    return new Dict(this.#items, this.mark, new Map(this.#changes).set(key, item));
  }
}

/** @type {(items: Map<string, Value>, key: string, item: Value) => Map<string, Value>} */
function put(items, key, item) {
  if (item === MISSING) items.delete(key);
  else items.set(key, item);
  return items;
}

/** A mapping in a tree. @extends {Container<Map<string, Value>>} */
export class Dict extends Container {}

/** A list in a tree. @extends {Container<Value[]>} */
export class List extends Container {}

/**
 * @param {unknown} value
 * @returns {value is Dict | List}
 */
export const isContainer = (value) => value instanceof Container;

/**
 * The tree after the operation: `tree` itself, the same object, if it does nothing.
 *
 * @param {Value} tree
 * @param {Operation} operation
 * @returns {Value}
 */
export function apply(tree, operation) {
  const changed = changedAt(tree, 0, operation);
  return changed === MISSING ? tree : changed;
}

/**
 * What stands at `path`, or `MISSING`.
 *
 * @param {Value} tree
 * @param {Path} path
 * @returns {Value}
 */
export function get(tree, path) {
  return path.reduce(child, tree);
}

/**
 * What `value` holds under `key`, or `MISSING`.
 *
 * @param {Value} value
 * @param {Key} key
 * @returns {Value}
 */
export function child(value, key) {
  const held =
    value instanceof Dict
      ? value.get(/** @type {string} */ (key))
      : value instanceof List && typeof key === 'number'
        ? value.items[key]
        : undefined;
  return held === undefined ? MISSING : held;
}

/**
 * The path where an operation counts: the outermost list that it works inside, else its own.
 *
 * @param {Value} tree
 * @param {Operation} operation
 * @returns {Path}
 */
export function unit(tree, operation) {
  const [path] = operation;
  for (let depth = 0; depth < path.length; depth++) {
    const key = path[depth];
    if (tree instanceof List && typeof key === 'number') return path.slice(0, depth);
    tree = child(tree, key);
  }
  return path;
}

/**
 * Are the two deeply equal, to the bit? NaN is NaN, -0 is not 0, 1n is not 1.
 *
 * @param {Value} a
 * @param {Value} b
 * @returns {boolean}
 */
export function same(a, b) {
  if (Object.is(a, b)) return true;
  if (a instanceof Dict && b instanceof Dict) {
    return a.items.size === b.items.size && [...a.items].every(([key, item]) => same(item, child(b, key)));
  }
  if (a instanceof List && b instanceof List) return sameItems(a.items, b.items);
  if (a instanceof Date && b instanceof Date) return +a === +b;
  return a instanceof Uint8Array && b instanceof Uint8Array && sameItems(a, b);
}

/**
 * @param {Value[] | Uint8Array} a
 * @param {Value[] | Uint8Array} b
 */
function sameItems(a, b) {
  return a.length === b.length && a.every((item, index) => same(item, b[index]));
}

/**
 * The operations that turn `before` into `after`, as small as one splice a list.
 *
 * @param {Value} before
 * @param {Value} after
 * @param {Path} path
 * @returns {Generator<Operation>}
 */
export function* difference(before, after, path) {
  if (before instanceof Dict && after instanceof Dict) {
    for (const key of before.items.keys()) {
      if (!after.items.has(key)) yield [[...path, key]];
    }
    for (const [key, item] of after.items) yield* difference(child(before, key), item, [...path, key]);
  } else if (before instanceof List && after instanceof List) {
    const [start, count, items] = spliceBetween(before.items, after.items, same);
    if (count === 1 && items.length === 1) {
      yield* difference(before.items[start], items[0], [...path, start]);
    } else if (count || items.length) {
      yield [path, start, count, items];
    }
  } else if (!same(before, after)) {
    yield [path, after];
  }
}

/**
 * The smallest splice that turns one array into another: where, how many, by what.
 *
 * @param {Value[]} before
 * @param {Value[]} after
 * @param {(a: Value, b: Value) => boolean} equal
 * @returns {[number, number, Value[]]}
 */
export function spliceBetween(before, after, equal) {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && equal(before[start], after[start])) start++;
  let end = 0;
  while (end < shorter - start && equal(before[before.length - 1 - end], after[after.length - 1 - end])) end++;
  return [start, before.length - end - start, after.slice(start, after.length - end)];
}

/**
 * The tree `fresh`, using again of `old` what is the same in both, so that what did not change stays
 * the same object. With `follow`, containers of `old` go on in those that stand in their places.
 *
 * @param {Value} old
 * @param {Value} fresh
 * @param {boolean} follow
 * @returns {Value}
 */
export function reuse(old, fresh, follow) {
  if (old instanceof Dict && fresh instanceof Dict && old !== fresh) {
    const items = new Map();
    for (const [key, item] of fresh.items) items.set(key, reuse(child(old, key), item, follow));
    const reused = new Dict(items, follow ? old.mark : fresh.mark);
    return same(old, reused) ? old : reused;
  }
  if (same(old, fresh)) return old;
  return follow && old instanceof List && fresh instanceof List ? new List(fresh.items, old.mark) : fresh;
}

/**
 * The plain data of this moment, frozen: the same object for the same moment of a container.
 * Functions are no data: they are left out, in a list they are null.
 *
 * @param {Value} value
 * @returns {any}
 */
export function frozen(value) {
  if (isFunction(value)) return null;
  if (!isContainer(value)) return copyScalar(value);
  value.frozen ??= Object.freeze(value instanceof List ? value.items.map(frozen) : frozenDict(value));
  return value.frozen;
}

/** @param {Dict} dict */
function frozenDict(dict) {
  const data = [...dict.items].filter(([, item]) => !isFunction(item));
  return Object.fromEntries(data.map(([key, item]) => [key, frozen(item)]));
}

/** @param {Value} value */
export function isFunction(value) {
  return value === THEIRS || typeof value === 'function';
}

/**
 * Bytes and dates can be changed in place, and a tree must not be: whoever reads one gets a copy.
 *
 * @param {Value} value
 * @returns {Value}
 */
export function copyScalar(value) {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  return value instanceof Date ? new Date(value) : value;
}

/**
 * What `value`, at the first `depth` keys of the path, becomes: undefined if it goes, `MISSING` if nothing changes.
 *
 * @param {Value} value
 * @param {number} depth
 * @param {Operation} operation
 * @returns {Value}
 */
function changedAt(value, depth, operation) {
  const [path] = operation;
  if (depth === path.length) return changedHere(value, operation);
  const key = path[depth];
  const held = child(value, key);
  if (held === MISSING && (operation.length !== 2 || typeof key === 'number')) return MISSING;
  const changed = changedAt(held, depth + 1, operation);
  return changed === MISSING ? MISSING : copyWith(value, key, changed);
}

/**
 * A copy of a container with another item under `key`; without it, where the item is undefined.
 *
 * @param {Value} value
 * @param {Key} key
 * @param {Value} item
 */
function copyWith(value, key, item) {
  if (typeof key === 'number') {
    const items = [...value.items];
    items.splice(key, 1, ...(item === undefined ? [] : [item]));
    return new List(items, value.mark);
  }
  return (value instanceof Dict ? value : new Dict(new Map())).with(key, item);
}

/**
 * @param {Value} value
 * @param {Operation} operation
 */
function changedHere(value, operation) {
  if (operation.length < 3) return operation[1];
  if (!(value instanceof List)) return MISSING;
  const [, start, count, added] = /** @type {Splice} */ (operation);
  const items = value.items.slice(0, start).concat(added, value.items.slice(start + count));
  return new List(items, value.mark);
}
