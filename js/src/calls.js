/**
 * What goes over the wire of a call, for either end.
 *
 * @typedef {import('./messages.js').Target} Target
 */

import { targetText } from './functions.js';
import { share } from './values.js';

/**
 * The arguments as trees.
 *
 * @param {Target} target
 * @param {any[]} args
 * @param {number} maxDepth
 */
export function shareArgs(target, args, maxDepth) {
  return args.map((arg, index) => share(arg, [], maxDepth, () => `argument ${index + 1} of ${targetText(target)}`));
}

/**
 * What a call of theirs returned as a tree.
 *
 * @param {Target} target
 * @param {any} value
 * @param {number} maxDepth
 */
export function shareResult(target, value, maxDepth) {
  return share(value, [], maxDepth, () => `the result of ${targetText(target)}`);
}
