"""Who attacks: requests and frames as they are, and what comes back in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import cbor2
import pytest

from greennow import ConnectError
from greennow.core.messages import Call, Fail, Ready, Refuse, Reply, Welcome, Write
from greennow.core.tree import Operation
from greennow.server import websocket
from greennow.testing import Harness
from greennow.testing.link import connected

from ..net.raw import RawClient, address


class Attacker:
    """Makes connections to a server, and closes them all at the end."""

    def __init__(self, h: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
        self.h = h
        self.monkeypatch = monkeypatch
        self._clients: list[RawClient] = []

    # HTTP.

    def http(self, request: bytes, *, ends: bool = True) -> str:
        """Send what may be a request; return status and body of the answer, or that there is none."""
        socket = connected(address(self.h.url))
        try:
            host = urlsplit(self.h.url).netloc.encode()
            socket.sendall(request.replace(b"HOST", host))
            answer = b""
            while data := socket.recv(65_536):
                answer += data
        finally:
            socket.close()
        if not answer:
            return "closed without an answer"
        head, _, body = answer.decode("latin-1").partition("\r\n\r\n")
        return f"{head.split(' ', 2)[1]}: {body.strip()}".strip(": ")

    def get(self, path: str, *headers: str) -> str:
        """Ask for something; return the answer."""
        lines = "".join(f"{header}\r\n" for header in ("Host: HOST", "Connection: close", *headers))
        return self.http(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1"))

    def upgrade(self, headers: Mapping[str, str], path: str = "/nowjs/ws") -> str:
        """Ask for a WebSocket; return whether there is one."""
        host = urlsplit(self.h.url).netloc
        shown = {name: value.replace("HOST", host) for name, value in headers.items()}
        try:
            client = self._keep(RawClient(self.h.url, shown, path=path))
        except ConnectError as error:
            return error.reason
        client.hello()
        event = client.event()
        if isinstance(event, websocket.Closed):
            return f"closed with {event.code}: {event.reason}"
        return "let in"

    # WebSockets.

    def client(self) -> RawClient:
        """Return one that has not said hello."""
        return self._keep(RawClient(self.h.url))

    def ready(self, headers: Mapping[str, str] | None = None) -> RawClient:
        """Return one that has introduced itself, and whose ``welcome`` is known."""
        client = self._keep(RawClient(self.h.url, headers))
        client.hello()
        client.welcome = client.message(Welcome)  # type: ignore[attr-defined]
        client.say(Write(()))
        client.message(Ready)
        return client

    def _keep(self, client: RawClient) -> RawClient:
        self._clients.append(client)
        return client

    def send(self, client: RawClient, *shapes: Any) -> None:
        """Send messages as arrays, or bytes that may be some, in one frame."""
        parts = [shape if isinstance(shape, bytes) else cbor2.dumps(shape) for shape in shapes]
        client.send(websocket.masked_frame(b"".join(parts)))

    def closed(self, client: RawClient) -> str:
        """Wait until the link is closed; return code and reason."""
        while (event := client.event()) is not None:
            if isinstance(event, websocket.Closed):
                return f"closed with {event.code}: {event.reason}"
        return "the line is cut"

    def answered(self, client: RawClient, path: Sequence[str] | int, *args: Any) -> str:
        """Call a function; return what comes of it."""
        self.send(client, [5, 1, path if isinstance(path, int) else list(path), list(args)])
        return self.answer(client)

    def answer(self, client: RawClient) -> str:
        """Wait for the next answer to a call; return what it says."""
        while not isinstance(said := client.message(), (Reply, Fail)):
            pass
        if isinstance(said, Reply):
            is_large = isinstance(said.value, int) and said.value > 1 << 64
            return f"answered: {f'an integer of {said.value.bit_length()} bits' if is_large else said.value}"
        return f"failed: {said.failure.type}: {said.failure.message}"

    def refused(self, client: RawClient, *operations: Operation | list[Any]) -> str:
        """Write; return why the first of what was refused was."""
        if operations:
            self.send(client, [4, [list(operation) for operation in operations]])
        client.say(Call(1, ("add",), [1, 1]))
        refusals: list[str] = []
        while not isinstance(said := client.message(), Reply):
            if isinstance(said, Refuse):
                refusals += [reason for _, reason in said.refusals]
        return f"refused: {refusals[0]}" if refusals else "written"

    def close(self) -> None:
        """Go away."""
        for client in self._clients:
            client.socket.close()
