/**
 * Functions between two ends: lent, borrowed, called by path or by handle, released.
 *
 * A function runs where it was made; what travels is a reference. One that stands in the namespace is
 * called by its path. Any other is *lent*: it gets a handle, a number of its session. The lender counts how
 * often it sent each handle; the borrower counts how often it received it, and returns that count when it
 * has let go of its stub. At zero the lender forgets the function. Counts, not flags: a release that
 * crosses a new loan on the way must not lose it.
 *
 * @typedef {import('./paths.js').Path} Path
 * @typedef {import('./messages.js').Target} Target
 * @typedef {(...args: any[]) => any} Fn
 *
 * @typedef {{timeout?: number, signal?: AbortSignal}} Bounds when a call is given up: after so many seconds, or at a signal
 *
 * @typedef {object} Caller what a stub calls through
 * @property {(stub: Record, args: any[], bounds?: Bounds) => Promise<any>} call
 * @property {(stub: Record, args: any[]) => void} send one way: nothing comes back
 * @property {import('./limits.js').Limits} limits
 *
 * @typedef {object} Record what is behind a stub
 * @property {Target} target
 * @property {Map<string | number, WeakRef<Fn>>} table the stubs among which it is
 * @property {number} loans how often its handle was received
 * @property {boolean} isReleased did the page give it back?
 */

import { LimitExceeded, NoSuchFunction, ProtocolError } from './errors.js';
import { pathText } from './paths.js';

/** How many characters of a path are sent back: to call what is not there, its path may fill a message. */
const QUOTED = 200;

/** The functions that this end lent, in one session. */
export class Lending {
  /** By handle: the function, and its loans that were not returned yet. @type {Map<number, {f: Fn, loans: number}>} */
  #lent = new Map();

  /** @type {Map<Fn, number>} */
  #handles = new Map();

  #next = 0;

  /**
   * The handle of the function, with one loan more.
   *
   * @param {Fn} f
   * @param {number} most how many may be lent at once
   * @throws {LimitExceeded}
   */
  lend(f, most) {
    if (this.#lent.size >= most && !this.#handles.has(f)) {
      throw new LimitExceeded('max_callbacks', most, 'functions lent and not released');
    }
    const handle = this.#handles.get(f) ?? this.#next++;
    this.#handles.set(f, handle);
    this.#lent.set(handle, { f, loans: (this.#lent.get(handle)?.loans ?? 0) + 1 });
    return handle;
  }

  /**
   * The function lent under this handle.
   *
   * @param {number} handle
   */
  get(handle) {
    return this.#lent.get(handle)?.f;
  }

  /**
   * Was this handle ever given out?
   *
   * @param {number} handle
   */
  wasLent(handle) {
    return handle < this.#next;
  }

  /**
   * So many loans of a handle are returned.
   *
   * @param {number} handle
   * @param {number} loans
   * @throws {ProtocolError} more than are out
   */
  takeBack(handle, loans) {
    const lent = this.#lent.get(handle);
    if (!lent || loans > lent.loans) throw new ProtocolError(`release of ${loans} loans of handle ${handle}`);
    lent.loans -= loans;
    if (lent.loans) return;
    this.#lent.delete(handle);
    this.#handles.delete(lent.f);
  }
}

/** Functions of the other end: one stub a path or handle, for as long as somebody keeps it. */
export class Stubs {
  #caller;
  #returned;

  /** @type {Map<string | number, WeakRef<Fn>>} */
  #named = new Map();

  /** Those of this session, by handle. @type {Map<string | number, WeakRef<Fn>>} */
  #borrowed = new Map();

  /** @type {WeakMap<Fn, Record>} */
  #records = new WeakMap();

  #garbage = new FinalizationRegistry((/** @type {Record} */ record) => this.#forget(record));

  /**
   * @param {Caller} caller
   * @param {(handle: number, loans: number) => void} returned told of loans that are to be returned
   */
  constructor(caller, returned) {
    this.#caller = caller;
    this.#returned = returned;
  }

