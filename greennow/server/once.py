"""What happens once, and may be waited for."""

from __future__ import annotations

from gevent.event import Event


class Once:
    """An `Event` that is made when a first one waits: mostly nobody does, and it takes 180 bytes."""

    __slots__ = ("_event", "_is_set")

    def __init__(self) -> None:
        self._is_set = False
        #: What wakes those who wait.
        self._event: Event | None = None

    def is_set(self) -> bool:
        """Has it happened?"""
        return self._is_set

    def set(self) -> None:
        """It happens."""
        self._is_set = True
        if self._event is not None:
            self._event.set()

    def wait(self) -> None:
        """Return once it has happened."""
        if self._is_set:
            return
        if self._event is None:
            self._event = Event()
        self._event.wait()
