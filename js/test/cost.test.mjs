/** What now.js spares a page: timers, microtasks, and copies. Counted, for time says nothing that lasts. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { connect } from '../src/index.js';
import { FakeSocket, f, gc, itemsRead, settle, welcome } from './tools.mjs';

/** What a page might be looked at by, besides timers. */
const LOOKING = ['requestAnimationFrame', 'requestIdleCallback', 'MutationObserver', 'IntersectionObserver', 'MessageChannel'];

const NAMES = 10_000;
const HEARTBEATS = ['setInterval 1000'];
const OBJECTS = ['setInterval 1000', 'setInterval 1000'];

/** The timers that run: what set each, and what it does. */
let timers;

/** The properties of the page that the tests replace. */
let replaced;

beforeEach(() => {
  FakeSocket.made = [];
  timers = new Map();
  for (const name of ['setTimeout', 'setInterval']) {
    mock.method(globalThis, name, (task, delay) => {
      const timer = {};
      timers.set(timer, { name: `${name} ${delay}`, task });
      return timer;
    });
  }
  for (const name of ['clearTimeout', 'clearInterval']) mock.method(globalThis, name, (timer) => timers.delete(timer));
  replaced = LOOKING.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
  for (const name of LOOKING) {
    Object.defineProperty(globalThis, name, { configurable: true, get: () => assert.fail(`${name} is used`) });
  }
});

afterEach(() => {
  mock.restoreAll();
  for (const [name, property] of replaced) {
    if (property) Object.defineProperty(globalThis, name, property);
    else delete globalThis[name];
  }
});

const running = () => [...timers.values()].map(({ name }) => name).sort();

/** All that run are due. */
async function tick() {
  for (const [timer, { name, task }] of [...timers]) {
    if (name.startsWith('setTimeout')) timers.delete(timer);
    task();
  }
  await settle();
}

/** A client in a session, which has said what it has to. */
async function ready(view = {}) {
  const now = connect('http://localhost:8080', { WebSocket: FakeSocket });
  const socket = FakeSocket.last;
  socket.open();
  socket.say(welcome(view), [13]);
  await settle();
  await tick();
  socket.heard;
  return { now, socket };
}

/** `{n0: 0, n1: 1, …}` */
const names = () => Object.fromEntries(Array.from({ length: NAMES }, (_, index) => [`n${index}`, index]));

// Timers.

test('with nothing live by reference only the heartbeats have a timer, whatever is said', async () => {
  const { now, socket } = await ready({ add: f(null), a: { b: [1] } });
  assert.deepEqual(running(), HEARTBEATS);
  now.core.watch('a', () => {});
  Object.assign(now, { number: 1, text: 'x', nothing: null, bytes: new Uint8Array(1), date: new Date(0), f: () => 1 });
  now.a.b.push(2);
  now.copy = now.a;
  delete now.a;
  const sum = now.add(1, { plain: [] });
  await settle();
  assert.deepEqual(running(), HEARTBEATS);
  socket.say([2, 3], [6, 1, 3], [5, 1, ['f'], []], [4, [[['theirs'], { x: 1 }]]]);
  assert.equal(await sum, 3);
  await settle();
  await tick();
  assert.deepEqual(running(), HEARTBEATS);
});

test('objects are looked at by one timer, from the first that was handed over to the last that is let go of', async () => {
  const { now } = await ready();
  const [first, second] = [{ x: 1 }, [1]];
  now.first = first;
  now.second = second;
  assert.deepEqual(running(), OBJECTS);
  now.first = 0;
  await tick();
  assert.deepEqual(running(), OBJECTS, 'the second is still live');
  delete now.second;
  await tick();
  assert.deepEqual(running(), HEARTBEATS);
  now.first = first;
  assert.deepEqual(running(), OBJECTS);
});

test('the timer goes with an object that is garbage', async () => {
  const { now } = await ready();
  now.object = { x: 1 };
  assert.deepEqual(running(), OBJECTS);
  await settle();
  gc();
  await tick();
  assert.deepEqual(running(), HEARTBEATS);
  assert.equal(now.object.x, 1);
});

test('once it is closed there is no timer, and none comes', async () => {
  const { now } = await ready();
  now.before = { x: 1 };
  now.core.close();
  assert.deepEqual(running(), []);
  now.after = { x: 1 };
  now.list = [];
  now.list.push({ x: 1 });
  assert.deepEqual(running(), []);
});

// Microtasks.

test('however much a turn says and changes, it schedules one microtask and sends one message', async () => {
  const { now, socket } = await ready({ add: f(null), tell: f(null), old: 1 });
  const told = [];
  now.core.watch('n', (value) => told.push(value));
  now.core.watch('list', (value) => told.push([...value]));
  now.list = [];
  await settle();
  socket.heard;
  told.splice(0);
  const scheduled = mock.method(globalThis, 'queueMicrotask');
  for (let n = 1; n <= 50; n++) {
    now.n = n;
    now.list.push(n);
    now[`name${n}`] = n;
    delete now[`name${n}`];
    now.add(n, n);
    now.tell.send(n);
  }
  delete now.old;
  await settle();
  assert.equal(scheduled.mock.callCount(), 1);
  assert.equal(socket.frames.length, 1);
  assert.equal(socket.heard.filter(([kind]) => kind === 5).length, 100);
  assert.deepEqual(told, [50, Array.from({ length: 50 }, (_, index) => index + 1)]);
});

