"""The seam between a client and what carries bytes to it."""

from __future__ import annotations

from typing import Protocol

from ..core.messages import Message


class Link(Protocol):
    """What the server gives a client to be reached by."""

    #: Has anything been heard or said since the last look?
    has_heard: bool
    has_said: bool

    @property
    def unsent(self) -> int:
        """How many bytes wait that the session has given away and the line has not taken."""

    def wake(self) -> None:
        """The session has something to take."""

    def checked(self) -> None:
        """A check that no later message may overtake is over."""

    def lost(self, reason: str) -> None:
        """Give the line up: nothing comes over it any more."""

    def say(self, message: Message) -> None:
        """Send an uncounted message now, ahead of what the session holds."""

    def close(self, code: int, reason: str) -> None:
        """Close, when what was said is out."""
