/**
 * Calls of the server's: work to be done, which may be given up.
 *
 * @typedef {import('./functions.js').Fn} Fn
 * @typedef {import('./limits.js').Limits} Limits
 * @typedef {import('./messages.js').Message} Message
 * @typedef {import('./messages.js').Target} Target
 * @typedef {import('./references.js').References} References
 * @typedef {import('./streams.js').Called} Called
 *
 * @typedef {import('./streams.js').Running} Running
 *
 * @typedef {object} Office where they are worked on
 * @property {(target: Target, args: any[]) => void} called the server calls
 * @property {(f: Fn, args: any[], running: Running) => any} run calls a function of the page's
 *
 * @typedef {object} Answering what sends answers: the peer
 * @property {Limits} limits
 * @property {(message: Message, called?: Called) => void} say
 */

import { shareResult } from './calls.js';
import { ProtocolError } from './errors.js';
import { givenUp, toFailure } from './failures.js';
import { FAIL, REPLY } from './messages.js';
import { log } from './streams.js';

export class IncomingCalls {
  #peer;
  #host;
  #references;

  /** What gives up those that run, by id. @type {Map<number, Running>} */
  #running = new Map();

  /**
   * @param {Answering} peer
   * @param {Office} host
   * @param {References} references
   */
  constructor(peer, host, references) {
    this.#peer = peer;
    this.#host = host;
    this.#references = references;
  }

  /** The server calls. @type {(id: number, target: Target, args: any[]) => void} */
  start(id, target, args) {
    if (this.#running.has(id)) throw new ProtocolError(`call ${id} is under way already`);
    const f = this.#references.own(target);
    if (!f) {
      if (id) this.#fail(id, this.#references.missing(target), target);
      return;
    }
    this.#host.called(target, args);
    this.#run(id, target, f, args);
  }

  /** Gives one up: whoever runs it is told, and it is answered. @param {number} id */
  cancel(id) {
    const running = this.#running.get(id);
    if (!running) return; // it is answered already
    this.#running.delete(id);
    const error = givenUp();
    running.controller.abort(error);
    this.#fail(id, error, id);
  }

  /** The session is over, and nobody waits for an answer. @param {Error} reason */
  end(reason) {
    for (const running of this.#running.values()) running.controller.abort(reason);
    this.#running.clear();
  }

  /**
   * Runs a function of ours up to its first `await`, and answers when it is done.
   *
   * @type {(id: number, target: Target, f: Fn, args: any[]) => Promise<void>}
   */
  async #run(id, target, f, args) {
    /** @type {AbortController | undefined} */
    let made;
    const running = {
      get controller() {
        return (made ??= new AbortController());
      },
    };
    if (id) this.#running.set(id, running);
    /** Is it over, and is an answer to be sent? */
    let isAwaited = false;
    const end = () => (isAwaited ||= this.#running.get(id) === running && this.#running.delete(id));
    try {
      const value = await this.#host.run(f, args, running);
      if (!end()) return;
      this.#peer.say([REPLY, id, shareResult(target, value, this.#peer.limits.max_depth)], { target, running });
    } catch (error) {
      if (!running.controller.signal.aborted) log(error);
      if (end()) this.#fail(id, error, target);
    }
  }

  /** @type {(id: number, error: any, target: Target) => void} */
  #fail(id, error, target) {
    this.#peer.say([FAIL, id, toFailure(error, target)]);
  }
}
