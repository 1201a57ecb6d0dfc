/**
 * The client's end of a conversation: calls and answers, writes, functions lent and borrowed, streams.
 *
 * It lives as long as the page, through one session after the other; it knows neither sockets nor time.
 * What it needs from around it is the `Host`.
 *
 * Order: messages are handled one by one in the order of the stream, and each call is started in that order.
 * A message is counted as processed before any code of the page's runs for it.
 *
 * @typedef {import('./paths.js').Path} Path
 * @typedef {import('./functions.js').Fn} Fn
 * @typedef {import('./functions.js').Record} Record
 * @typedef {import('./functions.js').Bounds} Bounds
 * @typedef {import('./messages.js').Message} Message
 * @typedef {import('./messages.js').Target} Target
 * @typedef {import('./messages.js').Welcome} Welcome
 * @typedef {import('./streams.js').Called} Called
 * @typedef {import('./tree.js').Dict} Dict
 * @typedef {import('./tree.js').Operation} Operation
 * @typedef {import('./errors.js').LimitExceeded} LimitExceeded
 *
 * @typedef {object} Host
 * @property {() => void} wake there is something to `take`; called often, and not to take within the call
 * @property {() => void} changed what is shown may have changed
 * @property {() => void} calling a call is about to be made: writes that are due go out before it
 * @property {(resumed: boolean) => void} welcomed the link can be used
 * @property {() => void} ready the server's handlers of `connect` have returned
 * @property {(reason: Disconnected, bye?: Uint8Array) => void} ended the server ended the session; or it broke the
 *   protocol, and is told so with a last frame
 * @property {(operations: Operation[]) => void} written the server wrote
 * @property {(target: Target, args: any[]) => void} called the server calls
 * @property {(f: Fn, args: any[], running: import('./streams.js').Running) => any} run calls a function of the page's
 * @property {(error: Error) => void} report an error that belongs to nobody
 */

import { shareArgs } from './calls.js';
import { decode, encode, encodeOperation, encodeWrites } from './codec.js';
import { Disconnected, ProtocolError, Refused } from './errors.js';
import { Flushes } from './flushes.js';
import { IncomingCalls } from './incoming.js';
import { DEFAULT_LIMITS } from './limits.js';
import {
  ACK, BYE, CALL, CANCEL, DEMAND, FAIL, HELLO, NEXT, READY, REFUSE, RELEASE, REPLY, WELCOME, WRITE,
} from './messages.js';
import { OutgoingCalls } from './outgoing.js';
import { References } from './references.js';
import { Replica } from './replica.js';
import { Reply } from './reply.js';
import { Session } from './session.js';
import { Streams } from './streams.js';

/** The version of the protocol. */
const VERSION = 1;

/** One end, over all of its sessions. */
export class Peer {
  #host;
  replica = new Replica();
  limits = DEFAULT_LIMITS;

  /** What the server's options have for its clients. @type {object} */
  options = {};

  /** The public name of this client. @type {string | undefined} */
  clientId;

  /** Was `welcome` received on this link? */
  isLinked = false;

  /** Are the server's functions there to be called? */
  isReady = false;

  /** The session, from a fresh welcome to its end. @type {Session | undefined} */
  session;

  /** Why nothing can be called while there is no session. */
  #ended = new Disconnected('not connected yet');

  /** Will there never be a session again? */
  #isOver = false;

  /** What resumes the session. @type {Uint8Array | undefined} */
  #token;

  /** How many links were opened. */
  #attempt = 0;

  /** Operations of this turn, encoded. @type {Uint8Array[]} */
  #open = [];

  #streams = new Streams(this);

  #references = new References(this.replica, this.#streams, this, (handle, loans) => this.#release(handle, loans));

  /** Loans to be returned with the next frame: handle and count, one after the other. @type {number[]} */
  #returned = [];

  #outgoing = new OutgoingCalls((id) => this.session && this.say([CANCEL, id]));
  #incoming;

  #flushes = new Flushes();

  /** @param {Host} host */
  constructor(host) {
    this.#host = host;
    this.#incoming = new IncomingCalls(this, host, this.#references);
  }

  // The page writes and calls.

