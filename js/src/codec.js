/**
 * Messages to bytes and back, and what of them is malformed.
 *
 * `docs/reference/protocol.md` is the specification; `cbor.js` knows the bytes of values.
 *
 * @typedef {import('./paths.js').Path} Path
 * @typedef {import('./messages.js').Message} Message
 * @typedef {import('./tree.js').Operation} Operation
 * @typedef {import('./limits.js').Limits} Limits
 * @typedef {import('./messages.js').Failure} Failure
 * @typedef {(content: any) => any} Resolve the function that the content of a tag means; the stream, for a number
 */

import { Decoder, Encoder, Tagged } from './cbor.js';
import { LimitExceeded, ProtocolError } from './errors.js';
import { ARRAY, STREAM } from './heads.js';
import { DEFAULT_LIMITS, MAX_CAUSES } from './limits.js';
import { ACK, BYE, CALL, CANCEL, DEMAND, FAIL, NEXT, READY, REFUSE, RELEASE, REPLY, WELCOME, WRITE } from './messages.js';
import { isCount, isPath } from './paths.js';
import { Dict, List } from './tree.js';
import { plainObject } from './values.js';

/** What a write adds to the bytes of its operations, at most. */
const WRITE_OVERHEAD = 8;

/**
 * A message as bytes.
 *
 * @param {Message | Operation} message
 * @param {number} [maxMessage]
 * @param {(value: any) => any} [refer] the content of the tag for a function or stream in it
 * @throws {LimitExceeded}
 */
export function encode(message, maxMessage = Infinity, refer = Object) {
  const { bytes } = new Encoder(refer).write(message);
  if (bytes.length <= maxMessage) return bytes;
  throw new LimitExceeded('max_message', maxMessage, `a message of ${bytes.length} bytes`);
}

/**
 * An operation as bytes, from which `encodeWrites` makes messages.
 *
 * @param {Operation} operation
 * @param {number} maxMessage
 * @param {(f: any) => any} refer
 * @throws {LimitExceeded} it would not fit a message
 */
export function encodeOperation(operation, maxMessage, refer) {
  return encode(operation, maxMessage - WRITE_OVERHEAD, refer);
}

/**
 * The operations as one write message, or as several where they do not fit one.
 *
 * @param {Uint8Array[]} operations
 * @param {number} maxMessage
 * @returns {Generator<[bytes: Uint8Array, count: number]>} messages, and how many operations are in each
 */
export function* encodeWrites(operations, maxMessage) {
  do {
    let size = WRITE_OVERHEAD;
    const first = operations.findIndex((operation) => (size += operation.length) > maxMessage);
    const count = first < 0 ? operations.length : first;
    const encoder = new Encoder(Object).head(ARRAY, 2).write(WRITE).head(ARRAY, count);
    for (const operation of operations.slice(0, count)) encoder.raw(operation);
    yield [encoder.bytes, count];
    operations = operations.slice(count);
  } while (operations.length);
}

/**
 * The messages in a frame, one by one, so that each can be handled before the next is read.
 *
 * @param {Uint8Array} frame
 * @param {number} maxDepth
 * @param {Resolve} resolve
 * @returns {Generator<[message: Message, size: number]>}
 * @throws {ProtocolError} the frame is malformed; what came before was not
 */
export function* decode(frame, maxDepth, resolve) {
  const decoder = new Decoder(frame);
  while (!decoder.isDone) {
    const start = decoder.position;
    const message = read(decoder.read(), new Values(maxDepth, resolve));
    yield [message, decoder.position - start];
  }
}

/** Makes what users get, and trees, of decoded values. */
class Values {
  #resolve;

  /** May streams stand among the plain data? */
  hasStreams = true;

  /**
   * @param {number} maxDepth
   * @param {Resolve} resolve
   */
  constructor(maxDepth, resolve) {
    this.maxDepth = maxDepth;
    this.#resolve = resolve;
  }

  /**
   * A value of the namespace, at this depth.
   *
   * @param {any} raw
   * @param {number} depth
   * @returns {any}
   */
  tree(raw, depth) {
    if (Array.isArray(raw)) {
      const below = this.#below(depth);
      return new List(raw.map((item) => this.tree(item, below)));
    }
    if (raw instanceof Map) {
      const below = this.#below(depth);
      for (const [key, item] of raw) raw.set(key, this.tree(item, below));
      return new Dict(raw);
    }
    return raw instanceof Tagged ? this.#reference(raw, true) : raw;
  }

