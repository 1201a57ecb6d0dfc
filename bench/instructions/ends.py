"""The ends of a workload in one thread: a server whose clock stands still, and clients on bare sockets.

Only the server's work is to be counted. So a client says and hears by hand, outside of what is counted, and
the loop runs within it, until the client has been answered. For what the Python client takes there is its
end alone.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from io import BytesIO
from itertools import count
from select import select
from types import TracebackType
from typing import Any

import cbor2
import gevent
from gevent import socket

import greennow
from greennow.client.end import ClientEnd
from greennow.core.carriers import ACKNOWLEDGE_AFTER
from greennow.core.cbor import FUNCTION_TAG
from greennow.core.reply import Reply
from greennow.core.shapes import ACK, CALL, HELLO, READY, WELCOME, WRITE
from greennow.core.timers import Timer, Timers
from greennow.server.websocket import FrameReader, Message, masked_frame
from greennow.testing.clock import HandClock

_HANDSHAKE = (
    b"GET /nowjs/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Protocol: greennow.1\r\n\r\n"
)

#: The most bytes that the server says in one message.
_MAX_MESSAGE = 1 << 24

#: How long an answer may take, in seconds: so long only if there is none.
_PATIENCE = 30.0


class Server:
    """A server as any program has it, but that nothing is due by itself. A context manager."""

    def __init__(self) -> None:
        self.now = greennow.Now()
        # Heartbeats, and acks that wait for something to go out with, would come at other places each time.
        self.now.clock = HandClock(self.now.timers)
        self.everyone = self.now.everyone
        self._server = self.now.start(port=0)
        #: The clients made so far.
        self._clients: list[Client] = []

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients:
            client.close()
        self._server.stop()

    def new_client(self) -> Client:
        """Return a client that has not connected yet."""
        client = Client(self._server.port)
        self._clients.append(client)
        return client

    def client(self) -> Client:
        """Return a client that is ready, and has a function for the server to call."""
        client = self.new_client()
        client.connect(lambda: settle(client))
        return client

    def clients(self, number: int) -> list[Client]:
        """Return so many of them."""
        return [self.client() for _ in range(number)]


def settle(*clients: Client) -> None:
    """Run the loop until each of these clients has something to hear, and nothing more is to be done."""
    waiting = [client.socket.fileno() for client in clients]
    with gevent.Timeout(_PATIENCE):
        while waiting:
            gevent.idle()
            heard, _, _ = select(waiting, [], [], 0)
            waiting = [descriptor for descriptor in waiting if descriptor not in heard]
    gevent.idle()


class Client:
    """One client. What it says is sent at once, what it has been told waits to be heard."""

    def __init__(self, port: int) -> None:
        self._port = port
        #: The session: its name, what resumes it, and how many messages of the server's were heard in it.
        self.client_id = ""
        self._token: bytes | None = None
        self._heard = 0
        #: How many bytes that was since the last ack.
        self._unacknowledged = 0
        self._attempts = count(1)
        self._ids = count(1)
        #: The link: its socket, and what is made of the bytes that come over it.
        self.socket: Any = None
        self._frames = FrameReader(max_message=_MAX_MESSAGE, masked=False)

    def close(self) -> None:
        """Break the line, and let the server notice."""
        if self.socket is not None:
            self.socket.close()
            self.socket = None
            gevent.idle()

    # In steps, for the server to work in between.

    def open(self) -> None:
        """Ask for a link."""
        self.socket = socket.create_connection(("127.0.0.1", self._port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(_HANDSHAKE)

    def hello(self) -> None:
        """The link is there: introduce the client, or ask for the session that it had."""
        answer = self.socket.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 101 "), answer
        self._frames = FrameReader(max_message=_MAX_MESSAGE, masked=False)
        fields: dict[str, Any] = {"version": 1, "attempt": next(self._attempts)}
        if self._token is not None:
            fields |= {"token": self._token, "received": self._heard}
        self._send(cbor2.dumps([HELLO, fields]))

    def say(self, *messages: list[Any]) -> None:
        """Say these, each in a frame of its own, and ahead of them an ack if much was heard."""
        first, *others = map(cbor2.dumps, messages)
        if self._unacknowledged > ACKNOWLEDGE_AFTER:
            first = cbor2.dumps([ACK, self._heard]) + first
            self._unacknowledged = 0
        self._send(first, *others)

    def hear(self) -> list[list[Any]]:
        """Return what has been said to the client; there has to be something."""
        messages: list[list[Any]] = []
        while not messages:
            for event in self._frames.feed(self.socket.recv(1 << 20)):
                assert isinstance(event, Message), event
                self._unacknowledged += len(event.data)
                messages += _decoded(event.data)
        for kind, *content in messages:
            self._heard += kind >= WRITE
            if kind == WELCOME:
                self.client_id, self._token = content[0]["client_id"], content[0]["token"]
        return messages

    # In one go.

    def connect(self, answered: Callable[[], None]) -> None:
        """Begin a session; ``answered`` is called where an answer is waited for."""
        self.open()
        answered()
        self.hello()
        answered()
        (welcome,) = self.hear()
        assert welcome[0] == WELCOME, welcome
        self._send(cbor2.dumps([WRITE, [[["receive"], cbor2.CBORTag(FUNCTION_TAG, None)]]]))
        answered()
        assert self.hear()[-1] == [READY]

    def call(self, function: str, *arguments: Any) -> list[Any]:
        """Return a call, to be said."""
        return [CALL, next(self._ids), [function], list(arguments)]

    def _send(self, *messages: bytes) -> None:
        self.socket.sendall(b"".join(map(masked_frame, messages)))


def _decoded(data: bytes) -> list[list[Any]]:
    """Return the messages in a WebSocket message."""
    stream, messages = BytesIO(data), []
    decoder = cbor2.CBORDecoder(stream)
    while stream.tell() < len(data):
        messages.append(decoder.decode())
    return messages


class PythonClient:
    """What the Python client's end has around it, without threads: its shell, and a link worked by hand."""

    def __init__(self) -> None:
        self.lock: AbstractContextManager[Any] = nullcontext()
        self.has_one_thread = True
        self._timers = Timers()

    def wake(self) -> None:
        """What waits is taken by hand."""

    def dispatch(self, task: Any) -> None:
        """Run a piece of the program's code."""
        task()

    def new_reply(self) -> Reply:
        """Return a reply that is there when it is asked for."""
        return Reply()

    def later(self, seconds: float, do: Any) -> Timer:
        """Nothing is due."""
        return self._timers.later(seconds, do)

    def give_up_link(self, reason: str) -> None:
        """The workload has failed."""
        raise AssertionError(reason)


def python_client() -> tuple[ClientEnd, PythonClient]:
    """Return a Python client's end that is ready, for a server which has `add`; and what is around it."""
    around = PythonClient()
    end = ClientEnd(around)
    end.hello()
    told = {"client_id": "client", "token": bytes(16), "resumed": False, "received": 0, "options": {}}
    sizes = {"max_message": 1 << 20, "max_depth": 32, "resume_buffer": 1 << 20}
    limits = {**sizes, "heartbeat": 20.0, "resume_window": 15.0}
    view = {"add": cbor2.CBORTag(FUNCTION_TAG, None)}
    end.receive(around, cbor2.dumps([WELCOME, {**told, "limits": limits, "now": view}]))
    end.take(around)
    return end, around
