/** One end of the conversation, the test being the other: what is said for what is heard. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Disconnected, LimitExceeded, NoSuchFunction, ProtocolError, Refused, RemoteError } from '../src/errors.js';
import { THEIRS, get } from '../src/tree.js';
import { Client, f, fromTree, gc, joined, resumed, settle, toTree, unframe, welcome } from './tools.mjs';

const shown = (client) => fromTree(client.peer.replica.shown);
const quiet = (t) => t.mock.method(console, 'error', () => {}).mock;

// Sessions.

test('a link begins with hello, whose attempt grows', () => {
  const { peer } = new Client();
  assert.deepEqual(unframe(peer.hello()), [[0, { version: 1, attempt: 1 }]]);
  assert.deepEqual(unframe(peer.hello()), [[0, { version: 1, attempt: 2 }]]);
  assert.deepEqual(peer.take(), [], 'nothing else before welcome');
});

test('what was written before the session is its first message', () => {
  const client = new Client();
  client.peer.write([['name'], 'ann']);
  client.peer.write([['f'], () => {}]);
  client.peer.write([['name'], 'bob']);
  client.hear(welcome({ name: 'nobody', x: 1 }));
  assert.deepEqual(client.said, [[4, [[['name'], 'bob'], [['f'], { f: null }]]]]);
  assert.deepEqual([shown(client).name, shown(client).x], ['bob', 1]);
  assert.deepEqual([client.peer.clientId, client.peer.options, client.peer.limits.max_message], ['c1', { colour: 'red' }, 10_000]);
  assert.deepEqual(client.log, [['welcomed', false]]);
});

test('a resumed session sends again what the server lacks, and presents its token and count', () => {
  const token = new Uint8Array([7, 7]);
  const client = joined({}, { token });
  client.peer.write([['a'], 1]);
  assert.deepEqual(client.said.at(-1), [4, [[['a'], 1]]]);
  client.hear([4, [[['b'], 2]]]);
  client.peer.unlink();
  client.peer.write([['c'], 3]);
  assert.deepEqual(client.said, []);
  assert.deepEqual(unframe(client.peer.hello()), [[0, { version: 1, attempt: 2, token, received: 2 }]]);
  client.hear(resumed(1));
  assert.deepEqual(client.saidWithAcks, [[4, [[['a'], 1]]], [4, [[['c'], 3]]], [2, 2]]);
  assert.deepEqual(shown(client), { a: 1, b: 2, c: 3 });
});

test('a session that was lost: calls fail, own names are put in place again, own functions too', async () => {
  const client = joined({ f: f(null), theirs: 1 });
  const own = () => 'own';
  client.peer.write([['a'], toTree([1, 2])]);
  client.peer.write([['a'], 0, 1, []]);
  client.peer.write([['own'], own]);
  const answer = client.stub('f')();
  client.hear([4, [[['fromServer'], 1]]]);
  client.peer.unlink();
  client.hear(welcome({ a: 'from everyone' }, { client_id: 'c2' }));
  await assert.rejects(answer, new Disconnected('the session was lost'));
  assert.deepEqual(client.said, [[4, [[['a'], [2]], [['own'], { f: null }]]]]);
  assert.deepEqual({ ...shown(client), own: 0 }, { a: [2], own: 0 });
  assert.equal(get(client.peer.replica.shown, ['own']), own);
});

test('offline only resume_buffer bytes are kept; then calls fail, and writes are kept by name', async () => {
  const client = joined({ f: f(null) });
  client.peer.unlink();
  client.peer.write([['a'], 'x'.repeat(6000)]);
  client.peer.take();
  const answer = client.stub('f')('y'.repeat(5000));
  await assert.rejects(answer, new Disconnected('more than resume_buffer=10000 bytes wait for a connection'));
  client.peer.write([['a'], 'small']);
  assert.deepEqual(unframe(client.peer.hello()), [[0, { version: 1, attempt: 2 }]]);
  await assert.rejects(client.stub('f')(), Disconnected);
  client.hear(welcome());
  assert.deepEqual(client.said, [[4, [[['a'], 'small']]]]);
});

test('an own name that is too large for the fresh session is reported, the others are put in place', () => {
  const client = new Client();
  client.peer.write([['large'], 'x'.repeat(20_000)]);
  client.peer.write([['small'], 1]);
  client.hear(welcome());
  assert.deepEqual(client.said, [[4, [[['small'], 1]]]]);
  assert.ok(client.errors[0] instanceof LimitExceeded);
  assert.deepEqual(shown(client), { small: 1 });
});

test('bye ends the session', async () => {
  const client = joined({ f: f(null) });
  const answer = client.stub('f')();
  client.hear([3, 4000, 'go away'], [13]);
  await assert.rejects(answer, new Disconnected('go away', 4000));
  assert.deepEqual(client.log.at(-1), ['ended', 4000, 'go away']);
  assert.equal(client.bye, undefined);
});

for (const [name, ...messages] of [
  ['a second welcome', welcome()],
  ['an answer to no call', [6, 9, null]],
  ['a failure of no call', [7, 9, { type: 'X', message: '' }]],
  ['an ack of what was not sent', [2, 2]],
  ['a release of what was not lent', [11, [0, 1]]],
  ['an unknown kind', [99]],
  ['a function that is none', [5, 0, ['f'], [f([2, 1])]]],
  ['a function of three', [5, 0, ['f'], [f([0, 1, 1])]]],
  ['a handle that is a text', [5, 0, ['f'], [f([0, 'x'])]]],
]) {
  test(`${name} breaks the protocol: the server is told, the session is over`, () => {
    const client = joined();
    client.hear(...messages, [4, [[['never'], 1]]]);
    assert.equal(client.bye[0], 3);
    assert.equal(client.bye[1], 1002);
    assert.ok(client.errors[0] instanceof ProtocolError);
    assert.equal(client.peer.session, undefined);
    assert.deepEqual(shown(client), {});
  });
}

for (const [name, message] of [['a message ahead of welcome', [4, []]], ['a resumption that nobody asked for', resumed(0)]]) {
  test(`${name} breaks the protocol`, () => {
    const client = new Client();
    client.peer.hello();
    client.hear(message);
    assert.equal(client.bye[1], 1002);
  });
}

test('bye may be the first message', () => {
  const client = new Client();
  client.hear([3, 4401, 'who are you?']);
  assert.deepEqual(client.log, [['ended', 4401, 'who are you?']]);
});

// Writes.

test('the writes of a turn are one message, and an ack confirms them', () => {
  const client = joined();
  client.peer.write([['a'], 1]);
  client.peer.write([['b'], toTree([1])]);
  client.peer.write([['nothing']]);
  assert.deepEqual(client.said, [[4, [[['a'], 1], [['b'], [1]]]]]);
  assert.deepEqual(fromTree(client.peer.replica.confirmed), {});
  client.hear([2, 2]);
  assert.deepEqual(fromTree(client.peer.replica.confirmed), { a: 1, b: [1] });
});

test('a write above max_message is refused at the line, and not shown', () => {
  const client = joined();
  assert.throws(() => client.peer.write([['a'], 'x'.repeat(10_000)]), LimitExceeded);
  assert.deepEqual([shown(client), client.said], [{}, []]);
});

test('the writes of a turn that do not fit one message are several', () => {
  const client = joined();
  for (const name of ['a', 'b', 'c']) client.peer.write([[name], 'x'.repeat(4000)]);
  assert.deepEqual(client.said.map(([kind, operations]) => [kind, operations.map(([[name]]) => name)]), [[4, ['a', 'b']], [4, ['c']]]);
  client.hear([2, 2]);
  assert.deepEqual(Object.keys(fromTree(client.peer.replica.confirmed)), ['a', 'b']);
});

test('a refused write is rolled back and reported', () => {
  const client = joined({ a: 0 });
  client.peer.write([['a'], 1]);
  client.peer.write([['b'], 1]);
  client.said;
  client.hear([12, 2, [[0, 'not yours']]], [2, 2]);
  assert.deepEqual(shown(client), { a: 0, b: 1 });
  assert.deepEqual(client.errors, [new Refused('not yours', ['a'])]);
});

test('an ack that wants one gets it at once', () => {
  const client = joined();
  client.hear([4, [[['a'], 1]]], [2, 1, true]);
  assert.deepEqual(client.saidWithAcks, [[2, 2]]);
});

test('flush resolves when everything before it was processed', async () => {
  const client = joined();
  client.hear([2, 1]);
  await client.peer.flush();
  client.peer.write([['a'], 1]);
  const flushed = client.peer.flush();
  assert.deepEqual(client.saidWithAcks, [[4, [[['a'], 1]]], [2, 1, true]]);
  client.hear([2, 2]);
  await flushed;
});

test('flush asks again over the next link', async () => {
  const client = joined();
  client.peer.write([['x'], 1]);
  client.peer.unlink();
  const flushed = client.peer.flush();
  for (let links = 0; links < 2; links++) {
    client.hear(resumed(1));
    assert.deepEqual(client.saidWithAcks, [[4, [[['x'], 1]]], [2, 1, true]]);
    client.peer.unlink();
  }
  client.hear(resumed(2), [2, 2]);
  await flushed;
});

test('flush waits for the first session, and fails when there will be none', async () => {
  const client = new Client();
  client.peer.write([['a'], 1]);
  const [flushed, after] = [client.peer.flush(), client.peer.flush()];
  client.hear(welcome());
  assert.deepEqual(client.saidWithAcks, [[4, [[['a'], 1]]], [2, 0, true]]);
  client.hear([2, 1]);
  await Promise.all([flushed, after]);
  client.peer.write([['b'], 1]);
  const late = client.peer.flush();
  client.peer.end(new Disconnected('over'), true);
  await assert.rejects(late, new Disconnected('over'));
  await assert.rejects(client.peer.flush(), new Disconnected('over'));
});

// Calls of ours.

test('a call goes out behind the writes before it, and its answer resolves it', async () => {
  const client = joined({ add: f(null) });
  client.peer.write([['a'], 1]);
  const answer = client.stub('add')(1, { x: [undefined, 2] });
  client.peer.write([['b'], 1]);
  assert.deepEqual(client.said, [[4, [[['a'], 1]]], [5, 1, ['add'], [1, { x: [null, 2] }]], [4, [[['b'], 1]]]]);
  client.hear([6, 1, { sum: 3 }]);
  assert.deepEqual(await answer, { sum: 3 });
});

test('send asks for no answer', () => {
  const client = joined({ f: f(null) });
  assert.equal(client.stub('f').send(1), undefined);
  assert.deepEqual(client.said.at(-1), [5, 0, ['f'], [1]]);
});

for (const [failure, error] of [
  [{ type: 'ValueError', message: 'no', path: ['f'], trace: 'x' }, new RemoteError('no', 'ValueError', ['f'], { trace: 'x' })],
  [{ type: 'NoSuchFunction', message: 'gone', missing: 'departed' }, new NoSuchFunction('gone', 'departed')],
]) {
  test(`${failure.type} of the other end is thrown`, async () => {
    const client = joined({ f: f(null) });
    const answer = client.stub('f')();
    client.hear([7, 1, failure]);
    await assert.rejects(answer, error);
  });
}

test('an error of the other end has its causes', async () => {
  const client = joined({ f: f(null) });
  const answer = client.stub('f')();
  const cause = { type: 'KeyError', message: 'x', path: ['g'], cause: { type: 'NoSuchFunction', message: 'gone', missing: 'expired' } };
  client.hear([7, 1, { type: 'ValueError', message: 'no', cause }]);
  const error = await answer.catch((error) => error);
  assert.deepEqual([error.cause instanceof RemoteError, error.cause.type, error.cause.path, error.trace], [true, 'KeyError', ['g'], undefined]);
  assert.deepEqual(error.cause.cause, new NoSuchFunction('gone', 'expired'));
  assert.equal('cause' in error.cause.cause, false);
});

for (const [name, args, error, message] of [
  ['what cannot be shared', [1, { a: new Map() }], TypeError, 'argument 2 of now.f().a: Map is not shareable; use Object.fromEntries(...)'],
  ['what is too large', ['x'.repeat(10_000), () => {}], LimitExceeded, 'a message of 10016 bytes: the limit max_message=10000 was passed'],
]) {
  test(`passing ${name} throws at the line, and nothing is lent or sent`, () => {
    const client = joined({ f: f(null) });
    assert.throws(() => client.stub('f')(...args), { name: error.name === 'TypeError' ? 'TypeError' : 'LimitExceeded', message });
    assert.deepEqual(client.said, []);
    client.stub('f')(() => {});
    assert.deepEqual(client.said.at(-1)[3], [{ f: [0, name === 'what is too large' ? 1 : 0] }]);
  });
}

test('the errors of calls that nobody asked about are reported, but for those of a lost session', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const client = joined({ f: f(null) });
  const call = client.stub('f');
  call();
  const asked = call();
  call();
  client.hear([7, 1, { type: 'X', message: 'unasked' }], [7, 2, { type: 'X', message: 'asked' }]);
  await assert.rejects(asked);
  client.peer.end(new Disconnected('lost'));
  await settle();
  t.mock.timers.tick(0);
  assert.deepEqual(client.errors, [new RemoteError('unasked', 'X')]);
});

test('a name that holds a function of ours by now is called here', async () => {
  const client = joined({ f: f(null) });
  const stub = client.stub('f');
  client.peer.write([['f'], (a) => a + 1]);
  assert.equal(await stub(1), 2);
  assert.deepEqual(client.said.at(-1), [4, [[['f'], { f: null }]]]);
});

// Calls of theirs.

const selfCaused = new Error('me');
selfCaused.cause = selfCaused;
const timesCaused = (times) => ({ type: 'Error', message: 'me', ...(times > 1 && { cause: timesCaused(times - 1) }) });

test('functions of ours are called in order, and answer when they are done', async () => {
  const client = joined();
  const order = [];
  client.peer.write([['slow'], async (x) => (order.push(x), await settle(), x * 2)]);
  client.peer.write([['fast'], (x) => (order.push(x), x)]);
  client.said;
  client.hear([5, 1, ['slow'], [1]], [5, 2, ['fast'], [2]], [5, 0, ['fast'], [3]], [5, 0, ['missing'], []]);
  assert.deepEqual(order, [1, 2, 3]);
  await settle();
  await settle();
  assert.deepEqual(client.said, [[6, 2, 2], [6, 1, 2]]);
});

test('what a function writes goes out ahead of its answer', async () => {
  const client = joined();
  client.peer.write([['f'], () => client.peer.write([['done'], true])]);
  client.said;
  client.hear([5, 1, ['f'], []]);
  await settle();
  assert.deepEqual(client.said, [[4, [[['done'], true]]], [6, 1, null]]);
});

for (const [name, own, failure, logged] of [
  ['throws', () => { throw new RangeError('too far'); }, { type: 'RangeError', message: 'too far', path: ['f'] }, 1],
  ['rejects', async () => { throw new TypeError('odd'); }, { type: 'TypeError', message: 'odd', path: ['f'] }, 1],
  ['throws what is no error', () => { throw 'text'; }, { type: 'Error', message: 'text', path: ['f'] }, 1],
  ['answers with a RemoteError', () => { throw new RemoteError('no', 'Mine'); }, { type: 'Mine', message: 'no', path: ['f'] }, 0],
  ['returns what cannot be sent', () => new Map(), { type: 'TypeError', message: 'the result of now.f(): Map is not shareable; use Object.fromEntries(...)', path: ['f'] }, 1],
  ['throws an error with causes', () => { throw new Error('outer', { cause: new RemoteError('inner', 'Mine', ['g'], { trace: 'x', cause: 'a text' }) }); }, { type: 'Error', message: 'outer', path: ['f'], cause: { type: 'Mine', message: 'inner', path: ['g'] } }, 1],
  ['throws an error that causes itself', () => { throw selfCaused; }, { type: 'Error', message: 'me', path: ['f'], cause: timesCaused(5) }, 1],
  ['throws essays', () => { throw new Error('x'.repeat(3000), { cause: new Error('y'.repeat(3000), { cause: new Error('z') }) }); }, { type: 'Error', message: 'x'.repeat(3000), path: ['f'], cause: { type: 'Error', message: 'y'.repeat(1000), cause: { type: 'Error', message: '' } } }, 1],
  ['throws an essay', () => { throw new Error('x'.repeat(9000)); }, { type: 'Error', message: 'x'.repeat(4000), path: ['f'] }, 1],
]) {
  test(`a function that ${name} fails, is ${logged ? '' : 'not '}logged, and touches nothing else`, async (t) => {
    const log = quiet(t);
    const client = joined();
    client.peer.write([['f'], own]);
    client.peer.write([['g'], () => 1]);
    client.said;
    client.hear([5, 1, ['f'], []], [5, 2, ['g'], []]);
    await settle();
    assert.deepEqual(client.said.sort(([, a], [, b]) => a - b), [[7, 1, failure], [6, 2, 1]]);
    assert.equal(log.callCount(), logged);
  });
}

// Calls that are given up.

/** A client whose call of the server's `f` is under way, and the promise of its answer. */
function calling(bounds) {
  const client = joined({ f: f(null) });
  const reply = client.stub('f').with(bounds)(1);
  return { client, reply };
}

