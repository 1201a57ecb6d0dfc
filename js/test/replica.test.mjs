/** The client's half of the shared tree, against a server in a few lines. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PathSet } from '../src/pathset.js';
import { Replica } from '../src/replica.js';
import { Dict, THEIRS, apply, get } from '../src/tree.js';
import { fromTree, pick, randomOperation, randomPath, seeded, toOperation, toTree } from './tools.mjs';

const shown = (replica) => fromTree(replica.shown);

/** A replica in a session with this view. */
function joined(view) {
  const replica = new Replica();
  replica.reset(toTree(view));
  return replica;
}

test('an own write is shown at once, confirmed by its ack', () => {
  const replica = joined({ a: 1 });
  assert.equal(replica.write([['b'], 2], true), true);
  replica.sent(1, 1);
  assert.deepEqual([shown(replica), fromTree(replica.confirmed)], [{ a: 1, b: 2 }, { a: 1 }]);
  replica.acknowledge(1);
  assert.deepEqual(fromTree(replica.confirmed), { a: 1, b: 2 });
});

test('an operation that does nothing need not be sent', () => {
  assert.equal(joined({ a: 1 }).write([['b']], true), false);
});

test("the server's order wins: its write is beneath what it has not acknowledged", () => {
  const replica = joined({});
  replica.write([['a'], 'mine'], true);
  replica.sent(1, 1);
  replica.applyTheirs([[['a'], 'theirs']]);
  assert.deepEqual(shown(replica), { a: 'mine' });
  replica.acknowledge(1);
  assert.deepEqual(shown(replica), { a: 'mine' });
  replica.applyTheirs([[['a'], 'theirs']]);
  assert.deepEqual(shown(replica), { a: 'theirs' });
});

test('a refused operation is rolled back, the others of its message stay', () => {
  const replica = joined({ a: 0 });
  for (const name of ['a', 'b', 'c']) replica.write([[name], 1], true);
  replica.sent(1, 3);
  assert.deepEqual(replica.refuse(1, 0), ['a']);
  assert.deepEqual(replica.refuse(1, 2), ['c']);
  assert.equal(replica.refuse(1, 2), undefined);
  assert.equal(replica.refuse(9, 0), undefined);
  assert.deepEqual(shown(replica), { a: 0, b: 1 });
  replica.acknowledge(1);
  assert.deepEqual(fromTree(replica.confirmed), { a: 0, b: 1 });
  assert.equal(replica.shown, replica.confirmed);
});

test('what this turn writes is in no message yet, and shown over what arrives', () => {
  const replica = joined({ l: [1] });
  replica.write([['l'], 1, 0, [2]], true);
  replica.write([['x'], 1], true);
  replica.applyTheirs([[['l'], 0, 0, [0]]]);
  assert.deepEqual(shown(replica), { l: [0, 2, 1], x: 1 });
  replica.sent(1, 1);
  replica.sent(2, 1);
  replica.acknowledge(1);
  assert.deepEqual(fromTree(replica.confirmed), { l: [0, 2, 1] });
});

test('before there is a session, what was written is kept for it', () => {
  const replica = new Replica();
  replica.write([['a'], 1], false);
  replica.write([['b', 'c'], toTree([1])], false);
  replica.write([['b', 'c'], 1, 0, [2]], false);
  const again = replica.reset(toTree({ a: 0, z: 9 }));
  assert.deepEqual(again.map(([path, value]) => [path, fromTree(value)]), [[['a'], 1], [['b', 'c'], [1, 2]]]);
  assert.deepEqual(shown(replica), { a: 0, z: 9 }, 'they are put again as new writes');
});

for (const [name, act, expected] of [
  ['a set', (r) => r.write([['a'], 1], true), [[['a'], 1]]],
  ['a delete', (r) => r.write([['old']], true), [[['old']]]],
  ['a splice, as the whole list', (r) => r.write([['list'], 0, 1, []], true), [[['list'], [2]]]],
  ['a write inside an element, as the whole list', (r) => r.write([['list', 0], 9], true), [[['list'], [9, 2]]]],
  ['a name in a name of ours, as the outer', (r) => (r.write([['d'], toTree({})], true), r.write([['d', 'x'], 1], true)), [[['d'], { x: 1 }]]],
  ['not what the server wrote over', (r) => (r.write([['a', 'b'], 1], true), r.applyTheirs([[['a'], 2]])), []],
  ['but what it wrote beneath', (r) => (r.write([['a'], toTree({ b: 1 })], true), r.sent(1, 1), r.acknowledge(1), r.applyTheirs([[['a', 'b'], 2]])), [[['a'], { b: 2 }]]],
  ['not what it refused', (r) => (r.write([['a'], 1], true), r.sent(1, 1), r.refuse(1, 0)), []],
  ["but for functions of the server's", (r) => (r.write([['a'], toTree({ b: 1 })], true), r.sent(1, 1), r.acknowledge(1), r.applyTheirs([[['a', 'f'], THEIRS]])), [[['a', 'b'], 1]]],
]) {
  test(`in a fresh session is put again: ${name}`, () => {
    const replica = joined({ old: 1, list: [1, 2] });
    act(replica);
    replica.abandon();
    assert.deepEqual(replica.reset(toTree({})).map(([path, ...value]) => [path, ...value.map(fromTree)]), expected);
  });
}

