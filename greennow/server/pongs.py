"""What pings are owed."""

from __future__ import annotations

from . import websocket


class Pongs:
    """The answers to pings that are yet to be sent: in one write, however many came in one read.

    Who does not read is owed one alone, for the newest ping (RFC 6455, 5.5.3), and so fills no memory.
    """

    def __init__(self) -> None:
        #: The frames to be sent.
        self._owed: list[bytes] = []

    def __len__(self) -> int:
        return len(self._owed)

    def owe(self, data: bytes, *, newest_only: bool) -> None:
        """A ping with this data has come; ``newest_only`` says that the other end does not read."""
        if newest_only:
            self._owed.clear()
        self._owed.append(websocket.frame(data, websocket.PONG))

    def take(self) -> bytes:
        """Return what is to be sent now."""
        owed, self._owed = self._owed, []
        return b"".join(owed)
