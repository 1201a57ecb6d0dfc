"""Clients that have not been told what was processed, where nothing goes out that tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.timers import Timers

if TYPE_CHECKING:
    from .client import Client

#: After so many seconds a client is told of its writes: until then it shows them as its own. And of all else,
#: of which it only keeps the bytes.
_WRITE_DELAY, _DELAY = 0.05, 5.0


class Acknowledging:
    """Has each client told some time after it has said something: one timer for all of them."""

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        #: Who is to be told: of writes, and of all else.
        self._of_writes: dict[Client, None] = {}
        self._of_all_else: dict[Client, None] = {}

    def owe(self, client: Client) -> None:
        """Tell the client what was processed, unless it has been told by then."""
        if client.peer.session.owes_ack_of_write:
            if not self._of_writes:
                self._timers.later(_WRITE_DELAY, lambda: self._tell(self._of_writes))
            self._of_writes[client] = None
        else:
            if not self._of_all_else:
                self._timers.later(_DELAY, lambda: self._tell(self._of_all_else))
            self._of_all_else[client] = None

    def forget(self, client: Client) -> None:
        """It has gone."""
        self._of_writes.pop(client, None)
        self._of_all_else.pop(client, None)

    def _tell(self, clients: dict[Client, None]) -> None:
        told = list(clients)
        clients.clear()
        for client in told:
            if client.peer.session.owes_ack:
                client.peer.session.acknowledge()
