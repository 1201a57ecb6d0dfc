/** The whole client over a socket without a network, the clock moved by hand. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { besides, endpoint } from '../src/address.js';
import { Client } from '../src/client.js';
import { ConnectError, Disconnected, ProtocolError, Refused, RemoteError } from '../src/errors.js';
import { connect } from '../src/index.js';
import { FakeSocket, f, resumed, settle, welcome } from './tools.mjs';

const URL_OF_SITE = 'http://localhost:8080';

beforeEach(() => {
  FakeSocket.made = [];
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
  mock.method(Math, 'random', () => 1);
  mock.method(console, 'error', () => {});
});

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

/** A client whose link is open, and what it was told. */
function opened(options = {}) {
  const now = connect(URL_OF_SITE, { WebSocket: FakeSocket, ...options });
  const events = [];
  for (const event of ['ready', 'connect', 'disconnect', 'reconnect', 'reconnect_failed', 'connect_failed', 'error', 'rv', 'rfc', 'del']) {
    now.core.on(event, (...args) => events.push([event, ...args]));
  }
  FakeSocket.last.open();
  return { now, events, socket: FakeSocket.last };
}

/** A client in a session. */
async function ready(view = {}, options = {}) {
  const client = opened(options);
  client.socket.say(welcome(view), [13]);
  await settle();
  client.socket.heard;
  client.events.splice(0);
  return client;
}

// Where to.

for (const [site, path, expected] of [
  ['http://localhost:8080', undefined, 'ws://localhost:8080/nowjs/ws'],
  ['https://site.org/app/', undefined, 'wss://site.org/app/nowjs/ws'],
  ['https://site.org/app', '/b', 'wss://site.org/app/b/ws'],
  ['ws://127.0.0.1:1/?x#y', undefined, 'ws://127.0.0.1:1/nowjs/ws?x'],
  ['wss://site.org/deep/ws', undefined, 'wss://site.org/deep/ws'],
]) {
  test(`${site} is reached at ${expected}`, () => assert.equal(endpoint(site, path), expected));
}

for (const [script, expected] of [
  ['http://localhost:8080/nowjs/now.js', 'ws://localhost:8080/nowjs/ws'],
  ['https://proxy.org:444/deep/nowjs/now.js?v=1', 'wss://proxy.org:444/deep/nowjs/ws'],
]) {
  test(`a script from ${script} connects to ${expected}`, () => assert.equal(besides(script), expected));
}

test('the subprotocol is offered, a token beside it in base64url', () => {
  opened();
  assert.deepEqual([FakeSocket.last.url, FakeSocket.last.protocols, FakeSocket.last.binaryType], ['ws://localhost:8080/nowjs/ws', ['greennow.1'], 'arraybuffer']);
  opened({ token: 'ü?>~' });
  assert.deepEqual(FakeSocket.last.protocols, ['greennow.1', `greennow.token.${Buffer.from('ü?>~').toString('base64url')}`]);
});

test('without an address, and without a WebSocket, the line that connects says what is missing', () => {
  assert.throws(() => connect(), { name: 'TypeError', message: 'connect to which server? Give the address of its site: connect("http://localhost:8080")' });
  const { WebSocket } = globalThis;
  delete globalThis.WebSocket;
  assert.throws(() => new Client('ws://x', {}), { name: 'TypeError', message: 'this platform has no WebSocket; give its class as an option: connect(url, {WebSocket})' });
  if (WebSocket) globalThis.WebSocket = WebSocket;
});

// From the first line on.

test('now is there at once: own writes are shown and wait, names of the server are undefined', async () => {
  const { now, events, socket } = opened();
  now.name = 'ann';
  now.receive = () => {};
  assert.deepEqual([now.name, now.add, now.core.clientId, now.core.options], ['ann', undefined, undefined, {}]);
  await settle();
  assert.deepEqual(socket.heard, [[0, { version: 1, attempt: 1 }]]);
  socket.say(welcome({ add: f(null) }));
  await settle();
  assert.deepEqual(socket.heard, [[4, [[['name'], 'ann'], [['receive'], { f: null }]]]]);
  assert.deepEqual([typeof now.add, now.core.clientId, now.core.options], ['function', 'c1', { colour: 'red' }]);
  assert.deepEqual(events, [['connect']]);
  socket.say([13]);
  assert.deepEqual(events, [['connect'], ['ready']]);
});

