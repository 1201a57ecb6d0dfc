"""Since when each function is lent, and how often it was called: written in debug only."""

from __future__ import annotations

from .timers import Timers


class Ledger:
    """The entries of the functions in one table, by handle."""

    def __init__(self, timers: Timers) -> None:
        #: Knows the time, by whatever clock it has by then.
        self._timers = timers
        #: When each was lent first, and how often it was called since.
        self._since: dict[int, float] = {}
        self._calls: dict[int, int] = {}

    def lent(self, handle: int) -> None:
        """A function is lent from now on."""
        self._since[handle] = self._timers.time()
        self._calls[handle] = 0

    def called(self, handle: int) -> None:
        """It was called; calls of what is not lent count for nothing."""
        if handle in self._calls:
            self._calls[handle] += 1

    def returned(self, handle: int) -> None:
        """It is lent no more."""
        self._since.pop(handle, None)
        self._calls.pop(handle, None)

    def entry(self, handle: int) -> tuple[float | None, int | None]:
        """Return for how many seconds it has been lent, and how often it was called; None if not known."""
        since = self._since.get(handle)
        return (None if since is None else self._timers.time() - since), self._calls.get(handle)
