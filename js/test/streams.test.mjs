/** Streams, the test being the other end: what is asked for, what is sent, and how either ends. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Disconnected, LimitExceeded, NoSuchFunction, ProtocolError, RemoteError } from '../src/errors.js';
import { f, gc, joined, resumed, settle, stream, welcome } from './tools.mjs';

const WINDOW = 256;

const quiet = (t) => t.mock.method(console, 'error', () => {}).mock;
const upTo = (count) => Array.from({ length: count }, (_, index) => index);
const item = (value) => ({ done: false, value });
const over = { done: true, value: undefined };

/** A client that was answered with stream 1 of the server's. */
async function reading() {
  const client = joined({ rows: f(null) });
  const reply = client.stub('rows')();
  client.hear([6, 1, stream(1)]);
  client.said;
  return { client, rows: await reply };
}

/** The demands that were said. */
const demanded = (client) => client.said.map(([kind, id, count]) => (assert.deepEqual([kind, id], [10, 1]), count));

/** A client whose function the server has called, which has returned a stream: stream 1 of ours. */
async function producing(rows) {
  const client = joined();
  client.peer.write([['rows'], rows]);
  client.hear([5, 1, ['rows'], []]);
  await settle();
  assert.deepEqual(client.said.slice(1), [[6, 1, { stream: 1 }]]);
  return client;
}

/** What is said when the server demands so many items of stream 1. */
async function asked(client, count) {
  client.hear([10, 1, count]);
  await settle();
  return client.said;
}

/** A generator function that notes how far it came. */
function noting(log, rows) {
  return function* () {
    try {
      for (const row of rows) {
        log.push(row);
        yield row;
      }
    } finally {
      log.push('finally');
    }
  };
}

/** What is said once garbage was collected. */
async function untilSaid(client) {
  let said = [];
  for (let tries = 0; tries < 20 && !said.length; tries++) {
    await settle();
    gc();
    await settle();
    said = client.said;
  }
  return said;
}

// Streams of the server's.

test('nothing is asked for before the first step, then a window of items', async () => {
  const { client, rows } = await reading();
  assert.deepEqual(client.said, []);
  const first = rows.next();
  assert.deepEqual(demanded(client), [WINDOW]);
  client.hear([9, 1, ['a', { b: [1] }], false], [9, 1, [], true]);
  assert.deepEqual([await first, await rows.next(), await rows.next(), await rows.next()], [item('a'), item({ b: [1] }), over, over]);
  assert.deepEqual(client.said, []);
});

test('a reply can be gone through as its stream, and break closes it', async () => {
  const client = joined({ rows: f(null) });
  const seen = [];
  const loop = (async () => {
    for await (const row of client.stub('rows')()) if (seen.push(row) === 2) break;
  })();
  await settle();
  assert.deepEqual(client.said, [[5, 1, ['rows'], []]]);
  client.hear([6, 1, stream(1)]);
  await settle();
  assert.deepEqual(demanded(client), [WINDOW]);
  client.hear([9, 1, [1, 2, 3], false]);
  await loop;
  assert.deepEqual(seen, [1, 2]);
  assert.deepEqual(demanded(client), [0]);
});

test('a reply that is a list can be gone through, too; one that fails throws in the loop', async () => {
  const client = joined({ rows: f(null) });
  const [list, failed] = [client.stub('rows')(), client.stub('rows')()];
  client.hear([6, 1, [1, 2]], [7, 2, { type: 'X', message: 'no' }]);
  const seen = [];
  for await (const row of list) seen.push(row);
  assert.deepEqual(seen, [1, 2]);
  await assert.rejects(async () => {
    for await (const row of failed) seen.push(row);
  }, new RemoteError('no', 'X'));
});

test('more is asked for when half of the window is used up', async () => {
  const { client, rows } = await reading();
  const first = rows.next();
  client.hear([9, 1, upTo(WINDOW), false]);
  await first;
  assert.deepEqual(demanded(client), [WINDOW]);
  for (let used = 1; used < WINDOW / 2 - 1; used++) await rows.next();
  assert.deepEqual(client.said, []);
  await rows.next();
  assert.deepEqual(demanded(client), [WINDOW / 2]);
});

