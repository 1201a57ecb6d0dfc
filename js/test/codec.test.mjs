/** Bytes: values there and back, against another implementation too, and whatever else may arrive. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as cborg from 'cborg';

import { Decoder, Encoder, Tagged } from '../src/cbor.js';
import { decode, encode, encodeOperation, encodeWrites } from '../src/codec.js';
import { LimitExceeded, ProtocolError } from '../src/errors.js';
import { THEIRS } from '../src/tree.js';
import { Source } from '../src/values.js';
import { f, frame, fromTree, pick, seeded, stream, toTree, unframe, welcome } from './tools.mjs';

const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (data) => Buffer.from(data).toString('hex');
const write = (value) => new Encoder(() => null).write(value).bytes;
const read = (data) => {
  const decoder = new Decoder(data);
  const value = decoder.read();
  assert.ok(decoder.isDone);
  return value;
};

// RFC 8949, appendix A, as far as the protocol allows it.
for (const [encoded, value] of [
  ['00', 0], ['17', 23], ['1818', 24], ['18ff', 255], ['190100', 256], ['1903e8', 1000], ['1a000f4240', 1000000],
  ['1b000000e8d4a51000', 1000000000000], ['1b001fffffffffffff', 2 ** 53 - 1], ['1b0020000000000000', 2n ** 53n],
  ['1bffffffffffffffff', 18446744073709551615n], ['c249010000000000000000', 18446744073709551616n],
  ['3bffffffffffffffff', -18446744073709551616n], ['c349010000000000000000', -18446744073709551617n],
  ['20', -1], ['3863', -100], ['3903e7', -1000], ['3b001ffffffffffffe', -(2 ** 53 - 1)], ['3b001fffffffffffff', -(2n ** 53n)],
  ['fb8000000000000000', -0], ['fb3ff199999999999a', 1.1], ['fb7e37e43c8800759c', 1e300], ['fbc010666666666666', -4.1],
  ['fb7ff0000000000000', Infinity], ['fbfff0000000000000', -Infinity], ['fb7ff8000000000000', NaN],
  ['f4', false], ['f5', true], ['f6', null], ['40', new Uint8Array()], ['4401020304', new Uint8Array([1, 2, 3, 4])],
  ['60', ''], ['6161', 'a'], ['62225c', '"\\'], ['62c3bc', 'ü'], ['63e6b0b4', '水'], ['64f0908591', '𐅑'], ['63efbbbf', '\ufeff'],
  ['80', []], ['83010203', [1, 2, 3]], ['8301820203820405', [1, [2, 3], [4, 5]]],
  ['c07818323031332d30332d32315432303a30343a30302e3030305a', new Date('2013-03-21T20:04:00Z')],
]) {
  test(`${encoded} is ${typeof value === 'bigint' ? `${value}n` : JSON.stringify(value)}, both ways`, () => {
    assert.deepStrictEqual(read(bytes(encoded)), value);
    assert.equal(hex(write(value)), encoded);
  });
}

for (const [encoded, value] of [
  ['f90000', 0], ['f98000', -0], ['f93c00', 1], ['f93e00', 1.5], ['f97bff', 65504], ['f90001', 5.960464477539063e-8],
  ['f90400', 0.00006103515625], ['f9c400', -4], ['f97c00', Infinity], ['f97e00', NaN], ['f9fc00', -Infinity],
  ['fa47c35000', 100000], ['fa7f7fffff', 3.4028234663852886e38], ['fa7fc00000', NaN],
  ['1800', 0], ['1b0000000000000001', 1], ['c24101', 1], ['c240', 0], ['c349000000000000000001', -2], ['c2430f4240', 1000000],
  ['a0', new Map()], ['a26161016162820203', new Map([['a', 1], ['b', [2, 3]]])],
  ['a16b636f6e7374727563746f7201', new Map([['constructor', 1]])],
]) {
  test(`${encoded} is read`, () => assert.deepStrictEqual(read(bytes(encoded)), value));
}

for (const [text, expected] of [
  ['2024-02-29T12:00:00Z', '2024-02-29T12:00:00.000Z'],
  ['2024-02-29t12:00:00z', '2024-02-29T12:00:00.000Z'],
  ['2024-02-29T12:00:00+01:30', '2024-02-29T10:30:00.000Z'],
  ['2024-01-01T00:00:00.1+00:00', '2024-01-01T00:00:00.100Z'],
  ['2024-01-01T00:00:00.123499Z', '2024-01-01T00:00:00.123Z'],
  ['2024-01-01T00:00:00.123500Z', '2024-01-01T00:00:00.124Z'],
  ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999Z'],
  ['1969-12-31T23:59:59.999499Z', '1969-12-31T23:59:59.999Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ['0001-01-01T00:00:00+12:00', '0000-12-31T12:00:00.000Z'],
]) {
  test(`the moment ${text} is ${expected}`, () => {
    assert.equal(read(Buffer.concat([bytes('c0'), write(text)])).toISOString(), expected);
  });
}

for (const text of ['0001-01-01T00:00:00+01:00', '9999-12-31T23:59:59-01:00', '0001-01-01T00:00:00+23:59', '9999-12-31T23:59:59-23:59']) {
  test(`${text}, in UTC out of the years 1 to 9999, goes home as it came`, () => {
    const date = read(Buffer.concat([bytes('c0'), write(text)]));
    assert.deepEqual(read(write(date)), date);
  });
}

for (const text of ['', 'today', '2024-02-30T00:00:00Z', '2023-02-29T00:00:00Z', '2024-13-01T00:00:00Z', '2024-01-01T24:00:00Z',
  '2024-01-01T00:60:00Z', '2024-01-01T00:00:60Z', '2024-01-01T00:00:00', '2024-01-01', '0000-01-01T00:00:00Z',
  '2024-01-01T00:00:00.Z', '2024-01-01T00:00:00.1234567Z', '2024-01-01T00:00:00+99:00', ' 2024-01-01T00:00:00Z']) {
  test(`the moment ${JSON.stringify(text)} is malformed`, () => {
    assert.throws(() => read(Buffer.concat([bytes('c0'), write(text)])), ProtocolError);
  });
}

for (const [name, encoded] of [
  ['nothing', ''], ['a head cut short', '19'], ['an integer cut short', '1b0000'], ['a text cut short', '6261'],
  ['an array that claims more than there is', '9affffffff'], ['an array of 2**64-1', '9bffffffffffffffff'],
  ['a mapping that claims more than there is', 'baffffffff'], ['bytes of 2**64-1', '5bffffffffffffffff'],
  ['a mapping without its last value', 'a16161'], ['an indefinite array', '9fff'], ['an indefinite mapping', 'bfff'],
  ['an indefinite text', '7fff'], ['indefinite bytes', '5fff'], ['a break', 'ff'], ['undefined', 'f7'],
  ['a simple value', 'e0'], ['a simple value of two bytes', 'f820'], ['a reserved length', '1c'], ['a duplicate key', 'a2616101616102'],
  ['a key that is a number', 'a10101'], ['a key that is an array', 'a18001'], ['the key __proto__', 'a1695f5f70726f746f5f5f01'],
  ['a text that is not UTF-8', '62ff80'], ['an overlong text', '62c080'], ['a surrogate in a text', '63eda080'],
  ['tag 1', 'c11a514b67b0'], ['tag 0 of a number', 'c001'], ['tag 2 of a text', 'c26161'], ['tag 35', 'd823606161'],
  ['tag 28', 'd81c80'], ['tag 24', 'd81840'], ['a tag cut short', 'c0'], ['300 nested arrays', '81'.repeat(300) + '00'],
  ['100,000 nested tags', 'c2'.repeat(100_000)],
]) {
  test(`${name} is malformed`, () => assert.throws(() => read(bytes(encoded)), (error) => error instanceof ProtocolError && error.code === 1002));
}

/** A random value that the protocol can carry. */
function randomValue(random, depth = 0) {
  const scalars = [null, true, false, 0, -0, 1, -1, 23, 24, 255, 256, 65535, 65536, 2 ** 32, -(2 ** 32) - 1, 2 ** 53 - 1,
    -(2 ** 53) + 1, 1.5, NaN, -Infinity, 1e300, '', 'a', 'x'.repeat(300), 'ü水😀', 2n ** 60n, 2n ** 64n - 1n, new Uint8Array([1, 255])];
  if (depth > 3 || random() < 0.6) return pick(random, scalars);
  const size = Math.floor(random() * 4);
  if (random() < 0.5) return Array.from({ length: size }, () => randomValue(random, depth + 1));
  const keys = ['a', 'b', '', 'constructor', '7', 'é'].slice(0, size);
  return Object.fromEntries(keys.map((key) => [key, randomValue(random, depth + 1)]));
}

