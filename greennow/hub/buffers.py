"""What is kept for all clients together: a bound for the server, beside those for each client."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client import Client
    from .hub import Hub

#: How much may wait for all clients together, in bytes.
KEPT_IN_ALL = 268_435_456

#: How often that is looked at, in seconds.
_INTERVAL = 1.0


class Buffers:
    """Looks each second at what waits for clients, and ends sessions where that is too much in all.

    Those go first whose line is broken, and of these the one that takes the most. A message to many counts
    for each, though its bytes are there once: so the bound is kept, rather too early than too late.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def start(self) -> None:
        """Begin to look."""
        self._hub.timers.every(_INTERVAL, self._look)

    def _look(self) -> None:
        options, clients = self._hub.options, self._hub.clients.values()
        if len(clients) * (options.resume_buffer + options.send_buffer) > KEPT_IN_ALL:
            kept = {client: _kept_for(client) for client in clients}
            too_much = sum(kept.values()) - KEPT_IN_ALL
            if too_much > 0:
                self._make_room(kept, too_much)

    def _make_room(self, kept: dict[Client, int], too_much: int) -> None:
        for client in sorted(kept, key=lambda client: (client.online, -kept[client])):
            if too_much <= 0:
                return
            too_much -= kept[client]
            self._hub.complaints.log(
                "all clients", "ending the session of %s, for which %s bytes wait: too much waits in all",
                client, kept[client],
            )  # fmt: skip
            client.close(4002, "too much waits for all clients together")


def _kept_for(client: Client) -> int:
    return client.peer.session.kept + (0 if client.link is None else client.link.unsent)
