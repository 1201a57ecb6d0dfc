/**
 * CBOR (RFC 8949), as much of it as the protocol allows: definite lengths, text keys without
 * duplicates, the tags 0 (a date), 2 and 3 (large integers), 33000 (a function) and 33001 (a stream).
 *
 * Written here because a general package costs a page five times as much, and lets pass what the
 * protocol forbids: malformed UTF-8, a second key of the same name.
 *
 * Mappings are read as `Map`, functions and streams as `Tagged`; what these mean is the codec's to say.
 */

import { ProtocolError } from './errors.js';
import {
  ARRAY, BYTES, FALSE, FLOAT, FUNCTION, MAP, MOMENT, NEGATIVE, NULL, OTHER, STREAM, TAG, TEXT, TRUE, UNSIGNED,
} from './heads.js';
import { PROTOTYPE } from './paths.js';
import { isContainer } from './tree.js';
import { Source } from './values.js';

/** Deeper than any message may be; stops input that would exhaust the stack. */
const MAX_NESTING = 200;

/** Beyond this many bits an integer is a tagged byte string. */
const LARGEST = 2n ** 64n;

/** RFC 3339, up to microseconds. */
const RFC_3339 = /^(?!0000)(\d{4}-\d\d-(\d\d)T(?!24)\d\d:\d\d:\d\d)(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$/;

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** For a short text of ASCII a loop is many times faster than these two. */
const SHORT = 32;
const SHORT_ASCII = /^[\0-\x7f]{0,32}$/;

/** Where numbers are taken apart; it holds nothing from one to the next. */
const NUMBER = new DataView(new ArrayBuffer(8));

/** What stands for a function or a stream. */
export class Tagged {
  /**
   * @param {number | bigint} tag
   * @param {any} content
   */
  constructor(tag, content) {
    this.tag = tag;
    this.content = content;
  }
}

/** Writes values one after the other. */
export class Encoder {
  #buffer = new Uint8Array(64);
  #length = 0;
  #refer;

  /** @param {(value: any) => any} refer the content of the tag for a function or a `Source` */
  constructor(refer) {
    this.#refer = refer;
  }

  /** What was written. */
  get bytes() {
    return this.#buffer.slice(0, this.#length);
  }

  /** @param {any} value */
  write(value) {
    switch (typeof value) {
      case 'string':
        this.#writeText(value);
        break;
      case 'number':
        this.#writeNumber(value);
        break;
      case 'boolean':
        this.#byte(value ? TRUE : FALSE);
        break;
      case 'bigint':
        this.#writeInteger(value);
        break;
      case 'function':
        this.head(TAG, FUNCTION).write(this.#refer(value));
        break;
      default:
        this.#writeObject(value);
    }
    return this;
  }

  /**
   * The first bytes of an item: its major type, and its size or number.
   *
   * @param {number} major
   * @param {number | bigint} size
   */
  head(major, size) {
    const type = major << 5;
    if (size < 24) {
      this.#byte(type | Number(size));
      return this;
    }
    if (size < 0x100000000) NUMBER.setUint32(4, Number(size));
    else NUMBER.setBigUint64(0, BigInt(size));
    const width = size < 0x100 ? 0 : size < 0x10000 ? 1 : size < 0x100000000 ? 2 : 3;
    return this.#number(type | (24 + width), 1 << width);
  }

  /**
   * Bytes that are CBOR already.
   *
   * @param {Uint8Array} bytes
   */
  raw(bytes) {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** @param {number} byte */
  #byte(byte) {
    this.#reserve(1);
    this.#buffer[this.#length++] = byte;
  }

  /** A first byte, and the last bytes of `NUMBER`. @type {(first: number, size: number) => this} */
  #number(first, size) {
    this.#byte(first);
    while (size) this.#byte(NUMBER.getUint8(8 - size--));
    return this;
  }

  /** Makes room for so many bytes more. @param {number} size */
  #reserve(size) {
    const needed = this.#length + size;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(needed * 2);
    larger.set(this.#buffer);
    this.#buffer = larger;
  }

  /** @param {string} text */
  #writeText(text) {
    if (!SHORT_ASCII.test(text)) {
      this.#writeBytes(TEXT, ENCODER.encode(text));
      return;
    }
    this.head(TEXT, text.length);
    for (let index = 0; index < text.length; index++) this.#byte(text.charCodeAt(index));
  }

  /** @param {any} value */
  #writeObject(value) {
    const items = isContainer(value) ? value.items : value;
    if (value === null) this.#byte(NULL);
    else if (Array.isArray(items)) {
      this.head(ARRAY, items.length);
      for (const item of items) this.write(item);
    } else if (value instanceof Uint8Array) this.#writeBytes(BYTES, value);
    else if (value instanceof Date) this.head(TAG, MOMENT).write(toMoment(value));
    else if (value instanceof Source) this.head(TAG, STREAM).write(this.#refer(value));
    else {
      const entries = items instanceof Map ? [...items] : Object.entries(items);
      this.head(MAP, entries.length);
      for (const [key, item] of entries) this.write(key).write(item);
    }
  }

  /**
   * @param {number} major
   * @param {Uint8Array} bytes
   */
  #writeBytes(major, bytes) {
    this.head(major, bytes.length).raw(bytes);
  }

  /** @param {number} number */
  #writeNumber(number) {
    if (Number.isSafeInteger(number) && !Object.is(number, -0)) {
      if (number < 0) this.head(NEGATIVE, -1 - number);
      else this.head(UNSIGNED, number);
      return;
    }
    NUMBER.setFloat64(0, number);
    this.#number(FLOAT, 8);
  }

  /** @param {bigint} integer */
  #writeInteger(integer) {
    const negative = integer < 0n ? 1 : 0;
    const size = negative ? -1n - integer : integer;
    if (size < LARGEST) {
      this.head(negative, size);
      return;
    }
    const hex = size.toString(16);
    const pairs = hex.padStart(hex.length + (hex.length % 2), '0').match(/../g) ?? [];
    this.head(TAG, 2 + negative).#writeBytes(BYTES, Uint8Array.from(pairs, (pair) => parseInt(pair, 16)));
  }
}