test('wherever in the bytes a value stands, it is written whole', () => {
  for (const value of [1.5, true, null, 200, 70_000, 2 ** 40, 'text', [], new Uint8Array([1]), -1n - 2n ** 70n, new Date(5)]) {
    for (let before = 0; before < 1100; before++) {
      const values = [new Uint8Array(before), value];
      assert.deepStrictEqual(read(write(values)), values);
    }
  }
});

test('2,000 random values are what another implementation makes of them, both ways', () => {
  const random = seeded(2);
  const maps = (value) => (value instanceof Map ? Object.fromEntries([...value].map(([key, item]) => [key, maps(item)])) : Array.isArray(value) ? value.map(maps) : value);
  for (let round = 0; round < 2000; round++) {
    const value = randomValue(random);
    const encoded = write(value);
    assert.deepStrictEqual(maps(read(encoded)), value);
    assert.deepStrictEqual(cborg.decode(encoded), value);
    // It writes -0 as 0, which is why it is left out here.
    if (!hex(encoded).includes('fb8000000000000000')) {
      assert.deepStrictEqual(maps(read(cborg.encode(value, { float64: true, mapSorter: () => 0 }))), value);
    }
  }
});

test('cut or changed anywhere, bytes are read or are malformed: nothing else happens', () => {
  const random = seeded(3);
  const whole = frame([4, [[['a', 0], { b: [1, 'x', f(null)] }], [['a']], [['a'], 0, 1, []]]], [5, 1, ['f'], [f([0, 1])], { kwargs: { a: 1 } }], [2, 7]);
  const tried = [...whole.keys()].map((end) => whole.slice(0, end));
  for (let round = 0; round < 5000; round++) {
    const changed = whole.slice();
    for (let times = 0; times < 1 + random() * 3; times++) changed[Math.floor(random() * changed.length)] = random() * 256;
    tried.push(changed);
  }
  for (const data of tried) {
    try {
      for (const [message] of decode(data, 32, () => () => {})) assert.ok(Array.isArray(message));
    } catch (error) {
      assert.ok(error instanceof ProtocolError, error.stack);
    }
  }
});

