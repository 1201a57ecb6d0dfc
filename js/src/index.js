/**
 * greennow in the browser and in Node, as an ES module.
 *
 *     import { connect } from '/nowjs/now.mjs';
 *     const now = connect();
 *
 *     now.name = 'ann';
 *     now.receive_message = (name, text) => console.log(name, text);
 *     await now.ready();
 *     await now.distribute_message('hello');
 */

import { besides, endpoint } from './address.js';
import { Client } from './client.js';

export * from './errors.js';

/**
 * The `now` shared with a server; returns at once.
 *
 * @param {string} [site] the site's address, prefix included; without it, where this module or page is from
 * @param {import('./client.js').Options} [options]
 */
export function connect(site, options = {}) {
  return new Client(site === undefined ? nearest(options.path) : endpoint(site, options.path), options).now;
}

/** @param {string | undefined} path */
function nearest(path) {
  if (/\/now\.mjs([?#]|$)/.test(import.meta.url)) return besides(import.meta.url);
  // A bundler has moved this module.
  if (globalThis.location) return endpoint(globalThis.location.origin, path);
  throw new TypeError('connect to which server? Give the address of its site: connect("http://localhost:8080")');
}
