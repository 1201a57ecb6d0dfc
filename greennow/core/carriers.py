"""What carries the messages of a session, and how much at once: its link, and maybe an audience."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .session import Session

#: How much is joined into one WebSocket message, in bytes; a single message may be larger.
JOINED = 65_536

#: Room for the acks around a single message that is as large as it may be, in bytes.
ACK_ROOM = 64

#: So much of the other end's arrives before it is told without being asked, in bytes; and at most this part
#: of what it keeps for a resume.
ACKNOWLEDGE_AFTER, OF_BUFFER = 65_536, 4


class Link(Protocol):
    """What carries bytes to the other end now."""

    def wake(self) -> None:
        """There is something to `take` where there was nothing: best later. Or `much_waits`: best now."""


class Audience(Protocol):
    """Sessions that are told the same; what is said to all of them in this turn, kept once."""

    #: Has anything been said since the last look?
    has_said: bool

    @property
    def messages(self) -> Sequence[bytes]:
        """What every member is to be given, and was not yet."""

    @property
    def size(self) -> int:
        """How many bytes that is."""

    @property
    def given(self) -> int:
        """How many messages every member was given since the audience was made."""

    def entries(self, start: int, applied: int) -> Sequence[tuple[bytes, int]]:
        """Return the messages that were given, from this number on, each with the other beside it."""

    def size_since(self, start: int) -> int:
        """Return how many bytes those are."""

    def forget(self, end: int) -> None:
        """No member needs those before this number any more."""

    def left_by(self, session: Session) -> None:
        """A member is told each thing by itself from now on."""