  /**
   * An argument, result or item: plain data, functions and streams.
   *
   * @param {any} raw
   * @param {number} [depth]
   * @returns {any}
   */
  plain(raw, depth = 0) {
    if (Array.isArray(raw)) {
      const below = this.#below(depth);
      return raw.map((item) => this.plain(item, below));
    }
    if (raw instanceof Map) {
      const below = this.#below(depth);
      return plainObject([...raw].map(([key, item]) => [key, this.plain(item, below)]));
    }
    return raw instanceof Tagged ? this.#reference(raw, false) : raw;
  }

  /**
   * Of a function null where its place is its address; [0, handle] where it has none; [1, handle] or [1, path]
   * anywhere. Of a stream its number, from 1.
   *
   * @param {Tagged} tagged
   * @param {boolean} hasPlace
   */
  #reference({ tag, content }, hasPlace) {
    if (tag === STREAM) {
      demand(this.hasStreams && !hasPlace && isStreamId(content), 'stream');
      return this.#resolve(content);
    }
    const [whose, target] = Array.isArray(content) && content.length === 2 ? content : [];
    const isOurs = whose === 1 && (isCount(target) || isPath(target, this.maxDepth));
    const isTheirs = hasPlace ? content === null : whose === 0 && isCount(target);
    demand(isOurs || isTheirs, 'function');
    return this.#resolve(content);
  }

  /** @param {number} depth */
  #below(depth) {
    demand(depth < this.maxDepth, `nested deeper than max_depth=${this.maxDepth}`);
    return depth + 1;
  }
}

/**
 * The message in a decoded shape, its values made by `values`.
 *
 * @param {any} shape
 * @param {Values} values
 * @returns {Message}
 */
function read(shape, values) {
  demand(Array.isArray(shape), 'a message is an array');
  switch (shape[0]) {
    case WELCOME:
      return readWelcome(shape, values);
    case ACK:
      demand(isCount(shape[1]) && (shape.length === 2 || (shape.length === 3 && shape[2] === true)), 'ack');
      return [ACK, shape[1], shape[2]];
    case BYE:
      demand(shape.length === 3 && isCount(shape[1]) && isText(shape[2]), 'bye');
      return shape;
    case WRITE:
      return readWrite(shape, values);
    case CALL:
      return readCall(shape, values);
    case REPLY:
      return readReply(shape, values);
    case FAIL:
      return readFail(shape, values);
    case CANCEL:
      demand(shape.length === 2 && isCount(shape[1]), 'cancel');
      return shape;
    case NEXT:
      return readNext(shape, values);
    case DEMAND:
      demand(shape.length === 3 && isStreamId(shape[1]) && isCount(shape[2]), 'demand');
      return shape;
    case RELEASE:
      demand(shape.length === 2 && isList(shape[1]) && shape[1].length % 2 === 0 && shape[1].every(isCount), 'release');
      return shape;
    case REFUSE:
      return readRefuse(shape);
    case READY:
      demand(shape.length === 1, 'ready');
      return shape;
  }
  throw new ProtocolError('a message of an unknown kind');
}

// The readers, each beginning with the shape that it reads.

/** [1, {client_id, token, resumed, received, now?, limits, options}] @type {(shape: any[], values: Values) => Message} */
function readWelcome([, raw, ...rest], values) {
  demand(raw instanceof Map && !rest.length, 'welcome');
  // Quoted, for the build gives the name without quotes a short one.
  const { client_id: clientId, token, resumed, received = 0, 'limits': limits, options, now } = Object.fromEntries(raw);
  demand(isText(clientId) && token instanceof Uint8Array && isCount(received), 'welcome');
  demand(limits instanceof Map && options instanceof Map, 'welcome');
  demand(resumed === true || (resumed === false && now instanceof Map), 'welcome');
  /** @type {any} */
  const bounds = { ...DEFAULT_LIMITS, ...Object.fromEntries(limits) };
  // Only of what it keeps for a client that is away a server may have nothing.
  const isBound = (/** @type {string} */ name) =>
    name.startsWith('resume') ? bounds[name] >= 0 : bounds[name] > 0;
  demand(Object.keys(DEFAULT_LIMITS).every(isBound), 'welcome');
  values.maxDepth = bounds.max_depth;
  values.hasStreams = false;
  return [
    WELCOME,
    {
      clientId,
      token,
      resumed,
      received,
      limits: bounds,
      options: values.plain(options),
      now: resumed ? undefined : values.tree(now, 0),
    },
  ];
}

