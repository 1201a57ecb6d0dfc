"""Functions that are out for long, and are let go of: the option ``callback_timeout``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .hub import Hub


class Expiry:
    """Lets functions expire that were lent, and not lent again, for between one and two timeouts."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def start(self) -> None:
        """Begin, if there is a timeout."""
        timeout = self._hub.options.callback_timeout
        if timeout is not None:
            self._hub.timers.every(timeout, self._look)

    def _look(self) -> None:
        self._hub.lending.expire()
        for client in self._hub.clients.values():
            client.peer.lending.expire()