test('ready: functions run once, with this.now; at once if it is; and a promise', async () => {
  const { now, socket } = opened();
  const ran = [];
  const promise = now.ready(function () {
    ran.push(this.now);
  });
  let isDone = false;
  now.ready().then(() => (isDone = true));
  socket.say(welcome());
  await settle();
  assert.deepEqual([ran.length, isDone], [0, false]);
  socket.say([13]);
  assert.equal(ran[0], now);
  await promise;
  await settle();
  assert.equal(isDone, true);
  now.ready(() => ran.push('at once'));
  assert.deepEqual(ran, [now, 'at once']);
  assert.equal(await now.ready(), undefined);
});

test('a handler that throws is logged, and the next one runs', () => {
  const { now, socket } = opened();
  const ran = [];
  now.ready(() => {
    throw new Error('mine');
  });
  now.ready(() => ran.push(1));
  socket.say(welcome(), [13]);
  assert.deepEqual(ran, [1]);
  assert.equal(console.error.mock.callCount(), 1);
});

test('what one turn says is one frame', async () => {
  const { now, socket } = await ready({ f: f(null) });
  now.a = 1;
  now.f.send('x');
  now.list = [1];
  now.list.push(2);
  await settle();
  assert.equal(socket.frames.length, 1);
  assert.deepEqual(socket.heard.filter(([kind]) => kind !== 2), [[4, [[['a'], 1]]], [5, 0, ['f'], ['x']], [4, [[['list'], [1]], [['list'], 1, 0, [2]]]]]);
});

test('a call resolves; one of ours is called with this.now', async () => {
  const { now, events, socket } = await ready({ add: f(null) });
  const sum = now.add(1, 2);
  await settle();
  assert.deepEqual(socket.heard.at(-1), [5, 1, ['add'], [1, 2]]);
  socket.say([6, 1, 3]);
  assert.equal(await sum, 3);
  now.me = function (x) {
    return [this.now === now, x];
  };
  await settle();
  socket.say([5, 1, ['me'], [7]]);
  await settle();
  assert.deepEqual(socket.heard.at(-1), [6, 1, [true, 7]]);
  assert.deepEqual(events, [['rfc', ['me'], [7]]]);
});

test('rv and del tell of what the server changed, a list as a whole', async () => {
  const { now, events, socket } = await ready({ l: [1], a: {}, b: 1 });
  const changes = [];
  socket.say([4, [[['a', 'x'], 5], [['b']], [['l'], 1, 0, [2]], [['l', 0], 9], [['g'], f(null)]]]);
  now.core.on('change', (...change) => changes.push(change));
  socket.say([4, [[['z'], 1], [['z']]]]);
  assert.deepEqual(changes, [[['z'], undefined], [['z'], undefined]]);
  assert.deepEqual(events.slice(0, 5).map(([event, path]) => [event, path]), [['rv', ['a', 'x']], ['del', ['b']], ['rv', ['l']], ['rv', ['l']], ['rv', ['g']]]);
  assert.deepEqual([events[0][2], events[2][2], events[4][2]], [5, now.l, now.g]);
});

test('removeEvent and what `on` returned end it', async () => {
  const { now, socket } = await ready();
  const told = [];
  const handler = () => told.push(1);
  now.core.on('rv', handler);
  const end = now.core.on('rv', () => told.push(2));
  socket.say([4, [[['a'], 1]]]);
  now.core.removeEvent('rv', handler);
  end();
  socket.say([4, [[['a'], 2]]]);
  assert.deepEqual(told, [1, 2]);
});

test('a refused write is rolled back and told', async () => {
  const { now, events, socket } = await ready({ a: 0 });
  now.a = 1;
  await settle();
  socket.say([12, 2, [[0, 'no']]], [2, 2]);
  assert.equal(now.a, 0);
  assert.deepEqual(events, [['error', new Refused('no', ['a'])]]);
});

// Watching.

test('watch tells once a turn of changes at, below or above, from either end', async () => {
  const { now, socket } = await ready({ a: { x: 1 }, b: 1 });
  const told = [];
  now.core.watch('a.x', (value, path) => told.push([value, path]));
  now.core.watch('a', (value) => told.push(JSON.stringify(value)));
  const end = now.core.watch([], () => told.push('all'));
  now.a.x = 2;
  now.a.x = 3;
  await settle();
  assert.deepEqual(told.splice(0), [[3, ['a', 'x']], '{"x":3}', 'all']);
  socket.say([2, 2], [4, [[['b'], 2]]]);
  await settle();
  assert.deepEqual(told.splice(0), ['all']);
  end();
  socket.say([4, [[['a']]]]);
  await settle();
  assert.deepEqual(told.splice(0), [[undefined, ['a', 'x']], undefined]);
  now.a = { x: 3 };
  delete now.a;
  await settle();
  assert.deepEqual(told, [], 'as it was');
});