/** [4, [operation, …]] @type {(shape: any[], values: Values) => Message} */
function readWrite(shape, values) {
  const [, operations] = shape;
  demand(shape.length === 2 && Array.isArray(operations), 'write');
  return [WRITE, operations.map((/** @type {any} */ operation) => readOperation(operation, values))];
}

/** [path, value] or [path] or [path, start, delete_count, items] @type {(shape: any, values: Values) => Operation} */
function readOperation(shape, values) {
  demand(Array.isArray(shape) && isPath(shape[0], values.maxDepth), 'operation');
  const [path, second, count, items] = shape;
  if (shape.length === 1) return [path];
  if (shape.length === 2) return [path, values.tree(second, path.length)];
  demand(shape.length === 4 && isCount(second) && isCount(count) && Array.isArray(items), 'operation');
  return [path, second, count, values.tree(items, path.length).items];
}

/** [5, id, target, args] or [5, id, target, args, {kwargs?, deadline?}] @type {(shape: any[], values: Values) => Message} */
function readCall(shape, values) {
  const [, id, target, args, extra = new Map()] = shape;
  demand(shape.length >= 4 && shape.length <= 5 && isCount(id) && Array.isArray(args) && extra instanceof Map, 'call');
  demand(isCount(target) || isPath(target, values.maxDepth), 'call');
  const { kwargs = new Map(), deadline = 0 } = Object.fromEntries(extra);
  demand(kwargs instanceof Map && Number.isFinite(deadline), 'call');
  const read = args.map((/** @type {any} */ argument) => values.plain(argument));
  // Python's keyword arguments reach JavaScript as one trailing object.
  if (kwargs.size) read.push(values.plain(kwargs, -1));
  // Who set the deadline cancels the call when it is over.
  return [CALL, id, target, read];
}

/** [6, id, value] @type {(shape: any[], values: Values) => Message} */
function readReply(shape, values) {
  const [, id, value] = shape;
  demand(shape.length === 3 && isCount(id), 'reply');
  return [REPLY, id, values.plain(value)];
}

/** [7, id, failure] @type {(shape: any[], values: Values) => Message} */
function readFail(shape, values) {
  demand(shape.length === 3 && isCount(shape[1]), 'fail');
  return [FAIL, shape[1], readFailure(shape[2], values)];
}

/** {type, message, path?, missing?, trace?, cause?} @type {(fields: any, values: Values, causes?: number) => Failure} */
function readFailure(fields, values, causes = MAX_CAUSES) {
  demand(fields instanceof Map && causes >= 0, 'fail');
  // What is null might as well be left out.
  const present = [...fields].filter(([, value]) => value !== null);
  const { type, message, path, missing, trace, cause } = Object.fromEntries(present);
  demand([type, message, missing ?? '', trace ?? ''].every(isText), 'fail');
  demand(path === undefined || isPath(path, values.maxDepth), 'fail');
  return { type, message, path, missing, trace, cause: cause === undefined ? cause : readFailure(cause, values, causes - 1) };
}

/** [9, id, [item, …], end] @type {(shape: any[], values: Values) => Message} */
function readNext(shape, values) {
  const [, id, items, end] = shape;
  demand(shape.length === 4 && isStreamId(id) && Array.isArray(items), 'next');
  const read = items.map((/** @type {any} */ item) => values.plain(item));
  return [NEXT, id, read, typeof end === 'boolean' ? end : readFailure(end, values)];
}

/** [12, count, [[index, reason], …]] @type {(shape: any[]) => Message} */
function readRefuse(shape) {
  const [, count, refusals] = shape;
  demand(shape.length === 3 && isCount(count) && Array.isArray(refusals), 'refuse');
  for (const refusal of refusals) {
    demand(Array.isArray(refusal) && refusal.length === 2 && isCount(refusal[0]) && isText(refusal[1]), 'refuse');
  }
  return [REFUSE, count, refusals];
}

/** Streams are numbered from 1. @param {unknown} value */
function isStreamId(value) {
  return isCount(value) && value !== 0;
}

/** @param {unknown} value */
function isText(value) {
  return typeof value === 'string';
}

/** @param {unknown} value */
function isList(value) {
  return Array.isArray(value);
}

/**
 * @param {boolean} condition
 * @param {string} what
 */
function demand(condition, what) {
  if (!condition) throw new ProtocolError(`malformed message: ${what}`);
}