test('what the calls of one message answer is one message; so is what answers are followed by', async () => {
  const { now, socket } = await ready({ add: f(null) });
  now.double = (n) => 2 * n;
  now.later = async (n) => 3 * n;
  const follow = async (n) => now.add((await now.add(n, 0)), 1);
  const sums = Array.from({ length: 50 }, (_, n) => follow(n));
  await settle();
  socket.heard;
  const scheduled = mock.method(globalThis, 'queueMicrotask');
  const ids = Array.from({ length: 50 }, (_, index) => index + 1);
  socket.say(...ids.flatMap((id) => [[5, 2 * id, ['double'], [id]], [5, 2 * id + 1, ['later'], [id]]]));
  await settle();
  assert.deepEqual([scheduled.mock.callCount(), socket.frames.length], [1, 1]);
  assert.equal(socket.heard.filter(([kind]) => kind === 6).length, 100);
  socket.say(...ids.map((id) => [6, id, id - 1]));
  await settle();
  assert.deepEqual([scheduled.mock.callCount(), socket.frames.length], [2, 1]);
  assert.equal(socket.heard.filter(([kind]) => kind === 5).length, 50);
  socket.say(...ids.map((id) => [6, 50 + id, id]));
  assert.deepEqual(await Promise.all(sums), ids);
});

test('what arrives and is answered by nothing schedules nothing', async () => {
  const { socket } = await ready({ a: 1 });
  const scheduled = mock.method(globalThis, 'queueMicrotask');
  socket.say([4, [[['a'], 2]]]);
  await settle();
  assert.deepEqual([scheduled.mock.callCount(), socket.frames.length], [0, 0]);
});

test('a signal is made for who asks for it, and tells of what was given up before', async () => {
  const { now, socket } = await ready();
  const made = mock.method(globalThis, 'AbortController');
  let go, asked;
  now.plain = () => 1;
  now.waits = async function () {
    await new Promise((resolve) => (go = resolve));
    asked = this.signal;
  };
  await settle();
  socket.heard;
  socket.say([5, 1, ['plain'], []], [5, 2, ['waits'], []]);
  await settle();
  assert.deepEqual([made.mock.callCount(), socket.heard.at(-1)], [0, [6, 1, 1]]);
  socket.say([8, 2]);
  go();
  await settle();
  assert.equal(asked.reason.message, 'the caller has given up');
  assert.equal(made.mock.callCount(), 1);
});

// Copies.

test('what is read again is the same object, and nothing is gone through for it', async () => {
  const { now, socket } = await ready({ wide: names(), a: { b: { c: [{ d: 1 }] } }, f: f(null) });
  const read = [now.wide, now.a, now.a.b, now.a.b.c, now.a.b.c[0], now.f];
  const again = () => [now.wide, now.a, now.a.b, now.a.b.c, now.a.b.c[0], now.f];
  const check = () => read.forEach((object, index) => assert.equal(again()[index], object));
  check();
  now.a.b.c.unshift(0);
  now.a.b.c.shift();
  socket.say([4, [[['a', 'b', 'x'], 1], [['wide', 'n1'], 2]]]);
  check();
  let sum = 0;
  const items = itemsRead(() => {
    for (let round = 0; round < 100; round++) sum += now.wide.n17 + now.a.b.c[0].d + Number(now.f === now.f) + Number('n18' in now.wide);
  });
  assert.deepEqual([sum, items], [100 * 20, 0]);
});

for (const [name, act] of [
  ['of ours', ({ now, socket }, n) => ((now.wide.n17 = n), socket.say([2, n + 1]))],
  ['of ours, of a name that comes and goes', ({ now }, n) => (n % 2 ? (now.wide.new = n) : delete now.wide[`n${n}`])],
  ['of the server', ({ socket }, n) => socket.say([4, [[['wide', 'n17'], n]]])],
  ['of the server, while another of ours is under way', ({ now, socket }, n) => ((now.mine = n), socket.say([4, [[['wide', 'n17'], n]]]))],
]) {
  test(`a write ${name} costs no copy of the names beside it`, async () => {
    const client = await ready({ wide: names() });
    let items = 0;
    const writes = 1000;
    for (let n = 1; n <= writes; n++) {
      items += itemsRead(() => act(client, n));
      await null;
    }
    assert.ok(items / writes < NAMES / 20, `${items / writes} items a write`);
    assert.equal(Object.keys(client.now.wide).length, Object.keys(client.now.core.snapshot('wide')).length);
  });
}

test('names keep their order as those of a plain object do, when many of them come, change and go', async () => {
  const { now } = await ready({ wide: {} });
  const plain = {};
  for (let n = 0; n < 2000; n++) {
    const name = `n${(n * 7) % 300}`;
    for (const object of [now.wide, plain]) {
      if (n % 3) object[name] = n;
      else delete object[name];
    }
    if (n % 100 === 0) assert.deepEqual(Object.entries(now.wide), Object.entries(plain));
  }
  assert.deepEqual(Object.entries(now.wide), Object.entries(plain));
});
