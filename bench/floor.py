"""The floor: the least that any server on gevent's loop does for the same bytes on the wire.

No greenlet a client, no CBOR, no session, no state: callbacks of the loop that find frames, undo their masks
and send answers that were ready beforehand. It speaks only with the load generator, whose frames are short,
and which counts its answers instead of looking at their numbers.
"""

from __future__ import annotations

import socket
from typing import Any

import cbor2
import gevent

from greennow.core.shapes import CALL, HELLO, READY, REPLY, WELCOME, WRITE
from greennow.server.websocket import apply_mask, frame

from .peers.announcing import announce

UPGRADED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: greennow.1\r\n\r\n"
)

ANSWER = cbor2.dumps([REPLY, 0, 3])

#: What is answered to the first two messages of a client.
GREETINGS = {HELLO: frame(cbor2.dumps([WELCOME, {}])), WRITE: frame(cbor2.dumps([READY]))}

#: The end of a call that wants nothing but an answer: ``add(1, 2)``.
ADD = cbor2.dumps([["add"], [1, 2]])[1:]

#: What calls the caller's function, what calls everyone's, and what tells of a variable.
CALL_BACK = frame(cbor2.dumps([CALL, 1, 1, [7]]))
CALL_OF_ALL = cbor2.dumps([CALL, 0, ["receive"], ["x" * 85]])
WRITE_OF_ALL = cbor2.dumps([WRITE, [[["value"], 100_000]]])

#: The two bytes and the mask in front of a short frame's payload.
_HEADER = 6


class Floor:
    """A server that does the least."""

    def __init__(self) -> None:
        self.loop: Any = gevent.get_hub().loop
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._listener.setblocking(False)
        self._acceptable = self.loop.io(self._listener.fileno(), 1)
        self._acceptable.start(self._accept)
        self._connections: list[Connection] = []
        #: Where it listens.
        self.port: int = self._listener.getsockname()[1]

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except BlockingIOError:
                return
            self._connections.append(Connection(self, accepted))

    def called(self, caller: Connection, name: str, times: int) -> None:
        """A function has been called that tells others something, or calls the caller back."""
        if name == "bounce":
            caller.begin_to_bounce(times)
        elif name == "say":
            gevent.spawn(self._tell_all, caller, frame(CALL_OF_ALL * times) if times else b"", 1)
        else:
            gevent.spawn(self._tell_all, caller, frame(WRITE_OF_ALL), times)

    def _tell_all(self, caller: Connection, told: bytes, turns: int) -> None:
        for _ in range(turns):
            for connection in self._connections:
                connection.socket.send(told)
            gevent.sleep(0)
        caller.socket.send(frame(ANSWER))


class Connection:
    """One client's connection."""

    __slots__ = ("_bounces", "_floor", "_is_upgraded", "_readable", "_rest", "socket")

    def __init__(self, floor: Floor, accepted: socket.socket) -> None:
        accepted.setblocking(False)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._floor = floor
        self.socket = accepted
        self._is_upgraded = False
        #: How often the client is to be called back after this time.
        self._bounces = 0
        #: The beginning of a request or of a frame.
        self._rest = b""
        self._readable = floor.loop.io(accepted.fileno(), 1)
        self._readable.start(self._read)

    def begin_to_bounce(self, times: int) -> None:
        """Call the client's function so many times, one after another."""
        self._bounces = times
        self.socket.send(CALL_BACK)

    def _read(self) -> None:
        try:
            data = self._rest + self.socket.recv(65_536)
        except ConnectionResetError:
            data = b""
        if not data:
            self._readable.close()
            self.socket.close()
        elif self._is_upgraded:
            self._read_frames(data)
        elif data.endswith(b"\r\n\r\n"):
            self._is_upgraded = True
            self._rest = b""
            self.socket.send(UPGRADED)
        else:
            self._rest = data

    def _read_frames(self, data: bytes) -> None:
        at, end, adds = 0, len(data), 0
        while end - at > _HEADER:
            start = at + _HEADER
            stop = start + (data[at + 1] & 0x7F)
            if stop > end:
                break
            message = apply_mask(data[start:stop], data[at + 2 : start])
            if message.endswith(ADD):
                adds += 1
            else:
                self._handle(message)
            at = stop
        self._rest = data[at:]
        if adds:
            self.socket.send(frame(ANSWER * adds))

    def _handle(self, message: bytes) -> None:
        kind = message[1]
        if kind == REPLY:
            self._bounces -= 1
            self.socket.send(CALL_BACK if self._bounces else frame(ANSWER))
        elif kind == CALL:
            _, _, (name,), arguments = cbor2.loads(message)
            self._floor.called(self, name, arguments[-1])
        else:
            self.socket.send(GREETINGS[kind])


if __name__ == "__main__":
    floor = Floor()
    announce(floor.port)
    gevent.wait()
