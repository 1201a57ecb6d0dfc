/**
 * A client: one `now`, kept in touch with its server over one link after the other.
 *
 * All of it runs on the page's event loop. What is to be sent is collected until the turn is over.
 *
 * @typedef {import('./events.js').Handler} Handler
 * @typedef {import('./paths.js').Path} Path
 * @typedef {import('./tree.js').Operation} Operation
 *
 * @typedef {object} Options
 * @property {string} [token] for the server's `authenticate`
 * @property {string} [path] where the server serves greennow
 * @property {boolean | number} [reconnect] come back when the line breaks; how many times in a row
 * @property {typeof WebSocket} [WebSocket] the class to use where the platform has none
 */

import { isNear } from './address.js';
import { ConnectError, Disconnected } from './errors.js';
import { Events } from './events.js';
import { Heartbeats } from './heartbeats.js';
import { Link } from './link.js';
import { Namespace } from './namespace.js';
import { Originals } from './originals.js';
import { parsePath } from './paths.js';
import { Peer } from './peer.js';
import { Reconnect, SESSION_LOST, isTerminal } from './reconnect.js';
import { Reply } from './reply.js';
import { MISSING, frozen, get, unit } from './tree.js';
import { Watches } from './watches.js';

/** In milliseconds: the server hears of what was processed after so long, if there is nothing else to say. */
const ACKNOWLEDGE_AFTER = 5000;

/** The page is going away. */
const GOING_AWAY = 1001;

/** A link that broke has no code of its own. */
const ABNORMAL = 1006;

export class Client {
  #url;
  #token;
  #WebSocket;

