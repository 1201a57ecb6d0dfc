/** Passes functions on in each of the ways that `bench/callbacks.py` measures; for pages and for Node. */

/** How many are under way at once. */
const BATCH = 100;

/** After so many garbage is collected: left alone, V8 does it more rarely than `max_callbacks` allows. */
const COLLECTED_AFTER = 5_000;

/** @param {any} now */
export function begin(now) {
  now.take = (f) => f();
  const one = {
    lend: (n) => now.call(() => n),
    borrow: async () => (await now.give())(),
    forward: (n) => now.pass_on(() => n),
  };
  return {
    ready: () => now.ready(),

    /** Passes so many functions; returns how many answers were wrong. */
    async pass(way, count) {
      let wrong = 0;
      for (let start = 0; start < count; start += BATCH) {
        if (start % COLLECTED_AFTER === 0) await this.collect();
        const numbers = Array.from({ length: Math.min(BATCH, count - start) }, (_, index) => start + index);
        const answers = await Promise.all(numbers.map((n) => one[way](n)));
        wrong += answers.filter((answer, index) => answer !== (way === 'borrow' ? 1 : numbers[index])).length;
      }
      return wrong;
    },

    /** Collects garbage, and lets what is told of it happen. */
    async collect() {
      for (let round = 0; round < 3; round++) {
        globalThis.gc();
        await new Promise((resolve) => setTimeout(resolve));
      }
    },
  };
}
