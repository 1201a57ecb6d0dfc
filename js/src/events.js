/** Who wants to know what: handlers by the name of an event. */

/** @typedef {(...args: any[]) => any} Handler */

export class Events {
  /** @type {Map<string, Set<Handler>>} */
  #handlers = new Map();
  #context;

  /** @param {object} context what `this` is in handlers */
  constructor(context) {
    this.#context = context;
  }

  /**
   * @param {string} event
   * @param {Handler} handler
   * @returns {() => void} ends it
   */
  on(event, handler) {
    const handlers = this.#handlers.get(event) ?? new Set();
    this.#handlers.set(event, handlers.add(handler));
    return () => this.remove(event, handler);
  }

  /**
   * @param {string} event
   * @param {Handler} handler
   */
  remove(event, handler) {
    this.#handlers.get(event)?.delete(handler);
  }

  /**
   * One that throws is logged, and the next one runs.
   *
   * @param {string} event
   * @param {any[]} args
   */
  emit(event, ...args) {
    for (const handler of new Set(this.#handlers.get(event))) this.run(handler, args);
  }

  /**
   * @param {Handler} handler
   * @param {any[]} args
   */
  run(handler, args) {
    try {
      handler.apply(this.#context, args);
    } catch (error) {
      console.error(error);
    }
  }
}
