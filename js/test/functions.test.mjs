/** Functions lent and borrowed: counts, identities, and what garbage gives back. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import v8 from 'node:v8';
import vm from 'node:vm';

import { NoSuchFunction, ProtocolError } from '../src/errors.js';
import { Lending, Stubs } from '../src/functions.js';
import { settle } from './tools.mjs';

v8.setFlagsFromString('--expose-gc');
const gc = vm.runInNewContext('gc');

test('the same function has the same handle for as long as it is lent', () => {
  const [f, g] = [() => {}, () => {}];
  const lending = new Lending();
  assert.deepEqual([lending.lend(f), lending.lend(g), lending.lend(f)], [0, 1, 0]);
  assert.equal(lending.get(0), f);
  lending.takeBack(0, 1);
  assert.equal(lending.get(0), f, 'one loan is out still');
  lending.takeBack(0, 1);
  assert.equal(lending.get(0), undefined);
  assert.deepEqual([lending.wasLent(0), lending.wasLent(1), lending.wasLent(2)], [true, true, false]);
  assert.equal(lending.lend(f), 2, 'a handle is not used again');
});

for (const [name, handle, loans] of [['more than are out', 0, 2], ['what was never lent', 5, 1]]) {
  test(`returning ${name} breaks the protocol`, () => {
    const lending = new Lending();
    lending.lend(() => {});
    assert.throws(() => lending.takeBack(handle, loans), ProtocolError);
  });
}

function stubs() {
  const log = [];
  const caller = { call: (record, args) => log.push(['call', record.target, args]), send: (record, args) => log.push(['send', record.target, args]) };
  return { log, stubs: new Stubs(caller, (handle, loans) => log.push(['returned', handle, loans])) };
}

test('a name and a handle each have one stub, which calls or sends', () => {
  const { log, stubs: table } = stubs();
  const named = table.named(['a', 0]);
  assert.equal(table.named(['a', 0]), named);
  assert.notEqual(table.named(['a', '0']), named);
  assert.equal(named.name, 'now.a[0]()');
  const borrowed = table.borrow(7);
  assert.equal(table.borrow(7), borrowed);
  assert.notEqual(table.borrow(8), borrowed);
  named(1, 2);
  borrowed.send(3);
  assert.deepEqual(log, [['call', ['a', 0], [1, 2]], ['send', 7, [3]]]);
});

test('a handle of a session that is over is expired, a name is not', () => {
  const { stubs: table } = stubs();
  const [named, borrowed] = [table.named(['a']), table.borrow(7)];
  table.expire();
  assert.deepEqual(table.target(table.record(named)), ['a']);
  assert.throws(() => table.target(table.record(borrowed)), new NoSuchFunction('function 7 was lent in a session that is over', 'expired'));
  assert.notEqual(table.borrow(7), borrowed);
  assert.equal(table.record(() => {}), undefined);
});

test('the loans of a stub that is garbage are returned, all of them', async () => {
  const { log, stubs: table } = stubs();
  (() => {
    table.borrow(3);
    table.borrow(3);
    table.named(['a']);
  })();
  const kept = table.borrow(4);
  for (let tries = 0; tries < 10 && !log.length; tries++) {
    await settle();
    gc();
  }
  assert.deepEqual(log, [['returned', 3, 2]]);
  assert.equal(table.borrow(4), kept);
});

test('what is garbage of a session that is over is not returned', async () => {
  const { log, stubs: table } = stubs();
  (() => table.borrow(3))();
  table.expire();
  for (let tries = 0; tries < 5; tries++) {
    await settle();
    gc();
  }
  assert.deepEqual(log, []);
});