test('a call at whose signal it is given up rejects with the reason, and the server is told once', async () => {
  const controller = new AbortController();
  const { client, reply } = calling({ signal: controller.signal });
  assert.deepEqual(client.said, [[5, 1, ['f'], [1]]]);
  controller.abort(new Error('enough'));
  await assert.rejects(reply, { message: 'enough' });
  assert.deepEqual(client.said, [[8, 1]]);
  client.hear([7, 1, { type: 'Cancelled', message: 'the caller has given up' }]);
  assert.deepEqual(client.log.at(-1), ['ready']);
});

test('an answer crosses the giving up, and is dropped', async () => {
  const controller = new AbortController();
  const { client, reply } = calling({ signal: controller.signal });
  controller.abort();
  client.hear([6, 1, 'late']);
  await assert.rejects(reply, { name: 'AbortError' });
  assert.equal(client.log.at(-1)[0], 'ready');
});

test('a signal that has gone off before calls nothing', async () => {
  const { client, reply } = calling({ signal: AbortSignal.abort() });
  await assert.rejects(reply, { name: 'AbortError' });
  assert.deepEqual(client.said, []);
});

test('a signal that goes off after the answer says nothing', async () => {
  const controller = new AbortController();
  const { client, reply } = calling({ signal: controller.signal });
  client.said;
  client.hear([6, 1, 'done']);
  assert.equal(await reply, 'done');
  controller.abort();
  assert.deepEqual(client.said, []);
});

