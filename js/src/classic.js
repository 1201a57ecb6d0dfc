/**
 * The classic script: `<script src="/nowjs/now.js"></script>` defines `window.now` at once.
 *
 * It connects to the server that it came from, whatever host, port or proxy that is.
 */

import { besides, endpoint } from './address.js';
import { Client } from './client.js';

/** The object that gets `now`, as text; the server puts its option `scope` in the place of these words. */
const SCOPE = '__GREENNOW_SCOPE__';

const script = /** @type {HTMLScriptElement} */ (document.currentScript);

/**
 * The object that a dotted text such as `window.b` means; what is missing is made.
 *
 * @param {string} text
 */
function objectAt(text) {
  return text.split('.').reduce((/** @type {any} */ object, name) => (object[name] ??= {}), globalThis);
}

const scope = objectAt(script.dataset.scope ?? (SCOPE.startsWith('_') ? 'window' : SCOPE));
const before = Object.getOwnPropertyDescriptor(scope, 'now');
const client = new Client(besides(script.src), {});
scope.now = client.now;
client.restore = () => {
  delete scope.now;
  if (before) Object.defineProperty(scope, 'now', before);
};

/**
 * Connects by hand: several servers on one page.
 *
 * @param {string} site
 * @param {import('./client.js').Options} [options]
 */
function nowInitialize(site, options = {}) {
  return new Client(endpoint(site, options.path), options).now;
}

Object.assign(globalThis, { nowInitialize });
