/** What may be shared, and what is said of the rest. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import vm from 'node:vm';

import { Source, share } from '../src/values.js';
import { fromTree } from './tools.mjs';

const cyclic = {};
cyclic.inner = { cyclic };

class Avatar {}

function nested(depth) {
  let value = 0;
  while (depth--) value = [value];
  return value;
}

for (const [name, value, error, message] of [
  ['an instance of a class', { avatar: new Avatar() }, TypeError, 'now.user.avatar: Avatar is not shareable'],
  ['a Map', new Map(), TypeError, 'now.user: Map is not shareable; use Object.fromEntries(...)'],
  ['a Set', { a: [new Set()] }, TypeError, 'now.user.a[0]: Set is not shareable; use [...set]'],
  ['an ArrayBuffer', new ArrayBuffer(1), TypeError, 'now.user: ArrayBuffer is not shareable; use new Uint8Array(...)'],
  ['another typed array', new Float32Array(1), TypeError, 'now.user: Float32Array is not shareable; use [...array]'],
  ['a symbol', { s: Symbol('x') }, TypeError, 'now.user.s: a symbol is not shareable'],
  ['a regular expression', /x/, TypeError, 'now.user: RegExp is not shareable'],
  ['a promise', Promise.resolve(), TypeError, 'now.user: Promise is not shareable'],
  ['a generator by a name', { rows: (function* () {})() }, TypeError, 'now.user.rows: Generator is not shareable; use a function that returns it'],
  ['an async generator by a name', (async function* () {})(), TypeError, 'now.user: AsyncGenerator is not shareable; use a function that returns it'],
  ['a plain object that is a stream', { async *[Symbol.asyncIterator]() {} }, TypeError, 'now.user: Object is not shareable; use a function that returns it'],
  ['an invalid date', { when: new Date(NaN) }, TypeError, 'now.user.when: an invalid date is not shareable'],
  ['a date after 9999', new Date(Date.UTC(10000, 0)), TypeError, 'now.user: a date outside the years 1 to 9999 is not shareable'],
  ['a cycle', cyclic, RangeError, /contains itself$/],
  ['depth', nested(32), RangeError, /nested deeper than max_depth=32$/],
  ['__proto__', JSON.parse('{"a": {"__proto__": 1}}'), RangeError, 'now.user.a.__proto__: this key is refused'],
  ['a lone surrogate', ['\ud800x'], RangeError, 'now.user[0]: a text with a lone surrogate: "\\ud800x"'],
  ['a lone surrogate in a key', { '\udc00': 1 }, RangeError, 'now.user: a text with a lone surrogate: "\\udc00"'],
]) {
  test(`${name} is refused at the line`, () => {
    assert.throws(() => share(value, ['user'], 32), (raised) => {
      assert.equal(raised.constructor, error);
      if (message instanceof RegExp) assert.match(raised.message, message);
      else assert.equal(raised.message, message);
      return true;
    });
  });
}

test('scalars, and undefined as null', () => {
  for (const value of [null, true, 0, -0, NaN, Infinity, 1.5, 10n ** 30n, '', 'ä😀']) {
    assert.ok(Object.is(share(value, ['x'], 32), value));
  }
  assert.equal(share(undefined, ['x'], 32), null);
  assert.deepEqual(fromTree(share({ a: undefined, b: [undefined, , 1] }, ['x'], 32)), { a: null, b: [null, null, 1] });
});

test('a nesting of exactly max_depth, the path counted in, is shared', () => {
  assert.deepEqual(fromTree(share(nested(31), ['x'], 32)), nested(31));
  assert.throws(() => share([], Array(32).fill('x'), 32), RangeError);
});

test('what is shared is a copy', () => {
  const original = { a: [1], when: new Date(5), bytes: new Uint8Array([1, 2]), buffer: Buffer.from([3]) };
  const copy = share(original, ['x'], 32);
  original.a.push(2);
  original.when.setTime(9);
  original.bytes[0] = original.buffer[0] = 9;
  assert.deepEqual(fromTree(copy), { a: [1], when: new Date(5), bytes: new Uint8Array([1, 2]), buffer: new Uint8Array([3]) });
  assert.equal(copy.items.get('buffer').constructor, Uint8Array);
});

test('plain objects of other frames, and without a prototype, are plain', () => {
  const foreign = vm.runInNewContext('({a: [1, {b: new Date(5)}], c: new Uint8Array([1])})');
  assert.deepEqual(fromTree(share(foreign, ['x'], 32)), { a: [1, { b: new Date(5) }], c: new Uint8Array([1]) });
  assert.deepEqual(fromTree(share(Object.assign(Object.create(null), { a: 1 }), ['x'], 32)), { a: 1 });
});

test('names of the language are names of data', () => {
  const data = { constructor: 1, hasOwnProperty: 2, toString: 3, '': 4, 'a.b': 5, 7: 6 };
  assert.deepEqual(fromTree(share(data, ['x'], 32)), data);
});

test('what can be gone through is a stream in arguments and results; what is data stays data', () => {
  const rows = (function* () {})();
  const shared = share({ rows, list: [1], next: { next: () => {} } }, [], 32, () => 'the result of now.f()');
  assert.deepEqual(shared.items.get('rows'), new Source(rows, 'the result of now.f().rows'));
  assert.deepEqual(fromTree(shared.items.get('list')), [1]);
  assert.deepEqual([...shared.items.get('next').items.keys()], ['next']);
  assert.throws(() => share(new Map(), [], 32, () => 'x'), new TypeError('x: Map is not shareable; use Object.fromEntries(...)'));
});

test('functions are shared as they are', () => {
  const f = () => {};
  assert.equal(share({ f }, ['x'], 32).items.get('f'), f);
});
