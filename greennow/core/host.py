"""What a peer needs of the end that it is the peer of: where the two ends differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from .checks import Checks
from .functions import Caller, Lending
from .incoming import IncomingCall
from .messages import Refuse
from .missing import Shown
from .paths import Path
from .streams import Stage
from .tree import Operation


class Host(Caller, Stage, Shown, Protocol):
    """What a peer is an end of: the client, or the server's half of one client."""

    #: What calls of the other end's are checked against.
    checks: Checks

    def apply_theirs(self, operations: tuple[Operation, ...]) -> Any:
        """Apply the other end's write; return what `changed` is to be told, or None to abandon it."""

    def changed(self, changes: Any) -> None:
        """The write is applied and counted; now handlers may run."""

    def changed_values(self, paths: Iterable[Path]) -> list[bytes]:
        """Return the encoded writes that give these paths their values of this moment."""

    def start(self, call: IncomingCall) -> None:
        """Run the call, in its order; it may wait."""

    @property
    def other_end(self) -> str:
        """Who is at the other end, for people."""

    def acknowledged(self, count: int) -> None:
        """The other end has processed so many of our messages."""

    def refused(self, refuse: Refuse) -> None:
        """The other end refused operations of ours."""

    def ready(self) -> None:
        """The other end is ready for our calls."""

    def overflowed(self, limit: str) -> None:
        """A buffer of the session is full; end it, but not within this call."""

    def lent_elsewhere(self) -> Sequence[Lending]:
        """Return further tables of lent functions that the other end may name."""

    def give_back(self, handle: int, loans: int) -> bool:
        """Take back loans of a function lent through another table; False if it is none of those."""