  /**
   * The stub for a name: it calls whatever function the name holds then, in whatever session.
   *
   * @param {Path} path
   */
  named(path) {
    return this.#stub(this.#named, JSON.stringify(path), path);
  }

  /**
   * The stub for a handle that was received once more.
   *
   * @param {number} handle
   */
  borrow(handle) {
    const stub = this.#stub(this.#borrowed, handle, handle);
    /** @type {Record} */ (this.#records.get(stub)).loans++;
    return stub;
  }

  /**
   * What is behind a stub; undefined for a function that is none.
   *
   * @param {Fn} stub
   */
  record(stub) {
    return this.#records.get(stub);
  }

  /**
   * How the other end calls what is behind a stub.
   *
   * @param {Record} record
   * @throws {NoSuchFunction} it was released, or lent in a session that is over
   */
  target({ target, table, isReleased }) {
    if (isReleased) throw new NoSuchFunction(`function ${target} was released here`, 'released');
    if (table === this.#named || table === this.#borrowed) return target;
    throw new NoSuchFunction(`function ${target} was lent in a session that is over`, 'expired');
  }

  /** The session is over, and what was lent in it is gone. */
  expire() {
    this.#borrowed = new Map();
  }

  /** @type {(table: Map<string | number, WeakRef<Fn>>, key: string | number, target: Target) => Fn} */
  #stub(table, key, target) {
    const known = table.get(key)?.deref();
    if (known) return known;
    const record = { target, table, loans: 0, isReleased: false };
    const stub = makeStub(this.#caller, record, () => this.#release(record));
    this.#records.set(stub, record);
    this.#garbage.register(stub, record);
    table.set(key, new WeakRef(stub));
    return stub;
  }

  /**
   * The page wants it no more. If the handle is received again, it gets another stub. A name has nothing to give back.
   *
   * @param {Record} record
   */
  #release(record) {
    if (typeof record.target !== 'number' || record.isReleased) return;
    record.isReleased = true;
    record.table.delete(record.target);
    this.#forget(record);
    record.loans = 0;
  }

  /** @param {Record} record */
  #forget({ target, table, loans }) {
    const key = typeof target === 'number' ? target : JSON.stringify(target);
    // Another stub may have taken its place before it was collected.
    if (!table.get(key)?.deref()) table.delete(key);
    if (loans && table === this.#borrowed) this.#returned(/** @type {number} */ (target), loans);
  }
}

/**
 * @param {Caller} caller
 * @param {Record} record
 * @param {() => void} release
 * @returns {Fn}
 */
function makeStub(caller, record, release) {
  /** @type {any} */
  const stub = (/** @type {any[]} */ ...args) => caller.call(record, args);
  stub.send = (/** @type {any[]} */ ...args) => caller.send(record, args);
  stub.with =
    (/** @type {Bounds} */ bounds) =>
    (/** @type {any[]} */ ...args) =>
      caller.call(record, args, bounds);
  stub.release = release;
  // Not every platform has this symbol.
  stub[/** @type {any} */ (Symbol).dispose ?? 'release'] = release;
  return Object.defineProperty(stub, 'name', { value: targetText(record.target) });
}

/**
 * What is called, for errors.
 *
 * @param {Target} target
 */
export function targetText(target) {
  return typeof target === 'number' ? `function ${target}` : `${pathText(target)}()`;
}

/** Is the text of a path short enough to be sent back? @param {string} text */
export function isQuotable(text) {
  return text.length <= QUOTED;
}

/**
 * The error for a call to what is not there, which says why.
 *
 * @param {Target} target
 * @param {boolean} wasLent
 */
export function noSuchFunction(target, wasLent) {
  if (typeof target !== 'number') {
    const text = pathText(target);
    return isQuotable(text)
      ? new NoSuchFunction(`${text} is not a function here`, 'never', target)
      : new NoSuchFunction(`${text.slice(0, QUOTED)}… is not a function here`);
  }
  return wasLent
    ? new NoSuchFunction(`function ${target} was released: the end that had borrowed it let go of it`, 'released')
    : new NoSuchFunction(`function ${target} was never lent`);
}
