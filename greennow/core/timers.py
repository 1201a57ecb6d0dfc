"""What is to happen later: one heap for all sessions, instead of a greenlet or a timer each.

Nothing here looks at a clock by itself: the server gives it one and says when to look.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from itertools import count

#: So many cancelled timers are not worth a look.
_MANY = 100


class Timer:
    """Something to be done at a time; may be cancelled until then."""

    __slots__ = ("_timers", "do")

    def __init__(self, timers: Timers, do: Callable[[], None]) -> None:
        self._timers = timers
        #: What is to be done; None once it was done or cancelled.
        self.do: Callable[[], None] | None = do

    def cancel(self) -> None:
        """It is not to be done after all."""
        if self.do is not None:
            self.do = None
            self._timers.cancelled += 1


class Timers:
    """Timers in the order of their times."""

    def __init__(self) -> None:
        #: Gives the time, in seconds since some beginning.
        self.time: Callable[[], float] = _no_time
        #: When, a number that keeps equal times in order, and what.
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = count()
        #: About how many in the heap were cancelled: they go when they are due, or when they are the most.
        self.cancelled = 0
        #: Called when the next timer is due earlier than before.
        self.sooner: Callable[[], None] = _nobody

    def later(self, seconds: float, do: Callable[[], None]) -> Timer:
        """Do something in so many seconds."""
        if self.cancelled > _MANY and 2 * self.cancelled > len(self._heap):
            self._sweep()
        timer = Timer(self, do)
        heapq.heappush(self._heap, (self.time() + seconds, next(self._order), timer))
        if self._heap[0][2] is timer:
            self.sooner()
        return timer

    def every(self, seconds: float, do: Callable[[], None]) -> None:
        """Do something in so many seconds, and again and again: also when it has failed."""

        def again() -> None:
            self.every(seconds, do)
            do()

        self.later(seconds, again)

    def _sweep(self) -> None:
        """Forget those that were cancelled: what is mostly cancelled, such as a deadline, may be due late."""
        self._heap = [entry for entry in self._heap if entry[2].do is not None]
        heapq.heapify(self._heap)
        self.cancelled = 0

    @property
    def next_due(self) -> float:
        """When the next timer is due; infinity if there is none."""
        while self._heap and self._heap[0][2].do is None:
            heapq.heappop(self._heap)
            self.cancelled -= 1
        return self._heap[0][0] if self._heap else math.inf

    def advance(self) -> None:
        """Do what is due by now, in order."""
        while (do := self.take_next()) is not None:
            do()

    def take_next(self) -> Callable[[], None] | None:
        """Return the next that is due by now, which is no longer to be done; None if nothing is."""
        if self.next_due > self.time():
            return None
        timer = heapq.heappop(self._heap)[2]
        do, timer.do = timer.do, None
        return do

    def clear(self) -> None:
        """Nothing is to be done any more."""
        self._heap.clear()
        self.cancelled = 0


def _no_time() -> float:
    return 0.0


def _nobody() -> None:
    """Nobody moves these timers by a clock."""
