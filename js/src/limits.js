/**
 * What one end lets the other cost it. The server's options set those in `Limits`, `welcome` tells them.
 *
 * @typedef {object} Limits
 * @property {number} max_message bytes of one message
 * @property {number} max_depth how deep values nest
 * @property {number} [max_callbacks] functions lent and not released
 * @property {number} resume_buffer bytes kept for a server that cannot be reached
 * @property {number} heartbeat seconds after which the server says something, whatever happens
 * @property {number} resume_window seconds for which the server keeps a session whose link is gone
 */

/** @type {Limits} */
export const DEFAULT_LIMITS = {
  max_message: 1_048_576,
  max_depth: 32,
  resume_buffer: 1_048_576,
  heartbeat: 20,
  resume_window: 15,
};

/** How many functions may be lent at once, to a server that does not say. */
export const MAX_CALLBACKS = 10_000;

/** What an error and its causes say is cut: they may quote what was too large to be sent. */
export const MAX_ERROR_TEXT = 4000;

/** How many causes a failure may have, one inside the other. */
export const MAX_CAUSES = 5;

/** How many items of a stream of theirs may be on their way or wait to be used. */
export const WINDOW = 256;

/** A stream of ours is held back while so many bytes of items sent were not made up for by later demands. */
export const HELD_BACK = 65_536;
