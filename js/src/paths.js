/**
 * Where a value stands in `now`: a path is an array of keys and list indices.
 *
 * `["player", "x"]` is `now.player.x`; `["scores", 0]` is `now.scores[0]`.
 *
 * @typedef {string | number} Key
 * @typedef {Key[]} Path
 */

/** The key that reads and sets the prototype; refused everywhere. */
export const PROTOTYPE = '__proto__';

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/**
 * The path as a person would write it: `now.player.x`, `now["a b"][3]`.
 *
 * @param {Path} path
 * @param {string} [root]
 */
export function pathText(path, root = 'now') {
  return path.reduce((/** @type {string} */ text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text + (IDENTIFIER.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`);
  }, root);
}

/**
 * The path that a dotted string means; an array is taken as it is. The empty string is all of `now`.
 *
 * @param {string | Path} path
 * @returns {Path}
 */
export function parsePath(path) {
  if (typeof path !== 'string') return [...path];
  return path ? path.split('.') : [];
}

/** @param {unknown} value */
export function isCount(value) {
  return Number.isSafeInteger(value) && /** @type {number} */ (value) >= 0;
}

/**
 * May this stand in a message as a path?
 *
 * @param {any} path
 * @param {number} maxDepth
 */
export function isPath(path, maxDepth) {
  return (
    Array.isArray(path) &&
    path.length <= maxDepth &&
    typeof path[0] === 'string' &&
    path.every((key) => (typeof key === 'string' ? key !== PROTOTYPE : isCount(key)))
  );
}
