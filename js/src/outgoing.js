/**
 * Calls of ours under way: answered, failed, given up, out of time.
 *
 * @typedef {import('./functions.js').Bounds} Bounds
 * @typedef {import('./messages.js').Failure} Failure
 * @typedef {import('./messages.js').Target} Target
 * @typedef {{resolve: (value: any) => void, reject: (error: any) => void, late?: () => Error, done: () => void}} Waiting
 */

import { ProtocolError } from './errors.js';
import { CANCELLED, toError } from './failures.js';
import { targetText } from './functions.js';

/** Each is answered once, be it given up or not; so it stays here until then. */
export class OutgoingCalls {
  #giveUp;

  /** By id. @type {Map<number, Waiting>} */
  #waiting = new Map();

  /** The id of the last call that asked for an answer. */
  last = 0;

  /** @param {(id: number) => void} giveUp tells the server that nobody waits for the answer to this call */
  constructor(giveUp) {
    this.#giveUp = giveUp;
  }

  /**
   * The next call has been made, and these wait for its answer.
   *
   * @param {Waiting['resolve']} resolve
   * @param {Waiting['reject']} reject
   * @param {Target} target
   * @param {Bounds} bounds
   */
  add(resolve, reject, target, { timeout, signal }) {
    const id = ++this.last;
    const stop = (/** @type {any} */ error) => {
      reject(error);
      this.#giveUp(id);
    };
    const late =
      timeout === undefined
        ? undefined
        : () => new DOMException(`${targetText(target)} has not answered within ${timeout} s`, 'TimeoutError');
    // A timer takes no more than 31 bits of milliseconds.
    const timer = late && setTimeout(() => stop(late()), Math.min(/** @type {number} */ (timeout) * 1e3, 2e9));
    const aborted = () => stop(signal?.reason);
    signal?.addEventListener('abort', aborted);
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
    };
    this.#waiting.set(id, { resolve, reject, late, done });
  }

  /**
   * The answer is a value.
   *
   * @param {number} id
   * @param {any} value
   */
  answered(id, value) {
    this.#take(id).resolve(value);
  }

  /**
   * The answer is an error. Who noticed first that the time was over makes no difference.
   *
   * @param {number} id
   * @param {Failure} failure
   */
  failed(id, failure) {
    const { reject, late } = this.#take(id);
    reject(late && failure.type === CANCELLED ? late() : toError(failure));
  }

  /** @param {number} id */
  #take(id) {
    const waiting = this.#waiting.get(id);
    if (!waiting) throw new ProtocolError(`an answer to call ${id}, which is not under way`);
    this.#waiting.delete(id);
    waiting.done();
    return waiting;
  }

  /**
   * No answer will come.
   *
   * @param {Error} reason
   */
  fail(reason) {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject, done } of waiting) {
      done();
      reject(reason);
    }
  }
}