test('a snapshot is frozen, and the same object until it changes', async () => {
  const { now, socket } = await ready({ a: { x: [1] }, b: 1 });
  const all = now.core.snapshot();
  const a = now.core.snapshot('a');
  assert.deepEqual(all, { a: { x: [1] }, b: 1 });
  assert.equal(all.a, a);
  now.b = 2;
  await settle();
  socket.say([2, 2], [4, [[['c'], 1]]]);
  assert.equal(now.core.snapshot(['a']), a);
  assert.notEqual(now.core.snapshot(''), all);
  assert.throws(() => a.x.push(2), TypeError);
  assert.equal(now.core.snapshot('no.where'), undefined);
});

// Objects of the page stay live.

test('an object that was handed over is looked at ahead of each call, and once a second', async () => {
  const { now, socket } = await ready({ f: f(null) });
  const original = { list: [1], deep: {} };
  now.mine = original;
  await settle();
  socket.heard;
  original.list.push(2);
  original.deep.x = 1;
  now.f.send();
  await settle();
  assert.deepEqual(socket.heard, [[4, [[['mine', 'list'], 1, 0, [2]], [['mine', 'deep', 'x'], 1]]], [5, 0, ['f'], []]]);
  now.mine.deep.y = 2;
  original.deep.x = 3;
  mock.timers.tick(1000);
  await settle();
  assert.deepEqual(socket.heard.filter(([kind]) => kind === 4), [[4, [[['mine', 'deep', 'y'], 2], [['mine', 'deep', 'x'], 3]]]]);
  assert.equal(JSON.stringify(now.mine), '{"list":[1,2],"deep":{"x":3,"y":2}}');
});

test('an object whose name was taken is let go of, and one that cannot be shared any more is told', async () => {
  const { now, events, socket } = await ready();
  const [first, second] = [{ x: 1 }, { x: 1 }];
  now.a = first;
  now.b = second;
  now.a = 0;
  await settle();
  socket.heard;
  first.x = 2;
  second.bad = new Map();
  mock.timers.tick(1000);
  await settle();
  assert.deepEqual(socket.heard.filter(([kind]) => kind === 4), []);
  assert.equal(events[0][1].message, 'now.b.bad: Map is not shareable; use Object.fromEntries(...)');
  mock.timers.tick(5000);
  assert.equal(events.length, 1);
});

// Links that break.

test('a broken link is tried again at growing intervals, and the session goes on', async () => {
  const { now, events, socket } = await ready({ f: f(null) });
  const answer = now.f();
  await settle();
  socket.heard;
  socket.break();
  assert.equal(events[0][0], 'disconnect');
  now.a = 1;
  for (const wait of [250, 500, 1000]) {
    const { length } = FakeSocket.made;
    mock.timers.tick(wait - 1);
    assert.equal(FakeSocket.made.length, length);
    mock.timers.tick(1);
    assert.equal(FakeSocket.made.length, length + 1);
    if (wait < 1000) FakeSocket.last.break();
  }
  FakeSocket.last.open();
  assert.deepEqual(FakeSocket.last.heard, [[0, { version: 1, attempt: 2, token: new Uint8Array(16), received: 1 }]]);
  FakeSocket.last.say(resumed(1), [6, 1, 'done']);
  await settle();
  assert.equal(await answer, 'done');
  assert.deepEqual(FakeSocket.last.heard.filter(([kind]) => kind !== 2), [[5, 1, ['f'], []], [4, [[['a'], 1]]]]);
  assert.deepEqual(events.map(([event]) => event), ['disconnect', 'reconnect']);
  assert.equal(events[1][1], true);
});

test('a WebSocket that is closing is given nothing more, and what was written goes over the next', async () => {
  const { now, socket } = await ready();
  socket.readyState = 2;
  now.a = 1;
  await settle();
  assert.deepEqual(socket.heard, []);
  socket.break();
  mock.timers.tick(250);
  FakeSocket.last.open();
  FakeSocket.last.heard;
  FakeSocket.last.say(resumed(1));
  await settle();
  assert.deepEqual(FakeSocket.last.heard.filter(([kind]) => kind === 4), [[4, [[['a'], 1]]]]);
});

