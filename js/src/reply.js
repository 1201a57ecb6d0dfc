/** The answer to a call, which comes later. */

/**
 * A promise that knows whether anybody asked for it, and of a stream can be gone through as the stream itself.
 *
 * An error that nobody asked for by the time its turn of the event loop is over is reported, and never
 * becomes an `unhandledrejection` of the page's. What is made of a reply (`then`, `await`) is a
 * promise like any other.
 *
 * @template T
 * @extends {Promise<T>}
 */
export class Reply extends Promise {
  /** Did anybody ask? */
  #asked = false;

  static [Symbol.species] = Promise;

  /**
   * @param {(resolve: (value: T) => void, reject: (error: unknown) => void) => void} executor
   * @param {(error: any) => void} report told of an error that nobody asked for
   */
  constructor(executor, report) {
    super(executor);
    super.then(undefined, (error) => setTimeout(() => this.#asked || report(error), 0));
  }

  /**
   * @template [A=T]
   * @template [B=never]
   * @param {((value: T) => A | PromiseLike<A>) | null} [onFulfilled]
   * @param {((reason: any) => B | PromiseLike<B>) | null} [onRejected]
   * @returns {Promise<A | B>}
   */
  then(onFulfilled, onRejected) {
    this.#asked = true;
    return super.then(onFulfilled, onRejected);
  }

  /** @returns {AsyncGenerator<any>} */
  async *[Symbol.asyncIterator]() {
    yield* /** @type {any} */ (await this);
  }
}
