/**
 * Calls: those of ours that wait for their answers, and what goes over the wire for either end's.
 *
 * @typedef {import('./messages.js').Failure} Failure
 * @typedef {import('./messages.js').Target} Target
 * @typedef {import('./paths.js').Path} Path
 * @typedef {{resolve: (value: any) => void, reject: (error: Error) => void}} Waiting
 */

import { NoSuchFunction, ProtocolError, RemoteError } from './errors.js';
import { isQuotable, targetText } from './functions.js';
import { share } from './values.js';

/** What an error says is cut: it may quote what was too large to be sent. */
const MAX_ERROR_TEXT = 4000;

/** Calls of ours under way. */
export class Calls {
  /** By id. @type {Map<number, Waiting>} */
  #waiting = new Map();

  /** The id of the last call that asked for an answer. */
  last = 0;

  /**
   * The next call has been made, and these wait for its answer.
   *
   * @param {Waiting['resolve']} resolve
   * @param {Waiting['reject']} reject
   */
  add(resolve, reject) {
    this.#waiting.set(++this.last, { resolve, reject });
  }

  /**
   * An answer has come; who waits for it.
   *
   * @param {number} id
   * @throws {ProtocolError} nobody does
   */
  take(id) {
    const waiting = this.#waiting.get(id);
    if (!waiting) throw new ProtocolError(`an answer to call ${id}, which is not under way`);
    this.#waiting.delete(id);
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
    for (const { reject } of waiting) reject(reason);
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

/**
 * What is said of an error that a call of theirs threw.
 *
 * @param {any} error
 * @param {Target} target
 * @returns {Failure}
 */
export function toFailure(error, target) {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: error };
  const called = typeof target !== 'number' && isQuotable(targetText(target)) ? target : undefined;
  const { type = String(name), missing, path = called } =
    error instanceof RemoteError ? /** @type {Partial<NoSuchFunction>} */ (error) : {};
  return {
    type,
    message: String(message).slice(0, MAX_ERROR_TEXT),
    ...(path && { path }),
    ...(missing && { missing }),
  };
}

/**
 * What a call of ours throws for what is said of it.
 *
 * @param {Failure} failure
 */
export function toError({ type, message, path, missing }) {
  return missing ? new NoSuchFunction(message, missing, path) : new RemoteError(message, type, path);
}
