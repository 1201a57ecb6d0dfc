/**
 * When to come back: exponential back-off with full jitter, so that a server that returns is not met by all of
 * its clients at once; and never where the server meant it.
 */

/** In milliseconds: what the first delay is drawn from, and what the later ones are at most. */
const FIRST = 250;
const LONGEST = 15_000;

/** Close codes after which there is nothing to come back to (the table of the protocol). */
const TERMINAL = [1000, 1002, 1003, 1007, 1009, 4000, 4008, 4401, 4403];

/** The client read too slowly, and its session is gone. */
const SESSION_LOST = 4002;

/** @param {number} code */
export function isTerminal(code) {
  return TERMINAL.includes(code);
}

/** @param {number} code */
export function endsSession(code) {
  return isTerminal(code) || code === SESSION_LOST;
}

/** Calls `open` again and again, each time after a longer while. */
export class Reconnect {
  #open;
  #most;
  #tries = 0;
  /** @type {any} */
  #timer;

  /**
   * @param {() => void} open
   * @param {number} most how many times in a row
   */
  constructor(open, most) {
    this.#open = open;
    this.#most = most;
  }

  /** Try again in a while; false if it was tried often enough. */
  later() {
    if (this.#tries >= this.#most) return false;
    const longest = Math.min(LONGEST, FIRST * 2 ** this.#tries++);
    this.#timer = setTimeout(() => this.now(), Math.random() * longest);
    return true;
  }

  /** Try at once, if it is to be tried at all. */
  now() {
    if (this.#timer === undefined) return;
    this.stop();
    this.#open();
  }

  /** It has worked: the next time begins anew. */
  reset() {
    this.#tries = 0;
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
