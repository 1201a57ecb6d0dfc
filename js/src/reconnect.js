/**
 * When to come back: exponential back-off with full jitter, so that a server that returns is not met by all of
 * its clients at once; never where the server meant it; and not while there is no network.
 */

/** In milliseconds: what the first delay is drawn from, and what the later ones are at most. */
const FIRST = 250;
const LONGEST = 15_000;

/** Close codes after which there is nothing to come back to (the table of the protocol). */
const TERMINAL = [1000, 1002, 1003, 1007, 1009, 4000, 4008, 4401, 4403];

/** The client read too slowly, and its session is gone. */
export const SESSION_LOST = 4002;

/** @param {number} code */
export function isTerminal(code) {
  return TERMINAL.includes(code);
}

/** Calls `open` again and again, each time after a longer while. */
export class Reconnect {
  #open;
  #most;
  #isOffline;
  #tries = 0;
  /** @type {any} */
  #timer;

  /**
   * @param {() => void} open
   * @param {number} most how many times in a row
   * @param {() => boolean} isOffline is it in vain to try?
   */
  constructor(open, most, isOffline) {
    this.#open = open;
    this.#most = most;
    this.#isOffline = isOffline;
  }

  /** Try again in a while; false if it was tried often enough. */
  later() {
    if (this.#tries >= this.#most) return false;
    const longest = Math.min(LONGEST, FIRST * 2 ** this.#tries);
    this.#timer = setTimeout(() => this.now(), Math.random() * longest);
    return true;
  }

  /** Try at once, if it is to be tried at all. Offline it stays to be tried: who calls this when that ends tries. */
  now() {
    if (this.#timer === undefined || this.#isOffline()) return;
    this.stop();
    this.#tries++;
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
