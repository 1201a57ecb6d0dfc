"""Clients on bare sockets, in Python, for benches that look at each of them.

They keep to the protocol, acks included. What goes to many is looked at once, for it is the server that is
measured. The clients of ``python -m bench`` itself are those of ``generator``, in C.
"""

from __future__ import annotations

import socket
import time
from functools import lru_cache
from io import BytesIO

import cbor2

from greennow.core.carriers import ACKNOWLEDGE_AFTER
from greennow.core.cbor import FUNCTION_TAG
from greennow.core.shapes import ACK, CALL, HELLO, READY, REPLY, WELCOME, WRITE
from greennow.server.websocket import FrameReader, masked_frame

#: How long nothing may come, in seconds, before the run is given up.
PATIENCE = 60.0

#: How many clients connect at the same time.
AT_ONCE = 50

#: After so many seconds a client acknowledges what it has processed.
ACK_DELAY = 5.0

HANDSHAKE = (
    b"GET /nowjs/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Protocol: greennow.1\r\n\r\n"
)

#: A client's first words, and its first message: it has the function that is called.
INTRODUCTION = cbor2.dumps([HELLO, {"version": 1, "attempt": 1}])
FIRST_WRITE = cbor2.dumps([WRITE, [[["receive"], cbor2.CBORTag(FUNCTION_TAG, None)]]])


class Client:
    """A client on a blocking socket; it counts what it hears."""

    def __init__(self, port: int) -> None:
        """
        Args:
            port: where the server listens.
        """
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._frames = FrameReader(max_message=1 << 24, masked=False)
        #: How many messages were heard, by kind.
        self.heard = [0] * (READY + 1)
        #: How many counted messages were processed and acknowledged, and the bytes processed since.
        self._processed = 0
        self._acknowledged = 0
        self._unacknowledged_size = 0
        #: When what was processed is acknowledged at the latest.
        self._ack_due = time.monotonic() + ACK_DELAY
        self.socket.sendall(HANDSHAKE)

    def say_hello(self, hello: bytes = INTRODUCTION) -> None:
        """Go on when the server has upgraded the connection."""
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._read()
        if not answer.startswith(b"HTTP/1.1 101 "):
            raise ConnectionError(f"the server answered {answer!r}")
        self.say([hello])

    def say(self, messages: list[bytes]) -> None:
        """Send messages, each as a WebSocket message of its own; an ack that is due goes ahead.

        With no messages, the ack is sent that is owed.
        """
        if self._processed > self._acknowledged and (self._is_due() or not messages):
            ack = cbor2.dumps([ACK, self._processed])
            messages = [ack + messages[0], *messages[1:]] if messages else [ack]
            self._acknowledged = self._processed
            self._unacknowledged_size = 0
            self._ack_due = time.monotonic() + ACK_DELAY
        self.socket.sendall(b"".join(map(masked_frame, messages)))

    def hear(self, kind: int) -> int:
        """Wait for something to come; return how many messages of this kind came."""
        before = self.heard[kind]
        data = self._read()
        for event in self._frames.feed(data):
            for heard, times in tally(event.data):  # type: ignore[union-attr]  # a server that pings is not measured
                self.heard[heard] += times
                self._processed += times if heard >= WRITE else 0
        self._unacknowledged_size += len(data)
        if self._is_due():
            self.say([])
        return self.heard[kind] - before

    def _is_due(self) -> bool:
        return self._unacknowledged_size > ACKNOWLEDGE_AFTER or time.monotonic() > self._ack_due

    def wait_for(self, kind: int, times: int = 1) -> None:
        """Wait until so many messages of this kind have been heard in all."""
        while self.heard[kind] < times:
            self.hear(kind)

    def _read(self) -> bytes:
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data


@lru_cache(maxsize=64)
def tally(payload: bytes) -> list[tuple[int, int]]:
    """Return the kinds of the messages in a WebSocket message, and how many there are of each."""
    stream = BytesIO(payload)
    decoder = cbor2.CBORDecoder(stream)
    kinds: dict[int, int] = {}
    while stream.tell() < len(payload):
        message = decoder.decode()
        kind = message[0]
        if kind not in (WELCOME, ACK, WRITE, CALL, REPLY, READY):
            raise ConnectionError(f"the server said {message!r}")
        kinds[kind] = kinds.get(kind, 0) + 1
    return list(kinds.items())


def connect(port: int, clients: int) -> list[Client]:
    """Return so many clients that are ready."""
    ready: list[Client] = []
    while len(ready) < clients:
        coming = [Client(port) for _ in range(min(AT_ONCE, clients - len(ready)))]
        for client in coming:
            client.say_hello()
        for client in coming:
            client.wait_for(WELCOME)
            client.say([FIRST_WRITE])
        for client in coming:
            client.wait_for(READY)
        ready += coming
    return ready
