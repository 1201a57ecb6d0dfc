"""Sessions that are told the same, and what they are told in this turn of the loop.

What many are to hear is kept here, once, until the turn is over, and each session is given all of it in one
step: so twenty broadcasts in a turn are joined once, framed once, and cost each client one send. A session to
which anything else happens before that, be it that a write of its client's is counted or that it is
told something alone, first takes what is here into its own queue. From then on it is told each thing by
itself, until the next turn. So every session has its messages in the order in which they were said,
each with the last write of that moment beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..core.carriers import ACKNOWLEDGE_AFTER
from ..core.session import Session
from .client import Client
from .log import Log

#: So many bytes are kept for all members, and at most half of what one may have kept. A client acknowledges
#: what it has after half of that, so that mostly none has to keep it for itself.
_ROOM = 2 * ACKNOWLEDGE_AFTER


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
        #: The members, and how the link of each sends; None where some have come or gone since.
        self._members: tuple[list[Session], list[Callable[[bytes], int]]] | None = None
        #: Has anything been said since the last look at the links? See `Heartbeats`.
        self.has_said = False
        #: What was said in this turn, and how many bytes that is.
        self.messages: list[bytes] = []
        self.size = 0
        #: Is it to be used again?
        self.is_kept = is_kept
        #: What members were given, and how many bytes of it are kept here.
        self._log = Log()
        resume_buffer = self.sessions[0].limits.resume_buffer if self.sessions else 0
        self._room = min(_ROOM, resume_buffer // 2)

    def admit(self) -> None:
        """Before the first message of a turn: those may join (again) with whom all is well."""
        if self.left and not self.messages:
            # A session that cannot join, or is another audience's by now, stays where it is.
            self.left = [session for session in self.left if not session.join(self)]
            self._members = None

    def add(self, data: bytes) -> None:
        """Say a message to all members. The others are the caller's."""
        self.messages.append(data)
        self.size += len(data)

    @property
    def given(self) -> int:
        """How many messages every member was given since this was made."""
        return self._log.end

    def entries(self, start: int, applied: int) -> list[tuple[bytes, int]]:
        """Return those from ``start`` on as a session keeps them that had applied this write last."""
        return self._log.entries(start, applied)

    def size_since(self, start: int) -> int:
        """Return how many bytes those are."""
        return self._log.size_since(start)

    def forget(self, end: int) -> None:
        """No member needs those before this number any more."""
        self._log.forget(end)

    def left_by(self, session: Session) -> None:
        """A member goes on by itself."""
        self._members = None
        if self.is_kept or self.messages:
            self.left.append(session)
            if len(self.left) == len(self.sessions):
                self._log.forget(self._log.end)  # all have taken what they need

    def members(self) -> tuple[list[Session], list[Callable[[bytes], int]]]:
        """Return the members, and in the same order how their links send: a member's link stays the same."""
        if self._members is None:
            members = [session for session in self.sessions if session.audience is self]
            links: list[Any] = [session.link for session in members]  # the server's kind
            self._members = members, [link.send for link in links]
        return self._members

    def give(self) -> None:
        """Every member's link has been given the messages."""
        self.has_said = True
        self._log.add(self.messages)
        self.messages, self.size = [], 0
        if self._log.size > self._room:
            self._keep_less()
        if not self.is_kept:
            self._let_go()

    def _keep_less(self) -> None:
        """Forget the older half. Who has not acknowledged that yet keeps it for itself."""
        half = self._log.number_before(self._room // 2)
        for session in self.sessions:
            if session.audience is self and session.joined_at < half:
                session.catch_up()
        self._log.forget(half)

    def dissolve(self) -> None:
        """Every member takes the messages into its own queue."""
        for session in self.sessions:
            if session.audience is self:
                session.leave()
        self.messages, self.size = [], 0
        if not self.is_kept:
            self._let_go()

    def retire(self) -> None:
        """Somebody has joined or left: this one is not used again, once what was said is out."""
        self.is_kept = False
        if not self.messages:
            self._let_go()

    def _let_go(self) -> None:
        # Members refer to this until they join another, for what is in the log: it is not to keep those that
        # have gone alive.
        self.clients, self.sessions, self.left, self._members = (), (), [], None