test('the time of a call travels; when it is over the promise rejects and the server is told', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { client, reply } = calling({ timeout: 5 });
  assert.deepEqual(client.said, [[5, 1, ['f'], [1], { deadline: 5 }]]);
  t.mock.timers.tick(4999);
  assert.deepEqual(client.said, []);
  t.mock.timers.tick(1);
  await assert.rejects(reply, { name: 'TimeoutError', message: 'now.f() has not answered within 5 s' });
  assert.deepEqual(client.said, [[8, 1]]);
});

test('a time is a finite number of seconds, and may be long', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  for (const timeout of ['5', NaN, Infinity, null]) assert.throws(() => calling({ timeout }), TypeError);
  const { client } = calling({ timeout: 1e9 });
  client.said;
  t.mock.timers.tick(60_000);
  assert.deepEqual(client.said, []);
});

test('the server may notice first that the time is over', async () => {
  const { client, reply } = calling({ timeout: 5 });
  client.hear([7, 1, { type: 'Cancelled', message: 'now.f() was not done within 5 s' }]);
  await assert.rejects(reply, { name: 'TimeoutError', message: 'now.f() has not answered within 5 s' });
});

test('a function of ours that the server gives up is told by its signal, and answers once', async () => {
  const client = joined();
  let signal, resolve;
  client.peer.write([['f'], function () {
    signal = this.signal;
    return new Promise((answer) => (resolve = answer));
  }]);
  client.said;
  client.hear([5, 1, ['f'], []]);
  assert.equal(signal.aborted, false);
  client.hear([8, 1]);
  assert.equal(signal.aborted, true);
  assert.equal(signal.reason.message, 'the caller has given up');
  resolve('late');
  await settle();
  assert.deepEqual(client.said, [[7, 1, { type: 'Cancelled', message: 'the caller has given up' }]]);
});

