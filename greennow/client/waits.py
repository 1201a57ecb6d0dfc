"""Waits of the program's handlers, of which the server is told once they last."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Protocol

from ..core.errors import Disconnected
from ..core.incoming import IncomingCall
from ..core.messages import Message, Waiting
from ..core.reply import Reply
from ..core.timers import Timer
from ..core.waits import Conversation, Waits
from ..core.work import Cancellable

#: After so many seconds the server is told of a wait: it may be one without an end.
_LASTS = 1.0


class Telling(Conversation, Protocol):
    """The client's end of a session."""

    ended: Disconnected | None

    def step(self) -> AbstractContextManager[None]:
        """Make what is done within it one step of the end's."""

    def later(self, seconds: float, do: Callable[[], None]) -> Timer:
        """Do something in so many seconds."""

    def say(self, message: Message) -> int:
        """Send a counted message."""


class ToldWaits(Waits):
    """The waits of a client's work. Whether they go round in a circle the server finds out."""

    def __init__(self, peer: Telling, *, stacked: bool) -> None:
        """
        Args:
            peer: whose they are.
            stacked: does all work run on one thread? Then what began to wait earlier goes on only when what
                began later is done.
        """
        super().__init__(peer)
        self._of = peer
        self._stacked = stacked
        #: The work that waits, in the order in which it began to, and what tells of it.
        self._stack: list[tuple[Cancellable, Timer]] = []

    def begin(self, work: Cancellable, reply: Reply) -> None:
        """Work for the server begins to wait for this answer of the server's."""
        self._stack.append((work, self._of.later(_LASTS, partial(self._tell_stack, work, reply))))

    def end(self, work: Cancellable) -> None:
        """It waits no longer."""
        for entry in reversed(self._stack):
            if entry[0] is work:
                self._stack.remove(entry)
                entry[1].cancel()
                return

    def returned(self, work: Cancellable, reply: Reply) -> None:
        """Work for the server has returned this reply of the server's as its own."""
        self._of.later(_LASTS, partial(self._tell, [work], reply))

    def _tell_stack(self, work: Cancellable, reply: Reply) -> None:
        works = [waiting for waiting, _ in self._stack]
        if work in works:
            self._tell(works[: works.index(work) + 1] if self._stacked else [work], reply)

    def _tell(self, works: list[Cancellable], reply: Reply) -> None:
        with self._of.step():
            calls = tuple(
                work.call.id
                for work in works
                if isinstance(work, IncomingCall) and self._of.incoming.get(work.call.id) is work
            )
            asked = reply.asked
            if calls and asked is not None and asked.peer is self._of and self._of.ended is None:
                self._of.say(Waiting(calls, asked.call_id))
