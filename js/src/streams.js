/**
 * Streams: items that come when they are asked for.
 *
 * The one who receives asks for so many items (`demand`), the other sends no more than these (`next`). So a
 * stream that nobody reads costs nothing, and one that is read slowly runs as slowly.
 *
 * Invariant: a stream is in the table of its end until it is over, however it ends; messages for one that has
 * left the table have crossed its end.
 *
 * @typedef {import('./messages.js').DemandMessage} DemandMessage
 * @typedef {import('./messages.js').Failure} Failure
 * @typedef {import('./messages.js').NextMessage} NextMessage
 * @typedef {import('./messages.js').Target} Target
 * @typedef {import('./values.js').Source} Source
 *
 * @typedef {{readonly controller: AbortController}} Running what gives a call of theirs up, made for the first who asks: few do
 * @typedef {{target: Target, running: Running}} Called the call of theirs that returned a stream
 * @typedef {{resolve: (step: any) => void, reject: (error: any) => void}} Waiting
 *
 * @typedef {object} Owner
 * @property {import('./limits.js').Limits} limits
 * @property {(message: NextMessage | DemandMessage, called?: Called) => number} say sends it; its size in bytes
 */

import { ProtocolError, RemoteError } from './errors.js';
import { givenUp, toError, toFailure } from './failures.js';
import { HELD_BACK, WINDOW } from './limits.js';
import { DEMAND, NEXT } from './messages.js';
import { share } from './values.js';

/** The streams of one session, of both ends. */
export class Streams {
  #owner;

  /** Theirs, by number. @type {Map<number, Incoming>} */
  #incoming = new Map();

  /** Ours, by number. @type {Map<number, Producer>} */
  #producers = new Map();

  /** The iterators that were sent: each is sent once. */
  #iterators = new WeakSet();

  /** The numbers of the last of theirs and of ours. */
  #received = 0;
  #sent = 0;

  #garbage = new FinalizationRegistry((/** @type {Incoming} */ incoming) => incoming.close());

  /** @param {Owner} owner */
  constructor(owner) {
    this.#owner = owner;
  }

