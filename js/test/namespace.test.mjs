/** `now` as a page touches it, over a tree that the test can change too. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { Detached } from '../src/errors.js';
import { Namespace } from '../src/namespace.js';
import { THEIRS, apply } from '../src/tree.js';
import { fromTree, pick, seeded, toOperation, toTree } from './tools.mjs';

/** A space that remembers what was written; `theirs` changes it from elsewhere. */
class Space {
  written = [];
  originals = [];
  stubs = new Map();

  constructor(data) {
    this.now = toTree(data);
  }

  tree = () => this.now;
  maxDepth = () => 32;

  write(operation) {
    const changed = apply(this.now, operation);
    if (changed === this.now) return;
    this.written.push(operation);
    this.now = changed;
  }

  theirs(operation) {
    this.now = apply(this.now, toOperation(operation));
  }

  stub = (path) => {
    const name = JSON.stringify(path);
    if (!this.stubs.has(name)) this.stubs.set(name, () => name);
    return this.stubs.get(name);
  };

  handed(original, place) {
    this.originals.push([original, place.path]);
  }

  /** The operations since the last time, in plain data. */
  get said() {
    return this.written.splice(0).map(([path, ...rest]) => (rest.length === 3 ? [path, rest[0], rest[1], rest[2].map(fromTree)] : [path, ...rest.map(fromTree)]));
  }
}

function open(data = {}) {
  const space = new Space(data);
  const { now } = new Namespace(space, { core: 'the core', ready: 'the ready' });
  return { space, now };
}

// Mappings.

for (const [name, data, act, expected] of [
  ['assigning a name is a set', {}, (now) => (now.a = 1), [[['a'], 1]]],
  ['assigning below', { a: { b: {} } }, (now) => (now.a.b.c = { d: [1] }), [[['a', 'b', 'c'], { d: [1] }]]],
  ['assigning undefined deletes', { a: 1 }, (now) => (now.a = undefined), [[['a']]]],
  ['deleting', { a: { b: 1 } }, (now) => delete now.a.b, [[['a', 'b']]]],
  ['deleting what is missing is nothing', {}, (now) => delete now.a, []],
  ['deleting what is only of the language is nothing', {}, (now) => delete now.toString, []],
  ['undefined inside data is null', {}, (now) => (now.a = { b: undefined }), [[['a'], { b: null }]]],
  ['assigning what is there already is nothing', { a: [] }, (now) => (now.a = now.a), []],
  ['a container of now is copied', { a: { x: [1] } }, (now) => (now.b = now.a), [[['b'], { x: [1] }]]],
  ['all of now can be copied', { x: 1 }, (now) => (now.copy = now), [[['copy'], { x: 1 }]]],
  ['Object.assign sets name by name', { a: {} }, (now) => Object.assign(now.a, { x: 1, y: 2 }), [[['a', 'x'], 1], [['a', 'y'], 2]]],
  ['+= reads and sets', { n: 1 }, (now) => (now.n += 2), [[['n'], 3]]],
  ['names of the language are data', {}, (now) => ((now.constructor = 1), (now.hasOwnProperty = { then: 1 }), (now['a.b'] = 2), (now[''] = 3), (now[7] = 4)), [[['constructor'], 1], [['hasOwnProperty'], { then: 1 }], [['a.b'], 2], [[''], 3], [['7'], 4]]],
]) {
  test(`${name}`, () => {
    const { space, now } = open(data);
    act(now);
    assert.deepEqual(space.said, expected);
  });
}

test('a mapping reads like a plain object', () => {
  const data = { b: 1, a: { x: null, y: [1] }, toString: 'text', 7: 'seven' };
  const { now } = open({ data });
  assert.deepEqual({ ...now.data, a: JSON.parse(JSON.stringify(now.data.a)) }, data);
  assert.deepEqual(Object.keys(now.data), ['7', 'b', 'a', 'toString']);
  assert.equal(JSON.stringify(now), JSON.stringify({ data }));
  assert.deepEqual(['b' in now.data, 'c' in now.data, 'valueOf' in now.data], [true, false, true]);
  assert.deepEqual(Object.entries(now.data.a).length, 2);
  assert.equal(now.data.toString, 'text');
  assert.equal(now.data.c, undefined);
  assert.equal(`${now.data.a}`, '[object Object]');
  assert.equal(Object.hasOwn(now.data, 'b'), true);
  assert.equal(now.data.hasOwnProperty('nothing'), false);
});

