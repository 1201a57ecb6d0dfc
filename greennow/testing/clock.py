"""A clock that stands still until it is moved by hand."""

from __future__ import annotations

from collections.abc import Callable

from ..core.timers import Timers
from ..server.greenlets import LoopClock


class HandClock(LoopClock):
    """Moves the hub's timers when told to, in the place of the loop's clock."""

    def __init__(self, timers: Timers) -> None:
        super().__init__(timers)
        #: The time, in seconds since the clock was made.
        self._time = 0.0
        timers.time = lambda: self._time
        timers.sooner = _nobody

    def start(self) -> None:
        """Nothing moves by itself."""

    def stop(self) -> None:
        """Nothing has moved by itself."""

    def advance(self, seconds: float, let_happen: Callable[[], None]) -> None:
        """Let so much time pass: timers are due in their order, each at its own time.

        Args:
            seconds: how much.
            let_happen: called ahead of each, to let everything happen that does so in no time.
        """
        until = self._time + seconds
        let_happen()
        while (due := self._timers.next_due) <= until:
            self._time = max(self._time, due)
            self._timers.advance()
            let_happen()
        self._time = until


def _nobody() -> None:
    """Nobody waits for a timer to be due."""