  /**
   * The number under which a stream of ours is sent.
   *
   * @param {Source} source
   * @param {Called} [called]
   * @throws {TypeError} it was sent before
   */
  lend(source, called) {
    const { iterator, place } = source;
    if (this.#iterators.has(iterator)) throw new TypeError(`${place}: a stream is sent once`);
    this.#iterators.add(iterator);
    const id = ++this.#sent;
    this.#producers.set(id, new Producer(id, source, called, this.#owner, () => this.#producers.delete(id)));
    return id;
  }

  /**
   * The message with this stream was not sent after all.
   *
   * @param {number} id
   * @param {Source} source
   */
  takeBack(id, { iterator }) {
    this.#iterators.delete(iterator);
    this.#producers.delete(id);
  }

  /**
   * The stream of theirs that is received under this number.
   *
   * @param {number} id
   * @throws {ProtocolError} the number is not above all before
   */
  borrow(id) {
    if (id <= this.#received) throw new ProtocolError(`stream ${id} comes after stream ${this.#received}`);
    this.#received = id;
    const incoming = new Incoming((count) => {
      if (!count) this.#incoming.delete(id);
      this.#owner.say([DEMAND, id, count]);
    });
    this.#incoming.set(id, incoming);
    const stream = makeStream(incoming);
    this.#garbage.register(stream, incoming);
    return stream;
  }

  /**
   * Items of theirs have arrived.
   *
   * @param {number} id
   * @param {any[]} items
   * @param {boolean | Failure} end
   */
  arrived(id, items, end) {
    if (id > this.#received) throw new ProtocolError(`items of stream ${id}, which was not sent`);
    this.#incoming.get(id)?.arrived(items, typeof end === 'object' ? toError(end) : end);
    if (end) this.#incoming.delete(id);
  }

  /**
   * Items of ours are wanted; none, if the stream is.
   *
   * @param {number} id
   * @param {number} count
   */
  demanded(id, count) {
    if (id > this.#sent) throw new ProtocolError(`demand of stream ${id}, which was not sent`);
    const producer = this.#producers.get(id);
    if (count) producer?.demanded(count);
    else if (producer) this.#close(producer, givenUp());
  }

  /** The session is over. @param {Error} reason */
  expire(reason) {
    for (const incoming of this.#incoming.values()) incoming.arrived([], reason);
    for (const producer of this.#producers.values()) this.#close(producer, reason);
    this.#incoming.clear();
    this.#received = this.#sent = 0;
  }

  /** @type {(producer: Producer, reason: Error) => void} */
  #close(producer, reason) {
    const { called } = producer;
    producer.close();
    // A result may hold several streams: the call is given up with the last of them.
    if ([...this.#producers.values()].every((other) => other.called !== called)) called?.running.controller.abort(reason);
  }
}

/**
 * A stream of theirs as the page has it. When it is garbage, the one behind it is closed.
 *
 * @param {Incoming} incoming
 */
function makeStream(incoming) {
  const close = async (/** @type {any} */ value) => {
    incoming.close();
    return { done: true, value };
  };
  return {
    next: () => incoming.next(),
    return: close,
    // Not every platform has this symbol.
    [/** @type {any} */ (Symbol).asyncDispose ?? 'return']: close,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** What is behind a stream of theirs. */
class Incoming {
  #demand;

  /** Arrived and not used. @type {any[]} */
  #items = [];

  /** Who waits for an item, the first first. @type {Waiting[]} */
  #waiting = [];

  /** How many were asked for and have not arrived. */
  #owed = 0;

  /** Is it over? With an error, until somebody was told. @type {boolean | Error} */
  #end = false;

  /** @param {(count: number) => void} demand asks for so many more items; 0 closes the stream */
  constructor(demand) {
    this.#demand = demand;
  }

  next() {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#give();
    });
  }

  /**
   * Items, and perhaps the end behind them.
   *
   * @param {any[]} items
   * @param {boolean | Error} end
   * @throws {ProtocolError} more than were asked for
   */
  arrived(items, end) {
    if (items.length > this.#owed) throw new ProtocolError('more items than were asked for');
    this.#owed -= items.length;
    this.#items.push(...items);
    this.#end = end;
    this.#give();
  }

  /** Nobody wants more: what has arrived is dropped. */
  close() {
    if (!this.#end) this.#demand(0);
    this.#end = true;
    this.#items = [];
    this.#give();
  }

  /** Gives what is there to those who wait, and asks for more. */
  #give() {
    while (this.#waiting.length && (this.#items.length || this.#end)) {
      const { resolve, reject } = /** @type {Waiting} */ (this.#waiting.shift());
      const done = !this.#items.length;
      if (done && this.#end !== true) {
        reject(this.#end);
        // Who asks again after the error is told that it is over.
        this.#end = true;
      }
      resolve({ done, value: this.#items.shift() });
    }
    const room = WINDOW - this.#owed - this.#items.length;
    if (this.#end || !room || (room < WINDOW / 2 && !this.#waiting.length)) return;
    this.#owed += room;
    this.#demand(room);
  }
}

/** What is behind a stream of ours: an iterator, which runs as far as items are asked for. */
class Producer {
  #id;
  #source;
  #owner;
  #ended;

  /** How many items were asked for and not sent. */
  #credit = 0;

  /** The sizes of the items sent that no later demand has made up for, and their sum. @type {number[]} */
  #sizes = [];
  #size = 0;

  /** How many items were sent. */
  #count = 0;

  #isRunning = false;
  #isOver = false;

  /**
   * @param {number} id
   * @param {Source} source
   * @param {Called | undefined} called
   * @param {Owner} owner
   * @param {() => void} ended told when it is over
   */
  constructor(id, source, called, owner, ended) {
    this.#id = id;
    this.#source = source;
    this.called = called;
    this.#owner = owner;
    this.#ended = ended;
  }

  /** @param {number} count */
  demanded(count) {
    this.#credit += count;
    for (const size of this.#sizes.splice(0, count)) this.#size -= size;
    if (!this.#isRunning) this.#run();
  }

  /** Nobody wants more: the iterator is told, as by `break` in a loop. */
  async close() {
    this.#isOver = true;
    this.#ended();
    try {
      // One that runs at this very moment cannot be told before its step is over.
      await undefined;
      await this.#source.iterator.return?.();
    } catch (error) {
      log(error);
    }
  }

  /** Each item is a message of its own, so that it stays in order with what the iterator writes and calls. */
  async #run() {
    this.#isRunning = true;
    try {
      while (!this.#isOver && this.#credit && this.#size < HELD_BACK) {
        const { done, value } = await this.#source.iterator.next();
        if (this.#isOver) return;
        if (done) this.#finish(true);
        else this.#send(value);
      }
    } catch (error) {
      if (this.#isOver) return;
      log(error);
      this.#finish(toFailure(error, this.called?.target));
      this.close();
    } finally {
      this.#isRunning = false;
    }
  }

  /** @param {any} value */
  #send(value) {
    this.#count++;
    const item = share(value, [], this.#owner.limits.max_depth, () => `item ${this.#count} of ${this.#source.place}`);
    const size = this.#owner.say([NEXT, this.#id, [item], false], this.called);
    this.#credit--;
    this.#sizes.push(size);
    this.#size += size;
  }

  /** @param {true | Failure} end */
  #finish(end) {
    this.#isOver = true;
    this.#ended();
    this.#owner.say([NEXT, this.#id, [], end]);
  }
}

/**
 * An error of the page's code that its caller sees too; a `RemoteError` is an answer, and not logged.
 *
 * @param {unknown} error
 */
export function log(error) {
  if (!(error instanceof RemoteError)) console.error(error);
}