test('more is asked for when all that arrived are used up, and somebody waits', async () => {
  const { client, rows } = await reading();
  const first = rows.next();
  client.said;
  client.hear([9, 1, [1, 2, 3], false]);
  await first;
  await rows.next();
  await rows.next();
  assert.deepEqual(client.said, [], 'nobody waits');
  rows.next();
  assert.deepEqual(demanded(client), [3]);
  rows.next();
  assert.deepEqual(demanded(client), [], 'all that may be are on their way');
});

test('several steps at once are answered in order', async () => {
  const { client, rows } = await reading();
  const steps = upTo(5).map(() => rows.next());
  client.hear([9, 1, ['a'], false], [9, 1, ['b', 'c'], false], [9, 1, [], { type: 'X', message: 'no' }]);
  const [a, b, c, error, after] = await Promise.allSettled(steps);
  assert.deepEqual([a.value, b.value, c.value, after.value], [item('a'), item('b'), item('c'), over]);
  assert.deepEqual(error.reason, new RemoteError('no', 'X'));
});

test('an error is thrown behind the items before it, once', async () => {
  const { client, rows } = await reading();
  const first = rows.next();
  client.hear([9, 1, [1, 2], { type: 'NoSuchFunction', message: 'gone', missing: 'departed', trace: 'line 1', cause: { type: 'KeyError', message: 'x' } }]);
  assert.deepEqual([await first, await rows.next()], [item(1), item(2)]);
  const cause = new RemoteError('x', 'KeyError');
  await assert.rejects(rows.next(), new NoSuchFunction('gone', 'departed', undefined, { trace: 'line 1', cause }));
  assert.deepEqual(await rows.next(), over);
});

test('return closes at once: what has arrived is dropped, who waits is told, what comes later is ignored', async () => {
  const { client, rows } = await reading();
  const [first, waiting] = [rows.next(), rows.next()];
  client.hear([9, 1, ['a'], false]);
  client.said;
  const returned = rows.return('r');
  assert.deepEqual(demanded(client), [0]);
  assert.deepEqual([await first, await waiting, await returned, await rows.next()], [item('a'), over, { done: true, value: 'r' }, over]);
  client.hear([9, 1, upTo(500), false], [9, 1, [], true]);
  await rows.return();
  assert.deepEqual(client.said, []);
  assert.ok(client.peer.session);
});

test('items that nobody has used are dropped by return', async () => {
  const { client, rows } = await reading();
  rows.next();
  client.hear([9, 1, [1, 2, 3], true]);
  client.said;
  await rows.return();
  assert.deepEqual(await rows.next(), over);
  assert.deepEqual(client.said, [], 'it had ended');
});

test('a stream can be closed before its first step, and by disposing', async () => {
  const { client, rows } = await reading();
  assert.equal(rows[Symbol.asyncIterator](), rows);
  await rows[Symbol.asyncDispose ?? 'return']();
  assert.deepEqual(demanded(client), [0]);
});

test('when the session ends, what has arrived is given, then the reason is thrown', async () => {
  const { client, rows } = await reading();
  const first = rows.next();
  client.hear([9, 1, [1, 2], false]);
  client.peer.end(new Disconnected('gone'));
  assert.deepEqual([await first, await rows.next()], [item(1), item(2)]);
  await assert.rejects(rows.next(), new Disconnected('gone'));
  assert.deepEqual(await rows.next(), over);
});

test('who waits when the session ends is told; in the next session nothing is said of the stream', async () => {
  const { client, rows } = await reading();
  const waiting = rows.next();
  client.peer.unlink();
  client.hear(welcome());
  await assert.rejects(waiting, new Disconnected('the session was lost'));
  client.said;
  await rows.return();
  assert.deepEqual(client.said, []);
});

test('what comes behind the end of a stream is ignored', async () => {
  const { client, rows } = await reading();
  const first = rows.next();
  client.hear([9, 1, ['a'], true], [9, 1, ['b'], false]);
  assert.deepEqual([await first, await rows.next()], [item('a'), over]);
});

