/**
 * What now.js spends of a page's processor, without a network and without a browser: frames go in, frames come out.
 *
 *     node bench/page.mjs [--rounds N | --quick] [words of the works' names]
 *
 * `node --cpu-prof bench/page.mjs WORDS` says where it goes. Figures are microseconds of processor time for one of
 * what a work does, the least of so many rounds: what others do on the machine only ever adds to it.
 */

import { parseArgs } from 'node:util';

import { Encoder, Tagged } from '../js/src/cbor.js';
import { connect } from '../js/src/index.js';
import { Dict, List } from '../js/src/tree.js';

/** How many names the wide tree has. */
const WIDE = 10_000;

/** How much is said in a turn, where it is more than one thing. */
const TURN = 100;

/** Where a function of the server's stands. */
const THEIRS = Object.assign(() => {}, { content: null });

/** A WebSocket without a network. */
class Socket {
  readyState = 1;

  /** How many frames the page has sent. */
  frames = 0;

  static last;

  constructor() {
    Socket.last = this;
  }

  send() {
    this.frames++;
  }

  close() {}
}

/** @param {any[]} messages in the shape of the wire */
function frame(...messages) {
  const encoder = new Encoder((f) => f.content);
  for (const message of messages) encoder.write(message);
  return encoder.bytes.slice().buffer;
}

/** So many names, `n0` and on. */
const names = (count) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, index]));

function welcome(view) {
  const limits = { max_message: 1 << 20, max_depth: 32, resume_buffer: 1 << 20, heartbeat: 20, resume_window: 15 };
  const fields = { client_id: 'c', token: new Uint8Array(16), resumed: false, received: 0, limits, options: {} };
  return frame([1, { ...fields, now: view }], [13]);
}

/** A page in a session with this view, and its server. */
class Page {
  constructor(view = {}) {
    this.now = connect('http://localhost', { WebSocket: Socket });
    this.socket = Socket.last;
    this.socket.onopen();
    this.hear(welcome({ add: THEIRS, ...view }));
  }

  hear(data) {
    this.socket.onmessage({ data });
  }

  /** Until it has sent what this turn has said. */
  async turn() {
    const before = this.socket.frames;
    while (this.socket.frames === before) await null;
  }

  close() {
    this.now.core.close();
  }
}

// What is measured. Each makes ready what it needs, and returns what does so many of the work.

/** Calls of the page's, so many a turn, all answered by one frame. */
function calls(size) {
  return (page, count) => {
    const replies = Array.from({ length: count / size }, (_, turn) => {
      const ids = Array.from({ length: size }, (_, index) => turn * size + index + 1);
      return frame([2, ids.at(-1) + 1], ...ids.map((id) => [6, id, 3]));
    });
    return async () => {
      for (const reply of replies) {
        const answers = Array.from({ length: size }, () => page.now.add(1, 2));
        await page.turn();
        page.hear(reply);
        await Promise.all(answers);
      }
    };
  };
}

/** Calls of the server's to a function of the page's, so many a frame, answered. */
function called(size) {
  return async (page, count) => {
    page.now.f = (a, b) => a + b;
    await page.turn();
    const frames = Array.from({ length: count / size }, (_, turn) => {
      const ids = Array.from({ length: size }, (_, index) => turn * size + index + 1);
      return frame([2, ids[0] + 1], ...ids.map((id) => [5, id, ['f'], [1, 2]]));
    });
    return async () => {
      for (const calls of frames) {
        page.hear(calls);
        await page.turn();
      }
    };
  };
}

/** Writes of the page's, so many a turn, acknowledged. */
function writes(size, write) {
  return (page, count) => {
    const acks = Array.from({ length: count / size }, (_, turn) => frame([2, turn + 2]));
    let value = 0;
    return async () => {
      for (const ack of acks) {
        for (let i = 0; i < size; i++) write(page.now, ++value);
        await page.turn();
        page.hear(ack);
      }
    };
  };
}

