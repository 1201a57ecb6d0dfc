/**
 * The types of greennow in the browser and in Node: of the ES module `now.mjs`, and of what the classic
 * script `now.js` defines.
 *
 *     interface Api {
 *       add(a: number, b: number): number;   // a function of the server's
 *       rows(city: string): Iterable<Row>;   // one that is a generator there
 *       scores: number[];
 *     }
 *     const now = connect<Api>();
 *     const sum: number = await now.add(1, 2);
 *     for await (const row of now.rows("Oslo")) console.log(row);
 */

/** Where a value stands in `now`: a dotted text, or an array of keys and list indices. */
export type Path = string | readonly (string | number)[];

/** What a name of `now` holds. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Date
  | readonly Value[]
  | { readonly [name: string]: Value | undefined }
  | ((...args: any[]) => any);

/** When a call is given up: its function is stopped, and the promise rejects. */
export interface Bounds {
  /** After so many seconds; rejects with a `DOMException` named "TimeoutError". */
  timeout?: number;
  /** At this signal; rejects with its reason. */
  signal?: AbortSignal;
}

/** Items of the other end's, asked for as they are used. `break` and `return` stop what makes them. */
export interface Stream<T> extends AsyncIterableIterator<T> {
  next(): Promise<IteratorResult<T, undefined>>;
  return(value?: any): Promise<IteratorResult<T, any>>;
  [Symbol.asyncIterator](): Stream<T>;
  [Symbol.asyncDispose](): Promise<any>;
}

/** What the answer of a function that returns `R` is here: a stream of what can be gone through and is no data. */
export type Answer<R> = R extends string | Uint8Array | readonly any[]
  ? R
  : R extends AsyncIterable<infer T> | Iterable<infer T>
    ? Stream<T>
    : R;

/** The promise of an answer; of a stream it can be gone through at once: `for await (const row of now.rows())`. */
export interface Reply<R> extends Promise<R> {
  [Symbol.asyncIterator](): AsyncGenerator<R extends AsyncIterable<infer T> | Iterable<infer T> ? T : never, void, undefined>;
}

/** A function of the other end: calling it promises its answer; `send` asks for none. */
export interface RemoteFunction<F extends (...args: any[]) => any> {
  (...args: Parameters<F>): Reply<Answer<Awaited<ReturnType<F>>>>;
  send(...args: Parameters<F>): void;
  /** What calls it within bounds: `now.f.with({ timeout: 5 })(1, 2)`. */
  with(bounds: Bounds): (...args: Parameters<F>) => Reply<Answer<Awaited<ReturnType<F>>>>;
  /** Gives a function that was passed here back at once; calling it fails from then on. For one of a name it does nothing. */
  release(): void;
  [Symbol.dispose](): void;
}

/** A namespace as a page sees it: functions that the server has are called remotely. */
export type Remote<T> = {
  [K in keyof T]: T[K] extends (...args: any[]) => any
    ? RemoteFunction<T[K]>
    : T[K] extends readonly any[] | Date | Uint8Array
      ? T[K]
      : T[K] extends object
        ? Remote<T[K]>
        : T[K];
};

/** What `this` is in handlers and in functions that the server calls. */
export interface Context<Api = any> {
  now: Now<Api>;
  /** In a function that the server calls and waits for: tells when it has given the call up. */
  signal?: AbortSignal;
}

/** The events of `now.core`, with what their handlers get. */
export interface Events {
  /** Connected for the first time, and in sync. */
  connect: [];
  /** The server's `connect` handlers have returned; once a session. */
  ready: [];
  /** The connection broke, or was closed. */
  disconnect: [reason: Disconnected];
  /** Connected again; `resumed` says whether the session went on, so that nothing was lost. */
  reconnect: [resumed: boolean];
  /** Not connected again, and not tried any more. */
  reconnect_failed: [reason: Disconnected];
  /** Never connected, and not tried any more. */
  connect_failed: [reason: ConnectError];
  /** A refused write, a failed call that nobody asked about, a server that broke the protocol. */
  error: [error: Error];
  /** The server changed something: `value` is undefined for what is gone; of a list, the list. */
  change: [path: (string | number)[], value: any];
  /** The server set something. */
  rv: [path: (string | number)[], value: any];
  /** The server deleted something. */
  del: [path: (string | number)[]];
  /** The server calls a function of the page's: its path, or the number of a callback. */
  rfc: [which: (string | number)[] | number, args: any[]];
}

