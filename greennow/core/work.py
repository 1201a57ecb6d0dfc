"""What one end does for the other, and may be given up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from .errors import Cancelled
from .reply import Reply


class Workplace(Protocol):
    """Where work is done: the end that a peer is the peer of."""

    def report(self, error: BaseException, what: str) -> None:
        """Log the error with its traceback, and tell who listens."""

    def log(self, what: str, error: BaseException | None = None) -> None:
        """Log what the other end has brought about, with the error's traceback."""

    def interrupt(self, work: Cancellable, error: Cancelled, replies: Sequence[Reply]) -> None:
        """End the work at the next point where it waits; these are the answers it waits for."""


class Cancellable:
    """A piece of work for the other end: a call of theirs, or a stream that they read.

    When it is cancelled it is interrupted at the next point where it waits, and the calls that it made are
    cancelled in turn.
    """

    __slots__ = ("block", "calls", "cancelled", "place", "until", "waits_for")

    def __init__(self, place: Workplace, until: float | None = None) -> None:
        #: Where it is done.
        self.place = place
        #: When it has to be done, by `time.monotonic`; None if there is no such time.
        self.until = until
        #: The answers that it, or its answer, waits for.
        self.calls: set[Reply] = set()
        #: The one without which it cannot go on now, where that is known.
        self.waits_for: Reply | None = None
        #: Why it was given up, if it was.
        self.cancelled: Cancelled | None = None
        #: Where it runs: whatever the host knows it by.
        self.block: Any = None

    @property
    def work(self) -> Cancellable | None:
        """What is cancelled with it: it is itself the bounds of the calls that are made for it."""
        return self

    def cancel(self, reason: str) -> None:
        """Give it up: nobody waits for what comes of it any more."""
        if self.cancelled is not None:
            return
        self.cancelled = error = Cancelled(reason)
        replies = list(self.calls)
        for reply in replies:
            reply.give_up()
        self.place.interrupt(self, error, replies)
