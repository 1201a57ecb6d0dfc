"""A WebSocket without a client's logic: says what a test wants said, and shows what comes back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPResponse
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from greennow.core.codec import Codec
from greennow.core.limits import Limits
from greennow.core.messages import Hello, Message
from greennow.core.referring import NoFunctions
from greennow.core.tree import THEIRS
from greennow.server import websocket
from greennow.testing.link import connected, upgrade


def address(url: str) -> tuple[str, int]:
    """Where the server of this address listens."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


class Answer(NamedTuple):
    """An answer to a request over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def request(url: str, path: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Answer:
    """Ask for something over HTTP."""
    socket = connected(address(url))
    lines = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    try:
        host = f"Host: {urlsplit(url).netloc}\r\nConnection: close\r\n"
        socket.sendall(f"{method} {path} HTTP/1.1\r\n{host}{lines}\r\n".encode())
        with HTTPResponse(socket) as response:
            response.begin()
            return Answer(response.status, dict(response.getheaders()), response.read())
    finally:
        socket.close()


class _AnyFunctions(NoFunctions):
    """Reads a function as what stands for the other end's."""

    def function(self, content: Any) -> Any:
        return THEIRS


class RawClient:
    """One WebSocket to a server. Used as a context manager."""

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        path: str = "/nowjs/ws",
        socket: Any = None,
    ) -> None:
        self.socket = connected(address(url)) if socket is None else socket
        try:
            upgrade(self.socket, urlsplit(url).netloc, path, headers or {})
        except BaseException:
            self.socket.close()
            raise
        self.codec = Codec(_AnyFunctions(), Limits(max_incoming=1 << 28))
        self._frames = websocket.FrameReader(max_message=1 << 28, masked=False)
        self._events: list[websocket.Event] = []
        self._messages: list[Message] = []

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *exc: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(data)

    def say(self, *messages: Message) -> None:
        """Send messages, joined in one frame."""
        self.send(websocket.masked_frame(b"".join(map(self.codec.encode, messages))))

    def hello(self, attempt: int = 1, token: bytes | None = None, received: int = 0) -> None:
        """Introduce a client."""
        self.say(Hello(1, attempt, token, received))

    def event(self) -> websocket.Event | None:
        """Wait for the next frame; None for the end of the connection."""
        while not self._events:
            data = self.socket.recv(65_536)
            if not data:
                return None
            self._events += self._frames.feed(data)
        return self._events.pop(0)

    def take(self, data: bytes) -> None:
        """Take bytes that were read from the socket already."""
        self._events += self._frames.feed(data)

    def message(self, kind: type[Any] = object) -> Any:
        """Wait for the next message of a kind."""
        while True:
            while self._messages:
                found = self._messages.pop(0)
                if isinstance(found, kind):
                    return found
            event = self.event()
            assert isinstance(event, websocket.Message), event
            self._messages += self.codec.decode(event.data)

    def closed(self) -> tuple[int, str]:
        """Wait for the close frame and for the end; return its code and reason."""
        while not isinstance(event := self.event(), websocket.Closed):
            assert event is not None, "closed without a close frame"
        assert self.event() is None
        return event.code, event.reason