test('after the session has ended what is shown stays, and is confirmed', () => {
  const replica = joined({ a: 1 });
  replica.write([['b'], 2], true);
  replica.abandon();
  assert.equal(replica.confirmed, replica.shown);
  assert.deepEqual(shown(replica), { a: 1, b: 2 });
});

test('what did not change stays the same object, also under pending writes', () => {
  const replica = joined({ a: { x: 1 } });
  replica.write([['b', 'c'], 1], true);
  replica.sent(1, 1);
  const [a, b] = [get(replica.shown, ['a']), get(replica.shown, ['b'])];
  replica.applyTheirs([[['z'], 1]]);
  assert.equal(get(replica.shown, ['a']), a);
  assert.equal(get(replica.shown, ['b']), b);
  replica.acknowledge(1);
  assert.equal(get(replica.shown, ['b']), b);
});

test('a write of theirs apart from ours leaves what is shown of ours alone', () => {
  const replica = joined({ wide: { a: 1, b: 2 }, list: [1, 2] });
  replica.write([['wide', 'mine'], 1], true);
  replica.write([['list', 1], 9], true);
  replica.sent(1, 2);
  replica.applyTheirs([[['wide', 'a'], 5], [['wide', 'b']], [['wide', 'c'], toTree({})]]);
  replica.applyTheirs([[['list', 0], 8]]);
  assert.deepEqual(shown(replica), { wide: { a: 5, mine: 1, c: {} }, list: [8, 9] });
  replica.applyTheirs([[['wide'], 0]]);
  assert.deepEqual(shown(replica), { wide: { mine: 1 }, list: [8, 9] }, 'ours goes on top');
  replica.applyTheirs([[['wide', 'mine'], 2]]);
  assert.deepEqual(shown(replica), { wide: { mine: 1 }, list: [8, 9] });
  replica.acknowledge(1);
  replica.applyTheirs([[['wide', 'mine'], 3]]);
  assert.deepEqual(shown(replica), { wide: { mine: 3 }, list: [8, 9] });
  assert.equal(replica.shown, replica.confirmed);
});

test('at rest both ends are equal, and confirmed is the view at each message, for 3,000 random conversations', () => {
  const random = seeded(5);
  for (let round = 0; round < 3000; round++) {
    const replica = new Replica();
    let view = new Dict(new Map()); // the server's
    replica.reset(view);
    const [up, down] = [[], []]; // on their way to the server, to the client
    let [count, processed, open] = [0, 0, []];
    const send = () => {
      if (!open.length) return;
      replica.sent(++count, open.length);
      up.push(open);
      open = [];
    };
    const hear = () => {
      const operations = up.shift();
      if (!operations) return;
      const refused = [...operations.keys()].filter(() => random() < 0.1);
      for (const index of refused) down.push({ refuse: [processed + 1, index], view });
      operations.forEach((operation, index) => {
        if (!refused.includes(index)) view = apply(view, operation);
      });
      down.push({ ack: ++processed, view });
    };
    const receive = () => {
      const said = down.shift();
      if (!said) return;
      if (said.operation) replica.applyTheirs([said.operation]);
      else if (said.ack) replica.acknowledge(said.ack);
      else replica.refuse(...said.refuse);
      assert.deepEqual(fromTree(replica.confirmed), fromTree(said.view));
    };
    const serverWrites = () => {
      const operation = toOperation(randomOperation(random));
      view = apply(view, operation);
      down.push({ operation, view });
    };
    const clientWrites = () => {
      const operation = toOperation(randomOperation(random));
      if (replica.write(operation, true)) open.push(operation);
    };
    for (let step = 0; step < 30; step++) pick(random, [serverWrites, clientWrites, clientWrites, send, hear, receive, receive])();
    send();
    while (up.length) hear();
    while (down.length) receive();
    assert.deepEqual(shown(replica), fromTree(view));
    assert.equal(replica.shown, replica.confirmed);
  }
});

test('a set of paths covers what is below, as a naive one does', () => {
  const random = seeded(6);
  const isBelow = (path, above) => above.every((key, index) => path[index] === key);
  for (let round = 0; round < 2000; round++) {
    const set = new PathSet();
    let naive = [];
    for (let step = 0; step < 8; step++) {
      const path = randomPath(random);
      const act = random();
      if (act < 0.6) {
        set.add(path);
        if (!naive.some((other) => isBelow(path, other))) naive = [...naive.filter((other) => !isBelow(other, path)), path];
      } else if (act < 0.8) {
        set.removeBelow(path);
        naive = naive.filter((other) => !isBelow(other, path));
      } else {
        set.discard(path);
        naive = naive.filter((other) => JSON.stringify(other) !== JSON.stringify(path));
      }
      const sorted = (paths) => [...paths].map((path) => JSON.stringify(path)).sort();
      assert.deepEqual(sorted(set), sorted(naive));
    }
  }
});

test('a set of paths meets those at, above and below its own', () => {
  const random = seeded(8);
  const isBelow = (path, above) => above.every((key, index) => path[index] === key);
  for (let round = 0; round < 500; round++) {
    const set = new PathSet();
    const paths = Array.from({ length: 4 }, () => randomPath(random));
    for (const path of paths) set.add(path);
    const path = randomPath(random);
    assert.equal(set.meets(path), paths.some((other) => isBelow(path, other) || isBelow(other, path)));
  }
});