test('a stream of a session that is over has no part in the next', async () => {
  const { client, rows } = await reading();
  client.hear([5, 0, ['missing'], [stream(2)]]);
  const waiting = rows.next();
  client.peer.unlink();
  client.hear(welcome(), [5, 0, ['missing'], [stream(2)]], [9, 1, ['a'], false]);
  await assert.rejects(waiting, Disconnected);
  assert.deepEqual(await rows.next(), over);
  assert.ok(client.peer.session);
});

test('a stream goes on over another link', async () => {
  const { client, rows } = await reading();
  const [first, second] = [rows.next(), rows.next()];
  client.hear([9, 1, [1], false]);
  client.said;
  client.peer.unlink();
  client.peer.hello();
  client.hear(resumed(3), [9, 1, [2], false]);
  assert.deepEqual([await first, await second], [item(1), item(2)]);
});

test('a stream that is garbage is closed; one of which an item is awaited is not', async () => {
  const client = joined({ rows: f(null) });
  client.stub('rows')().then((rows) => rows.next());
  client.stub('rows')().then((rows) => {
    (async () => {
      for await (const row of rows) client.got = row;
    })();
  });
  client.hear([6, 1, stream(1)], [6, 2, stream(2)]);
  await settle();
  client.said;
  client.hear([9, 1, [1], false]);
  assert.deepEqual(await untilSaid(client), [[10, 1, 0]]);
  client.hear([9, 2, ['still here'], false]);
  await settle();
  assert.equal(client.got, 'still here');
});

test('a stream that came with a call of nothing is closed', async () => {
  const client = joined();
  client.hear([5, 0, ['missing'], [stream(1)]]);
  assert.deepEqual(await untilSaid(client), [[10, 1, 0]]);
});

test('streams come as arguments, inside data, and as items of streams', async () => {
  const client = joined();
  const got = [];
  client.peer.write([['take'], (...args) => void got.push(...args)]);
  client.hear([5, 0, ['take'], [stream(1), { a: [stream(4)] }]]);
  client.said;
  const [one, { a: [four] }] = got;
  const [inner, other] = [one.next(), four.next()];
  assert.deepEqual(client.said, [[10, 1, WINDOW], [10, 4, WINDOW]]);
  client.hear([9, 1, [stream(5)], false], [9, 4, [4], false]);
  assert.deepEqual(await other, item(4));
  const { value: five } = await inner;
  five.next();
  assert.deepEqual(client.said, [[10, 5, WINDOW]]);
});

for (const [name, reason, ...messages] of [
  ['a number twice', 'stream 1 comes after stream 1', [6, 2, stream(1)]],
  ['a number below another', 'stream 2 comes after stream 3', [6, 2, [stream(3), stream(2)]]],
  ['items of a stream that never came', 'items of stream 2, which was not sent', [9, 2, [], true]],
  ['an item that nobody asked for', 'more items than were asked for', [9, 1, [1], false]],
  ['a demand for a stream that was never sent', 'demand of stream 1, which was not sent', [10, 1, 1]],
  ['the closing of a stream that was never sent', 'demand of stream 1, which was not sent', [10, 1, 0]],
]) {
  test(`${name} breaks the protocol`, async () => {
    const { client } = await reading();
    client.stub('rows')();
    client.hear(...messages);
    assert.deepEqual(client.bye, [3, 1002, reason]);
    assert.ok(client.errors[0] instanceof ProtocolError);
  });
}

test('more items than were asked for break the protocol, and who reads is told', async () => {
  const { client, rows } = await reading();
  const first = rows.next();
  client.hear([9, 1, upTo(WINDOW + 1), false]);
  assert.deepEqual(client.bye, [3, 1002, 'more items than were asked for']);
  await assert.rejects(first, Disconnected);
});

// Streams of the page's.

