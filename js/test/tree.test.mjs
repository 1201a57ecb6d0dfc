/** Operations on trees: the table that Python reads too, identities, differences. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { Dict, List, MISSING, THEIRS, apply, difference, frozen, get, reuse, same, unit } from '../src/tree.js';
import { fromTree, gc, randomOperation, seeded, settle, toOperation, toTree } from './tools.mjs';

const { cases } = JSON.parse(await readFile(new URL('../../protocol/tree.json', import.meta.url), 'utf8'));

for (const { name, tree, operation, result } of cases) {
  test(name, () => {
    const before = toTree(tree);
    const after = apply(before, toOperation(operation));
    if (result === undefined) assert.equal(after, before);
    else assert.deepEqual(fromTree(after), result);
    assert.deepEqual(fromTree(before), tree, 'the old tree is as it was');
  });
}

test('a changed container keeps its mark, one in its place has another', () => {
  const tree = toTree({ a: { b: 1 }, l: [1] });
  const mark = (t, ...path) => get(t, path).mark;
  assert.equal(mark(apply(tree, [['a', 'b'], 2]), 'a'), mark(tree, 'a'));
  assert.equal(mark(apply(tree, [['a', 'b']]), 'a'), mark(tree, 'a'));
  assert.equal(mark(apply(tree, [['l'], 0, 1, []]), 'l'), mark(tree, 'l'));
  assert.notEqual(mark(apply(tree, [['a'], toTree({ b: 1 })]), 'a'), mark(tree, 'a'));
});

test('what an operation does not touch is shared', () => {
  const tree = toTree({ a: { b: 1 }, c: {} });
  assert.equal(get(apply(tree, [['a', 'b'], 2]), ['c']), get(tree, ['c']));
});

test('a mapping of many names is at each moment what a plain copy would be, in the same order', () => {
  const random = seeded(7);
  const moments = [];
  let [tree, plain] = [toTree({}), {}];
  for (let step = 0; step < 3000; step++) {
    const name = `n${Math.floor(random() * 400)}`;
    plain = { ...plain };
    if (random() < 0.7) plain[name] = random() < 0.1 ? null : step;
    else delete plain[name];
    tree = apply(tree, name in plain ? [[name], plain[name]] : [[name]]);
    assert.equal(get(tree, [name]), name in plain ? plain[name] : MISSING);
    if (step % 7 === 0) moments.push([tree, plain]);
    if (step % 50 === 0) assert.deepEqual([...tree.items], Object.entries(plain));
  }
  for (const [moment, data] of moments) assert.deepEqual([...moment.items], Object.entries(data));
});

test('of what was replaced or deleted among few names nothing is kept', async () => {
  let tree = toTree({ ...Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`n${index}`, index])), a: {}, b: {} });
  const gone = ['a', 'b'].map((name) => new WeakRef(get(tree, [name])));
  tree = apply(apply(tree, [['a']]), [['b'], 0]);
  await settle();
  gc();
  assert.deepEqual(gone.map((container) => container.deref()), [undefined, undefined]);
  assert.equal(get(tree, ['b']), 0);
});

for (const [operation, expected] of [
  [[['d', 'x'], 1], ['d', 'x']],
  [[['l', 0], 1], ['l']],
  [[['l', 0, 'x', 'l', 1], 1], ['l']],
  [[['l'], 0, 0, []], ['l']],
  [[['l', 'x'], 1], ['l', 'x']],
  [[['missing', 0], 1], ['missing', 0]],
]) {
  test(`${JSON.stringify(operation)} counts at ${expected}`, () => {
    assert.deepEqual(unit(toTree({ d: {}, l: [{ x: { l: [1] } }] }), operation), expected);
  });
}

for (const [a, b, expected] of [
  [NaN, NaN, true],
  [0, -0, false],
  [1, 1n, false],
  [1, true, false],
  [new Uint8Array([1, 2]), new Uint8Array([1, 2]), true],
  [new Uint8Array([1, 2]), new Uint8Array([1, 3]), false],
  [new Date(5), new Date(5), true],
  [new Date(5), 5, false],
  [toTree({ a: [1, {}] }), toTree({ a: [1, {}] }), true],
  [toTree({ a: 1, b: 2 }), toTree({ b: 2, a: 1 }), true],
  [toTree({ a: 1 }), toTree({ b: 1 }), false],
  [toTree([]), toTree({}), false],
  [THEIRS, THEIRS, true],
]) {
  test(`same(${String(fromTree(a))}, ${String(fromTree(b))}) is ${expected}`, () => assert.equal(same(a, b), expected));
}

test('the operations of a difference make the one tree the other, for 2,000 random pairs', () => {
  const random = seeded(1);
  for (let round = 0; round < 2000; round++) {
    let before = toTree({});
    for (let step = 0; step < 4; step++) before = apply(before, toOperation(randomOperation(random)));
    let after = before;
    for (let step = 0; step < 3; step++) after = apply(after, toOperation(randomOperation(random)));
    after = toTree(fromTree(after));
    const reached = [...difference(before, after, [])].reduce(apply, before);
    assert.deepEqual(fromTree(reached), fromTree(after));
  }
});

for (const [name, before, after, expected] of [
  ['an appended element', [1, 2], [1, 2, 3], [[['l'], 2, 0, [3]]]],
  ['a removed element', [1, 2, 3], [1, 3], [[['l'], 1, 1, []]]],
  ['a changed element', [1, 2, 3], [1, 9, 3], [[['l', 1], 9]]],
  ['a change inside an element', [{ x: 1 }, { x: 2 }], [{ x: 1 }, { x: 3 }], [[['l', 1, 'x'], 3]]],
  ['no change', [1, [2]], [1, [2]], []],
]) {
  test(`the difference of lists with ${name} is as small as it can be`, () => {
    assert.deepEqual([...difference(toTree(before), toTree(after), ['l'])], expected);
  });
}

test('reuse keeps the objects that did not change', () => {
  const old = toTree({ a: { x: 1 }, l: [1, [2]], b: 1 });
  const fresh = reuse(old, toTree({ a: { x: 1 }, l: [1, [2]], b: 2 }), false);
  assert.deepEqual(fromTree(fresh), { a: { x: 1 }, l: [1, [2]], b: 2 });
  assert.equal(get(fresh, ['a']), get(old, ['a']));
  assert.equal(get(fresh, ['l']), get(old, ['l']));
  assert.equal(reuse(old, toTree(fromTree(old)), false), old);
});

test('reuse can make containers go on in those at their places', () => {
  const old = toTree({ a: { x: 1 }, l: [1], k: [1] });
  const fresh = reuse(old, toTree({ a: { x: 2 }, l: [2], k: {} }), true);
  assert.equal(get(fresh, ['a']).mark, get(old, ['a']).mark);
  assert.equal(get(fresh, ['l']).mark, get(old, ['l']).mark);
  assert.notEqual(get(fresh, ['k']).mark, get(old, ['k']).mark);
});

test('frozen data is the same object for the same moment, and functions are no data', () => {
  const tree = new Dict(new Map([['a', toTree({ x: [1] })], ['f', () => {}], ['g', THEIRS], ['l', new List([THEIRS, 1])]]));
  const data = frozen(tree);
  assert.deepEqual(data, { a: { x: [1] }, l: [null, 1] });
  assert.ok(Object.isFrozen(data) && Object.isFrozen(data.a.x));
  assert.equal(frozen(tree), data);
  assert.equal(frozen(apply(tree, [['b'], 1])).a, data.a);
  assert.equal(get(tree, ['no', 'where']), MISSING);
});