test('giving up what is answered, or never was called, does nothing', async () => {
  const client = joined();
  client.peer.write([['f'], () => 1]);
  client.hear([5, 1, ['f'], []]);
  await settle();
  client.said;
  client.hear([8, 1], [8, 7]);
  assert.deepEqual(client.said, []);
});

test('a call whose number is under way breaks the protocol', () => {
  const client = joined();
  client.peer.write([['f'], () => new Promise(() => {})]);
  client.hear([5, 1, ['f'], []], [5, 1, ['f'], []]);
  assert.deepEqual(client.log.at(-1), ['ended', 1002, 'call 1 is under way already']);
});

test('when the session ends, whoever runs a function for the server is told', () => {
  const client = joined();
  let signal;
  client.peer.write([['f'], function () {
    signal = this.signal;
    return new Promise(() => {});
  }]);
  client.hear([5, 1, ['f'], []]);
  client.peer.end(new Disconnected('gone'));
  assert.equal(signal.reason.reason, 'gone');
});

for (const [name, target, failure] of [
  ['a name that holds data', ['a'], { type: 'NoSuchFunction', message: 'now.a is not a function here', missing: 'never', path: ['a'] }],
  ['a name of the language', ['toString'], { type: 'NoSuchFunction', message: 'now.toString is not a function here', missing: 'never', path: ['toString'] }],
  ["the server's own function", ['theirs'], { type: 'NoSuchFunction', message: 'now.theirs is not a function here', missing: 'never', path: ['theirs'] }],
  ['a name that fills the message', ['x'.repeat(9000)], { type: 'NoSuchFunction', message: `now.${'x'.repeat(196)}… is not a function here`, missing: 'never' }],
  ['a handle that was never lent', 5, { type: 'NoSuchFunction', message: 'function 5 was never lent', missing: 'never' }],
  ['a handle that was released', 0, { type: 'NoSuchFunction', message: 'function 0 was released: the end that had borrowed it let go of it', missing: 'released' }],
]) {
  test(`a call of ${name} fails and says so`, () => {
    const client = joined({ f: f(null), theirs: f(null), a: {} });
    client.stub('f').send(() => {});
    client.said;
    client.hear([11, [0, 1]], [5, 1, target, []]);
    assert.deepEqual(client.said, [[7, 1, failure]]);
  });
}

