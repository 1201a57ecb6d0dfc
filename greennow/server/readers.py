"""The greenlets that handle what links receive: one, again and again, as long as nothing waits."""

from __future__ import annotations

from collections.abc import Callable

import gevent
from gevent import Greenlet


class Readers:
    """Runs work that mostly does not wait, at a tenth of what a new greenlet each time would cost."""

    def __init__(self) -> None:
        #: One that has nothing to do.
        self._spare: _Reader | None = None

    def run(self, work: Callable[[], None]) -> None:
        """Run the work in a greenlet; return when it is done, or as soon as it waits. Called by the loop.

        Who waits may be killed, or be waited for, and so ends with its work; who did not has another to do.
        """
        reader, self._spare = self._spare or _Reader(), None
        if reader.do(work):
            self._spare = reader
        else:
            reader.has_waited = True


class _Reader(Greenlet):  # type: ignore[type-arg]
    """Does what it is given, and rests until it is given more; unless it has waited for something else."""

    def __init__(self) -> None:
        super().__init__()
        self._work: Callable[[], None] = _nothing
        #: Did the loop go on while it was at work?
        self.has_waited = False
        #: Has it done its work?
        self._rests = False

    def do(self, work: Callable[[], None]) -> bool:
        """Begin with the work; return whether it is done."""
        self._work = work
        # A context variable that some client's function set is not there for another client's.
        self.gr_context = None
        self.switch()
        return self._rests

    def _run(self) -> None:
        while True:
            self._work()
            self._work = _nothing
            if self.has_waited:
                return
            self._rests = True
            gevent.get_hub().switch()
            self._rests = False


def _nothing() -> None:
    """What one that rests has to do."""
