/**
 * Functions that are told when what stands at a path has changed, once a turn.
 *
 * @typedef {import('./paths.js').Path} Path
 * @typedef {import('./tree.js').Value} Value
 * @typedef {{path: Path, seen: Value, told: (path: Path) => void}} Watch what stood there when it was last looked at
 */

import { get, same } from './tree.js';

export class Watches {
  #tree;

  /** @type {Set<Watch>} */
  #watches = new Set();

  /** @param {() => Value} tree */
  constructor(tree) {
    this.#tree = tree;
  }

  /**
   * @param {Path} path
   * @param {(path: Path) => void} told
   * @returns {() => void} ends it
   */
  add(path, told) {
    const watch = { path, told, seen: get(this.#tree(), path) };
    this.#watches.add(watch);
    return () => this.#watches.delete(watch);
  }

  /** Is nobody to be told? */
  get isEmpty() {
    return !this.#watches.size;
  }

  /** Tells those for whom something has changed since the last look. */
  look() {
    for (const watch of [...this.#watches]) {
      const value = get(this.#tree(), watch.path);
      const isSame = same(value, watch.seen);
      watch.seen = value;
      if (!isSame && this.#watches.has(watch)) watch.told(watch.path);
    }
  }
}
