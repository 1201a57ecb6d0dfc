/**
 * A set of paths in which a path stands for everything below it.
 *
 * @typedef {import('./paths.js').Path} Path
 * @typedef {import('./paths.js').Key} Key
 * @typedef {Map<Key, Node | null>} Node a member is a leaf, and a leaf is null
 */

/** Paths, none of which is below another. Adding and removing cost the depth of the path. */
export class PathSet {
  /** @type {Node} */
  #root = new Map();

  /** @returns {Iterator<Path>} */
  [Symbol.iterator]() {
    return leaves(this.#root, []);
  }

  /**
   * Add the path, unless one above it is in the set; those below it are covered by it.
   *
   * @param {Path} path
   */
  add(path) {
    let node = this.#root;
    for (const key of path.slice(0, -1)) {
      let next = node.get(key);
      if (next === null) return;
      if (!next) node.set(key, (next = new Map()));
      node = next;
    }
    node.set(path[path.length - 1], null);
  }

  /**
   * Is one of them at the path, above it or below it?
   *
   * @param {Path} path
   */
  meets(path) {
    /** @type {Node | null | undefined} */
    let node = this.#root;
    for (const key of path) node &&= node.get(key);
    return node !== undefined;
  }

  /**
   * Remove the path and all below it; one above it stays.
   *
   * @param {Path} path
   */
  removeBelow(path) {
    /** @type {Node | null | undefined} */
    let node = this.#root;
    for (const key of path.slice(0, -1)) node = node?.get(key);
    node?.delete(path[path.length - 1]);
  }

  /**
   * Remove this very path, if it is in the set.
   *
   * @param {Path} path
   */
  discard(path) {
    /** @type {Node | null | undefined} */
    let node = this.#root;
    for (const key of path) node &&= node.get(key);
    if (node === null) this.removeBelow(path);
  }
}

/**
 * @param {Node} node
 * @param {Path} path
 * @returns {Generator<Path>}
 */
function* leaves(node, path) {
  for (const [key, below] of node) {
    if (below) yield* leaves(below, [...path, key]);
    else yield [...path, key];
  }
}
