/**
 * Functions in messages: how each is named to the other end, and which one a name means.
 *
 * @typedef {import('./functions.js').Fn} Fn
 * @typedef {import('./functions.js').Record} Record
 * @typedef {import('./messages.js').Target} Target
 * @typedef {import('./paths.js').Path} Path
 * @typedef {(f: Fn) => any} Refer the content of the tag for a function
 */

import { Lending, Stubs, noSuchFunction } from './functions.js';
import { THEIRS, get } from './tree.js';

export class References {
  #replica;
  #stubs;

  /** Functions of ours that the other end holds, in this session. */
  #lending = new Lending();

  /**
   * @param {import('./replica.js').Replica} replica
   * @param {import('./functions.js').Caller} caller
   * @param {(handle: number, loans: number) => void} returned told of loans that are to be returned
   */
  constructor(replica, caller, returned) {
    this.#replica = replica;
    this.#stubs = new Stubs(caller, returned);
  }

  /** The session is over. */
  expire() {
    this.#lending = new Lending();
    this.#stubs.expire();
  }

  // Functions of the other end.

  /**
   * The stub for a name.
   *
   * @param {Path} path
   */
  named(path) {
    return this.#stubs.named(path);
  }

  /**
   * What a stub calls.
   *
   * @param {Record} stub
   */
  target(stub) {
    return this.#stubs.target(stub);
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
    return typeof value === 'function' && !this.#stubs.record(value) ? value : undefined;
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
   * Does what lends functions; if it throws, none is lent.
   *
   * @template T
   * @param {(refer: Refer) => T} encode gets what names functions in arguments and results
   * @returns {T}
   */
  lending(encode) {
    /** @type {number[]} */
    const lent = [];
    try {
      return encode((f) => this.#refer(f, lent));
    } catch (error) {
      for (const handle of lent) this.#lending.takeBack(handle, 1);
      throw error;
    }
  }

  /**
   * The function that a tag's content means.
   *
   * @param {null | [whose: number, target: any]} content
   */
  resolve(content) {
    if (!content) return THEIRS;
    const [whose, target] = content;
    return whose ? (this.own(target) ?? this.#absent(target)) : this.#stubs.borrow(target);
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
   * @param {number[]} lent
   */
  #refer(f, lent) {
    const target = this.#theirs(f);
    if (target !== undefined) return [1, target];
    const handle = this.#lending.lend(this.#behind(f));
    lent.push(handle);
    return [0, handle];
  }

  /** How the other end calls a function that is its own; undefined for one of ours. @param {Fn} f */
  #theirs(f) {
    const record = this.#stubs.record(f);
    return record && this.#behind(f) === f ? this.#stubs.target(record) : undefined;
  }

  /** The function of ours that the name behind a stub holds by now; else the function itself. @param {Fn} f */
  #behind(f) {
    const record = this.#stubs.record(f);
    return (record && this.ownAt(record.target)) || f;
  }
}