// Functions on their way.

test('a function is lent under one handle, called by it, and forgotten when it is returned', async () => {
  const client = joined({ f: f(null) });
  const own = (x) => x + 1;
  client.stub('f').send(own, [own]);
  assert.deepEqual(client.said.at(-1), [5, 0, ['f'], [{ f: [0, 0] }, [{ f: [0, 0] }]]]);
  client.hear([5, 1, 0, [1]]);
  await settle();
  assert.deepEqual(client.said, [[6, 1, 2]]);
  client.hear([11, [0, 2]]);
  client.stub('f').send(own);
  assert.deepEqual(client.said.at(-1), [5, 0, ['f'], [{ f: [0, 1] }]]);
});

test('a function sent home is the original, by handle and by name', () => {
  const client = joined({ f: f(null) });
  const [lent, named] = [() => {}, () => {}];
  const got = [];
  client.peer.write([['named'], named]);
  client.peer.write([['take'], (...args) => got.push(...args)]);
  client.stub('f').send(lent);
  client.hear([5, 0, ['take'], [f([1, 0]), f([1, ['named']])]], [4, [[['copy'], f([1, ['named']])]]]);
  assert.deepEqual([got[0] === lent, got[1] === named, get(client.peer.replica.shown, ['copy']) === named], [true, true, true]);
});

