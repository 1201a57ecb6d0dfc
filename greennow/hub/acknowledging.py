"""Clients that have written, and have not been told that it is applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.timers import Timers

if TYPE_CHECKING:
    from .client import Client

#: A client is told of its writes after so many seconds: until then it shows them as its own.
_DELAY = 0.05


class Acknowledging:
    """Tells each client some time after it has written, unless it is told before with something else.

    Of all else that it says it is told when there has been enough of it, or with the next heartbeat.
    """

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        #: Who is to be told.
        self._clients: dict[Client, None] = {}

    def owe(self, client: Client) -> None:
        """It has written."""
        if not self._clients:
            self._timers.later(_DELAY, self._tell)
        self._clients[client] = None

    def forget(self, client: Client) -> None:
        """It has gone."""
        self._clients.pop(client, None)

    def _tell(self) -> None:
        clients, self._clients = self._clients, {}
        for client in clients:
            if client.peer.session.owes_ack_of_write:
                client.peer.session.acknowledge()
