"""Whether everything is at rest, and if not, what still moves.

There are two kinds of what moves. *Traffic*: bytes on their way, messages that the other end has not
processed, code that runs or waits for something outside. And *waits* for an answer, which end when
something else does: where a client's line has a fault, they may wait for it, and do not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary, ref

import gevent

from ..core.peer import Peer
from ..hub.client import Client as ServerClient
from ..server.greenlets import GreenletReply
from ..server.serve import Now
from .client import Client
from .wire import Wire, WiredServing

#: Where code lies that is not the program's.
_PACKAGES = (str(Path(gevent.__file__).parent), str(Path(__file__).parent.parent))


class Rest:
    """Looks at both ends of everything."""

    def __init__(self, now: Now, serving: WiredServing, clients: list[Client]) -> None:
        self._now = now
        self._serving = serving
        #: The harness's clients.
        self._clients = clients
        #: What each end was last asked for: an ack of so many messages over this link.
        self._asked: WeakKeyDictionary[Peer, tuple[int, Any]] = WeakKeyDictionary()

    def carrying(self) -> list[Wire]:
        """Return the wires with something on its way that will arrive by itself."""
        return [wire for wire in self._serving.wires if wire.carries]

    def ask_for_acks(self) -> bool:
        """Have each end say what it has processed, where it has not; return whether any had not."""
        asked = False
        for peer in self._peers():
            session = peer.session
            link = session.link
            state = (session.sent, link and ref(link))
            if link is not None and session.in_flight and self._asked.get(peer) != state:
                self._asked[peer] = state
                session.acknowledge(wanted=True)
                asked = True
        return asked

    def give_back(self) -> bool:
        """Have each end return the loans of functions that are garbage; return whether there were any."""
        peers = [peer for peer in self._peers() if peer.borrowing.returned or peer.streams.garbage]
        for peer in peers:
            peer.release_garbage()
        return bool(peers)

    def moving(self) -> list[str]:
        """Return what still moves, a line each."""
        lines = [*self._traffic()]
        if not any(client.is_left_out for client in self._clients):
            lines += self._waits()
        return lines

    # What there is.

    def _present(self) -> list[Client]:
        """The harness's clients that are to come to rest."""
        return [client for client in self._clients if client.closed is None and not client.is_left_out]

    def _sessions(self) -> list[ServerClient]:
        """The server's clients that are to come to rest, whoever is at the other end."""
        left_out = {client.client_id for client in self._clients if client.is_left_out}
        return [
            client
            for client in self._now.clients.values()
            if client.online and client.client_id not in left_out
        ]

    def _peers(self) -> Iterator[Peer]:
        yield from (client.peer for client in self._sessions())
        yield from (client.end.peer for client in self._present() if client.end.peer is not None)

    def _running(self) -> set[Any]:
        """The greenlets at code of the program's, at either end."""
        greenlets = {running.greenlet for running in self._now.under_way}
        for client in self._clients:
            greenlets |= client.running
        return greenlets

    def _waiting(self) -> set[Any]:
        """The greenlets that wait for an answer to a call."""
        peers = [client.peer for client in self._now.clients.values()]
        peers += [client.end.peer for client in self._clients if client.end.peer is not None]
        replies = [
            reply for peer in peers for reply in (*peer.outgoing.replies.values(), *peer.streams.waiting)
        ]
        return {
            greenlet for reply in replies if isinstance(reply, GreenletReply) for greenlet in reply.waiting
        }

    # What moves.

    def _traffic(self) -> Iterator[str]:
        yield from ("bytes are on their way" for _ in self.carrying())
        for client in self._present():
            peer = client.end.peer
            if not client.online:
                yield f"{client} is away"
            elif peer is not None and (peer.session.in_flight or peer.session.has_to_send):
                yield f"messages of {client} to the server are not processed: {peer.session.in_flight}"
        for session in self._sessions():
            ours = session.peer.session
            if ours.in_flight or ours.has_to_send:
                yield f"messages of the server to {session} are not processed: {ours.in_flight}"
        for greenlet in self._running() - self._waiting():
            yield f"code runs: {_place(greenlet)}"

    def _waits(self) -> Iterator[str]:
        for client in self._present():
            if client.online and not client.end.is_ready:
                yield f"{client} waits for the server's `connect` handlers"
            if client.end.peer is not None and client.end.peer.outgoing.replies:
                yield f"{client} waits for answers of the server's: {len(client.end.peer.outgoing.replies)}"
        for session in self._sessions():
            if session.peer.outgoing.replies:
                yield f"the server waits for answers of {session}: {len(session.peer.outgoing.replies)}"
        for greenlet in self._running() & self._waiting():
            yield f"code waits for an answer: {_place(greenlet)}"


def _place(greenlet: Any) -> str:
    """Return where a greenlet stands, in code that is neither gevent's nor ours."""
    frame = greenlet.gr_frame
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGES):
        frame = frame.f_back
    if frame is None:
        return repr(greenlet)
    return f"{frame.f_code.co_name}() at {frame.f_code.co_filename}:{frame.f_lineno}"