test('a function sent home that is gone says so when it is called', () => {
  const client = joined();
  const got = [];
  client.peer.write([['take'], (...args) => got.push(...args)]);
  client.hear([5, 0, ['take'], [f([1, 9]), f([1, ['no']])]]);
  assert.throws(() => got[0](), new NoSuchFunction('function 9 was never lent'));
  assert.throws(() => got[1](), new NoSuchFunction('now.no is not a function here', 'never', ['no']));
});

test('functions of theirs: one object a handle; they go home as they are called', async () => {
  const client = joined({ f: f(null) });
  const got = [];
  client.peer.write([['take'], (...args) => got.push(...args)]);
  client.hear([5, 0, ['take'], [f([0, 4]), { again: f([0, 4]) }]]);
  const [stub, { again }] = got;
  assert.equal(stub, again);
  stub(1);
  client.stub('f').send(stub, client.stub('f'));
  client.peer.write([['theirs'], stub]);
  assert.deepEqual(client.said.slice(-3), [[5, 1, 4, [1]], [5, 0, ['f'], [{ f: [1, 4] }, { f: [1, ['f']] }]], [4, [[['theirs'], { f: [1, 4] }]]]]);
});

test('a function lent in a session that is over is no more', async () => {
  const client = joined();
  const got = [];
  client.peer.write([['take'], (...args) => got.push(...args)]);
  client.hear([5, 0, ['take'], [f([0, 4])]]);
  client.peer.write([['kept'], got[0]]);
  client.peer.unlink();
  client.hear(welcome());
  const expired = new NoSuchFunction('function 4 was lent in a session that is over', 'expired');
  await assert.rejects(got[0](), expired);
  assert.throws(() => got[0].send(), expired);
  assert.throws(() => client.peer.write([['x'], got[0]]), expired);
  assert.deepEqual(client.errors, [expired], 'it cannot be put in place again');
});

