/** What `bench/browser.py` has a page do, for as long as it is given; it returns how much, and in how many seconds. */

/** How many calls are made before their answers are waited for. */
const OUTSTANDING = 1_000;

/** How many writes are made before the server has to say that it has them. */
const WRITES = 1_000;

/** @param {any} now */
export function work(now) {
  /** Does `once` again and again, for so many milliseconds. */
  async function repeat(milliseconds, once) {
    const began = performance.now();
    let done = 0;
    while (performance.now() < began + milliseconds) done += await once();
    return [done, (performance.now() - began) / 1000];
  }

  async function add() {
    if ((await now.add(1, 2)) !== 3) throw new Error('1 and 2 are not 3');
    return 1;
  }

  let value = 0;

  async function write() {
    for (let i = 0; i < WRITES; i++) now.value = ++value;
    if ((await now.written()) !== value) throw new Error('a write is missing');
    return WRITES;
  }

  async function writeInTurns() {
    for (let i = 0; i < WRITES; i++) {
      now.value = ++value;
      await null; // a microtask later, so the next one is a message of its own
    }
    if ((await now.written()) !== value) throw new Error('a write is missing');
    return WRITES;
  }

  async function pipelined() {
    await Promise.all(Array.from({ length: OUTSTANDING }, add));
    return OUTSTANDING;
  }

  const works = { calls: add, pipelined, writes: write, turns: writeInTurns };
  return (name, milliseconds) => repeat(milliseconds, works[name]);
}
