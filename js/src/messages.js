/**
 * What a peer may say: the whole vocabulary.
 *
 * A message is an array as it stands on the wire, its first element the kind. What each means is in
 * `docs/reference/protocol.md`; `codec.js` reads and writes them. *Counted* messages are numbered by
 * both ends of a session and arrive exactly once and in order, over however many links.
 *
 * @typedef {import('./paths.js').Path} Path
 * @typedef {import('./tree.js').Operation} Operation
 * @typedef {import('./limits.js').Limits} Limits
 * @typedef {Path | number} Target a function of the receiver's: its path, or the handle it lent
 *
 * @typedef {{version: number, attempt: number, token?: Uint8Array, received?: number}} Hello
 * @typedef {{clientId: string, token: Uint8Array, resumed: boolean, received: number, limits: Limits,
 *   options: object, now: import('./tree.js').Dict | undefined}} Welcome
 * @typedef {{type: string, message: string, path?: Path, missing?: string, trace?: string, cause?: Failure}} Failure
 *
 * @typedef {[kind: typeof HELLO, hello: Hello]} HelloMessage
 * @typedef {[kind: typeof WELCOME, welcome: Welcome]} WelcomeMessage
 * @typedef {[kind: typeof ACK, count: number, wanted?: boolean]} AckMessage
 * @typedef {[kind: typeof BYE, code: number, reason: string]} ByeMessage
 * @typedef {[kind: typeof WRITE, operations: Operation[]]} WriteMessage
 * @typedef {[kind: typeof CALL, id: number, target: Target, args: any[], extra?: {deadline: number}]} CallMessage
 * @typedef {[kind: typeof REPLY, id: number, value: any]} ReplyMessage
 * @typedef {[kind: typeof FAIL, id: number, failure: Failure]} FailMessage
 * @typedef {[kind: typeof CANCEL, id: number]} CancelMessage
 * @typedef {[kind: typeof NEXT, id: number, items: any[], end: boolean | Failure]} NextMessage
 * @typedef {[kind: typeof DEMAND, id: number, count: number]} DemandMessage
 * @typedef {[kind: typeof RELEASE, loans: number[]]} ReleaseMessage handle and count, one after the other
 * @typedef {[kind: typeof REFUSE, count: number, refusals: [index: number, reason: string][]]} RefuseMessage
 * @typedef {[kind: typeof READY]} ReadyMessage
 * @typedef {HelloMessage | WelcomeMessage | AckMessage | ByeMessage | WriteMessage | CallMessage | ReplyMessage |
 *   FailMessage | CancelMessage | NextMessage | DemandMessage | ReleaseMessage | RefuseMessage | ReadyMessage} Message
 */

export const HELLO = 0;
export const WELCOME = 1;
export const ACK = 2;
export const BYE = 3;
export const WRITE = 4;
export const CALL = 5;
export const REPLY = 6;
export const FAIL = 7;
export const CANCEL = 8;
export const NEXT = 9;
export const DEMAND = 10;
export const RELEASE = 11;
export const REFUSE = 12;
export const READY = 13;