  /** Change the tree; it goes out with what else this turn writes. @param {Operation} operation @throws {LimitExceeded} */
  write(operation) {
    const bytes = encodeOperation(operation, this.limits.max_message, (f) => this.#references.place(f));
    if (!this.replica.write(operation, !!this.session)) return;
    if (this.session) this.#open.push(bytes);
    this.#host.changed();
    this.#host.wake();
  }

  /** Call what is behind a stub. @type {(stub: Record, args: any[], bounds?: Bounds) => Promise<any>} */
  call(stub, args, bounds = {}) {
    this.#host.calling();
    let target;
    try {
      target = this.#references.stubs.target(stub);
    } catch (error) {
      return this.#failed(error);
    }
    const own = this.#references.ownAt(target);
    if (own) return this.#reply((resolve) => resolve(own(...args)));
    const { timeout: deadline, signal } = bounds;
    if (deadline !== undefined && !Number.isFinite(deadline)) throw new TypeError('timeout is in seconds');
    const refusal = signal?.aborted ? signal.reason : !this.session && this.#ended;
    if (refusal) return this.#failed(refusal);
    const bytes = this.#encodeCall(this.#outgoing.last + 1, target, args, deadline === undefined ? undefined : { deadline });
    return this.#reply((resolve, reject) => {
      this.#outgoing.add(resolve, reject, target, bounds);
      this.#queue(bytes);
    });
  }

  /** Call one way: nothing comes back. @type {(stub: Record, args: any[]) => void} */
  send(stub, args) {
    this.#host.calling();
    const target = this.#references.stubs.target(stub);
    const own = this.#references.ownAt(target);
    if (own) own(...args);
    else if (this.session) this.#queue(this.#encodeCall(0, target, args));
  }

  /** Resolves when everything written and called so far was processed. @returns {Promise<void>} */
  flush() {
    this.#host.calling();
    this.#flushWrites();
    return this.#reply((resolve, reject) => {
      if (this.#isOver) reject(this.#ended);
      else if (this.session && this.session.acknowledged === this.session.sent) resolve(undefined);
      else {
        // What is written without a session is in the first message of the next.
        this.#flushes.add(this.session?.sent ?? 1, () => resolve(undefined), reject);
        this.ask();
      }
    });
  }

  /** Ask the server to say at once what it has processed; false if there is no link. */
  ask() {
    this.session?.acknowledge(true);
    this.#host.wake();
    return this.isLinked;
  }

  /** Say something else; how many bytes it was. @type {(message: Message, called?: Called) => number} */
  say(message, called) {
    this.#host.calling();
    const bytes = this.#encode(message, called);
    this.#queue(bytes);
    return bytes.length;
  }

  /** The stub for a name that holds a function of the server's. @param {Path} path */
  stub(path) {
    return this.#references.stubs.named(path);
  }

  // Links come and go.

  /** The first frame of a new link. */
  hello() {
    /** @type {import('./messages.js').Hello} */
    const hello = { version: VERSION, attempt: ++this.#attempt };
    if (this.session) Object.assign(hello, { token: this.#token, received: this.session.processed });
    return encode([HELLO, hello]);
  }

  /** A frame has arrived. A malformed one ends the session. @param {Uint8Array} frame */
  receive(frame) {
    try {
      for (const [message, size] of decode(frame, this.limits.max_depth, (content) => this.#references.resolve(content))) {
        if (this.isLinked === (message[0] === WELCOME) && message[0] !== BYE) {
          throw new ProtocolError('welcome is the first message, once');
        }
        this.#handle(message, size);
        // A handler may have closed the connection.
        if (!this.isLinked) return;
      }
    } catch (error) {
      this.#broken(error instanceof ProtocolError ? error : new ProtocolError(String(error)));
    }
  }

  /** What is to be sent now, as frames. */
  take() {
    this.#flushWrites();
    if (!this.session || !this.isLinked) return [];
    if (this.#returned.length) this.#queue(this.#encode([RELEASE, this.#returned.splice(0)]));
    return this.session.take();
  }

  /** The last frame of all. @type {(code: number, reason: string) => Uint8Array} */
  bye(code, reason) {
    return encode([BYE, code, reason]);
  }

  /** The link is gone; the session waits for another. */
  unlink() {
    this.isLinked = false;
  }

  /**
   * The session is over: whoever waits is told. What is shown stays. `isOver`: there will not be another.
   *
   * @type {(reason: Disconnected, isOver?: boolean) => void}
   */
  end(reason, isOver = false) {
    this.#ended = reason;
    this.#isOver = isOver;
    this.isReady = false;
    this.session = undefined;
    this.#open = [];
    this.#returned = [];
    this.#references.expire();
    this.replica.abandon();
    this.#outgoing.fail(reason);
    this.#incoming.end(reason);
    this.#streams.expire(reason);
    this.#flushes.fail(reason);
  }

  // Messages of the server's.

  /** @type {(message: Message, size: number) => void} */
  #handle(message, size) {
    switch (message[0]) {
      case WELCOME:
        return this.#welcome(message[1]);
      case ACK:
        return this.#acknowledged(message[1], message[2]);
      case BYE:
        return this.#host.ended(new Disconnected(message[2], message[1]));
    }
    if (message[0] === WRITE) this.replica.applyTheirs(message[1]);
    this.session?.countProcessed(size);
    switch (message[0]) {
      case WRITE:
        this.#host.changed();
        return this.#host.written(message[1]);
      case CALL:
        return this.#incoming.start(message[1], message[2], message[3]);
      case REPLY:
        return this.#outgoing.answered(message[1], message[2]);
      case FAIL:
        return this.#outgoing.failed(message[1], message[2]);
      case CANCEL:
        return this.#incoming.cancel(message[1]);
      case NEXT:
        return this.#streams.arrived(message[1], message[2], message[3]);
      case DEMAND:
        return this.#streams.demanded(message[1], message[2]);
      case RELEASE:
        return this.#references.takeBack(message[1]);
      case REFUSE:
        return this.#refused(message[1], message[2]);
      case READY:
        this.isReady = true;
        return this.#host.ready();
    }
  }

  /** @param {Welcome} welcome */
  #welcome({ clientId, token, resumed, received, limits, options, now }) {
    if (resumed && !this.session) throw new ProtocolError('there is no session to resume');
    Object.assign(this, { clientId, limits, options, isLinked: true });
    this.#token = token;
    if (resumed) this.session?.resume(received);
    else this.#begin(/** @type {Dict} */ (now));
    // What was asked over the last link may not have arrived.
    if (!this.#flushes.isEmpty) this.session?.acknowledge(true);
    this.#host.wake();
    this.#host.welcomed(resumed);
  }

  /** A fresh session: what we wrote ourselves is written again, as its first message. @param {Dict} view */
  #begin(view) {
    if (this.session) this.end(new Disconnected('the session was lost'));
    const again = this.replica.reset(view);
    this.session = new Session(this.limits.resume_buffer);
    for (const operation of again) {
      try {
        this.write(operation);
      } catch (error) {
        this.#host.report(/** @type {Error} */ (error));
      }
    }
    this.#sendWrites();
    this.#host.changed();
  }

  /** @type {(count: number, wanted?: boolean) => void} */
  #acknowledged(count, wanted) {
    this.session?.forget(count);
    this.replica.acknowledge(count);
    this.#flushes.acknowledged(count);
    if (!wanted) return;
    this.session?.acknowledge();
    this.#host.wake();
  }

  /** @type {(count: number, refusals: [index: number, reason: string][]) => void} */
  #refused(count, refusals) {
    for (const [index, reason] of refusals) {
      const path = this.replica.refuse(count, index);
      if (path) this.#host.report(new Refused(reason, path));
    }
    this.#host.changed();
  }

  /** @param {ProtocolError} error */
  #broken(error) {
    this.#host.report(error);
    this.#host.ended(new Disconnected(error.reason, error.code), this.bye(error.code, error.reason));
  }

  // Messages of ours.

  /** @type {(executor: (resolve: (value: any) => void, reject: (error: Error) => void) => void) => Promise<any>} */
  #reply(executor) {
    return new Reply(executor, (error) => error instanceof Disconnected || this.#host.report(error));
  }

  /** @param {any} error */
  #failed(error) {
    return this.#reply((_, reject) => reject(error));
  }

  /** @type {(message: Message, called?: Called) => Uint8Array} */
  #encode(message, called) {
    return this.#references.lending((refer) => encode(message, this.limits.max_message, refer), called);
  }

  /** @type {(id: number, target: Target, args: any[], extra?: {deadline: number}) => Uint8Array} */
  #encodeCall(id, target, args, extra) {
    const shared = shareArgs(target, args, this.limits.max_depth);
    return this.#encode(extra ? [CALL, id, target, shared, extra] : [CALL, id, target, shared]);
  }

  /** Queues a counted message, after the writes before it. @param {Uint8Array} bytes */
  #queue(bytes) {
    this.#flushWrites();
    this.session?.send(bytes);
    this.#bound();
    this.#host.wake();
  }

  /** What this turn has written so far becomes a message. */
  #flushWrites() {
    if (this.#open.length) this.#sendWrites();
  }

  #sendWrites() {
    const { session } = this;
    for (const [bytes, size] of encodeWrites(this.#open.splice(0), this.limits.max_message)) {
      if (session) this.replica.sent(session.send(bytes), size);
    }
    this.#bound();
  }

  /** Without a link only so much is kept; then the session is given up. */
  #bound() {
    const bound = this.limits.resume_buffer;
    if (!this.isLinked && this.session && this.session.size > bound) {
      this.end(new Disconnected(`more than resume_buffer=${bound} bytes wait for a connection`));
    }
  }

  /** @type {(handle: number, loans: number) => void} */
  #release(handle, loans) {
    this.#returned.push(handle, loans);
    this.#host.wake();
  }
}