test('an error is a broken link, whether or not a close follows', async () => {
  const { events, socket } = await ready();
  socket.onerror();
  socket.break();
  assert.deepEqual(events, [['disconnect', new Disconnected('the connection broke', 1006)]]);
  mock.timers.tick(250);
  assert.equal(FakeSocket.made.length, 2);
});

test('after the resume window calls fail, and the fresh session gets our names', async () => {
  const { now, events, socket } = await ready({ f: f(null) });
  now.mine = { x: 1 };
  const { mine } = now;
  const answer = now.f();
  await settle();
  socket.break(1006, '');
  const failed = assert.rejects(answer, new Disconnected('the connection broke', 1006));
  mock.timers.tick(15_000);
  await failed;
  mine.x = 2;
  FakeSocket.last.open();
  assert.deepEqual(FakeSocket.last.heard[0][1].token, undefined);
  FakeSocket.last.say(welcome({ f: f(null) }, { client_id: 'c2' }), [13]);
  await settle();
  assert.deepEqual(FakeSocket.last.heard[0], [4, [[['mine'], { x: 2 }]]]);
  assert.deepEqual(events.map(([event, arg]) => [event, arg]).slice(1), [['reconnect', false], ['ready', undefined]]);
  assert.deepEqual([now.core.clientId, mine.x, now.mine === mine], ['c2', 2, true], 'containers go on');
});

test('a server that does not resume says so at once', async () => {
  const { now, socket } = await ready({ f: f(null) });
  const failed = assert.rejects(now.f(), Disconnected);
  await settle();
  socket.break();
  mock.timers.tick(250);
  FakeSocket.last.open();
  FakeSocket.last.say(welcome());
  await failed;
});

for (const code of [1000, 1002, 1003, 1007, 1009, 4000, 4008, 4401, 4403]) {
  test(`a close with ${code} is final`, async () => {
    const { now, events, socket } = await ready({ f: f(null) });
    const answer = now.f();
    await settle();
    socket.break(code, 'enough');
    await assert.rejects(answer, new Disconnected('enough', code));
    mock.timers.tick(100_000);
    assert.equal(FakeSocket.made.length, 1);
    assert.deepEqual(events, [['disconnect', new Disconnected('enough', code)]]);
    now.a = 1;
    await settle();
    assert.equal(now.a, 1);
    await assert.rejects(now.f(), Disconnected);
    await assert.rejects(now.core.flush(), Disconnected);
  });
}

for (const [code, resumes] of [[1001, true], [1011, true], [4001, true], [4002, false], [4003, true], [1006, true]]) {
  test(`after a close with ${code} it comes back, ${resumes ? '' : 'not '}to the session`, async () => {
    const { socket } = await ready();
    socket.break(code);
    mock.timers.tick(250);
    FakeSocket.last.open();
    assert.equal('token' in FakeSocket.last.heard[0][1], resumes);
  });
}

test('bye ends the session; whether it comes back the code says', async () => {
  const { events, socket } = await ready();
  socket.say([3, 1001, 'restarting']);
  assert.deepEqual(socket.closedWith, [1000, 'restarting']);
  mock.timers.tick(250);
  FakeSocket.last.open();
  assert.equal('token' in FakeSocket.last.heard[0][1], false);
  FakeSocket.last.say(welcome(), [3, 4000, 'go']);
  mock.timers.tick(100_000);
  assert.equal(FakeSocket.made.length, 2);
  assert.deepEqual(FakeSocket.last.closedWith, [4000, 'go']);
  assert.deepEqual(events.map(([event]) => event), ['disconnect', 'reconnect', 'disconnect']);
});

test('never connected: tried again; refused for good: connect_failed, and ready rejects', async () => {
  const { now, events, socket } = opened();
  const answer = now.ready();
  socket.break();
  assert.deepEqual(events, []);
  mock.timers.tick(250);
  FakeSocket.last.open();
  FakeSocket.last.break(4401, 'who are you?');
  const error = new ConnectError('who are you?', 4401);
  assert.deepEqual(events, [['connect_failed', error]]);
  await assert.rejects(answer, error);
  await assert.rejects(now.ready(), error);
});

