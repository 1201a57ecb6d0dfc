/** How items of CBOR (RFC 8949) begin: major types, whole items, tags. */

export const UNSIGNED = 0;
export const NEGATIVE = 1;
export const BYTES = 2;
export const TEXT = 3;
export const ARRAY = 4;
export const MAP = 5;
export const TAG = 6;
export const OTHER = 7;

// Whole items, and the head of a float of 64 bits.
export const FALSE = 0xf4;
export const TRUE = 0xf5;
export const NULL = 0xf6;
export const FLOAT = 0xfb;

/** The tag of a date. */
export const MOMENT = 0;

/** Marks a function; its content says whose and which. */
export const FUNCTION = 33000;

/** Marks a stream of the sender's; its content is its number. */
export const STREAM = 33001;
