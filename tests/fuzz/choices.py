"""Decisions read from bytes, so that whatever makes bytes - hypothesis, a fuzzer - decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """Bytes as a row of decisions; when they are used up, every decision is the first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        #: How many bytes are used.
        self._at = 0

    @property
    def is_done(self) -> bool:
        """Are all bytes used?"""
        return self._at >= len(self._data)

    def number(self, below: int) -> int:
        """Return a number from 0 on, below this one, which is at most 256."""
        taken = self.data(1)
        return taken[0] % below if taken else 0

    def pick(self, things: Sequence[T]) -> T:
        """Return one of at most 256 things."""
        return things[self.number(len(things))]

    def data(self, size: int) -> bytes:
        """Return so many bytes, or what is left."""
        taken = self._data[self._at : self._at + size]
        self._at += size
        return taken

    def rest(self) -> bytes:
        """Return what is left."""
        return self.data(len(self._data))