for (const [reconnect, tries] of [[false, 0], [2, 2]]) {
  test(`reconnect: ${reconnect} comes back ${tries} times`, async () => {
    const { events, socket } = await ready({}, { reconnect });
    socket.break();
    for (let round = 0; round < tries; round++) {
      mock.timers.tick(30_000);
      FakeSocket.last.break();
    }
    mock.timers.tick(100_000);
    assert.equal(FakeSocket.made.length, 1 + tries);
    assert.deepEqual(events.map(([event]) => event), ['disconnect', 'reconnect_failed']);
  });
}

test('a page whose policy forbids the connection is told', () => {
  class Forbidden {
    constructor() {
      throw new Error('refused by the policy');
    }
  }
  const now = connect(URL_OF_SITE, { WebSocket: Forbidden });
  return assert.rejects(now.ready(), ConnectError);
});

test('a server that is silent for one and a half heartbeats is asked, and given up if it does not answer', async () => {
  const { events, socket } = await ready();
  mock.timers.tick(20_000);
  socket.say([2, 0, true]);
  await settle();
  assert.deepEqual(socket.heard.at(-1), [2, 1]);
  mock.timers.tick(30_000);
  await settle();
  assert.deepEqual(socket.heard, []);
  mock.timers.tick(1000);
  await settle();
  assert.deepEqual(socket.heard, [[2, 1, true]]);
  mock.timers.tick(5000);
  assert.deepEqual(events, []);
  mock.timers.tick(1000);
  assert.deepEqual(events, [['disconnect', new Disconnected('the server has gone silent', 1006)]]);
  assert.ok(socket.closedWith);
  socket.say([4, [[['late'], 1]]]);
  assert.equal(FakeSocket.made.length, 1, 'what a link says that was given up is not heard');
});

test('a laptop that was suspended asks as soon as it wakes; whoever answers is not given up', async () => {
  const { events, socket } = await ready();
  mock.timers.tick(1000);
  await settle();
  socket.heard;
  socket.say([4, []]);
  mock.timers.setTime(3_600_000);
  mock.timers.tick(1000);
  await settle();
  assert.deepEqual(socket.heard.at(-1), [2, 2, true]);
  socket.say([2, 1]);
  mock.timers.tick(10_000);
  assert.deepEqual(events, []);
  mock.timers.setTime(7_200_000);
  for (let second = 0; second < 8; second++) mock.timers.tick(1000);
  assert.deepEqual(events.map(([event]) => event), ['disconnect']);
});

test('a link that nobody answers is given up', async () => {
  opened();
  mock.timers.tick(31_000);
  mock.timers.tick(250);
  assert.equal(FakeSocket.made.length, 2);
});

test('what was processed is acknowledged within five seconds', async () => {
  const { socket } = await ready();
  mock.timers.tick(5000);
  await settle();
  assert.deepEqual(socket.heard, [[2, 1]]);
  socket.say([4, []]);
  socket.say([4, []]);
  mock.timers.tick(4999);
  await settle();
  assert.deepEqual(socket.heard, []);
  mock.timers.tick(1);
  await settle();
  assert.deepEqual(socket.heard, [[2, 3]]);
});

test('a server that breaks the protocol is told so, and that is the end', async () => {
  const { events, socket } = await ready();
  socket.say([99]);
  assert.deepEqual(socket.heard.at(-1).slice(0, 2), [3, 1002]);
  assert.deepEqual(events.map(([event, error]) => [event, error.constructor]), [['error', ProtocolError], ['disconnect', Disconnected]]);
  mock.timers.tick(100_000);
  assert.equal(FakeSocket.made.length, 1);
});

test('a text message ends the session', async () => {
  const { events, socket } = await ready();
  socket.onmessage({ data: 'hello' });
  assert.deepEqual(events, [['disconnect', new Disconnected('a text message', 1003)]]);
});

test('close sends what waits, says bye, and is the end', async () => {
  const { now, events, socket } = await ready({ f: f(null) });
  const answer = now.f();
  now.a = 1;
  now.core.close();
  assert.deepEqual(socket.heard.filter(([kind]) => kind !== 2), [[5, 1, ['f'], []], [4, [[['a'], 1]]], [3, 1000, 'closed by the page']]);
  assert.deepEqual(socket.closedWith, [1000, 'closed by the page']);
  const reason = new Disconnected('closed by the page', 1000);
  await assert.rejects(answer, reason);
  assert.deepEqual(events, [['disconnect', reason]]);
  mock.timers.tick(100_000);
  assert.equal(FakeSocket.made.length, 1);
});