test('a generator runs only as far as it is asked, and ends behind its last item', async () => {
  const log = [];
  const client = await producing(noting(log, ['a', 'b', 'c']));
  assert.deepEqual(log, []);
  assert.deepEqual(await asked(client, 2), [[9, 1, ['a'], false], [9, 1, ['b'], false]]);
  assert.deepEqual(log, ['a', 'b']);
  assert.deepEqual(await asked(client, 5), [[9, 1, ['c'], false], [9, 1, [], true]]);
  assert.deepEqual(log, ['a', 'b', 'c', 'finally']);
  assert.deepEqual(await asked(client, 5), [], 'the demand has crossed the end');
});

test('an async generator is asked for its next item when it has given one', async () => {
  const resolvers = [];
  const client = await producing(async function* () {
    for (;;) yield await new Promise((resolve) => resolvers.push(resolve));
  });
  assert.deepEqual(await asked(client, 3), []);
  resolvers[0]('a');
  await settle();
  assert.deepEqual(client.said, [[9, 1, ['a'], false]]);
  assert.equal(resolvers.length, 2);
});

test('an iterator is asked for one item at a time', async () => {
  const resolvers = [];
  const next = () => new Promise((resolve) => resolvers.push(resolve));
  const client = await producing(() => ({ next, [Symbol.asyncIterator]() { return this; } }));
  await asked(client, 3);
  await asked(client, 3);
  assert.equal(resolvers.length, 1);
  resolvers[0](item('a'));
  await settle();
  assert.equal(resolvers.length, 2);
});

test('changes of what the page handed to now go out ahead of an item', async () => {
  const client = await producing(function* () { yield 1; });
  client.calling = () => client.peer.write([['a'], 1]);
  assert.deepEqual(await asked(client, 1), [[4, [[['a'], 1]]], [9, 1, [1], false]]);
});

for (const [name, rows] of [
  ['the steps of a list', () => [1, 2].values()],
  ['an object with an async iterator', () => ({ async *[Symbol.asyncIterator]() { yield* [1, 2]; } })],
  ['an instance of such a class', () => new (class { async *[Symbol.asyncIterator]() { yield* [1, 2]; } })()],
  ['a ReadableStream', () => new ReadableStream({ start: (sink) => (sink.enqueue(1), sink.enqueue(2), sink.close()) })],
  ['the promise of a generator', async () => (function* () { yield* [1, 2]; })()],
]) {
  test(`${name} is a stream`, async () => {
    const client = await producing(rows);
    assert.deepEqual(await asked(client, 9), [[9, 1, [1], false], [9, 1, [2], false], [9, 1, [], true]]);
  });
}

test('what a generator writes and calls stays in order with its items', async () => {
  const client = joined({ f: f(null) });
  client.peer.write([['rows'], function* () {
    client.peer.write([['a'], 1]);
    yield 'first';
    client.stub('f').send();
    yield 'second';
  }]);
  client.hear([5, 1, ['rows'], []]);
  await settle();
  client.said;
  assert.deepEqual(await asked(client, 2), [[4, [[['a'], 1]]], [9, 1, ['first'], false], [5, 0, ['f'], []], [9, 1, ['second'], false]]);
});

test('items are held back while 64 KiB were not made up for, and go on as they are', async () => {
  const large = 'x'.repeat(9000);
  const client = await producing(function* () {
    for (;;) yield large;
  });
  assert.equal((await asked(client, 1000)).length, 8);
  assert.equal((await asked(client, 1)).length, 1);
  assert.equal((await asked(client, 3)).length, 3);
});

test('one item may always be out, however large', async () => {
  const client = joined({}, { limits: { max_message: 200_000 } });
  client.peer.write([['rows'], function* () {
    for (;;) yield 'x'.repeat(100_000);
  }]);
  client.hear([5, 1, ['rows'], []]);
  await settle();
  assert.equal(client.said.length, 2);
  assert.equal((await asked(client, 1)).length, 1, 'the demand is older than the item');
  assert.equal((await asked(client, 1)).length, 1);
  assert.equal((await asked(client, 1)).length, 1);
});

