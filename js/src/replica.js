/**
 * A tree kept equal to the server's view: confirmed, pending, and what is shown.
 *
 * The server's order is the order. `confirmed` is the server's view as of its last message; `pending`
 * are our own operations that it has not acknowledged; what is shown is confirmed with pending applied
 * on top, in order. An ack in the stream says "applied here", and moves ours from pending to confirmed at
 * that very point.
 *
 * Invariant: after each message of the server's, confirmed equals its view as of that message. So at rest,
 * with nothing pending, both ends are deeply equal, whatever was done at once.
 *
 * @typedef {import('./paths.js').Path} Path
 * @typedef {import('./tree.js').Operation} Operation
 * @typedef {import('./tree.js').Value} Value
 */

import { PathSet } from './pathset.js';
import { Dict, MISSING, THEIRS, apply, get, isContainer, reuse, unit } from './tree.js';

/** The client's half of the shared tree. */
export class Replica {
  /** The server's view as of its last message. @type {Value} */
  confirmed = new Dict(new Map());

  /** What this end sees now. */
  shown = this.confirmed;

  /** Ours that went out: the number of the message, and its operations by index. @type {{count: number, operations: Map<number, Operation>}[]} */
  #pending = [];

  /** Ours of this turn, which have no message yet. @type {Operation[]} */
  #open = [];

  /** The paths that hold what we wrote ourselves, to be written again in a fresh session. */
  #ours = new PathSet();

  /** Where ours are that are not acknowledged, and maybe others that were. */
  #touched = new PathSet();

  // Our own writes.

  /**
   * An operation of ours is shown from now on.
   *
   * @param {Operation} operation
   * @param {boolean} hasSession without one it is kept as ours until there is one
   * @returns {boolean} does it do anything? If not, it need not be sent
   */
  write(operation, hasSession) {
    const changed = apply(this.shown, operation);
    if (changed === this.shown) return false;
    const path = unit(this.shown, operation);
    this.#ours.add(path);
    this.#touched.add(path);
    this.shown = changed;
    if (hasSession) this.#open.push(operation);
    else this.confirmed = changed;
    return true;
  }

  /**
   * The first `size` operations of this turn went out as our message number `count`.
   *
   * @param {number} count
   * @param {number} size
   */
  sent(count, size) {
    this.#pending.push({ count, operations: new Map(this.#open.splice(0, size).entries()) });
  }

  // What the server says.

  /**
   * The server's own operations, in their place in its stream.
   *
   * @param {Operation[]} operations
   */
  applyTheirs(operations) {
    const { hasPending } = this;
    let isApart = hasPending;
    for (const operation of operations) {
      const path = unit(this.confirmed, operation);
      this.#ours.removeBelow(path);
      this.confirmed = apply(this.confirmed, operation);
      isApart &&= !this.#touched.meets(path);
    }
    // Apart from ours they do the same ahead of them and behind them.
    if (isApart) this.shown = operations.reduce(apply, this.shown);
    else if (hasPending) this.#show();
    else this.shown = this.confirmed;
  }

  /**
   * The server has applied our messages up to this number, here.
   *
   * @param {number} count
   */
  acknowledge(count) {
    while (this.#pending.length && this.#pending[0].count <= count) {
      const [{ operations }] = this.#pending.splice(0, 1);
      if (this.hasPending) this.confirmed = [...operations.values()].reduce(apply, this.confirmed);
      else this.abandon();
    }
  }

  /**
   * The server refused an operation of our message number `count`.
   *
   * @param {number} count
   * @param {number} index
   * @returns {Path | undefined} where it was to go, if it was still pending
   */
  refuse(count, index) {
    const operations = this.#pending.find((message) => message.count === count)?.operations;
    const [path] = operations?.get(index) ?? [];
    if (!path) return undefined;
    operations?.delete(index);
    this.#ours.discard(path);
    this.#show();
    return path;
  }

  // Sessions end and begin.

  /** Nothing is left to be acknowledged, or the session is over and nothing will be: what is shown stays. */
  abandon() {
    this.confirmed = this.shown;
    this.#touched = new PathSet();
    this.#pending = [];
    this.#open = [];
  }

  /**
   * A fresh session with this view. The containers that were read go on in those at their places.
   *
   * @param {Dict} view
   * @returns {Operation[]} what puts our own names in place again: the values shown now, never the old
   *   splices. They are new writes.
   */
  reset(view) {
    const shown = this.shown;
    const again = [...this.#ours].flatMap((path) => [...putAgain(path, get(shown, path))]);
    this.abandon();
    this.#ours = new PathSet();
    this.shown = this.confirmed = reuse(shown, view, true);
    return again;
  }

  /** Shows confirmed with pending on top; what did not change stays the same object. */
  #show() {
    let tree = this.confirmed;
    for (const { operations } of this.#pending) tree = [...operations.values()].reduce(apply, tree);
    this.shown = reuse(this.shown, this.#open.reduce(apply, tree), false);
    if (!this.hasPending) this.abandon();
  }

  /** Is anything of ours not acknowledged? */
  get hasPending() {
    return this.#open.length > 0 || this.#pending.some(({ operations }) => operations.size);
  }
}

/**
 * What gives the path this value again, but for functions of the server's, which are not ours to put.
 *
 * @param {Path} path
 * @param {Value} value
 * @returns {Generator<Operation>}
 */
function* putAgain(path, value) {
  if (value === MISSING) yield [path];
  else if (!holdsTheirs(value)) yield [path, value];
  else if (value instanceof Dict) {
    for (const [key, item] of value.items) yield* putAgain([...path, key], item);
  }
}

/** @param {Value} value @returns {boolean} */
function holdsTheirs(value) {
  return value === THEIRS || (isContainer(value) && [...value.items.values()].some(holdsTheirs));
}
