/**
 * What is said of errors: from an error to a message about it, and back.
 *
 * @typedef {import('./messages.js').Failure} Failure
 * @typedef {import('./messages.js').Target} Target
 */

import { NoSuchFunction, RemoteError } from './errors.js';
import { isQuotable, targetText } from './functions.js';
import { MAX_CAUSES, MAX_ERROR_TEXT } from './limits.js';

/** The type of the error with which a call fails that was given up. */
export const CANCELLED = 'Cancelled';

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
