"""What is said to many, sent at the end of the turn: one frame for all."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

import gevent

from ..core.session import Session
from ..hub.audience import Audience
from .sockets import WOULD_BLOCK
from .websocket import frame

logger = logging.getLogger("greennow")

if TYPE_CHECKING:
    from .link import Link


class Broadcasts:
    """The audiences that were told something in this turn of the loop."""

    def __init__(self) -> None:
        #: Those with something to send at its end.
        self._told: list[Audience] = []

    def send_soon(self, audience: Audience) -> None:
        """Send an audience at the end of this turn what it was told by then."""
        if not self._told:
            gevent.get_hub().loop.run_callback(self._send_all)
        self._told.append(audience)

    def _send_all(self) -> None:
        told, self._told = self._told, []
        for audience in told:
            if audience.messages:  # else it was sent in between
                try:
                    self.send_now(audience)
                except Exception:  # a fault of ours is not to keep what the others are told
                    logger.exception("the server failed to send to many")
                    audience.give()

    def send_now(self, audience: Audience) -> None:
        """Send an audience what it was told.

        The loop over its members is the whole of what a broadcast costs for each client; all else is done
        once for all, or for those that have left. It sends and does nothing besides: no code of the
        program's runs in it, and so nobody joins or leaves meanwhile. It looks at no session and no link: to
        have them in the processor's cache between two sends of the kernel's would cost a tenth as much again.
        """
        data = frame(b"".join(audience.messages))
        size = len(data)
        members, sends = audience.members()
        stuck: list[tuple[int, int]] = []
        broken: list[tuple[int, str]] = []
        for index, send in enumerate(sends):
            try:
                sent = send(data)
            except WOULD_BLOCK:
                sent = 0
            except Exception as error:
                broken.append((index, f"the line broke: {error}"))
                continue
            if sent < size:
                stuck.append((index, sent))
        audience.give()
        for index, sent in stuck:
            _link_of(members[index]).keep_unsent(data[sent:])
        for index, reason in broken:
            # Not here: it may end a session, and so retire the audience that is about to be told more.
            gevent.get_hub().loop.run_callback(_link_of(members[index]).lost, reason)


def _link_of(session: Session) -> Link:
    return cast("Link", session.link)  # the server's kind, which every member has