/** Writes of the server's, so many a frame; `prepare` gets the page ready for them. */
function theirs(size, path, prepare = () => {}) {
  return async (page, count) => {
    await prepare(page);
    const frames = Array.from({ length: count / size }, (_, turn) =>
      frame(...Array.from({ length: size }, (_, index) => [4, [[path, turn * size + index]]])),
    );
    return async () => {
      for (const writes of frames) {
        page.hear(writes);
        await null;
      }
    };
  };
}

function repeated(work) {
  return (page, count) => async () => {
    for (let i = 0; i < count; i++) work(page.now, i);
  };
}

const wide = { wide: names(WIDE) };
const deep = { a: { b: { c: 1 } } };

/** By name: the view, how many times, and what is made ready and done. */
const WORKS = {
  'a call with its reply, alone': [{}, 10_000, calls(1)],
  'a call with its reply, of 100 in a turn': [{}, 10_000, calls(TURN)],
  'a call with its reply, beside 1,000 names live by reference': [{}, 1_000, async (page, count) => {
    // Kept by the page, or it would be let go of.
    page.object = names(1_000);
    page.now.object = page.object;
    await page.turn();
    page.hear(frame([2, 2]));
    return calls(1)(page, count);
  }],
  'a call of the server with its reply, alone': [{}, 10_000, called(1)],
  'a call of the server with its reply, of 100 in a frame': [{}, 10_000, called(TURN)],
  'a write, alone in its turn': [{}, 10_000, writes(1, (now, value) => (now.x = value))],
  'a write, of 100 in a turn': [{}, 10_000, writes(TURN, (now, value) => (now.x = value))],
  'a write into 10,000 names': [wide, 1_000, writes(1, (now, value) => (now.wide.n17 = value))],
  'a new name beside 10,000': [wide, 1_000, writes(1, (now, value) => (now.wide[`m${value}`] = value))],
  'a write of the server': [{}, 10_000, theirs(1, ['x'])],
  'a write of the server, of 100 in a frame': [{}, 10_000, theirs(TURN, ['x'])],
  'a write of the server, with a handler of `change`': [{}, 10_000, theirs(1, ['x'], ({ now }) => now.core.on('change', () => {}))],
  'a write of the server, with a watch': [{}, 10_000, theirs(1, ['x'], ({ now }) => now.core.watch('x', () => {}))],
  'a write of the server into 10,000 names': [wide, 1_000, theirs(1, ['wide', 'n17'])],
  'a write of the server into 10,000 names, while one of ours is under way': [wide, 200, theirs(1, ['wide', 'n17'], async (page) => {
    page.now.mine = 1;
    await page.turn();
  })],
  'a name of a first view of 10,000': [{}, WIDE, (page) => {
    const view = welcome(wide);
    return () => {
      page.close();
      page.now = connect('http://localhost', { WebSocket: Socket });
      page.socket = Socket.last;
      page.socket.onopen();
      page.hear(view);
    };
  }],
  'reading `now.a.b.c`': [deep, 100_000, repeated((now) => now.a.b.c)],
  'reading `now.add`': [{}, 100_000, repeated((now) => now.add)],
  'reading `now.wide.n17` of 10,000': [wide, 100_000, repeated((now) => now.wide.n17)],
  'a key and its value of `Object.entries(now.wide)`': [wide, WIDE, (page) => () => Object.entries(page.now.wide)],
  'a name of a snapshot of 10,000': [wide, WIDE, (page) => {
    page.now.wide.n17 = -1;
    return () => page.now.core.snapshot('wide');
  }],
};

/** Microseconds of processor time for one of the work, of which this part is done. */
async function measure([view, times, prepare], part) {
  const count = times * part;
  const page = new Page(view);
  await page.turn();
  const work = await prepare(page, count);
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  page.close();
  return (user + system) / count;
}

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, quick: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [rounds, part] = values.quick ? [1, 1 / TURN] : [Number(values.rounds), 1];
console.log('| what | microseconds |\n| --- | ---: |');
for (const [name, work] of Object.entries(WORKS)) {
  if (!positionals.every((word) => name.includes(word))) continue;
  const figures = [];
  for (let round = 0; round < rounds; round++) figures.push(await measure(work, part));
  console.log(`| ${name} | ${Math.min(...figures).toFixed(2)} |`);
}
process.exit();
