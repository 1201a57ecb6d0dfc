// socket.io on Node; told "resume" it recovers sessions, which it does not do otherwise.

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { setImmediate as turn } from "node:timers/promises";

import { announce } from "./announcing.mjs";

const { Server } = createRequire(`${process.env.BENCH_MODULES}/`)("socket.io");

const http = createServer();
const io = new Server(http, process.argv.includes("resume") ? { connectionStateRecovery: {} } : {});

io.on("connection", (socket) => {
  socket.on("add", (a, b, answer) => answer(a + b));

  socket.on("say", (text, times, answer) => {
    for (let i = 0; i < times; i++) io.emit("receive", text);
    answer();
  });

  socket.on("change", async (times, answer) => {
    for (let i = 0; i < times; i++) {
      io.emit("value", 100_000 + i);
      await turn();
    }
    answer();
  });

  socket.on("bounce", async (times, answer) => {
    for (let i = 0; i < times; i++) {
      if ((await socket.emitWithAck("callback", 7)) !== 8) throw new Error("the callback does not add 1");
    }
    answer();
  });
});

http.listen(0, "127.0.0.1", 2048, () => announce(http.address().port));
