/**
 * The page's own objects that were handed to `now`: changed later, the changes are shared too.
 *
 * Nothing tells of them, so they are looked at: ahead of each call, and once a second while there are any. An
 * object that the page has let go of, or whose place in `now` was taken by another, is let go of here.
 *
 * @typedef {import('./live.js').Place} Place
 * @typedef {import('./live.js').Space} Space
 * @typedef {import('./tree.js').Value} Value
 * @typedef {{original: WeakRef<object>, place: Place, seen: Value}} Held what it was when it was last looked at
 */

import { Detached } from './errors.js';
import { difference } from './tree.js';
import { share } from './values.js';

/** In milliseconds. */
const LOOK_EVERY = 1000;

export class Originals {
  #space;
  #report;
  #looking = 0;

  /** @type {Set<Held>} */
  #held = new Set();

  /**
   * @param {Pick<Space, 'maxDepth' | 'write'>} space
   * @param {(error: Error) => void} report told of changes that cannot be shared
   */
  constructor(space, report) {
    this.#space = space;
    this.#report = report;
  }

  /**
   * From now on changes of `original` are changes of what stands at the place.
   *
   * @param {object} original
   * @param {Place} place
   */
  hold(original, place) {
    this.#held.add({ original: new WeakRef(original), place, seen: place.find() });
    this.#looking ||= setInterval(() => this.look(), LOOK_EVERY);
  }

  /** Share what has changed. */
  look() {
    for (const held of this.#held) if (!this.#shareChanges(held)) this.#held.delete(held);
    if (this.#looking && !this.#held.size) this.stop();
  }

  /** Look no more. */
  stop() {
    clearInterval(this.#looking);
    this.#looking = 0;
    this.#held.clear();
  }

  /**
   * @param {Held} held
   * @returns {boolean} is it still to be held?
   */
  #shareChanges(held) {
    const original = held.original.deref();
    if (!original) return false;
    try {
      held.place.find();
      const { path } = held.place;
      const now = share(original, path, this.#space.maxDepth());
      for (const operation of difference(held.seen, now, path)) this.#space.write(operation);
      held.seen = now;
      return true;
    } catch (error) {
      if (!(error instanceof Detached)) this.#report(/** @type {Error} */ (error));
      return false;
    }
  }
}