test('closing runs finally, and aborts the signal of the call', async () => {
  const log = [];
  let signal;
  const client = await producing(function () {
    signal = this.signal;
    return noting(log, ['a', 'b'])();
  });
  await asked(client, 1);
  assert.deepEqual([log, signal.aborted], [['a'], false]);
  assert.deepEqual(await asked(client, 0), []);
  assert.deepEqual(log, ['a', 'finally']);
  assert.deepEqual(signal.reason, new RemoteError('the caller has given up', 'Cancelled'));
  assert.deepEqual([await asked(client, 0), await asked(client, 5)], [[], []], 'this has crossed the end');
});

test('a generator that waits when it is closed runs finally when it has waited', async (t) => {
  const log = quiet(t);
  let resolve, isDone;
  const client = await producing(async function* () {
    try {
      yield await new Promise((answer) => (resolve = answer));
    } finally {
      isDone = true;
    }
  });
  await asked(client, 1);
  await asked(client, 0);
  assert.equal(isDone, undefined);
  resolve();
  await settle();
  assert.equal(isDone, true);
  assert.deepEqual(client.said, []);
  assert.equal(log.callCount(), 0);
});

test('a generator that waits for what the signal ends is not logged when it is closed', async (t) => {
  const log = quiet(t);
  const client = await producing(async function* () {
    const { signal } = this;
    yield await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  });
  await asked(client, 1);
  assert.deepEqual(await asked(client, 0), []);
  assert.equal(log.callCount(), 0);
});

test('what finally throws is logged', async (t) => {
  const log = quiet(t);
  const client = await producing(function* () {
    try {
      yield 1;
    } finally {
      throw new Error('in finally');
    }
  });
  await asked(client, 1);
  await asked(client, 0);
  assert.deepEqual(log.calls.map(({ arguments: [error] }) => error.message), ['in finally']);
});

test('a generator may end the session itself, in the middle of a step', async (t) => {
  const log = quiet(t);
  const steps = [];
  const client = await producing(function* () {
    try {
      client.peer.end(new Disconnected('enough'));
      steps.push('ended');
      yield 1;
    } finally {
      steps.push('finally');
    }
  });
  await asked(client, 3);
  assert.deepEqual(steps, ['ended', 'finally']);
  assert.equal(log.callCount(), 0);
});

test('the end of the session closes what is read, and aborts its signal; the next session starts anew', async () => {
  const log = [];
  let signal;
  const client = await producing(function () {
    signal = this.signal;
    return noting(log, ['a', 'b'])();
  });
  await asked(client, 1);
  client.peer.unlink();
  client.hear(welcome());
  await settle();
  assert.deepEqual(log, ['a', 'finally']);
  assert.deepEqual(signal.reason, new Disconnected('the session was lost'));
  client.said;
  client.hear([5, 1, ['rows'], []]);
  await settle();
  assert.deepEqual(client.said, [[6, 1, { stream: 1 }]]);
});

for (const [name, rows, failure, logged] of [
  ['throws', function* () { yield 1; throw new RangeError('too far', { cause: new TypeError('why') }); }, { type: 'RangeError', message: 'too far', path: ['rows'], cause: { type: 'TypeError', message: 'why' } }, 1],
  ['rejects', async function* () { yield 1; await Promise.reject(new Error('odd')); }, { type: 'Error', message: 'odd', path: ['rows'] }, 1],
  ['answers with a RemoteError', function* () { yield 1; throw new RemoteError('no', 'Mine'); }, { type: 'Mine', message: 'no', path: ['rows'] }, 0],
  ['yields what cannot be sent', function* () { yield 1; yield { a: new Map() }; }, { type: 'TypeError', message: 'item 2 of the result of now.rows().a: Map is not shareable; use Object.fromEntries(...)', path: ['rows'] }, 1],
  ['yields what is too large', function* () { yield 1; yield 'x'.repeat(10_000); }, { type: 'LimitExceeded', message: 'a message of 10008 bytes: the limit max_message=10000 was passed', path: ['rows'] }, 1],
]) {
  test(`a stream that ${name} fails behind its items, and is ${logged ? '' : 'not '}logged`, async (t) => {
    const log = quiet(t);
    const client = await producing(rows);
    assert.deepEqual(await asked(client, 9), [[9, 1, [1], false], [9, 1, [], failure]]);
    assert.equal(log.callCount(), logged);
    assert.deepEqual(await asked(client, 9), []);
  });
}