test('reads are of this moment, and one container is one object', () => {
  const { space, now } = open({ a: { x: 1 } });
  const { a } = now;
  assert.equal(now.a, a);
  space.theirs([['a', 'x'], 2]);
  assert.equal(a.x, 2);
  assert.equal(now.a, a);
});

for (const [name, act, kind, message] of [
  ['a page name', (now) => (now.core = 1), RangeError, 'now.core belongs to the page'],
  ['deleting a page name', (now) => delete now.ready, RangeError, 'now.ready belongs to the page'],
  ['__proto__', (now) => (now.a.__proto__ = {}), RangeError, 'now.a.__proto__: this key is refused'],
  ['__proto__ at the root', (now) => (now.__proto__ = {}), RangeError, 'now.__proto__: this key is refused'],
  ['a symbol', (now) => (now.a[Symbol('s')] = 1), TypeError, 'now.a: names are text, not symbols'],
  ['an instance', (now) => (now.user = { avatar: new Map() }), TypeError, 'now.user.avatar: Map is not shareable; use Object.fromEntries(...)'],
  ['a name of a list', (now) => (now.l.name = 1), TypeError, 'now.l is a list: it has no name name'],
  ['a negative index', (now) => (now.l[-1] = 1), TypeError, 'now.l is a list: it has no name -1'],
  ['an index far past the end', (now) => (now.l[20_000] = 1), RangeError, 'now.l[20000]: more than 10000 past the end'],
  ['a length that is none', (now) => (now.l.length = -1), RangeError, 'now.l: invalid length'],
  ['an element that cannot be shared', (now) => now.l.push(1, new Set()), TypeError, 'now.l[3]: Set is not shareable; use [...set]'],
]) {
  test(`${name} is refused, and nothing is written`, () => {
    const { space, now } = open({ a: {}, l: [1, 2] });
    assert.throws(() => act(now), { name: kind.name, message });
    assert.deepEqual(space.said, []);
  });
}

for (const [name, act] of [
  ['defineProperty', (now) => Object.defineProperty(now.a, 'x', { get: () => 1 })],
  ['freeze', (now) => Object.freeze(now.a)],
  ['setPrototypeOf', (now) => Object.setPrototypeOf(now.a, null)],
  ['freeze of a list', (now) => Object.freeze(now.l)],
  ['defineProperty of a list', (now) => Object.defineProperty(now.l, 0, { value: 1 })],
  ['setPrototypeOf of a list', (now) => Object.setPrototypeOf(now.l, null)],
]) {
  test(`${name} is refused`, () => assert.throws(() => act(open({ a: {}, l: [] }).now), TypeError));
}

test('the page names are the page\'s, whatever the data says', () => {
  const { now } = open({ core: 1, ready: 2 });
  assert.deepEqual([now.core, now.ready], ['the core', 'the ready']);
});

test('functions: ours are themselves, theirs a stub by path', () => {
  const { space, now } = open({ g: { f: THEIRS } });
  const f = () => 1;
  now.f = f;
  assert.equal(now.f, f);
  assert.equal(now.g.f, space.stub(['g', 'f']));
});

test('a function that the language would call by itself is not shown', async () => {
  const { space, now } = open({ a: { then: THEIRS, toJSON: THEIRS, toString: THEIRS, x: 1 }, then: THEIRS });
  assert.equal(await now.a, now.a);
  assert.equal(await now, now);
  assert.equal(`${now.a}`, '[object Object]');
  assert.equal(JSON.stringify(now.a), '{"x":1}');
  space.theirs([['a', 'then'], 'data']);
  assert.equal(now.a.then, 'data');
});

test('bytes and dates are copies', () => {
  const { space, now } = open({ bytes: new Uint8Array([1]), when: new Date(5) });
  now.bytes[0] = 9;
  now.when.setTime(9);
  assert.deepEqual([now.bytes, now.when], [new Uint8Array([1]), new Date(5)]);
  assert.deepEqual(space.said, []);
});

// Containers follow their data.

