"""Who waits for whom, across both ends; and handlers that would wait for each other for ever.

A handler that waits for the answer to a call waits for one thing. So whoever follows from work to the call
that it waits for, and on to the work on that call, walks along a line; and where it comes back to the
beginning, nothing on that line can ever go on.

The server sees its own waits. Those of its clients' handlers it is told, by `Waiting`, once they have lasted
for a while: so the usual wait costs no message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from .calls import name_of
from .errors import Deadlock
from .incoming import IncomingCall
from .messages import Waiting
from .reply import Asked, Reply
from .work import Cancellable


class Conversation(Protocol):
    """A peer, as far as it matters who waits for whom."""

    waits: Waits

    @property
    def incoming(self) -> Mapping[int, IncomingCall]:
        """Calls of theirs under way, by id."""

    @property
    def awaited(self) -> Mapping[int, Reply]:
        """The answers to calls of ours that are to come, by id."""

    @property
    def other_end(self) -> str:
        """Who is at the other end, for people."""


class Waits:
    """The waits of one session's work, as the server knows them."""

    __slots__ = ("_peer", "_told")

    def __init__(self, peer: Conversation) -> None:
        self._peer = peer
        #: Calls of ours that the other end works on, by id; and for which call of its own that work waits.
        self._told: dict[int, int] = {}

    def begin(self, work: Cancellable, reply: Reply) -> None:
        """Work for some end begins to wait for this answer of the other end's."""
        work.waits_for = reply
        if self._told:
            _check(reply)

    def end(self, work: Cancellable) -> None:
        """It waits no longer."""
        work.waits_for = None

    def returned(self, work: Cancellable, reply: Reply) -> None:
        """Work for some end has returned this reply of the other end's as its own."""
        self.begin(work, reply)

    def told(self, message: Waiting) -> None:
        """The other end's work on calls of ours waits for a call of its own."""
        for call_id in message.calls:
            if call_id in self._peer.awaited:
                self._told[call_id] = message.waits_for
        # These go on when that one is answered: a circle through one of them goes through the work on it.
        work = self._peer.incoming.get(message.waits_for)
        if work is not None and work.waits_for is not None:
            _check(work.waits_for)

    def answered(self, call_id: int) -> None:
        """The other end's work on this call of ours is done."""
        if self._told:
            self._told.pop(call_id, None)

    def work_on(self, call_id: int) -> IncomingCall | None:
        """Return our work that the other end's work on this call of ours waits for, as far as is known."""
        waits_for = self._told.get(call_id)
        return None if waits_for is None else self._peer.incoming.get(waits_for)


def _check(reply: Reply) -> None:
    """If who waits for the answer to a call is what that answer waits for, say so to it."""
    cycle = _cycle(reply)
    if cycle is not None:
        reply.reject(Deadlock(cycle))


def _cycle(start: Reply) -> str | None:
    """Follow what the answer to a call waits for; if that is who waits for it, return the cycle in words."""
    reply, waits = start, []
    seen: set[Asked] = set()
    while (asked := reply.asked) is not None and asked not in seen:
        seen.add(asked)
        work = asked.peer.waits.work_on(asked.call_id)
        if work is None or work.waits_for is None:
            return None
        called = f"{name_of(asked.target)} of {asked.peer.other_end}"
        waits.append(f"waits for {called}, which waits for {work.name}")
        reply = work.waits_for
        if reply is start:
            return f"{work.name} {', which '.join(waits)}"
    return None