const resolve = (content) => (content === null ? THEIRS : () => content);
const messages = (data, maxDepth = 32) => [...decode(data, maxDepth, resolve)].map(([message]) => message);
const message = (shape, maxDepth) => messages(frame(shape), maxDepth)[0];
const caused = (times) => ({ type: 'X', message: '', ...(times && { cause: caused(times - 1) }) });
const deep = (depth) => (depth ? [deep(depth - 1)] : 0);

for (const shape of [
  [9, 1, [1, { a: [] }], false], [9, 7, [], true], [10, 1, 256], [10, 1, 0],
  [2, 5], [2, 5, true], [3, 1000, 'bye'], [6, 1, null], [11, []], [11, [1, 2, 3, 4]], [12, 3, [[0, 'no']]], [13],
  [5, 0, ['a', 1], []], [5, 7, 3, [1, 'x', { a: [1] }]],
]) {
  test(`${JSON.stringify(shape)} is a message`, () => {
    const read = message(shape);
    assert.deepEqual(read.filter((part) => part !== undefined), shape);
  });
}

test('a write is read as trees', () => {
  const [kind, operations] = message([4, [[['a'], { b: [1] }], [['a', 'b']], [['a', 'b'], 1, 2, [{}]]]]);
  assert.equal(kind, 4);
  assert.deepEqual(operations.map(([path, ...rest]) => [path, ...rest.flat().map(fromTree)]), [[['a'], { b: [1] }], [['a', 'b']], [['a', 'b'], 1, 2, {}]]);
});

