/** The classic script: `now` on the page, wherever the page wants it. */

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { FakeSocket } from './tools.mjs';

let imported = 0;

/** Runs the script as a page would, from this address. */
async function load(src, dataset = {}) {
  globalThis.window = globalThis;
  globalThis.WebSocket = FakeSocket;
  globalThis.document = { currentScript: { src, dataset } };
  await import(`../src/classic.js?${++imported}`);
}

/** Heartbeats would keep the process. */
const close = (now) => now.core.close();

afterEach(() => {
  for (const name of ['window', 'now', 'nowInitialize', 'b', 'document']) delete globalThis[name];
});

test('window.now is there at once, connected to where the script is from', async () => {
  await load('https://site.org:444/nowjs/now.js');
  const { now } = globalThis;
  now.name = 'ann';
  assert.equal(now.name, 'ann');
  assert.equal(FakeSocket.last.url, 'wss://site.org:444/nowjs/ws');
  close(now);
});

test('noConflict gives the name back, and keeps this now', async () => {
  globalThis.now = 'mine';
  await load('http://site.org/nowjs/now.js');
  const { now } = globalThis;
  assert.equal(now.core.noConflict(), now);
  assert.equal(globalThis.now, 'mine');
  close(now);
});

test('a name that was not there is gone after noConflict', async () => {
  await load('http://site.org/nowjs/now.js');
  close(globalThis.now.core.noConflict());
  assert.equal('now' in globalThis, false);
});

test('data-scope says which object gets now; it is made where it is missing', async () => {
  await load('http://site.org/b/now.js', { scope: 'window.b.deep' });
  assert.equal(FakeSocket.last.url, 'ws://site.org/b/ws');
  assert.equal('now' in globalThis, false);
  close(globalThis.b.deep.now);
});

test('nowInitialize connects by hand: several servers on one page', async () => {
  await load('http://site.org/nowjs/now.js');
  const other = globalThis.nowInitialize('http://other.org', { path: '/live' });
  assert.equal(FakeSocket.last.url, 'ws://other.org/live/ws');
  assert.notEqual(other, globalThis.now);
  close(other);
  close(globalThis.now);
});
