"""What many were given and all of them have acknowledged: forgotten after a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.carriers import Audience

if TYPE_CHECKING:
    from .hub import Hub

#: How often that is looked at, in seconds; clients acknowledge about as often.
_INTERVAL = 5.0


class Forgetting:
    """Looks at all members of audiences now and then: one timer, and nothing is done for each ack.

    An audience keeps what it was told for all members together, so none of them can tell when the last one
    has acknowledged it. There may be as many audiences as there are groups.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def start(self) -> None:
        """Begin to look."""
        self._hub.timers.every(_INTERVAL, self._look)

    def _look(self) -> None:
        needed: dict[Audience, int] = {}  # the first message that a member has not acknowledged
        for client in self._hub.clients.values():
            session = client.peer.session
            audience = session.audience
            if audience is not None:
                needed[audience] = min(needed.get(audience, audience.given), session.joined_at)
        for audience, start in needed.items():
            audience.forget(start)