test('a function that is released here goes back with the next frame; calling it rejects, passing it throws', async () => {
  const client = joined({ f: f(null) });
  const got = [];
  client.peer.write([['take'], (...args) => void got.push(...args)]);
  client.hear([5, 0, ['take'], [f([0, 4]), f([0, 4])]]);
  client.said;
  got[0].send();
  got[0].release();
  assert.deepEqual(client.said, [[5, 0, 4, []], [11, [4, 2]]]);
  const released = new NoSuchFunction('function 4 was released here', 'released');
  await assert.rejects(got[0](), released);
  assert.throws(() => got[0].send(), released);
  assert.throws(() => client.stub('f')(got[0]), released);
  client.hear([5, 0, ['take'], [f([0, 4])]]);
  got[2].send();
  assert.deepEqual(client.said, [[5, 0, 4, []]]);
});

test('what is garbage here is released there, with the next frame', async () => {
  const client = joined();
  client.peer.write([['take'], () => {}]);
  client.said;
  client.hear([5, 0, ['take'], [f([0, 4]), f([0, 4])]]);
  let said = [];
  for (let tries = 0; tries < 10 && !said.length; tries++) {
    await settle();
    gc();
    await settle();
    said = client.said;
  }
  assert.deepEqual(said, [[11, [4, 2]]]);
});

test('a function of the view has no address but its place', () => {
  const client = joined({ a: { f: f(null) } });
  assert.equal(get(client.peer.replica.shown, ['a', 'f']), THEIRS);
  client.hear([4, [[['l'], [f(null)]]]]);
  assert.equal(get(client.peer.replica.shown, ['l', 0]), THEIRS);
});

test('handlers may end the session: nothing after that is handled', () => {
  const client = joined();
  client.peer.write([['f'], () => client.peer.unlink()]);
  client.hear([5, 0, ['f'], []], [4, [[['never'], 1]]]);
  assert.equal('never' in shown(client), false);
});
