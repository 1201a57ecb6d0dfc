"""Waits of the program's handlers, of which the server is told once they last."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from threading import get_ident
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


class Wait:
    """A wait that goes on."""

    __slots__ = ("reply", "thread", "timer", "work")

    def __init__(self, work: Cancellable, reply: Reply, thread: int) -> None:
        self.work = work
        self.reply = reply
        #: Where it waits.
        self.thread = thread
        #: What tells the server of it, if it lasts.
        self.timer: Timer | None = None


class ToldWaits(Waits):
    """The waits of a client's work. Whether they go round in a circle the server finds out."""

    def __init__(self, peer: Telling, *, stacked: bool) -> None:
        """
        Args:
            peer: whose they are.
            stacked: does what waits run other work on its thread meanwhile? Then what began to wait earlier
                goes on only when what began later on that thread is done.
        """
        super().__init__(peer)
        self._of = peer
        self._stacked = stacked
        #: The waits that go on, in the order in which they began. Any thread adds and removes its own.
        self._waits: list[Wait] = []

    def begin(self, work: Cancellable, reply: Reply) -> None:
        """Work for the server begins to wait for this answer of the server's."""
        wait = Wait(work, reply, get_ident())
        self._waits.append(wait)
        wait.timer = self._of.later(_LASTS, partial(self._tell_wait, wait))

    def end(self, work: Cancellable) -> None:
        """It waits no longer."""
        wait = next((wait for wait in reversed(self._waits) if wait.work is work), None)
        if wait is None or wait.timer is None:
            return
        self._waits.remove(wait)
        was_told = wait.timer.do is None
        wait.timer.cancel()
        below = self._stack(wait.thread)
        if was_told and self._stacked and below:
            self._tell_wait(below[-1])  # the server takes it to wait for what this one has waited for

    def returned(self, work: Cancellable, reply: Reply) -> None:
        """Work for the server has returned this reply of the server's as its own."""
        self._of.later(_LASTS, partial(self._tell, [work], reply))

    def _stack(self, thread: int) -> list[Wait]:
        return [wait for wait in list(self._waits) if wait.thread == thread]

    def _tell_wait(self, wait: Wait) -> None:
        stack = self._stack(wait.thread) if self._stacked else [wait]
        if wait in stack:  # else it has just ended
            self._tell([each.work for each in stack[: stack.index(wait) + 1]], wait.reply)

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
