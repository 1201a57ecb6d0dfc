/**
 * Whether the server is still there: a line may die without a word. So may it while the page was suspended, with its
 * phone or its laptop; then what was said may be on its way, and the server is asked before it is given up.
 */

/** In milliseconds: from one look to the next. */
const LOOK_EVERY = 1000;

/** In milliseconds: the time to answer for a server that was asked. */
const ANSWER_WITHIN = 5000;

/** Of so many heartbeats of the server's without a word from it, it is asked for one. */
const SILENT_HEARTBEATS = 1.5;

export class Heartbeats {
  #question;
  #silent;

  /** @type {any} */
  #looking;

  /** When it was last looked. */
  #looked = 0;

  /** In milliseconds: for so long the server may be silent. */
  #patience = 0;

  /** Until when it may be silent; 0 if it was heard since the last look. */
  #until = 0;

  /** Was it asked, and not heard at a look since? */
  #isAsked = false;

  /**
   * @param {() => boolean} question asks the server to say something; false if it cannot be asked
   * @param {() => void} silent told when it was not heard in time
   */
  constructor(question, silent) {
    this.#question = question;
    this.#silent = silent;
  }

  /** From now on the server is to be heard. @param {number} heartbeat in seconds */
  expect(heartbeat) {
    this.stop();
    this.#patience = SILENT_HEARTBEATS * heartbeat * 1000;
    this.#looked = Date.now();
    this.#looking = setInterval(() => this.#look(), LOOK_EVERY);
    this.heard();
  }

  /** The server has said something: called often. */
  heard() {
    this.#until = 0;
  }

  /** What was heard before counts no more. False if it is asked already, or cannot be. */
  ask() {
    if (this.#isAsked || !this.#question()) return false;
    this.#until = Date.now() + ANSWER_WITHIN;
    return (this.#isAsked = true);
  }

  stop() {
    clearInterval(this.#looking);
  }

  #look() {
    if (!this.#until) {
      // It was heard before the page was suspended, if it was.
      this.#until = this.#looked + this.#patience;
      this.#isAsked = false;
    }
    this.#looked = Date.now();
    if (this.#looked > this.#until && !this.ask()) this.#silent();
  }
}
