/**
 * What can go wrong, and whose fault it was.
 *
 *     NowError
 *     ├── Detached          a container of now that was deleted or replaced
 *     ├── Refused           a write was not allowed
 *     ├── RemoteError       a function at the other end failed
 *     │   └── NoSuchFunction    there was no function to call
 *     ├── ProtocolError     the other end broke the rules
 *     ├── LimitExceeded     a limit of the options was passed
 *     └── Disconnected      the session ended before the answer
 *         └── ConnectError      never connected
 *
 * Misuse by the page itself throws `TypeError` or `RangeError` at the line that did it.
 *
 * @typedef {import('./paths.js').Path} Path
 */

import { pathText } from './paths.js';

/** The base of every error of greennow's own. */
export class NowError extends Error {}

/** A container read out of `now` is no longer in it. `place` is where it stood, as text. */
export class Detached extends NowError {
  /** @param {string} place */
  constructor(place) {
    super(`${place} was deleted or replaced; read it again from now`);
    this.place = place;
  }
}

/** The server did not allow a write; it was rolled back. */
export class Refused extends NowError {
  /**
   * @param {string} reason a sentence for people
   * @param {Path} path where the write was to go
   */
  constructor(reason, path) {
    super(`${pathText(path)}: ${reason}`);
    this.reason = reason;
    this.path = path;
  }
}

/** A function at the other end failed. Thrown inside a called function it is its answer. */
export class RemoteError extends NowError {
  /**
   * @param {string} message what the other end said
   * @param {string} [type] the name of the error's class there
   * @param {Path} [path] the function's path; none for a callback
   * @param {{trace?: string, cause?: Error}} [more] where it was raised there, for people; the error that led to it
   */
  constructor(message, type = 'RemoteError', path, { trace, cause } = {}) {
    super(message, cause && { cause });
    this.type = type;
    this.path = path;
    this.trace = trace;
  }

  toString() {
    const said = this.type === 'RemoteError' ? this.message : `${this.type}: ${this.message}`;
    return this.path ? `${pathText(this.path)}() failed: ${said}` : said;
  }
}

/** There was no function to call; `missing` says why: never, expired, released or departed. */
export class NoSuchFunction extends RemoteError {
  /**
   * @param {string} message
   * @param {string} [missing]
   * @param {Path} [path]
   * @param {{trace?: string, cause?: Error}} [more]
   */
  constructor(message, missing = 'never', path, more) {
    super(message, 'NoSuchFunction', path, more);
    this.missing = missing;
  }

  toString() {
    return this.message;
  }
}

/** The other end broke the rules of the protocol; `code` is the close code that answers it. */
export class ProtocolError extends NowError {
  /**
   * @param {string} reason
   * @param {number} [code]
   */
  constructor(reason, code = 1002) {
    super(`${reason} (code ${code})`);
    this.reason = reason;
    this.code = code;
  }
}

/** A limit of the options was passed. `limit` is its name, `value` what it is set to. */
export class LimitExceeded extends NowError {
  /**
   * @param {string} limit
   * @param {number} value
   * @param {string} detail what passed it
   */
  constructor(limit, value, detail) {
    super(`${detail}: the limit ${limit}=${value} was passed`);
    this.limit = limit;
    this.value = value;
  }
}

/** The session ended before the answer came. `code` is the close code, 1006 where there was none. */
export class Disconnected extends NowError {
  /**
   * @param {string} [reason]
   * @param {number} [code]
   */
  constructor(reason = 'the connection is closed', code = 1006) {
    super(`${reason} (code ${code})`);
    this.reason = reason;
    this.code = code;
  }
}

/** The connection was never made. */
export class ConnectError extends Disconnected {}

/** The errors by name: a minifier changes the names of classes, and users read them. */
const NAMES = {
  NowError,
  Detached,
  Refused,
  RemoteError,
  NoSuchFunction,
  ProtocolError,
  LimitExceeded,
  Disconnected,
  ConnectError,
};

for (const [name, kind] of Object.entries(NAMES)) {
  Object.defineProperty(kind, 'name', { value: (kind.prototype.name = name) });
}