/** Reads values one after the other. */
export class Decoder {
  #bytes;
  #view;
  /** How many items around the one that is read. */
  #nesting = 0;

  /** Where the next item begins. */
  position = 0;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isDone() {
    return this.position === this.#bytes.length;
  }

  /**
   * The next value.
   *
   * @returns {any}
   * @throws {ProtocolError} it is malformed
   */
  read() {
    if (++this.#nesting > MAX_NESTING) throw malformed('nested too deep');
    const first = this.#bytes[this.#skip(1)];
    const value = this.#readItem(first >> 5, first & 31);
    this.#nesting--;
    return value;
  }

  /** @type {(major: number, info: number) => any} */
  #readItem(major, info) {
    if (major === OTHER) return this.#readOther(info);
    const size = this.#readSize(info);
    switch (major) {
      case UNSIGNED:
        return toNumber(size);
      case NEGATIVE:
        return toNumber(typeof size === 'bigint' ? -1n - size : -1 - size);
      case BYTES:
        return new Uint8Array(this.#readBytes(size));
      case TEXT:
        return this.#readText(size);
      case ARRAY:
        return this.#readArray(this.#fitting(size));
      case MAP:
        return this.#readMap(this.#fitting(size));
      default:
        return this.#readTagged(size);
    }
  }

  /**
   * The number in an item's head, a bigint where a number would not be exact.
   *
   * @param {number} info
   * @returns {number | bigint}
   */
  #readSize(info) {
    if (info < 24) return info;
    if (info === 24) return this.#bytes[this.#skip(1)];
    if (info === 25) return this.#view.getUint16(this.#skip(2));
    if (info === 26) return this.#view.getUint32(this.#skip(4));
    if (info === 27) return toNumber(this.#view.getBigUint64(this.#skip(8)));
    throw malformed('an indefinite or reserved length');
  }

  /** @param {number} info */
  #readOther(info) {
    switch (info) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
        return null;
      case 25:
        return toHalf(this.#view.getUint16(this.#skip(2)));
      case 26:
        return this.#view.getFloat32(this.#skip(4));
      case 27:
        return this.#view.getFloat64(this.#skip(8));
    }
    throw malformed('a simple value that is not allowed');
  }

