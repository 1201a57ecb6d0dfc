"""What carries the messages of a session: its link, and an audience where many are told the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .session import Session


class Link(Protocol):
    """What carries bytes to the other end now."""

    def wake(self) -> None:
        """There is something to `take` where there was nothing: best later. Or `much_waits`: best now."""


class Audience(Protocol):
    """Sessions that are told the same; what is said to all of them in this turn, kept once."""

    @property
    def messages(self) -> Sequence[bytes]:
        """What every member is to be given, and was not yet."""

    @property
    def size(self) -> int:
        """How many bytes that is."""

    def entries(self, applied: int) -> Sequence[tuple[bytes, int]]:
        """Return the messages, each with this number beside it."""

    def left_by(self, session: Session) -> None:
        """A member is told each thing by itself from now on."""
