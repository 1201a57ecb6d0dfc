/**
 * now.js's clients of a soak: `node --experimental-websocket bench/soak/clients.mjs URL FIRST COUNT`; what
 * `clients.py` is in Python.
 */

import { createInterface } from 'node:readline';

import { connect } from '../../js/src/index.js';

/** Calls of each client that are under way at once. */
const UNDER_WAY = 4;

/** How many names both ends write. */
const NAMES = 23;

class Soaker {
  #who;
  #heard = 0;
  #made = 0;
  #answered = 0;
  #goesOn = true;
  #wrong = [];
  #rests;
  #atRest = new Promise((resolve) => (this.#rests = resolve));

  constructor(url, who) {
    this.#who = who;
    this.now = connect(url);
    this.now.hear = (number) => this.#hear(number);
    this.now.nothing = () => {};
    this.now.trail = [];
    this.now.player = {};
    this.now.both = {};
  }

  async ready() {
    await this.now.ready();
    await this.now.begin(this.#who);
  }

  #hear(number) {
    if (number !== this.#heard)
      this.#wrong.push(`client ${this.#who}: heard call ${number} instead of ${this.#heard}`);
    this.#heard++;
    return number;
  }

  /** Keeps calls under way. */
  begin() {
    for (let call = 0; call < UNDER_WAY; call++) void this.#call();
  }

  async #call() {
    while (this.#goesOn) {
      const number = this.#made++;
      this.#write(number);
      try {
        const answer = await this.now.tell(number);
        if (answer !== number) throw new Error(`${answer}`);
      } catch (error) {
        this.#wrong.push(`client ${this.#who}: call ${number} gave ${error}`);
      }
      this.#answered++;
    }
    if (this.#answered === this.#made) this.#rests();
  }

  #write(number) {
    const { now } = this;
    now.count = number;
    now.both[`name${number % NAMES}`] = number;
    now.player[`p${number % 5}`] = { at: number };
    if (number % 5 === 3) delete now.player.p2;
    now.trail.push(number);
    if (now.trail.length > UNDER_WAY) now.trail.shift();
  }

  /** Makes no more calls. */
  finish() {
    this.#goesOn = false;
  }

  /** Resolves when all is answered and processed. */
  async rest() {
    await this.#atRest;
    await this.now.core.flush();
  }

  /** What the server is to say, too, and what was wrong. */
  state() {
    const names = Object.entries(this.now).filter(([, value]) => typeof value !== 'function');
    const now = JSON.parse(JSON.stringify(Object.fromEntries(names)));
    return { heard: this.#heard, made: this.#made, now, wrong: this.#wrong };
  }

  close() {
    this.now.core.close();
  }
}

const [url, first, count] = process.argv.slice(2);
const soakers = Array.from({ length: Number(count) }, (_, index) => new Soaker(url, Number(first) + index));
await Promise.all(soakers.map((soaker) => soaker.ready()));
console.log('null');
for await (const line of createInterface({ input: process.stdin })) {
  const answers = await Promise.all(soakers.map((soaker) => soaker[line]()));
  console.log(JSON.stringify(answers));
}
process.exit();
