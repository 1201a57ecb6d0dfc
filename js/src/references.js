/**
 * Functions and streams in messages: how each is named to the other end, and which one a name means.
 *
 * @typedef {import('./functions.js').Fn} Fn
 * @typedef {import('./functions.js').Record} Record
 * @typedef {import('./messages.js').Target} Target
 * @typedef {import('./paths.js').Path} Path
 * @typedef {import('./streams.js').Called} Called
 * @typedef {import('./streams.js').Streams} Streams
 * @typedef {import('./values.js').Source} Source
 * @typedef {(value: Fn | Source) => any} Refer the content of the tag for a function or a stream
 */

import { Lending, Stubs, noSuchFunction } from './functions.js';
import { MAX_CALLBACKS } from './limits.js';
import { THEIRS, get } from './tree.js';

export class References {
  #replica;
  #streams;
  #caller;

  /** Functions of ours that the other end holds, in this session. */
  #lending = new Lending();

  /**
   * @param {import('./replica.js').Replica} replica
   * @param {Streams} streams
   * @param {import('./functions.js').Caller} caller
   * @param {(handle: number, loans: number) => void} returned told of loans that are to be returned
   */
  constructor(replica, streams, caller, returned) {
    this.#replica = replica;
    this.#streams = streams;
    this.#caller = caller;
    /** Functions of the other end. */
    this.stubs = new Stubs(caller, returned);
  }

  /** The session is over. */
  expire() {
    this.#lending = new Lending();
    this.stubs.expire();
  }

  // Functions of ours.

  /**
   * The function of ours that the other end means by a path or handle.
   *
   * @param {Target} target
   * @returns {Fn | undefined}
   */
  own(target) {
    return typeof target === 'number' ? this.#lending.get(target) : this.ownAt(target);
  }

  /**
   * The function of ours at a path.
   *
   * @param {Target} target
   * @returns {Fn | undefined}
   */
  ownAt(target) {
    const value = typeof target === 'number' ? undefined : get(this.#replica.shown, target);
    return typeof value === 'function' && !this.stubs.record(value) ? value : undefined;
  }

  /**
   * The error for a call to what is not there.
   *
   * @param {Target} target
   */
  missing(target) {
    return noSuchFunction(target, typeof target === 'number' && this.#lending.wasLent(target));
  }

  /**
   * Loans of ours are returned.
   *
   * @param {number[]} loans handle and count, one after the other
   */
  takeBack(loans) {
    for (let index = 0; index < loans.length; index += 2) this.#lending.takeBack(loans[index], loans[index + 1]);
  }

  // From functions to references, and back.

  /**
   * The tag's content for a function in the namespace.
   *
   * @param {Fn} f
   */
  place(f) {
    const target = this.#theirs(f);
    return target === undefined ? null : [1, target];
  }

  /**
   * Does what lends functions and sends streams; if it throws, none is lent or sent.
   *
   * @template T
   * @param {(refer: Refer) => T} encode gets what names functions and streams in arguments and results
   * @param {Called} [called] the call of theirs whose result they are in
   * @returns {T}
   */
  lending(encode, called) {
    /** How each is taken back. @type {(() => void)[]} */
    const lent = [];
    try {
      return encode((value) => (typeof value === 'function' ? this.#refer(value, lent) : this.#send(value, lent, called)));
    } catch (error) {
      for (const takeBack of lent) takeBack();
      throw error;
    }
  }

  /**
   * The function or stream that a tag's content means.
   *
   * @param {null | number | [whose: number, target: any]} content
   */
  resolve(content) {
    if (!content) return THEIRS;
    if (typeof content === 'number') return this.#streams.borrow(content);
    const [whose, target] = content;
    return whose ? (this.own(target) ?? this.#absent(target)) : this.stubs.borrow(target);
  }

  /** Stands for a function that is gone. @param {Target} target @returns {Fn} */
  #absent(target) {
    const error = this.missing(target);
    return () => {
      throw error;
    };
  }

  /**
   * @param {Fn} f
   * @param {(() => void)[]} lent
   */
  #refer(f, lent) {
    const target = this.#theirs(f);
    if (target !== undefined) return [1, target];
    const handle = this.#lending.lend(this.#behind(f), this.#caller.limits.max_callbacks ?? MAX_CALLBACKS);
    lent.push(() => this.#lending.takeBack(handle, 1));
    return [0, handle];
  }

  /** @type {(source: Source, lent: (() => void)[], called?: Called) => number} */
  #send(source, lent, called) {
    const id = this.#streams.lend(source, called);
    lent.push(() => this.#streams.takeBack(id, source));
    return id;
  }

  /** How the other end calls a function that is its own; undefined for one of ours. @param {Fn} f */
  #theirs(f) {
    const record = this.stubs.record(f);
    return record && this.#behind(f) === f ? this.stubs.target(record) : undefined;
  }

  /** The function of ours that the name behind a stub holds by now; else the function itself. @param {Fn} f */
  #behind(f) {
    const record = this.stubs.record(f);
    return (record && this.ownAt(record.target)) || f;
  }
}
