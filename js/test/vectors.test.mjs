/**
 * The vectors of the protocol, which Python reads too: what messages mean, and what is refused.
 *
 * The notation is described in `protocol/README.md`. Operations have their own table, in `tree.test.mjs`.
 */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { decode, encode } from '../src/codec.js';
import { ProtocolError } from '../src/errors.js';
import { DEFAULT_LIMITS } from '../src/limits.js';
import * as messages from '../src/messages.js';
import { Dict, List } from '../src/tree.js';
import { Source } from '../src/values.js';

const vectors = async (name) => JSON.parse(await readFile(new URL(`../../protocol/${name}`, import.meta.url), 'utf8')).vectors;
const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));

/** What stands for a function or a stream: the content of its tag. */
class Named {
  constructor(content) {
    this.content = content;
  }
}

const resolve = (content) => new Named(content);
/** Fields that a message has or has not. */
const optional = (fields) => Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field ?? undefined]));
const failure = ({ type, message, path, missing, trace, cause }) =>
  optional({ type, message, path, missing, trace, cause: cause && failure(cause) });

const read = (data) => [...decode(data, DEFAULT_LIMITS.max_depth, resolve)].map(([message]) => message);

// From the notation to values, and from values to what can be compared.

const READERS = {
  $integer: (text) => BigInt(text),
  $float: Number,
  $bytes: bytes,
  $moment: (text) => new Date(text),
  $function: resolve,
  $stream: resolve,
  $mapping: (entries) => Object.fromEntries(entries.map(([key, item]) => [key, valueOf(item)])),
};

function valueOf(notation) {
  if (Array.isArray(notation)) return notation.map(valueOf);
  if (notation === null || typeof notation !== 'object') return notation;
  const entries = Object.entries(notation);
  const [[key, content] = []] = entries;
  if (key?.startsWith('$')) return READERS[key](content);
  return Object.fromEntries(entries.map(([name, item]) => [name, valueOf(item)]));
}

/** Trees as plain data. */
function plain(value) {
  if (value instanceof List) return value.items.map(plain);
  if (value instanceof Dict) return Object.fromEntries([...value.items].map(([key, item]) => [key, plain(item)]));
  return value;
}

const OPERATIONS = [
  ['delete', ({ delete: path }) => [path]],
  ['set', ({ set, value }) => [set, value]],
  ['splice', ({ splice, start, delete_count: count, items }) => [splice, start, count, items]],
];

function operationOf(notation) {
  const [, shape] = OPERATIONS.find(([name]) => name in notation);
  return shape(valueOf(notation));
}

/** The message as this end has it, of what the vector says; without what only a server needs. */
const MESSAGES = {
  welcome: ({ client_id: clientId, token, resumed, received, limits, options, now }) => [
    messages.WELCOME,
    { clientId, token, resumed, received, limits, options, now: now ?? undefined },
  ],
  ack: ({ processed, wanted }) => [messages.ACK, processed, wanted || undefined],
  bye: ({ code, reason }) => [messages.BYE, code, reason],
  call: ({ id, target, args, kwargs }) => [messages.CALL, id, target, Object.keys(kwargs).length ? [...args, kwargs] : args],
  reply: ({ id, value }) => [messages.REPLY, id, value],
  fail: ({ id, ...fields }) => [messages.FAIL, id, failure(fields)],
  cancel: ({ id }) => [messages.CANCEL, id],
  next: ({ id, items, end }) => [messages.NEXT, id, items, typeof end === 'boolean' ? end : failure(end)],
  demand: ({ id, count }) => [messages.DEMAND, id, count],
  release: ({ loans }) => [messages.RELEASE, loans.flat()],
  refuse: ({ number, refusals }) => [messages.REFUSE, number, refusals],
  ready: () => [messages.READY],
};

function messageOf({ kind, ...fields }) {
  if (kind === 'write') return [messages.WRITE, fields.operations.map(operationOf)];
  return MESSAGES[kind](valueOf(fields));
}

/** What was read, in the same form. */
function comparable([kind, ...rest]) {
  if (kind === messages.WRITE) return [kind, rest[0].map((operation) => operation.map(asPlain))];
  if (kind === messages.WELCOME) return [kind, { ...rest[0], now: plain(rest[0].now) }];
  return [kind, ...rest];
}

const asPlain = (part) => (Array.isArray(part) ? part.map(plain) : plain(part));

const good = await vectors('messages.json');
const hostile = await vectors('hostile.json');
/** Kinds that only clients send. */
const FOR_SERVERS = ['hello', 'waiting'];

const forClients = good.filter(({ message }) => !FOR_SERVERS.includes(message.kind));

for (const { name, hex, message } of forClients) {
  test(`${name} is understood`, () => assert.deepStrictEqual(read(bytes(hex)).map(comparable), [messageOf(message)]));
}

test('all are understood back to back', () => {
  const all = read(bytes(forClients.map(({ hex }) => hex).join('')));
  assert.deepStrictEqual(all.map(comparable), forClients.map(({ message }) => messageOf(message)));
});

test('what only clients send, a client refuses', () => {
  for (const { hex, message } of good) {
    if (FOR_SERVERS.includes(message.kind)) assert.throws(() => read(bytes(hex)), ProtocolError);
  }
});

/** The message as the encoder gets it: functions and sources for what stands for them, without the fields that are not there. */
function toWrite(value) {
  if (value instanceof Named) return Object.assign(typeof value.content === 'number' ? new Source() : () => {}, value);
  if (Array.isArray(value)) return value.filter((item) => item !== undefined).map(toWrite);
  if (value instanceof List) return value.items.map(toWrite);
  if (value instanceof Dict) return new Map([...value.items].map(([key, item]) => [key, toWrite(item)]));
  if (value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return new Map(entries.map(([key, item]) => [key, toWrite(item)]));
}

/** Does an end in JavaScript write this? No welcome, no arguments by name, no moment that `share` refuses. */
function isWritten({ kind, kwargs, value }) {
  const year = value?.$moment ? new Date(value.$moment).getUTCFullYear() : 1;
  return kind !== 'welcome' && !Object.keys(kwargs ?? {}).length && year >= 1 && year <= 9999;
}

for (const { name, hex, message } of forClients.filter((vector) => isWritten(vector.message))) {
  test(`${name}: written again it means the same`, () => {
    const [first] = read(bytes(hex));
    const written = encode(toWrite(first), DEFAULT_LIMITS.max_message, (f) => f.content);
    assert.deepStrictEqual(read(written).map(comparable), [comparable(first)]);
  });
}

for (const { name, hex, message } of forClients) {
  test(`${name}, cut anywhere, is refused`, () => {
    const data = bytes(hex);
    for (let end = 1; end < data.length; end++) {
      assert.throws(() => read(data.subarray(0, end)), ProtocolError, `${message.kind} cut behind byte ${end}`);
    }
  });
}

for (const { name, hex, javascript_may_read: mayRead } of hostile) {
  if (mayRead) continue;
  test(`refused: ${name}`, () => {
    assert.throws(() => read(bytes(hex)), (error) => error instanceof ProtocolError && error.code === 1002);
  });
}

test('a hostile one does not spoil the good one before it', () => {
  for (const { name, hex, javascript_may_read: mayRead } of hostile) {
    if (mayRead) continue;
    const reading = decode(bytes(`810d${hex}`), DEFAULT_LIMITS.max_depth, resolve);
    assert.deepEqual(reading.next().value[0], [messages.READY], name);
    assert.throws(() => [...reading], ProtocolError, name);
  }
});