test('a welcome is read with its limits and its view', () => {
  const [, read] = message(welcome({ a: { f: f(null) } }));
  assert.deepEqual({ ...read, now: fromTree(read.now) }, {
    clientId: 'c1', token: new Uint8Array(16), resumed: false, received: 0, options: { colour: 'red' }, now: { a: { f: THEIRS } },
    limits: { max_message: 10_000, max_depth: 32, resume_buffer: 10_000, heartbeat: 20, resume_window: 15 },
  });
});

test("Python's keyword arguments are one trailing object", () => {
  assert.deepEqual(message([5, 1, ['f'], [1], { kwargs: { a: 2 }, deadline: 1.5, later: 1 }]), [5, 1, ['f'], [1, { a: 2 }]]);
  assert.deepEqual(message([5, 1, ['f'], [1], { kwargs: {} }]), [5, 1, ['f'], [1]]);
});

test('data from the wire has own properties only, and is never a promise', () => {
  const [, , value] = message([6, 1, { constructor: 1, hasOwnProperty: 2, then: f([0, 1]), toJSON: f([0, 1]), deep: { then: f([0, 1]) }, data: { then: 3 } }]);
  assert.deepEqual(value, { constructor: 1, hasOwnProperty: 2, deep: {}, data: { then: 3 } });
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
});

