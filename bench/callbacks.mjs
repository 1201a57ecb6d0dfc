/**
 * A client in Node, for `bench/callbacks.py`: `node --experimental-websocket --expose-gc bench/callbacks.mjs URL`.
 *
 * It reads one JSON array a line, the name of a method of `ways.mjs` and its arguments, and answers each with a line:
 * what the method returned, or the heap in use.
 */

import { createInterface } from 'node:readline';

import { connect } from '../js/src/index.js';
import { begin } from './site/ways.mjs';

const end = { ...begin(connect(process.argv[2])), memory: () => process.memoryUsage().heapUsed };
for await (const line of createInterface({ input: process.stdin })) {
  const [method, ...args] = JSON.parse(line);
  console.log(JSON.stringify((await end[method](...args)) ?? null));
}
process.exit();