test('a container follows its data along a list, and is detached when that goes', () => {
  const { space, now } = open({ l: [{ n: 1 }, { n: 2, deep: { x: 1 } }] });
  const [first, second] = now.l;
  const { deep } = second;
  space.theirs([['l'], 0, 0, [{ n: 0 }]]);
  assert.deepEqual([first.n, second.n, deep.x], [1, 2, 1]);
  deep.x = 5;
  assert.deepEqual(space.said, [[['l', 2, 'deep', 'x'], 5]]);
  space.theirs([['l', 1]]);
  assert.deepEqual([second.n, now.l[1] === second], [2, true]);
  assert.throws(() => first.n, new Detached('now.l[1]'));
});

for (const [name, operation, gone = 'now.a.b'] of [
  ['deleted', [['a', 'b']]],
  ['replaced', [['a', 'b'], { x: 1 }]],
  ['replaced with what it is in', [['a'], { b: { x: 1 } }], 'now.a'],
  ['replaced by a list', [['a', 'b'], []]],
]) {
  test(`a container that was ${name} is detached`, () => {
    const { space, now } = open({ a: { b: { x: 1 } } });
    const { b } = now.a;
    space.theirs(operation);
    for (const use of [() => b.x, () => (b.x = 1), () => 'x' in b, () => Object.keys(b), () => delete b.x]) {
      assert.throws(use, new Detached(gone));
    }
    assert.deepEqual(space.said, []);
  });
}

test('two elements can change places', () => {
  const { now } = open({ l: [{ n: 1 }, { n: 2 }] });
  [now.l[0], now.l[1]] = [now.l[1], now.l[0]];
  assert.equal(JSON.stringify(now.l), '[{"n":2},{"n":1}]');
});

// Lists.

for (const [name, act, expected] of [
  ['push', (l) => l.push(4, 5), [[['l'], 3, 0, [4, 5]]]],
  ['pop', (l) => l.pop(), [[['l'], 2, 1, []]]],
  ['shift', (l) => l.shift(), [[['l'], 0, 1, []]]],
  ['unshift', (l) => l.unshift(0), [[['l'], 0, 0, [0]]]],
  ['splice', (l) => l.splice(1, 1, 'x', 'y'), [[['l'], 1, 1, ['x', 'y']]]],
  ['splice from the end', (l) => l.splice(-1), [[['l'], 2, 1, []]]],
  ['sort', (l) => l.sort((a, b) => b - a), [[['l'], 0, 3, [3, 2, 1]]]],
  ['sort of what is sorted', (l) => l.sort(), []],
  ['reverse', (l) => l.reverse(), [[['l'], 0, 3, [3, 2, 1]]]],
  ['fill', (l) => l.fill(0, 1), [[['l'], 1, 2, [0, 0]]]],
  ['copyWithin', (l) => l.copyWithin(0, 2), [[['l'], 0, 1, [3]]]],
  ['an index', (l) => (l[1] = 'x'), [[['l', 1], 'x']]],
  ['an index at the end', (l) => (l[3] = 'x'), [[['l'], 3, 0, ['x']]]],
  ['an index past the end, nulls between', (l) => (l[5] = 'x'), [[['l'], 3, 0, [null, null, 'x']]]],
  ['undefined at an index is null', (l) => (l[0] = undefined), [[['l', 0], null]]],
  ['delete leaves null', (l) => delete l[1], [[['l', 1], null]]],
  ['delete past the end is nothing', (l) => delete l[7], []],
  ['a shorter length', (l) => (l.length = 1), [[['l'], 1, 2, []]]],
  ['a longer length', (l) => (l.length = 5), [[['l'], 3, 0, [null, null]]]],
  ['the same length', (l) => (l.length = 3), []],
]) {
  test(`${name}: as small an operation as can be`, () => {
    const { space, now } = open({ l: [1, 2, 3] });
    act(now.l);
    assert.deepEqual(space.said, expected);
  });
}

