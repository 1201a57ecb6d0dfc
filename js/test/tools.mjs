/** What several tests need: trees from JSON, random ones, the server's end of the wire, a socket without a network. */

import assert from 'node:assert/strict';
import v8 from 'node:v8';
import vm from 'node:vm';

import { Decoder, Encoder, Tagged } from '../src/cbor.js';
import { FUNCTION, STREAM } from '../src/heads.js';
import { Peer } from '../src/peer.js';
import { Dict, List } from '../src/tree.js';
import { Source } from '../src/values.js';

v8.setFlagsFromString('--expose-gc');

/** Collects garbage. */
export const gc = vm.runInNewContext('gc');

/** A tree of plain data. */
export function toTree(value) {
  if (Array.isArray(value)) return new List(value.map(toTree));
  if (value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return new Dict(new Map(Object.entries(value).map(([key, item]) => [key, toTree(item)])));
}

/** Plain data of a tree; what is no data as it is. */
export function fromTree(value) {
  if (value instanceof List) return value.items.map(fromTree);
  if (value instanceof Dict) return Object.fromEntries([...value.items].map(([key, item]) => [key, fromTree(item)]));
  return value;
}

/** The operation, its values made trees. */
export function toOperation([path, ...rest]) {
  if (rest.length === 3) return [path, rest[0], rest[1], rest[2].map(toTree)];
  return [path, ...rest.map(toTree)];
}

/** Numbers from 0 to 1 that are the same at each run (mulberry32). */
export function seeded(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const pick = (random, items) => items[Math.floor(random() * items.length)];

/** A random path of one to three keys. */
export function randomPath(random) {
  const path = [pick(random, ['a', 'b'])];
  while (path.length < 3 && random() < 0.5) path.push(pick(random, ['a', 'b', 0, 1, 3]));
  return path;
}

const VALUES = [1, 2, null, 'x', {}, { b: 1 }, { a: 1, b: 2 }, { a: { b: 1 } }, [], [1], [1, 2], [1, [2]], [{ a: 1 }], { a: [1, 2] }];

/** A random operation of plain data. */
export function randomOperation(random) {
  const path = randomPath(random);
  const kind = random();
  if (kind < 0.5) return [path, pick(random, VALUES)];
  if (kind < 0.7) return [path];
  const items = Array.from({ length: Math.floor(random() * 3) }, () => pick(random, VALUES));
  return [path, Math.floor(random() * 4), Math.floor(random() * 3), items];
}

/** The microtasks that wait, and those they start. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

/** How many items of maps were gone through, to copy or to search them, in what is done. */
export function itemsRead(act) {
  let count = 0;
  const restored = ['entries', 'keys', 'values', Symbol.iterator].map((name) => {
    const before = Object.getOwnPropertyDescriptor(Map.prototype, name);
    const value = function* () {
      for (const item of { [Symbol.iterator]: () => before.value.call(this) }) {
        count++;
        yield item;
      }
    };
    Object.defineProperty(Map.prototype, name, { ...before, value });
    return () => Object.defineProperty(Map.prototype, name, before);
  });
  try {
    act();
  } finally {
    for (const restore of restored) restore();
  }
  return count;
}

/** Bytes of messages in wire shape. What is `Tagged` in them is written as its content says. */
export function frame(...messages) {
  const encoder = new Encoder((f) => (f instanceof Source ? f.iterator : f.content));
  for (const message of messages) encoder.write(tagged(message));
  return encoder.bytes;
}

/** Encoders take functions and sources for the tags. */
function tagged(value) {
  if (value instanceof Tagged) return value.tag === STREAM ? new Source(value.content) : Object.assign(() => {}, { content: value.content });
  if (Array.isArray(value)) return value.map(tagged);
  const isPlain = value && Object.getPrototypeOf(value) === Object.prototype;
  return isPlain ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, tagged(item)])) : value;
}

/** The messages in a frame, in wire shape, mappings as plain objects. */
export function unframe(bytes) {
  const decoder = new Decoder(bytes);
  const messages = [];
  while (!decoder.isDone) messages.push(readable(decoder.read()));
  return messages;
}

function readable(value) {
  if (Array.isArray(value)) return value.map(readable);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, readable(item)]));
  return value instanceof Tagged ? { [value.tag === STREAM ? 'stream' : 'f']: readable(value.content) } : value;
}

export const f = (content) => new Tagged(FUNCTION, content);
export const stream = (content) => new Tagged(STREAM, content);

/** The content of a welcome to a fresh session. */
export function welcome(now = {}, more = {}) {
  const limits = { max_message: 10_000, max_depth: 32, resume_buffer: 10_000, heartbeat: 20, resume_window: 15 };
  const token = new Uint8Array(16);
  return [1, { client_id: 'c1', token, resumed: false, received: 0, now, limits, options: { colour: 'red' }, ...more }];
}

/** The content of a welcome that goes on with a session. */
export function resumed(received, more = {}) {
  const [kind, { now, ...fields }] = welcome();
  return [kind, { ...fields, resumed: true, received, ...more }];
}

/** A peer whose host writes down what it is told. */
export class Client {
  log = [];
  errors = [];
  calling = () => {};
  run = (f, args, signal) => f.apply({ signal }, args);

  constructor() {
    const told = (name) => (...args) => this.log.push([name, ...args]);
    this.peer = new Peer({
      wake: () => {}, changed: () => {}, calling: () => this.calling(),
      welcomed: told('welcomed'), ready: told('ready'), written: () => {}, called: () => {},
      ended: (reason, bye) => {
        this.log.push(['ended', reason.code, reason.reason]);
        this.bye = bye && unframe(bye)[0];
        this.peer.end(reason);
        this.peer.unlink();
      },
      run: (f, args, running) => this.run(f, args, running.controller.signal),
      report: (error) => this.errors.push(error),
    });
  }

  /** What it has to say now, in wire shape. */
  get saidWithAcks() {
    return this.peer.take().flatMap((bytes) => unframe(bytes));
  }

  get said() {
    return this.saidWithAcks.filter(([kind]) => kind !== 2);
  }

  hear(...messages) {
    this.peer.receive(frame(...messages));
  }

  /** The stub for a function of the server's. */
  stub(...path) {
    return this.peer.stub(path);
  }
}

/** In a fresh session with this view. */
export function joined(now = {}, more) {
  const client = new Client();
  client.peer.hello();
  client.hear(welcome(now, more), [13]);
  assert.deepEqual(client.said, [[4, []]], 'the first message puts our names in place');
  return client;
}

/** A WebSocket whose other end is the test. */
export class FakeSocket {
  /** All that were made, the newest last. */
  static made = [];

  readyState = 0;
  frames = [];
  closedWith = undefined;

  constructor(url, protocols) {
    Object.assign(this, { url, protocols });
    FakeSocket.made.push(this);
  }

  static get last() {
    return FakeSocket.made.at(-1);
  }

  send(bytes) {
    this.frames.push(bytes);
  }

  close(code, reason) {
    this.closedWith ??= [code, reason];
  }

  // What the test does.

  open() {
    this.onopen();
  }

  say(...messages) {
    this.onmessage({ data: frame(...messages).buffer });
  }

  break(code = 1006, reason = '') {
    this.onclose({ code, reason });
  }

  /** What was sent since the last time, in wire shape. */
  get heard() {
    return this.frames.splice(0).flatMap((bytes) => unframe(bytes));
  }
}
