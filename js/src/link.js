/**
 * What carries frames between this page and the server now: a WebSocket.
 *
 * @typedef {object} LinkOwner
 * @property {() => void} opened
 * @property {(frame: Uint8Array) => void} received
 * @property {(code: number, reason: string) => void} closed called once, unless this end closed it
 */

const SUBPROTOCOL = 'greennow.1';

/** Codes that a page may close a WebSocket with, but for those from 3000. */
const NORMAL = 1000;

/** A text message, which the protocol has not. */
const UNSUPPORTED = 1003;

/** The line broke: there is no code from the other end. */
const ABNORMAL = 1006;

/** A state of a WebSocket's: the other end has closed it. */
const CLOSING = 2;

/** How long a reason may be, in bytes of UTF-8; it is cut to characters of up to three bytes. */
const MAX_REASON = 41;

export class Link {
  #socket;
  #owner;

  /**
   * @param {new (url: string, protocols: string[]) => WebSocket} Socket
   * @param {string} url
   * @param {string | undefined} token a bearer token, for the server's `authenticate`
   * @param {LinkOwner} owner
   */
  constructor(Socket, url, token, owner) {
    this.#owner = /** @type {LinkOwner | undefined} */ (owner);
    this.#socket = new Socket(url, token === undefined ? [SUBPROTOCOL] : [SUBPROTOCOL, tokenProtocol(token)]);
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.onopen = () => this.#owner?.opened();
    this.#socket.onmessage = ({ data }) => this.#received(data);
    this.#socket.onclose = ({ code, reason }) => this.#closed(code, reason);
    // Not every platform has a close event follow.
    this.#socket.onerror = () => this.#closed(ABNORMAL, '');
  }

  /**
   * One that is closing takes nothing more, and a browser complains of it; what was sent in vain is sent again.
   *
   * @param {Uint8Array} frame
   */
  send(frame) {
    if (this.#socket.readyState < CLOSING) this.#socket.send(/** @type {Uint8Array<ArrayBuffer>} */ (frame));
  }

  /**
   * Nothing arrives over it any more, however long closing takes.
   *
   * @param {number} code
   * @param {string} reason
   */
  close(code, reason) {
    this.#owner = undefined;
    this.#socket.close(code < 3000 ? NORMAL : code, reason.slice(0, MAX_REASON));
  }

  /** @param {unknown} data */
  #received(data) {
    if (data instanceof ArrayBuffer) this.#owner?.received(new Uint8Array(data));
    else this.#closed(UNSUPPORTED, 'a text message');
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #closed(code, reason) {
    const owner = this.#owner;
    if (!owner) return; // closing may itself tell of an error
    this.close(code, reason);
    owner.closed(code, reason);
  }
}

/**
 * The subprotocol that carries a token: browsers cannot set headers, and a URL is no place for secrets.
 *
 * @param {string} token
 */
function tokenProtocol(token) {
  const text = btoa(String.fromCharCode(...new TextEncoder().encode(token)));
  return `greennow.token.${text.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')}`;
}
