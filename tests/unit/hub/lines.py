"""Clients of a hub without a network: links that keep what is said, one that reads it, and turns that end."""

from __future__ import annotations

from typing import Any

from greennow.core.codec import Codec
from greennow.core.messages import Call, Hello, Message, Welcome, Write
from greennow.core.referring import NoFunctions
from greennow.core.session import Session
from greennow.core.tree import THEIRS, Dict, Set, Value, apply
from greennow.hub.audience import Audience
from greennow.hub.client import Client
from greennow.hub.hub import Hub, Shell
from greennow.hub.user import User


class Line:
    """A link that keeps what is said."""

    def __init__(self) -> None:
        self.said: list[Message] = []
        self.has_heard = self.has_said = True
        self.unsent = 0

    def wake(self) -> None:
        pass

    def say(self, message: Message) -> None:
        self.said.append(message)

    def checked(self) -> None:
        pass

    def lost(self, reason: str) -> None:
        pass

    def close(self, code: int, reason: str) -> None:
        pass


class Reader(Line):
    """The far end of a client that has a function ``hear``, and follows what the server says."""

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        #: What the client sees.
        self.tree: Value = Dict()
        #: What it was called with.
        self.heard: list[Any] = []
        self._codec = Codec(NoFunctions(), hub.limits)
        self.client = connected(hub, self)
        self.client.peer.handle(Write((Set(("hear",), THEIRS),)))

    def say(self, message: Message) -> None:
        if isinstance(message, Welcome):
            self.tree = message.now

    def read(self) -> None:
        """Take all that the server's session has to say."""
        session = self.client.peer.session
        while session.has_to_send:
            for message in self._codec.decode(session.take()):
                self._handle(message)
        self.client.peer.session.acknowledged(session.sent)

    def _handle(self, message: Message) -> None:
        if isinstance(message, Write):
            for operation in message.operations:
                self.tree = apply(self.tree, operation)
        elif isinstance(message, Call):
            self.heard.append(message.args)


def connected(hub: Hub, line: Line | None = None) -> Client:
    """A client that has introduced itself."""
    client = hub.hello(Hello(1, 1), line or Line(), User)
    assert client is not None
    client.peer.handle(Write(()))
    return client


def readers(hub: Hub, count: int) -> list[Reader]:
    """Clients with a function ``hear`` that have been told how much of theirs was processed."""
    made = [Reader(hub) for _ in range(count)]
    for reader in made:
        reader.client.peer.session.acknowledge()
        reader.read()
    return made


class Turns(Shell):
    """Sends what audiences were told when a test ends the turn."""

    def __init__(self) -> None:
        self.told: list[Audience] = []
        #: What was sent to each session at once.
        self.sent: dict[Any, list[bytes]] = {}

    def send_soon(self, audience: Audience) -> None:
        self.told.append(audience)

    def send_now(self, audience: Audience) -> None:
        data = b"".join(audience.messages)
        for session in audience.sessions:
            if session.audience is audience:
                self.deliver(session, data)
        audience.give()

    def deliver(self, session: Session, data: bytes) -> None:
        """What was said to all goes to one of them."""
        self.sent.setdefault(session, []).append(data)

    def end(self) -> None:
        while self.told:
            audience = self.told.pop(0)
            if audience.messages:  # else it was sent in between
                self.send_now(audience)
