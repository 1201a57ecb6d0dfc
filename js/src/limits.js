/**
 * What one end lets the other cost it. The server's options set these, `welcome` tells them.
 *
 * @typedef {object} Limits
 * @property {number} max_message bytes of one message
 * @property {number} max_depth how deep values nest
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