test('an unasked error of a call is told, never to unhandledrejection', async () => {
  const { now, events, socket } = await ready({ f: f(null) });
  now.f();
  await settle();
  socket.say([7, 1, { type: 'ValueError', message: 'no', path: ['f'] }]);
  await settle();
  mock.timers.tick(0);
  assert.deepEqual(events, [['error', new RemoteError('no', 'ValueError', ['f'])]]);
});

// The page's own events.

/** A property of the platform's, for one test. */
function platform(t, name, value) {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  t.after(() => (before ? Object.defineProperty(globalThis, name, before) : delete globalThis[name]));
  return value;
}

async function onPage(t, options) {
  const page = new EventTarget();
  platform(t, 'addEventListener', page.addEventListener.bind(page));
  const dispatch = (name, fields = {}) => page.dispatchEvent(Object.assign(new Event(name), fields));
  return { ...(await ready({}, options)), dispatch };
}

for (const [site, tries] of [['http://site.org', 0], ['http://localhost:8080', 1], ['http://127.0.0.1:8080', 1]]) {
  test(`offline, ${tries ? 'only ' : ''}a server like ${site} is ${tries ? '' : 'not '}tried`, async (t) => {
    platform(t, 'navigator', { onLine: false });
    const now = connect(site, { WebSocket: FakeSocket });
    FakeSocket.last.open();
    FakeSocket.last.say(welcome(), [13]);
    FakeSocket.last.break();
    mock.timers.tick(100_000);
    assert.equal(FakeSocket.made.length, 1 + tries);
    now.core.close();
  });
}

test('what is not tried offline is tried at once when that ends, and has cost no try', async (t) => {
  const navigator = platform(t, 'navigator', { onLine: true });
  const page = new EventTarget();
  platform(t, 'addEventListener', page.addEventListener.bind(page));
  const now = connect('http://site.org', { WebSocket: FakeSocket, reconnect: 1 });
  let failed = 0;
  now.core.on('reconnect_failed', () => failed++);
  FakeSocket.last.open();
  FakeSocket.last.say(welcome(), [13]);
  navigator.onLine = false;
  page.dispatchEvent(new Event('offline'));
  assert.equal(FakeSocket.last.closedWith, undefined, 'a line that works is not touched');
  FakeSocket.last.break();
  mock.timers.tick(100_000);
  assert.equal(FakeSocket.made.length, 1);
  navigator.onLine = true;
  page.dispatchEvent(new Event('online'));
  assert.deepEqual([FakeSocket.made.length, failed], [2, 0]);
  FakeSocket.last.break();
  assert.equal(failed, 1);
});

test('a page that is seen again asks whether the server is there, and comes back at once if not', async (t) => {
  const document = platform(t, 'document', { hidden: true });
  const { socket, dispatch } = await onPage(t);
  dispatch('visibilitychange');
  await settle();
  assert.deepEqual(socket.heard, [], 'hidden, it asks nothing');
  document.hidden = false;
  dispatch('visibilitychange');
  await settle();
  assert.deepEqual(socket.heard, [[2, 1, true]]);
  mock.timers.tick(7000);
  assert.ok(socket.closedWith);
  dispatch('visibilitychange');
  assert.equal(FakeSocket.made.length, 2);
});

test('a page that is put aside lets go of its link, and comes back at once when it is shown', async (t) => {
  const { socket, dispatch } = await onPage(t);
  dispatch('pagehide', { persisted: true });
  assert.deepEqual([socket.closedWith[0], socket.heard.some(([kind]) => kind === 3)], [1000, false]);
  dispatch('pageshow', { persisted: true });
  FakeSocket.last.open();
  assert.equal(FakeSocket.made.length, 2);
  assert.ok(FakeSocket.last.heard[0][1].token);
});

test('a page that is gone says bye, so that nobody waits for it', async (t) => {
  const { now, socket, dispatch } = await onPage(t);
  now.last = 'words';
  dispatch('pagehide', { persisted: false });
  assert.deepEqual(socket.heard.filter(([kind]) => kind !== 2), [[4, [[['last'], 'words']]], [3, 1001, 'the page is gone']]);
});

test('a network that is back is used at once; a closed client listens no more', async (t) => {
  const { now, socket, dispatch } = await onPage(t);
  dispatch('online');
  assert.equal(FakeSocket.made.length, 1);
  socket.break();
  dispatch('online');
  assert.equal(FakeSocket.made.length, 2);
  FakeSocket.last.break();
  now.core.close();
  dispatch('online');
  assert.equal(FakeSocket.made.length, 2);
});
