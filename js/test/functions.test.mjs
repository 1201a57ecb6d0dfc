/** Functions lent and borrowed: counts, identities, and what garbage gives back. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { NoSuchFunction, ProtocolError } from '../src/errors.js';
import { Lending, Stubs } from '../src/functions.js';
import { gc, settle } from './tools.mjs';

test('the same function has the same handle for as long as it is lent', () => {
  const [f, g] = [() => {}, () => {}];
  const lending = new Lending();
  assert.deepEqual([lending.lend(f, 9), lending.lend(g, 9), lending.lend(f, 9)], [0, 1, 0]);
  assert.equal(lending.get(0), f);
  lending.takeBack(0, 1);
  assert.equal(lending.get(0), f, 'one loan is out still');
  lending.takeBack(0, 1);
  assert.equal(lending.get(0), undefined);
  assert.deepEqual([lending.wasLent(0), lending.wasLent(1), lending.wasLent(2)], [true, true, false]);
  assert.equal(lending.lend(f, 9), 2, 'a handle is not used again');
});

test('one function too many is refused at the line that passes it; those that are out may be passed again', () => {
  const [f, g] = [() => {}, () => {}];
  const lending = new Lending();
  lending.lend(f, 1);
  assert.throws(() => lending.lend(g, 1), {
    name: 'LimitExceeded',
    message: 'functions lent and not released: the limit max_callbacks=1 was passed',
    limit: 'max_callbacks',
    value: 1,
  });
  assert.equal(lending.lend(f, 1), 0);
  lending.takeBack(0, 2);
  assert.equal(lending.lend(g, 1), 1);
});

for (const [name, handle, loans] of [['more than are out', 0, 2], ['what was never lent', 5, 1]]) {
  test(`returning ${name} breaks the protocol`, () => {
    const lending = new Lending();
    lending.lend(() => {}, 9);
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

test('a stub that is released gives its loans back at once, and is replaced if the handle comes again', async () => {
  const { log, stubs: table } = stubs();
  const released = table.borrow(4);
  table.borrow(4);
  released.release();
  assert.deepEqual(log, [['returned', 4, 2]]);
  assert.throws(() => table.target(table.record(released)), new NoSuchFunction('function 4 was released here', 'released'));
  const fresh = table.borrow(4);
  assert.notEqual(fresh, released);
  released.release();
  assert.equal(table.target(table.record(fresh)), 4);
  assert.equal(table.borrow(4), fresh);
  assert.equal(log.length, 1);
});

test('a released stub that is garbage gives nothing back again', async () => {
  const { log, stubs: table } = stubs();
  (() => table.borrow(4).release())();
  const kept = table.borrow(4);
  for (let tries = 0; tries < 5; tries++) {
    await settle();
    gc();
  }
  assert.deepEqual(log, [['returned', 4, 1]]);
  assert.equal(table.borrow(4), kept);
});

test('disposing of a stub releases it, where the platform has that; a name has nothing to release', () => {
  const { log, stubs: table } = stubs();
  table.borrow(4)[Symbol.dispose ?? 'release']();
  assert.deepEqual(log, [['returned', 4, 1]]);
  const named = table.named(['a']);
  named.release();
  named[Symbol.dispose ?? 'release']();
  assert.deepEqual([table.target(table.record(named)), table.named(['a']) === named, log.length], [['a'], true, 1]);
});

test('what is released after its session says nothing', () => {
  const { log, stubs: table } = stubs();
  const stub = table.borrow(3);
  table.expire();
  stub.release();
  assert.deepEqual(log, []);
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