test('a list looks like an array', () => {
  const { now } = open({ l: [3, { n: 1 }, [2]] });
  const { l } = now;
  assert.ok(Array.isArray(l) && l instanceof Array);
  assert.equal(JSON.stringify(l), '[3,{"n":1},[2]]');
  assert.deepEqual([l.length, [...l].length, l.at(-1)[0], l.indexOf(l[1]), l.includes(3)], [3, 3, 2, 1, true]);
  assert.deepEqual([Object.keys(l), 1 in l, 3 in l, 'length' in l, Object.hasOwn(l, 'length')], [['0', '1', '2'], true, false, true, true]);
  assert.deepEqual(l.map((item) => typeof item), ['number', 'object', 'object']);
  assert.deepEqual([1].concat(l).length, 4);
  assert.deepEqual(l.slice(0, 1), [3]);
  assert.deepEqual(l.flat().at(-1), 2);
  assert.equal(l[7], undefined);
  assert.equal(l.slice.constructor, Function);
});

test('containers keep their identity when a list is put in order', () => {
  const { now } = open({ l: [{ n: 2 }, { n: 1 }, { n: 3 }] });
  const [two, one, three] = now.l;
  assert.equal(now.l.sort((a, b) => a.n - b.n), now.l);
  assert.deepEqual([now.l[0] === one, now.l[1] === two, now.l[2] === three], [true, true, true]);
  now.l.reverse();
  assert.deepEqual([now.l[0] === three, now.l[2] === one, one.n], [true, true, 1]);
});

test('what is taken out of a list is plain data', () => {
  const { now } = open({ l: [{ n: [1] }, { n: 2 }, { n: 3 }] });
  const popped = now.l.pop();
  popped.n = 9;
  assert.deepEqual(popped, { n: 9 });
  assert.deepEqual(now.l.splice(0, 1), [{ n: [1] }]);
  assert.deepEqual(now.l.shift(), { n: 2 });
  assert.equal(now.l.shift(), undefined);
});

test('what fill and copyWithin double are containers of their own', () => {
  const { now } = open({ l: [0, 0, { n: 1 }] });
  now.l.fill({ n: 2 }, 0, 2);
  now.l[0].n = 3;
  now.l.copyWithin(1, 2);
  now.l[1].n = 4;
  assert.equal(JSON.stringify(now.l), '[{"n":3},{"n":4},{"n":1}]');
});

/** One random change of an array, and what it returned or threw. */
function change(list, random) {
  const numbers = () => Array.from({ length: Math.floor(random() * 3) }, () => (random() < 0.3 ? { n: Math.floor(random() * 5) } : Math.floor(random() * 5)));
  const number = () => Math.floor(random() * 7) - 3;
  const key = (item) => (typeof item === 'number' ? item : item === null ? 10 : 5 + item.n);
  return pick(random, [
    () => list.push(...numbers()), () => list.pop(), () => list.shift(), () => list.unshift(...numbers()),
    () => list.splice(number(), number(), ...numbers()), () => list.sort((a, b) => key(a) - key(b)).length, () => list.reverse().length,
    () => list.fill(numbers()[0] ?? 0, number(), number()).length, () => list.copyWithin(number(), number(), number()).length,
    () => (list[Math.abs(number())] = numbers()[0] ?? 1), () => (list.length = Math.abs(number())), () => list.splice(number()).length,
  ])();
}

test('2,000 random sequences of changes are what they are on an array', () => {
  for (let seed = 0; seed < 2000; seed++) {
    const { now } = open({ l: [1, 2, 3] });
    const array = [1, 2, 3];
    const [ours, plain] = [seeded(seed), seeded(seed)];
    for (let step = 0; step < 8; step++) {
      const [returned, expected] = [change(now.l, ours), change(array, plain)];
      for (const index of array.keys()) array[index] ??= null; // no holes
      const elements = JSON.stringify(array);
      assert.equal(JSON.stringify(now.l), elements);
      assert.equal(JSON.stringify(returned), JSON.stringify(expected));
      // Objects that `fill` or `copyWithin` put in two places are one in an array, and two in a list.
      array.splice(0, Infinity, ...JSON.parse(elements));
    }
  }
});

test('objects of the page that are handed over are told of, containers of now are not', () => {
  const { space, now } = open({ l: [1] });
  const [a, b] = [{ x: 1 }, [1]];
  now.a = a;
  now.l.push(2, b);
  now.l[1] = now.a;
  now.s = 'text';
  assert.deepEqual(space.originals, [[a, ['a']], [b, ['l', 2]]]);
});

test('a proxy can be looked at', () => assert.doesNotThrow(() => inspect(open({ a: 1 }).now)));
