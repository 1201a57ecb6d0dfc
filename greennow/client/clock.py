"""Time as the client's threads live it; a test puts one in its place that it moves by hand."""

from __future__ import annotations

import sys
import time
from queue import Empty, SimpleQueue
from typing import Any, TypeAlias

#: What wakes a thread: whoever has news for it puts something in, be it in a destructor.
Bell: TypeAlias = "SimpleQueue[Any]"


class Clock:
    """The time that passes, and waiting in it."""

    def time(self) -> float:
        """Return the seconds since some beginning, those that the machine slept among them.

        So a link whose server was not heard before a laptop was suspended is given up as soon as it wakes.
        """
        if sys.platform == "linux":
            seconds = time.clock_gettime(time.CLOCK_BOOTTIME)
        elif sys.platform == "darwin":
            seconds = time.clock_gettime(time.CLOCK_MONOTONIC)
        else:
            seconds = time.monotonic()
        return seconds

    def wait(self, bell: Bell, seconds: float | None) -> bool:
        """Wait until the bell is rung, at most so many seconds; return whether it was."""
        try:
            bell.get(timeout=seconds if seconds is None else max(0.0, seconds))
        except Empty:
            return False
        return True