test('a generator whose item cannot be sent runs finally', async (t) => {
  quiet(t);
  const log = [];
  const client = await producing(noting(log, [Symbol.iterator]));
  await asked(client, 1);
  assert.deepEqual(log, [Symbol.iterator, 'finally']);
});

test('streams travel as arguments, inside data, and as items; the signal ends with the last of a result', async () => {
  const client = joined({ f: f(null) });
  const count = function* () { yield 1; };
  client.stub('f').send(count(), { a: [count()] });
  assert.deepEqual(client.said, [[5, 0, ['f'], [{ stream: 1 }, { a: [{ stream: 2 }] }]]]);
  client.hear([10, 2, 1]);
  await settle();
  assert.deepEqual(client.said, [[9, 2, [1], false]]);
  let signal;
  client.peer.write([['two'], function () {
    signal = this.signal;
    return [count(), (function* () { yield count(); })()];
  }]);
  client.hear([5, 1, ['two'], []]);
  await settle();
  assert.deepEqual(client.said.at(-1), [6, 1, [{ stream: 3 }, { stream: 4 }]]);
  client.hear([10, 3, 0]);
  assert.equal(signal.aborted, false);
  client.hear([10, 4, 1]);
  await settle();
  assert.deepEqual(client.said, [[9, 4, [{ stream: 5 }], false]]);
  client.hear([10, 4, 0]);
  assert.equal(signal.aborted, false);
  client.hear([10, 5, 0]);
  assert.equal(signal.aborted, true);
});

test('a stream is sent once', () => {
  const client = joined({ f: f(null) });
  const rows = (function* () {})();
  client.stub('f').send(rows);
  const error = new TypeError('argument 1 of now.f(): a stream is sent once');
  assert.throws(() => client.stub('f').send(rows), error);
  const others = (function* () {})();
  assert.throws(() => client.stub('f').send(others, others), new TypeError('argument 2 of now.f(): a stream is sent once'));
  client.said;
  client.stub('f').send(others);
  assert.deepEqual(client.said, [[5, 0, ['f'], [{ stream: 3 }]]], 'it had not been sent');
});

test('a stream in a message that could not be sent can be sent again', () => {
  const client = joined({ f: f(null) });
  const rows = (function* () {})();
  assert.throws(() => client.stub('f').send(rows, 'x'.repeat(10_000)), LimitExceeded);
  client.stub('f').send(rows);
  assert.deepEqual(client.said, [[5, 0, ['f'], [{ stream: 2 }]]]);
});

test('a stream of the server\'s that is passed on is a new one, pumped, and closed through', async () => {
  const { client, rows } = await reading();
  client.stub('rows').send(rows);
  assert.deepEqual(client.said, [[5, 0, ['rows'], [{ stream: 1 }]]]);
  assert.deepEqual(await asked(client, 2), [[10, 1, WINDOW]]);
  client.hear([9, 1, ['a', 'b', 'c'], false]);
  await settle();
  assert.deepEqual(client.said, [[9, 1, ['a'], false], [9, 1, ['b'], false]]);
  assert.deepEqual(await asked(client, 0), [[10, 1, 0]]);
});

test('a stream of the server\'s that is passed on fails as it fails, and is not logged', async (t) => {
  const log = quiet(t);
  const { client, rows } = await reading();
  client.stub('rows').send({ rows });
  client.said;
  await asked(client, 2);
  client.hear([9, 1, ['a'], { type: 'X', message: 'no' }]);
  await settle();
  assert.deepEqual(client.said, [[9, 1, ['a'], false], [9, 1, [], { type: 'X', message: 'no' }]]);
  assert.equal(log.callCount(), 0);
});

test('a name whose function is the page\'s own gives the generator itself', async () => {
  const client = joined({ rows: f(null) });
  const stub = client.stub('rows');
  client.peer.write([['rows'], function* () { yield* [1, 2]; }]);
  const seen = [];
  for await (const row of stub()) seen.push(row);
  assert.deepEqual(seen, [1, 2]);
});
