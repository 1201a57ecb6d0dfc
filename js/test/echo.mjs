/**
 * Reads messages from standard input, shares their values as a page would, and writes them to standard output.
 *
 * In and out, each is preceded by its length in four bytes, the highest first. What is written begins with 0
 * and the message, or with 1 and the text of the error that refused it.
 */

import { decode, encode } from '../src/codec.js';
import { DEFAULT_LIMITS } from '../src/limits.js';
import { REPLY } from '../src/messages.js';
import { share } from '../src/values.js';

const { max_message: maxMessage, max_depth: maxDepth } = DEFAULT_LIMITS;

/** A function that travels by the content of its tag. */
const resolve = (content) => Object.assign(() => {}, { content });

/** @param {Uint8Array} frame */
function echo(frame) {
  const [[message]] = decode(frame, maxDepth, resolve);
  const [kind, id, value] = message;
  const again = kind === REPLY ? [kind, id, share(value, [], maxDepth)] : message;
  return encode(again, maxMessage, (f) => f.content);
}

/** @param {Uint8Array} frame */
function answer(frame) {
  try {
    return [0, ...echo(frame)];
  } catch (error) {
    return [1, ...Buffer.from(String(error))];
  }
}

let waiting = Buffer.alloc(0);
for await (const data of process.stdin) {
  waiting = Buffer.concat([waiting, data]);
  while (waiting.length >= 4 && waiting.length >= 4 + waiting.readUInt32BE()) {
    const end = 4 + waiting.readUInt32BE();
    const bytes = answer(waiting.subarray(4, end));
    waiting = waiting.subarray(end);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    process.stdout.write(Buffer.concat([length, Uint8Array.from(bytes)]));
  }
}
