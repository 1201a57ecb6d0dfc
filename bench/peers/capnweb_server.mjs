// Cap'n Web on Node, with the package ws.

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { setImmediate as turn } from "node:timers/promises";

import { announce } from "./announcing.mjs";

const require = createRequire(`${process.env.BENCH_MODULES}/`);
const { WebSocket, WebSocketServer } = require("ws");
const { RpcTarget, newWebSocketRpcSession } = require("capnweb");

globalThis.WebSocket ??= WebSocket; // which the package expects, and Node has had since version 22

/** Every client's function. */
const listeners = new Set();

/** Calls every client's function; who does not wait for an answer disposes of its promise. */
function tell(value) {
  for (const listener of listeners) listener(value)[Symbol.dispose]();
}

class Api extends RpcTarget {
  #listener;

  listen(listener) {
    this.#listener = listener.dup(); // to keep it after this call
    listeners.add(this.#listener);
    return null;
  }

  add(a, b) {
    return a + b;
  }

  say(text, times) {
    for (let i = 0; i < times; i++) tell(text);
  }

  async change(times) {
    for (let i = 0; i < times; i++) {
      tell(100_000 + i);
      await turn();
    }
  }

  async bounce(callback, times) {
    for (let i = 0; i < times; i++) {
      if ((await callback(7)) !== 8) throw new Error("the callback does not add 1");
    }
  }

  [Symbol.dispose]() {
    listeners.delete(this.#listener);
    this.#listener?.[Symbol.dispose]();
  }
}

const http = createServer();
const sockets = new WebSocketServer({ server: http });
sockets.on("connection", (socket) => newWebSocketRpcSession(socket, new Api()));
http.listen(0, "127.0.0.1", 2048, () => announce(http.address().port));
