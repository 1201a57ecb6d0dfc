"""The floor: the least that any server on gevent's loop does for the same bytes on the wire.

No greenlet a client, no CBOR, no session, no state: callbacks of the loop that find frames, undo their masks
and send answers that were ready beforehand. It speaks only with the load generator, whose frames are short.
"""

from __future__ import annotations

import socket
from typing import Any

import cbor2
import gevent

from greennow.core.shapes import CALL, HELLO, READY, REPLY, WELCOME, WRITE
from greennow.server.websocket import apply_mask, frame

from .scenarios import Kind, Scenario

UPGRADED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: greennow.1\r\n\r\n"
)

ANSWER = cbor2.dumps([REPLY, 1, 3])

#: What is answered to the first two messages of a client.
GREETINGS = {HELLO: frame(cbor2.dumps([WELCOME, {}])), WRITE: frame(cbor2.dumps([READY]))}

#: The two bytes and the mask in front of a short frame's payload.
_HEADER = 6


class Floor:
    """A server that does one scenario's work."""

    def __init__(self, scenario: Scenario) -> None:
        self.loop: Any = gevent.get_hub().loop
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._listener.setblocking(False)
        self._acceptable = self.loop.io(self._listener.fileno(), 1)
        self._acceptable.start(self._accept)
        self._scenario = scenario
        #: What all are told in one turn.
        self._told = frame(scenario.message * scenario.burst)
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

    def called(self, connection: Connection, calls: int) -> None:
        """So many calls have come at once."""
        if self._scenario.kind is Kind.FAN_OUT:
            gevent.spawn(self._tell_all, connection)
        else:
            connection.socket.send(frame(ANSWER * calls))

    def _tell_all(self, caller: Connection) -> None:
        told = self._told
        for _ in range(self._scenario.turns):
            for connection in self._connections:
                connection.socket.send(told)
            gevent.sleep(0)
        caller.socket.send(frame(ANSWER))


class Connection:
    """One client's connection."""

    __slots__ = ("_floor", "_is_upgraded", "_readable", "_rest", "socket")

    def __init__(self, floor: Floor, accepted: socket.socket) -> None:
        accepted.setblocking(False)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._floor = floor
        self.socket = accepted
        self._is_upgraded = False
        #: The beginning of a request or of a frame.
        self._rest = b""
        self._readable = floor.loop.io(accepted.fileno(), 1)
        self._readable.start(self._read)

    def _read(self) -> None:
        data = self._rest + self.socket.recv(65_536)
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
        at, end, calls = 0, len(data), 0
        while end - at > _HEADER:
            start = at + _HEADER
            stop = start + (data[at + 1] & 0x7F)
            if stop > end:
                break
            kind = apply_mask(data[start:stop], data[at + 2 : start])[1]
            if kind == CALL:
                calls += 1
            else:
                self.socket.send(GREETINGS[kind])
            at = stop
        self._rest = data[at:]
        if calls:
            self._floor.called(self, calls)
