/**
 * A client's end without a network, driven over a pipe: Python's tests hold it against the server's end.
 *
 * It reads one JSON object a line from standard input and answers each with one line. What `do` may be:
 *
 *     new                         forget all, begin as a client that was never connected
 *     hello                       a link was opened: the answer's first frame is hello
 *     receive {frame}             a frame has arrived
 *     lost                        the link broke
 *     end                         the session is given up
 *     write {operations}          the page writes operations, in wire shape
 *     expose {path}               the page puts a function there, which notes its arguments
 *     call {path, args}           the page calls a function of the server's; without one there nothing happens
 *     hold {labels}               the page has functions of these names, and keeps those that it is passed
 *     passOn {which}              it passes one of them to the server's `take`, or one that it keeps
 *     use {which, number}         it calls one that it keeps
 *     letGo {which, release}      it keeps one no longer, or releases it
 *     letGoOfAll                  it keeps none any more
 *     collect                     collect garbage
 *     outcomes                    the answer holds `ran` (label and number, of its functions that were called since
 *                                 the last time) and `uses` (what came of its calls)
 *     acknowledge                 send an ack with the next frame, and ask for one
 *     state                       nothing, but the answer holds the state
 *
 * Each answer holds `frames` (in hex, to be sent), `errors` (texts), `ended` (the close code, if the server
 * ended the session or broke the protocol), `clientId` (null without a session), and for `call` `called` (was
 * there a function). The state is `shown`, `confirmed`, `hasPending`, `got` (all arguments noted, by call) and
 * `answers` (all, of calls). Functions in trees are {"function": "ours"} and {"function": "theirs"}.
 */

import { createInterface } from 'node:readline';

import { Peer } from '../src/peer.js';
import { Dict, List, THEIRS, get } from '../src/tree.js';
import { share } from '../src/values.js';

class Driver {
  got = [];
  answers = [];
  errors = [];
  frames = [];
  ended = null;
  own = {};
  kept = [];
  ran = [];
  uses = [];

  peer = new Peer({
    wake: () => {},
    changed: () => {},
    calling: () => {},
    welcomed: () => {},
    ready: () => {},
    written: () => {},
    called: () => {},
    ended: (reason, bye) => {
      if (bye) this.frames.push(bye);
      this.ended = reason.code;
      this.peer.end(reason);
      this.peer.unlink();
    },
    run: (f, args) => f(...args),
    report: (error) => this.errors.push(String(error)),
  });

  hello() {
    this.frames.push(this.peer.hello());
  }

  receive({ frame }) {
    this.peer.receive(Uint8Array.from(Buffer.from(frame, 'hex')));
  }

  lost() {
    this.peer.unlink();
  }

  end() {
    this.peer.end(new Error('given up'));
  }

  write({ operations }) {
    for (const [path, ...rest] of operations) {
      const values = rest.length === 3 ? [rest[0], rest[1], rest[2].map((item) => share(item, path, 32))] : rest.map((item) => share(item, path, 32));
      this.peer.write([path, ...values]);
    }
  }

  expose({ path }) {
    this.peer.write([path, (...args) => void this.got.push(args)]);
  }

  call({ path, args }) {
    if (!this.peer.session || get(this.peer.replica.shown, path) !== THEIRS) return { called: false };
    this.peer.stub(path)(...args).then((value) => this.answers.push(value), (error) => this.answers.push(String(error)));
    return { called: true };
  }

  hold({ labels }) {
    this.own = Object.fromEntries(labels.map((label) => [label, (number) => void this.ran.push([label, number])]));
    this.peer.write([['keep'], (f, label) => void this.keep(f, label)]);
  }

  keep(f, label) {
    if (!(label in this.own)) this.kept.push([label, f]);
    else if (f !== this.own[label]) this.note(f, label, 0);
  }

  passOn({ which }) {
    const passed = [...Object.entries(this.own), ...this.kept];
    const [label, f] = passed[which % passed.length];
    if (!this.peer.session || get(this.peer.replica.shown, ['take']) !== THEIRS) return;
    // What was lent in a session that is over cannot be passed on; and this session may end, too.
    this.outcome(() => this.peer.stub(['take'])(f, label));
  }

  use({ which, number }) {
    if (!this.kept.length) return;
    const [label, f] = this.kept[which % this.kept.length];
    this.note(f, label, number);
  }

  note(f, label, number) {
    const use = { label, number, wrong: null };
    this.uses.push(use);
    this.outcome(() => f(number)).then((wrong) => (use.wrong = wrong));
  }

  /** What goes wrong with a call; "over" where a session is. */
  async outcome(call) {
    try {
      await call();
      return '';
    } catch (error) {
      const isOver = [error.name, error.type].includes('Disconnected') || ['expired', 'departed'].includes(error.missing);
      return isOver ? 'over' : String(error);
    }
  }

  letGo({ which, release }) {
    if (!this.kept.length) return;
    const [label, f] = this.kept[which % this.kept.length];
    if (!release) {
      this.kept.splice(which % this.kept.length, 1);
      return;
    }
    f.release?.();
    this.kept = this.kept.filter(([, other]) => other !== f);
    return { released: label };
  }

  letGoOfAll() {
    this.kept = [];
  }

  async collect() {
    for (let round = 0; round < 2; round++) {
      globalThis.gc();
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  outcomes() {
    return { ran: this.ran.splice(0), uses: this.uses.splice(0) };
  }

  acknowledge() {
    this.peer.session?.acknowledge(true);
  }

  state() {
    const { shown, confirmed, hasPending } = this.peer.replica;
    return { shown: toJson(shown), confirmed: toJson(confirmed), hasPending, got: this.got, answers: this.answers };
  }

  /** What every answer holds. */
  said() {
    const frames = [...this.frames.splice(0), ...this.peer.take()].map((frame) => Buffer.from(frame).toString('hex'));
    const [ended, errors] = [this.ended, this.errors.splice(0)];
    this.ended = null;
    return { frames, errors, ended, clientId: this.peer.session ? this.peer.clientId : null };
  }
}

function toJson(value) {
  if (value instanceof List) return value.items.map(toJson);
  if (value instanceof Dict) return Object.fromEntries([...value.items].map(([key, item]) => [key, toJson(item)]));
  if (value === THEIRS) return { function: 'theirs' };
  return typeof value === 'function' ? { function: 'ours' } : value;
}

let driver = new Driver();
for await (const line of createInterface({ input: process.stdin })) {
  const { do: act, ...what } = JSON.parse(line);
  if (act === 'new') driver = new Driver();
  const answer = act === 'new' ? {} : ((await driver[act](what)) ?? {});
  // Functions of the page's answer in the turns that follow.
  await new Promise((resolve) => setImmediate(resolve));
  console.log(JSON.stringify({ ...answer, ...driver.said() }));
}