  /** @param {number | bigint} size */
  #readBytes(size) {
    const start = this.#skip(Number(size));
    return this.#bytes.subarray(start, this.position);
  }

  /** @param {number | bigint} size */
  #readText(size) {
    const bytes = this.#readBytes(size);
    let text = '';
    for (let index = 0; index < bytes.length && index < SHORT && bytes[index] < 128; index++) {
      text += String.fromCharCode(bytes[index]);
    }
    if (text.length === bytes.length) return text;
    try {
      return DECODER.decode(bytes);
    } catch {
      throw malformed('a text that is not UTF-8');
    }
  }

  /** @param {number} size */
  #readArray(size) {
    const array = [];
    while (size--) array.push(this.read());
    return array;
  }

  /** @param {number} size */
  #readMap(size) {
    const map = new Map();
    while (size--) {
      const key = this.read();
      if (typeof key !== 'string' || key === PROTOTYPE || map.has(key)) throw malformed('a key that is not allowed');
      map.set(key, this.read());
    }
    return map;
  }

  /** @param {number | bigint} tag */
  #readTagged(tag) {
    const content = this.read();
    if (tag === FUNCTION || tag === STREAM) return new Tagged(tag, content);
    if (tag === MOMENT && typeof content === 'string') return toDate(content);
    if ((tag === 2 || tag === 3) && content instanceof Uint8Array) {
      const hex = Array.from(content, (byte) => byte.toString(16).padStart(2, '0')).join('');
      const size = BigInt(`0x0${hex}`);
      return toNumber(tag === 2 ? size : -1n - size);
    }
    throw malformed(`tag ${tag}`);
  }

  /** Each item takes a byte at least, so no claim can cost more memory than it sent. @param {number | bigint} size */
  #fitting(size) {
    if (size > this.#bytes.length - this.position) throw malformed('the end is missing');
    return Number(size);
  }

  /** @param {number} size */
  #skip(size) {
    const start = this.position;
    this.position += this.#fitting(size);
    return start;
  }
}

/** @param {string} what */
function malformed(what) {
  return new ProtocolError(`malformed CBOR: ${what}`);
}

/** @param {number | bigint} integer */
function toNumber(integer) {
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : BigInt(integer);
}

/** @param {number} bits a float of 16 bits */
function toHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? (1 + fraction) * 2 ** (exponent - 15) : fraction * 2 ** -14);
}

/**
 * A moment of the other end's may be in the year 0 or 10000 here: then it is written in a time zone where it is not.
 *
 * @param {Date} date
 */
function toMoment(date) {
  const text = date.toISOString();
  if (RFC_3339.test(text)) return text;
  const sign = +date < 0 ? '+' : '-';
  return new Date(+date + Number(`${sign}86340000`)).toISOString().replace('Z', `${sign}23:59`);
}

/**
 * A date holds milliseconds: the rest is rounded, but never into the next second, which may be in the year 10000.
 *
 * @param {string} text
 */
function toDate(text) {
  const [, local, day, fraction = '0', zone] = RFC_3339.exec(text.toUpperCase()) ?? [];
  const moment = new Date(Date.parse(local + zone) + Math.min(Math.round(Number(fraction) * 1000), 999));
  // The language takes the 31st of any month.
  if (new Date(`${local}Z`).getUTCDate() === Number(day) && !Number.isNaN(+moment)) return moment;
  throw malformed('a moment that is none');
}