  #peer = new Peer({
    wake: () => this.#wake(),
    changed: () => this.#watches.isEmpty || this.#wake(),
    calling: () => this.#originals.look(),
    welcomed: (resumed) => this.#welcomed(resumed),
    ready: () => this.#ready(),
    ended: (reason, bye) => this.#ended(reason, bye),
    written: (operations) => this.#written(operations),
    called: (target, args) => this.#events.emit('rfc', target, args),
    run: (f, args, running) => {
      const context = {
        now: this.now,
        get signal() {
          return running.controller.signal;
        },
      };
      return f.apply(context, args);
    },
    report: (error) => this.#report(error),
  });

  #space = {
    tree: () => this.#peer.replica.shown,
    maxDepth: () => this.#peer.limits.max_depth,
    write: (/** @type {Operation} */ operation) => this.#peer.write(operation),
    stub: (/** @type {Path} */ path) => this.#peer.stub(path),
    handed: (/** @type {object} */ original, /** @type {import('./live.js').Place} */ place) =>
      this.#over || this.#originals.hold(original, place),
  };

  #watches = new Watches(this.#space.tree);
  #originals = new Originals(this.#space, (error) => this.#report(error));
  #namespace = new Namespace(this.#space, { core: this.#core(), ready: (/** @type {Handler} */ f) => this.#whenReady(f) });

  /** The shared object. @type {any} */
  now = this.#namespace.now;

  /** What `this` is in handlers and in functions that the server calls. */
  #context = { now: this.now };
  #events = new Events(this.#context);

  /** @type {Link | undefined} */
  #link;
  #reconnect;

  /** Was there ever a connection? */
  #wasConnected = false;

  /** Is there something to be done when this turn is over? */
  #isAwake = false;

  #heartbeats = new Heartbeats(
    () => this.#peer.ask(),
    () => this.#lost(ABNORMAL, 'the server has gone silent'),
  );

  /** @type {any} */
  #acknowledging;
  /** Ends the session once the server has, if no link resumes it. @type {any} */
  #window;

  /** Ends the listening to the page's own events. */
  #listening = new AbortController();

  /** Who waits for `ready`. @type {{ready: () => void, reject: (error: Error) => void}[]} */
  #waiting = [];

  /** Why it is over for good, once it is. @type {Disconnected | undefined} */
  #over;

  /** What `core.noConflict` does. */
  restore = () => {};

  /**
   * @param {string} url the server's WebSocket
   * @param {Options} options
   */
  constructor(url, { token, reconnect = true, WebSocket = globalThis.WebSocket }) {
    if (!WebSocket) throw new TypeError('this platform has no WebSocket; give its class as an option: connect(url, {WebSocket})');
    this.#url = url;
    this.#token = token;
    this.#WebSocket = WebSocket;
    this.#reconnect = new Reconnect(
      () => this.#open(),
      reconnect === true ? Infinity : Number(reconnect),
      () => globalThis.navigator?.onLine === false && !isNear(url),
    );
    this.#listen();
    this.#open();
  }

  /** `now.core`. */
  #core() {
    const client = this;
    return Object.freeze({
      get clientId() {
        return client.#peer.clientId;
      },
      get options() {
        return client.#peer.options;
      },
      on: (/** @type {string} */ event, /** @type {Handler} */ handler) => this.#events.on(event, handler),
      removeEvent: (/** @type {string} */ event, /** @type {Handler} */ handler) => this.#events.remove(event, handler),
      watch: (/** @type {string | Path} */ path, /** @type {Handler} */ handler) => this.#watch(parsePath(path), handler),
      snapshot: (/** @type {string | Path} */ path = []) => this.#snapshot(parsePath(path)),
      flush: () => this.#peer.flush(),
      close: () => this.#close(),
      noConflict: () => {
        this.restore();
        return this.now;
      },
    });
  }

  /** @type {(path: Path, handler: Handler) => () => void} */
  #watch(path, handler) {
    return this.#watches.add(path, () => this.#events.run(handler, [this.#namespace.read(path), path]));
  }

  /** @param {Path} path */
  #snapshot(path) {
    const value = get(this.#peer.replica.shown, path);
    return value === MISSING ? undefined : frozen(value);
  }

  /**
   * @param {Handler} [handler]
   * @returns {Promise<void>}
   */
  #whenReady(handler) {
    const run = () => handler && this.#events.run(handler, []);
    return new Reply(
      (resolve, reject) => {
        const ready = () => (run(), resolve());
        if (this.#peer.isReady) ready();
        else if (this.#over) reject(this.#over);
        else this.#waiting.push({ ready, reject });
      },
      // That there is no connection is told by events.
      () => {},
    );
  }

  // Links.

  #open() {
    try {
      const link = new Link(this.#WebSocket, this.#url, this.#token, {
        opened: () => link.send(this.#peer.hello()),
        received: (frame) => this.#received(frame),
        closed: (code, reason) => this.#lost(code, reason),
      });
      this.#link = link;
      this.#heartbeats.expect(this.#peer.limits.heartbeat);
    } catch (error) {
      // The page's policy forbids it.
      this.#end(new ConnectError(String(error), ABNORMAL));
    }
  }

  /** @param {Uint8Array} frame */
  #received(frame) {
    this.#heartbeats.heard();
    this.#peer.receive(frame);
    if (this.#acknowledging || !this.#peer.session?.owesAck) return;
    this.#acknowledging = setTimeout(() => this.#acknowledge(), ACKNOWLEDGE_AFTER);
  }

  #acknowledge() {
    this.#acknowledging = undefined;
    if (!this.#peer.session?.owesAck) return;
    this.#peer.session.acknowledge();
    this.#wake();
  }

  #wake() {
    if (this.#isAwake) return;
    this.#isAwake = true;
    queueMicrotask(() => {
      this.#isAwake = false;
      this.#watches.look();
      this.#flush();
    });
  }

  #flush() {
    for (const frame of this.#peer.take()) this.#link?.send(frame);
  }

  /** @param {boolean} resumed */
  #welcomed(resumed) {
    clearTimeout(this.#window);
    this.#window = undefined;
    this.#heartbeats.expect(this.#peer.limits.heartbeat);
    if (resumed) this.#reconnect.reset();
    if (this.#wasConnected) this.#events.emit('reconnect', resumed);
    else {
      this.#wasConnected = true;
      this.#events.emit('connect');
    }
  }

  #ready() {
    this.#reconnect.reset();
    for (const { ready } of this.#waiting.splice(0)) ready();
    this.#events.emit('ready');
  }

  /**
   * The link is gone.
   *
   * @param {number} code
   * @param {string} reason
   */
  #lost(code, reason) {
    const wasLinked = this.#unlink(code, reason);
    const why = new (this.#wasConnected ? Disconnected : ConnectError)(reason || 'the connection broke', code);
    if (isTerminal(code)) {
      this.#end(why, wasLinked);
      return;
    }
    if (code === SESSION_LOST) this.#peer.end(why);
    if (this.#peer.session) this.#window ??= setTimeout(() => this.#peer.end(why), this.#peer.limits.resume_window * 1000);
    if (wasLinked) this.#events.emit('disconnect', why);
    if (!this.#reconnect.later()) this.#end(why);
  }

  /**
   * Lets go of the link; was it in use?
   *
   * @param {number} code
   * @param {string} reason
   */
  #unlink(code, reason) {
    const wasLinked = this.#peer.isLinked;
    this.#heartbeats.stop();
    this.#peer.unlink();
    this.#link?.close(code, reason);
    this.#link = undefined;
    return wasLinked;
  }

  /**
   * The server ended the session, or broke the protocol.
   *
   * @param {Disconnected} reason
   * @param {Uint8Array} [bye]
   */
  #ended(reason, bye) {
    if (bye) this.#link?.send(bye);
    this.#peer.end(reason);
    this.#lost(reason.code, reason.reason);
  }

  /**
   * It is over for good.
   *
   * @param {Disconnected} reason
   * @param {boolean} [wasLinked]
   */
  #end(reason, wasLinked = false) {
    this.#stop(reason);
    if (wasLinked) this.#events.emit('disconnect', reason);
    else this.#events.emit(this.#wasConnected ? 'reconnect_failed' : 'connect_failed', reason);
  }

  /** @param {Disconnected} reason */
  #stop(reason) {
    this.#over = reason;
    this.#reconnect.stop();
    this.#originals.stop();
    this.#listening.abort();
    clearTimeout(this.#window);
    clearTimeout(this.#acknowledging);
    this.#peer.end(reason, true);
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
  }

  /** First sends what waits; then the session is over at both ends. */
  #close() {
    const reason = new Disconnected('closed by the page', 1000);
    this.#originals.look();
    this.#flush();
    this.#sayBye(reason);
    const wasLinked = this.#unlink(reason.code, reason.reason);
    this.#stop(reason);
    if (wasLinked) this.#events.emit('disconnect', reason);
  }

  /** @param {Disconnected} reason */
  #sayBye({ code, reason }) {
    if (this.#peer.isLinked) this.#link?.send(this.#peer.bye(code, reason));
  }

  // The page.

  #listen() {
    const listen = (/** @type {string} */ event, /** @type {(event: any) => void} */ handler) =>
      globalThis.addEventListener?.(event, handler, { signal: this.#listening.signal });
    listen('online', () => this.#back());
    listen('pagehide', ({ persisted }) => this.#hidden(persisted));
    listen('pageshow', ({ persisted }) => persisted && this.#back());
    listen('visibilitychange', () => document.hidden || this.#back());
  }

  /** The page, the machine or the network may have been away, and the link be dead. */
  #back() {
    this.#reconnect.now();
    this.#heartbeats.ask();
  }

  /**
   * The page is put aside, and may come back; or it is gone, and the server need not wait for it.
   *
   * @param {boolean} persisted
   */
  #hidden(persisted) {
    this.#flush();
    if (!persisted) this.#sayBye(new Disconnected('the page is gone', GOING_AWAY));
    if (this.#link) this.#lost(GOING_AWAY, 'the page is hidden');
  }

  // Events.

  /** @param {Operation[]} operations */
  #written(operations) {
    const { shown } = this.#peer.replica;
    for (const operation of operations) {
      const path = unit(shown, operation);
      const value = this.#namespace.read(path);
      this.#events.emit('change', path, value);
      if (value === undefined) this.#events.emit('del', path);
      else this.#events.emit('rv', path, value);
    }
  }

  /** @param {Error} error */
  #report(error) {
    console.error(error);
    this.#events.emit('error', error);
  }
}
