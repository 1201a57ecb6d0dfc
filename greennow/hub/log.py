"""What many sessions were given, kept once."""

from __future__ import annotations

from collections.abc import Sequence


class Log:
    """Messages in the order in which they were given. They are numbered from 0 on.

    Attributes:
        start: the number of the first that is kept.
        end: the number that the next one has.
    """

    def __init__(self) -> None:
        self.start = self.end = 0
        #: Those that are kept; and how many bytes all up to each of them were together, beginning with all
        #: that are not kept any more.
        self._messages: list[bytes] = []
        self._sizes: list[int] = [0]
        #: What was asked for last: sessions mostly ask for the same.
        self._last_asked = (0, 0)
        self._last_entries: list[tuple[bytes, int]] = []

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return self.size_since(self.start)

    def size_since(self, start: int) -> int:
        """Return how many bytes those from ``start`` on are."""
        return self._sizes[-1] - self._sizes[start - self.start]

    def add(self, messages: Sequence[bytes]) -> None:
        """Append messages."""
        for data in messages:
            self._messages.append(data)
            self._sizes.append(self._sizes[-1] + len(data))
        self.end += len(messages)
        self._last_entries = []

    def entries(self, start: int, applied: int) -> list[tuple[bytes, int]]:
        """Return those from ``start`` on, each with this number beside it."""
        if not self._last_entries or self._last_asked != (start, applied):
            self._last_asked = start, applied
            self._last_entries = [(data, applied) for data in self._messages[start - self.start :]]
        return self._last_entries

    def forget(self, end: int) -> None:
        """Keep none before this number any more."""
        count = end - self.start
        del self._messages[:count], self._sizes[:count]
        self.start = end
        self._last_entries = []

    def number_before(self, size: int) -> int:
        """Return the number of the first of those at the end that are no more than so many bytes."""
        number = self.end
        while number > self.start and self.size_since(number - 1) <= size:
            number -= 1
        return number
