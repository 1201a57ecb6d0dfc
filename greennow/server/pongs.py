"""What pings are owed."""

from __future__ import annotations

from collections.abc import Sequence

from . import websocket


class Pongs:
    """The answers to pings that are yet to be sent: in one write, however many came in one read.

    Who does not read is owed one alone, for the newest ping (RFC 6455, 5.5.3), and so fills no memory.
    """

    __slots__ = ("_owed",)

    def __init__(self) -> None:
        #: The frames to be sent.
        self._owed: Sequence[bytes] = ()

    def __len__(self) -> int:
        return len(self._owed)

    def owe(self, data: bytes, *, newest_only: bool) -> None:
        """A ping with this data has come; ``newest_only`` says that the other end does not read."""
        pong = websocket.frame(data, websocket.PONG)
        if newest_only or not isinstance(self._owed, list):
            self._owed = [pong]
        else:
            self._owed.append(pong)

    def take(self) -> bytes:
        """Return what is to be sent now."""
        owed, self._owed = self._owed, ()
        return b"".join(owed)
