/** Where the server is. */

/** Where it serves greennow unless its options say otherwise. */
const PATH = '/nowjs';

/**
 * The address of a site's WebSocket. A `ws://` or `wss://` address that ends in `/ws` is that already.
 *
 * @param {string} site the site's address, prefix included
 * @param {string} [path] where greennow is served on it
 */
export function endpoint(site, path = PATH) {
  const url = new URL(site, globalThis.location?.href);
  const isEndpoint = /^wss?:/.test(url.protocol) && url.pathname.endsWith('/ws');
  if (!isEndpoint) url.pathname = url.pathname.replace(/\/$/, '') + path + '/ws';
  return toWebSocket(url);
}

/**
 * The address of the WebSocket beside a script that the server has served.
 *
 * @param {string} script
 */
export function besides(script) {
  return toWebSocket(new URL('ws', script));
}

/** Is the server on this very machine, which it needs no network to reach? @param {string} url */
export function isNear(url) {
  return /\/(localhost|127\.)/.test(url);
}

/** @param {URL} url */
function toWebSocket(url) {
  url.protocol = url.protocol.replace('http', 'ws');
  url.hash = '';
  return url.href;
}