for (const [name, shape] of [
  ['a number', 1], ['an empty array', []], ['kind 14', [14]], ['a text as a kind', ['4', []]], ['hello', [0, {}]],
  ['an ack without a count', [2]], ['a negative ack', [2, -1]], ['a fraction as an ack', [2, 1.5]], ['an ack of 2**53', [2, 2n ** 53n]],
  ['an ack with false', [2, 1, false]], ['an ack with more', [2, 1, true, 1]], ['a bye without a reason', [3, 1000]], ['a bye with a number', [3, 1000, 1]],
  ['a write of a mapping', [4, {}]], ['a write with more', [4, [], 1]], ['an operation that is none', [4, [1]]], ['an operation without a path', [4, [[]]]],
  ['an empty path', [4, [[[], 1]]]], ['a path that begins with an index', [4, [[[0], 1]]]], ['a path with __proto__', [4, [[['__proto__'], 1]]]],
  ['a path with a nested __proto__', [4, [[['a', '__proto__'], 1]]]], ['a negative index', [4, [[['a', -1], 1]]]], ['an index of 2**53', [4, [[['a', 2n ** 53n], 1]]]],
  ['a fraction in a path', [4, [[['a', 0.5], 1]]]], ['null in a path', [4, [[['a', null], 1]]]], ['a path too long', [4, [[Array(33).fill('a'), 1]]]],
  ['an operation of three', [4, [[['a'], 1, 1]]]], ['an operation of five', [4, [[['a'], 1, 1, [], 1]]]], ['a negative start', [4, [[['a'], -1, 0, []]]]],
  ['items that are no list', [4, [[['a'], 0, 0, {}]]]], ['a value too deep', [4, [[['a'], deep(32)]]]], ['an item too deep', [4, [[['a'], 0, 0, [deep(31)]]]]],
  ['a lent function in the namespace', [4, [[['a'], f([0, 1])]]]], ['a call without args', [5, 1, ['f']]], ['a call of a text', [5, 1, 'f', []]],
  ['a call of an empty path', [5, 1, [], []]], ['a call with args that are no list', [5, 1, ['f'], {}]], ['a call with kwargs that are no mapping', [5, 1, ['f'], [], { kwargs: [] }]],
  ['a call with a deadline that is no number', [5, 1, ['f'], [], { deadline: 'x' }]], ['a call with more', [5, 1, ['f'], [], {}, 1]], ['a call with a list of extras', [5, 1, ['f'], [], []]],
  ['an argument too deep', [5, 1, ['f'], [deep(33)]]], ['a nameless function as an argument', [5, 1, ['f'], [f(null)]]], ['a reply without a value', [6, 1]],
  ['a reply with a text id', [6, 'x', 1]], ['a reply too deep', [6, 1, deep(33)]], ['a fail without a message', [7, 1, { type: 'X' }]], ['a fail with a number as type', [7, 1, { type: 1, message: '' }]],
  ['a fail of a text', [7, 1, 'no']], ['a fail with a number as trace', [7, 1, { type: 'X', message: '', trace: 1 }]],
  ['a fail with a number as cause', [7, 1, { type: 'X', message: '', cause: 0 }]], ['a fail with a cause without a message', [7, 1, { type: 'X', message: '', cause: { type: 'X' } }]],
  ['a fail of six causes', [7, 1, caused(6)]], ['a next without items', [9, 1]], ['a next without an end', [9, 1, []]], ['a next with more', [9, 1, [], true, 1]],
  ['a next with items that are no list', [9, 1, {}, true]], ['a next for stream 0', [9, 0, [], true]], ['a next for a text', [9, 'x', [], true]],
  ['a next whose end is a number', [9, 1, [], 1]], ['a next whose end is null', [9, 1, [], null]], ['a next whose end has no message', [9, 1, [], { type: 'X' }]], ['an item too deep', [9, 1, [deep(33)], false]],
  ['a demand without a count', [10, 1]], ['a demand with more', [10, 1, 1, 1]], ['a demand for stream 0', [10, 0, 1]], ['a negative demand', [10, 1, -1]], ['a demand of a fraction', [10, 1, 1.5]],
  ['stream 0', [6, 1, stream(0)]], ['a negative stream', [6, 1, stream(-1)]], ['a stream of a text', [6, 1, stream('1')]], ['a stream of a list', [6, 1, stream([1])]],
  ['a stream of 2**53', [6, 1, stream(2n ** 53n)]], ['a stream of a function', [6, 1, stream(f([0, 1]))]], ['a function of a stream', [6, 1, f(stream(1))]], ['a stream as a kind', [stream(2), 1]],
  ['a stream in the namespace', [4, [[['a'], stream(1)]]]], ['a stream deep in the namespace', [4, [[['a'], { b: [stream(1)] }]]]], ['a stream in a splice', [4, [[['a'], 0, 0, [stream(1)]]]]],
  ['a stream in a path', [4, [[['a', stream(1)], 1]]]], ['a stream in the view', welcome({ a: stream(1) })], ['a stream in the options', welcome({}, { options: { a: stream(1) } })],
  ['a fail with a path that is none', [7, 1, { type: 'X', message: '', path: 'f' }]], ['a release of half a pair', [11, [1]]], ['a release of a negative', [11, [1, -1]]],
  ['a refuse without refusals', [12, 1]], ['a refusal that is none', [12, 1, [1]]], ['a refusal without a reason', [12, 1, [[0]]]], ['a ready with more', [13, 1]],
  ['a welcome without fields', [1]], ['a welcome with more', [...welcome(), 1]], ['a welcome without a token', welcome({}, { token: null })], ['a welcome without a view', welcome([])],
  ['a welcome with a text as limit', welcome({}, { limits: { max_message: 'x' } })], ['a welcome with a limit of 0', welcome({}, { limits: { heartbeat: 0 } })],
  ['a welcome without limits', welcome({}, { limits: null })], ['a welcome with a number as resumed', welcome({}, { resumed: 1 })], ['a welcome with a view too deep', welcome({ a: deep(32) })],
]) {
  test(`${name} breaks the protocol`, () => assert.throws(() => message(shape), ProtocolError));
}

