/** Who waits until the other end has processed what was sent so far. */

export class Flushes {
  /** In the order of their counts. @type {{count: number, resolve: () => void, reject: (error: Error) => void}[]} */
  #waiting = [];

  /** Does anybody wait? */
  get isEmpty() {
    return !this.#waiting.length;
  }

  /** @type {(count: number, resolve: () => void, reject: (error: Error) => void) => void} */
  add(count, resolve, reject) {
    this.#waiting.push({ count, resolve, reject });
  }

  /** So many of our messages were processed. @param {number} count */
  acknowledged(count) {
    while (this.#waiting.length && this.#waiting[0].count <= count) this.#waiting.shift()?.resolve();
  }

  /** No more will be. @param {Error} reason */
  fail(reason) {
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
  }
}
