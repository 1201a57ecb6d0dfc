/** Counting, acknowledging, resending. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ProtocolError } from '../src/errors.js';
import { Session } from '../src/session.js';
import { frame, pick, seeded, unframe } from './tools.mjs';

const message = (id) => frame([6, id, null]);
const taken = (session) => session.take().map(unframe);

test('messages of a turn leave as one frame', () => {
  const session = new Session(1_000_000);
  assert.deepEqual([session.send(message(1)), session.send(message(2))], [1, 2]);
  assert.deepEqual(taken(session), [[[6, 1, null], [6, 2, null]]]);
  assert.deepEqual(taken(session), []);
});

test('a frame holds up to 64 KiB, or one message', () => {
  const session = new Session(1_000_000);
  for (const size of [40_000, 20_000, 10_000, 100_000, 10]) session.send(new Uint8Array(size));
  assert.deepEqual(session.take().map((data) => data.length), [60_000, 10_000, 100_000, 10]);
});

test('an ack that is due goes out behind the messages that wait, and none goes with those alone', () => {
  const session = new Session(1_000_000);
  session.send(message(1));
  session.countProcessed(10);
  assert.deepEqual(taken(session), [[[6, 1, null]]]);
  assert.equal(session.owesAck, true);
  session.send(message(2));
  session.acknowledge();
  session.send(message(3));
  assert.deepEqual(taken(session), [[[6, 2, null], [6, 3, null], [2, 1]]]);
  assert.equal(session.owesAck, false);
});

test('an ack is owed until it is sent, and sent when it is asked for', () => {
  const session = new Session(1_000_000);
  session.countProcessed(10);
  assert.equal(session.owesAck, true);
  assert.deepEqual(taken(session), []);
  session.acknowledge();
  assert.deepEqual(taken(session), [[[2, 1]]]);
  assert.equal(session.owesAck, false);
  session.acknowledge(true);
  assert.deepEqual(taken(session), [[[2, 1, true]]]);
  assert.deepEqual(taken(session), []);
});

test('an ack goes out unasked for each 64 KiB', () => {
  const session = new Session(1_000_000);
  session.countProcessed(65_536);
  assert.deepEqual(taken(session), []);
  session.countProcessed(1);
  assert.deepEqual(taken(session), [[[2, 2]]]);
});

test('an ack goes out for a quarter of what the server keeps, where that is less', () => {
  const session = new Session(4_000);
  session.countProcessed(1_000);
  assert.deepEqual(taken(session), []);
  session.countProcessed(1);
  assert.deepEqual(taken(session), [[[2, 2]]]);
});

test('what is acknowledged is forgotten, what is not is sent again on a new link', () => {
  const session = new Session(1_000_000);
  for (const id of [1, 2, 3]) session.send(message(id));
  session.take();
  session.forget(1);
  assert.equal(session.acknowledged, 1);
  session.countProcessed(10);
  session.send(message(4));
  session.resume(2);
  assert.deepEqual(taken(session), [[[6, 3, null], [6, 4, null], [2, 1]]]);
  session.forget(1);
  session.forget(4);
  assert.equal(session.size, 0);
});

for (const [name, wrong] of [
  ['an ack of more than was sent', (session) => session.forget(3)],
  ['an ack of what no link was given', (session) => session.forget(2)],
  ['fewer received than were acknowledged', (session) => session.resume(0)],
  ['more received than were sent', (session) => session.resume(3)],
]) {
  test(`${name} breaks the protocol`, () => {
    const session = new Session(1_000_000);
    session.send(message(1));
    session.take();
    session.forget(1);
    session.send(message(2));
    assert.throws(() => wrong(session), ProtocolError);
  });
}

test('over links that break anywhere, messages arrive exactly once and in order, 500 times', () => {
  const random = seeded(4);
  for (let round = 0; round < 500; round++) {
    const ends = [new Session(1_000_000), new Session(1_000_000)];
    const got = [[], []];
    let lines = [[], []]; // frames on their way to each end
    const pump = (end) => lines[1 - end].push(...ends[end].take());
    const deliver = (end) => {
      for (const [kind, value] of unframe(lines[end].shift() ?? new Uint8Array())) {
        if (kind === 2) ends[end].forget(value);
        else {
          ends[end].countProcessed(5);
          got[end].push(value);
        }
      }
    };
    const sent = [0, 0];
    for (let step = 0; step < 60; step++) {
      const end = pick(random, [0, 1]);
      const act = random();
      if (act < 0.35) ends[end].send(message(++sent[end]));
      else if (act < 0.6) pump(end);
      else if (act < 0.9) deliver(end);
      else if (act < 0.95) ends[end].acknowledge();
      else {
        lines = [[], []];
        const received = [ends[0].processed, ends[1].processed];
        ends[0].resume(received[1]);
        ends[1].resume(received[0]);
      }
    }
    for (let times = 0; times < 5; times++) {
      for (const end of [0, 1]) {
        ends[end].acknowledge();
        pump(end);
        while (lines[1 - end].length) deliver(1 - end);
      }
    }
    for (const end of [0, 1]) {
      assert.deepEqual(got[end], Array.from({ length: sent[1 - end] }, (_, index) => index + 1));
      assert.equal(ends[end].size, 0);
    }
  }
});
