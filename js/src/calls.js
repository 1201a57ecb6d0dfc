/**
 * Calls: those of ours that wait for their answers, and what goes over the wire for either end's.
 *
 * @typedef {import('./messages.js').Failure} Failure
 * @typedef {import('./messages.js').Target} Target
 * @typedef {import('./paths.js').Path} Path
 * @typedef {import('./functions.js').Bounds} Bounds
 * @typedef {{resolve: (value: any) => void, reject: (error: any) => void, late?: () => Error, done: () => void}} Waiting
 */

import { NoSuchFunction, ProtocolError, RemoteError } from './errors.js';
import { isQuotable, targetText } from './functions.js';
import { MAX_CAUSES, MAX_ERROR_TEXT } from './limits.js';
import { share } from './values.js';

/** The type of the error with which a call fails that was given up. */
const CANCELLED = 'Cancelled';

/**
 * Calls of ours under way. Each is answered once, be it given up or not; so it stays here until then.
 */
export class Calls {
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

/**
 * The arguments as trees.
 *
 * @param {Target} target
 * @param {any[]} args
 * @param {number} maxDepth
 */
export function shareArgs(target, args, maxDepth) {
  return args.map((arg, index) => share(arg, [], maxDepth, `argument ${index + 1} of ${targetText(target)}`));
}

/**
 * What a call of theirs returned as a tree.
 *
 * @param {Target} target
 * @param {any} value
 * @param {number} maxDepth
 */
export function shareResult(target, value, maxDepth) {
  return share(value, [], maxDepth, `the result of ${targetText(target)}`);
}

/** The error with which a call of theirs ends that nobody waits for any more. */
export function givenUp() {
  return new RemoteError('the caller has given up', CANCELLED);
}

/**
 * What is said of an error that a call of theirs threw, or a stream of ours.
 *
 * @param {any} error
 * @param {Target} [target] what was called
 * @param {number} [room] how many characters it may say
 * @param {number} [causes] how many causes are said, one inside the other
 * @returns {Failure}
 */
export function toFailure(error, target, room = MAX_ERROR_TEXT, causes = MAX_CAUSES) {
  const { name, message, cause } = error instanceof Error ? error : { name: 'Error', message: error, cause: undefined };
  const said = String(message).slice(0, room);
  const called = Array.isArray(target) && isQuotable(targetText(target)) ? target : undefined;
  const { type = String(name), missing, path = called } =
    error instanceof RemoteError ? /** @type {Partial<NoSuchFunction>} */ (error) : {};
  return {
    type,
    message: said,
    ...(path && { path }),
    ...(missing && { missing }),
    ...(cause instanceof Error && causes && { cause: toFailure(cause, undefined, room - said.length, causes - 1) }),
  };
}

/**
 * What a call of ours throws for what is said of it.
 *
 * @param {Failure} failure
 * @returns {RemoteError}
 */
export function toError({ type, message, path, missing, trace, cause }) {
  const more = { trace, cause: cause && toError(cause) };
  return missing ? new NoSuchFunction(message, missing, path, more) : new RemoteError(message, type, path, more);
}
