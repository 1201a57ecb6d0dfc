"""Clients that are told things together with others, as far as broadcasts know them; each is its own link."""

from __future__ import annotations

from collections.abc import Callable

from greennow.core.session import Session


class Member:
    """A client, its peer and its link in one."""

    def __init__(self, session: Session, send: Callable[[bytes], int]) -> None:
        self.peer = self
        self.session = session
        self._send = send
        #: What was sent whole.
        self.got: list[bytes] = []
        #: What the line has not taken, and why it was given up.
        self.unsent = b""
        self.lost_because = ""
        session.attach(self, 0)

    def wake(self) -> None: ...

    def send(self, data: bytes) -> int:
        sent = self._send(data)
        if sent == len(data):
            self.got.append(data)
        return sent

    def keep_unsent(self, data: bytes) -> None:
        self.unsent = data
        self.session.block()

    def lost(self, reason: str) -> None:
        self.lost_because = reason
        self.session.detach()