/** What is not shared: the page's own end of the connection. */
export interface Core<Api = any> {
  /** The public name of this client; undefined before it is connected. */
  readonly clientId: string | undefined;
  /** The server's `client_options`. */
  readonly options: { readonly [name: string]: any };
  /** Calls `handler` at each event; returns what ends it. */
  on<E extends keyof Events>(event: E, handler: (this: Context<Api>, ...args: Events[E]) => void): () => void;
  removeEvent<E extends keyof Events>(event: E, handler: (this: Context<Api>, ...args: Events[E]) => void): void;
  /** Calls `handler`, once a turn, after changes at, below or above the path; returns what ends it. */
  watch(path: Path, handler: (this: Context<Api>, value: any, path: (string | number)[]) => void): () => void;
  /** Frozen plain data, the same object until it changes. Functions are no data. */
  snapshot(path?: Path): any;
  /** Resolves when everything written and called so far was processed. */
  flush(): Promise<void>;
  /** Sends what waits, and ends the session. */
  close(): void;
  /** Gives the name `now` of the page back to what had it before; returns this `now`. */
  noConflict(): Now<Api>;
}

/** The shared object. Assign to its names and read them; what the server put there is there. */
export type Now<Api = any> = Remote<Api> & {
  readonly core: Core<Api>;
  /** Runs `handler` once the server is ready, at once if it is; the promise resolves then. */
  ready(handler?: (this: Context<Api>) => void): Promise<void>;
};

export interface Options {
  /** A bearer token, for the server's `authenticate`. */
  token?: string;
  /** Where the server serves greennow; "/nowjs" unless its options say otherwise. */
  path?: string;
  /** Come back when the line breaks: always, never, or so many times in a row. */
  reconnect?: boolean | number;
  /** The WebSocket class to use, where the platform has none. */
  WebSocket?: new (url: string, protocols: string[]) => any;
}

/**
 * The `now` shared with a server; returns at once.
 *
 * @param site the site's address, prefix included; without it, where this module or page is from
 */
export function connect<Api = any>(site?: string, options?: Options): Now<Api>;

/** The base of every error of greennow's own. */
export class NowError extends Error {}

/** A container read out of `now` was deleted or replaced. */
export class Detached extends NowError {
  constructor(place: string);
  readonly place: string;
}

/** The server did not allow a write; it was rolled back. */
export class Refused extends NowError {
  constructor(reason: string, path: (string | number)[]);
  readonly reason: string;
  readonly path: (string | number)[];
}

/** A function at the other end failed. Thrown inside a called function it is its answer. */
export class RemoteError extends NowError {
  constructor(message: string, type?: string, path?: (string | number)[], more?: { trace?: string; cause?: Error });
  readonly type: string;
  readonly path: (string | number)[] | undefined;
  /** Where it was raised there, a text for people, if the server tells. */
  readonly trace: string | undefined;
  /** The error from which it was raised: of one that has arrived a `RemoteError`, too. */
  readonly cause?: Error;
}

/** There was no function to call. */
export class NoSuchFunction extends RemoteError {
  constructor(message: string, missing?: string, path?: (string | number)[], more?: { trace?: string; cause?: Error });
  readonly missing: 'never' | 'expired' | 'released' | 'departed';
}

/** The other end broke the rules of the protocol. */
export class ProtocolError extends NowError {
  constructor(reason: string, code?: number);
  readonly reason: string;
  readonly code: number;
}

/** A limit of the options was passed. */
export class LimitExceeded extends NowError {
  constructor(limit: string, value: number, detail: string);
  readonly limit: string;
  readonly value: number;
}

/** The session ended before the answer came. */
export class Disconnected extends NowError {
  constructor(reason?: string, code?: number);
  readonly reason: string;
  readonly code: number;
}

/** The connection was never made. */
export class ConnectError extends Disconnected {}

declare global {
  /** As in the libraries of TypeScript from 5.2 on; older ones have not got them, nor have older browsers. */
  interface SymbolConstructor {
    readonly dispose: unique symbol;
    readonly asyncDispose: unique symbol;
  }

  /** What `<script src="/nowjs/now.js"></script>` defines, unless the option `scope` says otherwise. */
  var now: Now;

  /** Connects by hand: several servers on one page. */
  function nowInitialize(site: string, options?: Options): Now;
}