test('what is exactly deep enough is read', () => {
  assert.deepEqual(fromTree(message([4, [[['a'], deep(31)]]])[1][0][1]), deep(31));
  assert.deepEqual(fromTree(message([4, [[['a'], 0, 0, [deep(30)]]]])[1][0][3][0]), deep(30));
  assert.deepEqual(message([5, 1, ['f'], [deep(32)]])[3], [deep(32)]);
  assert.deepEqual(message([6, 1, deep(32)])[2], deep(32));
  assert.deepEqual(message([4, [[Array(32).fill('a'), 1]]])[1][0][0].length, 32);
  assert.deepEqual(fromTree(message(welcome({ a: deep(31) }))[1].now), { a: deep(31) });
});

test('messages before a malformed one are given', () => {
  const given = [];
  assert.throws(() => {
    for (const [message] of decode(frame([2, 1], [13], [14]), 32, resolve)) given.push(message[0]);
  }, ProtocolError);
  assert.deepEqual(given, [2, 13]);
});

test('a function is its reference', () => {
  const data = encode([5, 1, ['f'], [() => {}]], Infinity, () => [0, 7]);
  assert.equal(hex(data), '840501816166' + '81d980e8820007');
  assert.deepEqual(unframe(data), [[5, 1, ['f'], [{ f: [0, 7] }]]]);
  assert.deepStrictEqual(read(bytes('d980e8f6')), new Tagged(33000, null));
});

test('a stream is its number', () => {
  const data = encode([6, 1, new Source([].values(), 'here')], Infinity, ({ place }) => place.length);
  assert.equal(hex(data), '830601' + 'd980e904');
  assert.deepEqual(unframe(data), [[6, 1, { stream: 4 }]]);
  assert.deepEqual(message([5, 1, ['f'], [{ a: [stream(4)] }]])[3][0].a[0](), 4);
});

test('a failure has its trace and up to five causes; what is null might as well be missing', () => {
  const { cause, ...outermost } = message([7, 1, { ...caused(5), trace: 'line 1', path: ['f'], missing: null }])[2];
  assert.deepEqual(outermost, { type: 'X', message: '', path: ['f'], trace: 'line 1', missing: undefined });
  let causes = 0;
  for (let inner = cause; inner; inner = inner.cause) causes++;
  assert.equal(causes, 5);
  assert.equal(message([9, 1, [], { type: 'X', message: 'no' }])[3].message, 'no');
});

test('a message above max_message is refused', () => {
  const error = new LimitExceeded('max_message', 100, 'a message of 107 bytes');
  assert.throws(() => encode([6, 1, 'x'.repeat(102)], 100, Object), error);
  assert.throws(() => encodeOperation([['a'], 'x'.repeat(90)], 100, Object), LimitExceeded);
});

test('operations travel as one message, or as few as they fit', () => {
  const operations = [1, 2, 3, 4, 5].map((value) => encodeOperation([['a'], toTree([value])], Infinity, Object));
  assert.deepEqual([...encodeWrites(operations, 1000)].map(([data, count]) => [unframe(data), count]), [
    [[[4, [1, 2, 3, 4, 5].map((value) => [['a'], [value]])]], 5],
  ]);
  const split = [...encodeWrites(operations, 22)];
  assert.deepEqual(split.map(([, count]) => count), [2, 2, 1]);
  assert.ok(split.every(([data]) => data.length <= 22));
  assert.deepEqual([...encodeWrites([], 100)].map(([data, count]) => [hex(data), count]), [['820480', 0]]);
});
