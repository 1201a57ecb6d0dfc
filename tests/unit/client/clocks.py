"""A clock for threads that a test moves by hand."""

from __future__ import annotations

import threading
from typing import Any

from greennow.client.clock import Bell, Clock

#: Seconds of real time after which a test that waits for ever is ended.
DEADLINE = 30

_DUE = object()


class HandClock(Clock):
    """Time stands still but for `advance`."""

    def __init__(self) -> None:
        self._now = 0.0
        self._changed = threading.Condition()
        #: Who waits: until when, and at which bell.
        self._waiting: list[tuple[float, Bell]] = []

    def time(self) -> float:
        return self._now

    def wait(self, bell: Bell, seconds: float | None) -> bool:
        entry = (float("inf") if seconds is None else self._now + seconds, bell)
        with self._changed:
            if entry[0] <= self._now:
                bell.put(_DUE)
            self._waiting.append(entry)
            self._changed.notify_all()
        try:
            rung: Any = bell.get(timeout=DEADLINE)
            return rung is not _DUE
        finally:
            with self._changed:
                self._waiting.remove(entry)

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass."""
        with self._changed:
            self._now += seconds
            for until, bell in self._waiting:
                if until <= self._now:
                    bell.put(_DUE)

    def waited_for(self, at_least: float = 0.0, below: float = float("inf")) -> float:
        """Wait until somebody waits for so long, and return for how long, in seconds."""

        def found() -> list[float]:
            return [until - self._now for until, _ in self._waiting if at_least <= until - self._now < below]

        with self._changed:
            assert self._changed.wait_for(found, DEADLINE), "nobody waits for that long"
            return found()[0]
