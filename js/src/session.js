/**
 * A conversation that outlives its links: counting, acknowledging, keeping, resending.
 *
 * Both ends number the counted messages of a session, separately for each direction, without ever sending a
 * number. What the other end has not acknowledged is kept and, on a new link, sent again. So calls, replies,
 * writes and releases arrive exactly once and in order over any number of links.
 *
 * The server's acks tell the replica which of the page's writes are in what it says next. The page's only let the
 * server forget what it keeps, so they go out when there has been enough of it, in time, or when it asks.
 *
 * The owner pulls: it asks `take` for what to send. A session does no I/O and knows no time.
 */

import { Encoder } from './cbor.js';
import { encode } from './codec.js';
import { ProtocolError } from './errors.js';
import { ACK } from './messages.js';

/** How much is joined into one WebSocket message, in bytes; a single message may be larger. */
const JOINED = 65_536;

/**
 * So much of the other end's is processed before it is told without being asked, in bytes; and at most this part of
 * what it keeps for a resume.
 */
const ACKNOWLEDGE_AFTER = 65_536, OF_BUFFER = 4;

/** The client's half of a session. */
export class Session {
  /** How many of the other end's counted messages were processed. */
  processed = 0;

  /** How many counted messages were queued. */
  sent = 0;

  /** Not acknowledged, the oldest first. @type {Uint8Array[]} */
  #buffer = [];

  /** How many of these this link was given. */
  #given = 0;

  /** Bytes in the buffer. */
  size = 0;

  /** The count of the last ack sent on this link. */
  #acked = 0;

  /** Is an ack to be sent even if nothing else is? Does it ask for the other end's? */
  #ackIsDue = false;
  #ackIsWanted = false;

  /** Bytes processed since the last ack; with more of them one is due. */
  #unacked = 0;
  #enough;

  /** @param {number} resumeBuffer how many bytes the server keeps */
  constructor(resumeBuffer) {
    this.#enough = Math.min(ACKNOWLEDGE_AFTER, resumeBuffer / OF_BUFFER);
  }

  /**
   * Queue an encoded counted message; its number.
   *
   * @param {Uint8Array} bytes
   */
  send(bytes) {
    this.#buffer.push(bytes);
    this.size += bytes.length;
    return ++this.sent;
  }

  /** How many of our messages the other end has acknowledged. */
  get acknowledged() {
    return this.sent - this.#buffer.length;
  }

  /** Has anything been processed that the other end was not told of? */
  get owesAck() {
    return this.processed > this.#acked;
  }

  /**
   * What is to be sent now, as frames; a single message is never cut.
   *
   * @returns {Uint8Array[]}
   */
  take() {
    const messages = this.#buffer.slice(this.#given);
    this.#given = this.#buffer.length;
    if (this.#ackIsDue) messages.push(this.#ack());
    return join(messages);
  }

  /**
   * One more counted message of the other end's, of so many bytes, was processed.
   *
   * @param {number} size
   */
  countProcessed(size) {
    this.processed++;
    this.#unacked += size;
    if (this.#unacked > this.#enough) this.acknowledge();
  }

  /**
   * Send an ack with the next frame.
   *
   * @param {boolean} [wanted] ask the other end for its own at once
   */
  acknowledge(wanted = false) {
    this.#ackIsDue = true;
    this.#ackIsWanted ||= wanted;
  }

  /**
   * The other end has processed so many of our messages: forget them.
   *
   * @param {number} count
   * @throws {ProtocolError} it was never sent as many
   */
  forget(count) {
    const acknowledged = count - this.acknowledged;
    if (acknowledged > this.#given) throw new ProtocolError(`ack of ${count} messages, which were not sent`);
    // On a new link the acks of what was acknowledged before come again.
    if (acknowledged <= 0) return;
    for (const bytes of this.#buffer.splice(0, acknowledged)) this.size -= bytes.length;
    this.#given -= acknowledged;
  }

  /**
   * Go on over a new link; the other end has processed so many of our messages.
   *
   * @param {number} received
   * @throws {ProtocolError} it cannot have
   */
  resume(received) {
    if (received < this.acknowledged) throw new ProtocolError(`${received} messages received, but more acknowledged`);
    this.forget(received);
    this.#given = 0;
    this.#acked = 0;
    this.#ackIsDue = this.owesAck;
  }

  #ack() {
    const ack = encode(this.#ackIsWanted ? [ACK, this.processed, true] : [ACK, this.processed]);
    this.#acked = this.processed;
    this.#unacked = 0;
    this.#ackIsDue = this.#ackIsWanted = false;
    return ack;
  }
}

/**
 * The messages, joined into frames.
 *
 * @param {Uint8Array[]} messages
 */
function join(messages) {
  const frames = [];
  while (messages.length) {
    let size = 0;
    const first = messages.findIndex((message) => (size += message.length) > JOINED);
    frames.push(concatenate(messages.splice(0, first < 0 ? messages.length : first || 1)));
  }
  return frames;
}

/** @param {Uint8Array[]} messages */
function concatenate(messages) {
  const encoder = new Encoder(Object);
  for (const message of messages) encoder.raw(message);
  return encoder.bytes;
}
