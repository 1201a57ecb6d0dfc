"""Links that have gone quiet: asked for a sign of life, then given up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.carriers import Audience
from .link import Link

if TYPE_CHECKING:
    from .hub import Hub

#: Looks in one heartbeat.
_LOOKS = 2


class Heartbeats:
    """Looks at all links twice a heartbeat: one timer, whatever the number of clients."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        #: How many looks in a row nothing was heard of a link.
        self._quiet: dict[Link, int] = {}

    def start(self) -> None:
        """Begin to look."""
        self._hub.timers.every(self._hub.options.heartbeat / _LOOKS, self._look)

    def _look(self) -> None:
        quiet, self._quiet = self._quiet, {}
        audiences: set[Audience] = set()
        for client in list(self._hub.clients.values()):
            link = client.link
            if link is None:
                continue
            looks = 0 if link.has_heard else quiet.get(link, 0) + 1
            if looks >= 2 * _LOOKS:
                link.lost("nothing was heard for two heartbeats")
                continue
            self._quiet[link] = looks
            client.peer.release_garbage()
            session, audience = client.peer.session, client.peer.session.audience
            if audience is not None:
                audiences.add(audience)
            if looks or not (link.has_said or (audience is not None and audience.has_said)):
                session.acknowledge(wanted=True)
            elif session.owes_ack:
                session.acknowledge()
            link.has_heard = link.has_said = False
        for audience in audiences:
            audience.has_said = False
