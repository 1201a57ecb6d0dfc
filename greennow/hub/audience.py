"""Sessions that are told the same, and what they are told in this turn of the loop.

What many are to hear is kept here, once, until the turn is over, and each session is given all of it in one
step: so twenty broadcasts in a turn are joined once, framed once, and cost each client one send. A session to
which anything else happens before that, be it that a write of its client's is counted or that it is
told something alone, first takes what is here into its own queue. From then on it is told each thing by
itself, until the next turn. So every session has its messages in the order in which they were said,
each with the last write of that moment beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..core.session import Session
from .client import Client


class Audience:
    """Some clients, as long as nobody joins or leaves.

    Invariant: each session is either a member, whose ``audience`` this is, or stands in ``left``. With a
    member all is well: it has a link that takes what comes, and neither messages nor acks wait in it; see
    `Session.join`.
    """

    def __init__(self, clients: Sequence[Client], *, is_kept: bool = True) -> None:
        """
        Args:
            clients: who is told.
            is_kept: is it to be used again?
        """
        self.clients = clients
        self.sessions: Sequence[Session] = [client.peer.session for client in clients]
        #: Those that are told each thing by themselves.
        self.left: list[Session] = list(self.sessions)
        #: What was said in this turn, and how many bytes that is.
        self.messages: list[bytes] = []
        self.size = 0
        #: Is it to be used again?
        self.is_kept = is_kept
        #: The messages as a session keeps them, by the number that stands beside them.
        self._entries: dict[int, list[tuple[bytes, int]]] = {}

    def admit(self) -> None:
        """Before the first message of a turn: those may join (again) with whom all is well."""
        if self.left and not self.messages:
            # A session that cannot join, or is another audience's by now, stays where it is.
            self.left = [session for session in self.left if not session.join(self)]

    def add(self, data: bytes) -> None:
        """Say a message to all members. The others are the caller's."""
        self.messages.append(data)
        self.size += len(data)

    def entries(self, applied: int) -> list[tuple[bytes, int]]:
        """Return the messages as a session keeps them that had applied this write last."""
        entries = self._entries.get(applied)
        if entries is None:
            entries = self._entries[applied] = [(data, applied) for data in self.messages]
        return entries

    def left_by(self, session: Session) -> None:
        """A member goes on by itself."""
        if self.is_kept or self.messages:
            self.left.append(session)

    def given(self) -> None:
        """Every member has been given the messages."""
        self.messages, self.size, self._entries = [], 0, {}
        if not self.is_kept:
            self._let_go()

    def dissolve(self) -> None:
        """Every member takes the messages into its own queue."""
        for session in self.sessions:
            if session.audience is self:
                session.leave()
        self.given()

    def retire(self) -> None:
        """Somebody has joined or left: this one is not used again, once what was said is out."""
        self.is_kept = False
        if not self.messages:
            self._let_go()

    def _let_go(self) -> None:
        # Members refer to this until they join another: it is not to keep those that have gone alive.
        self.clients, self.sessions, self.left = (), (), []
