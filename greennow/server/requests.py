"""Connections over HTTP, so that a server that stops lets requests finish and idle ones go."""

from __future__ import annotations

from typing import Any, Protocol
from weakref import WeakKeyDictionary

from gevent.event import Event


class Connection(Protocol):
    """What handles the requests of one connection, one after the other, or waits for the first."""

    #: Whether it waits for the next request.
    is_idle: bool

    def cut(self) -> None:
        """Close the connection soon, whatever it is at."""


class Requests:
    """The connections over HTTP that one server has open; links are none of them."""

    def __init__(self) -> None:
        self._connections: set[Connection] = set()
        #: Is the server about to stop? Then connections are closed after the request that they are at.
        self.is_stopping = False
        self._is_empty = Event()
        self._is_empty.set()

    def begin(self, connection: Connection) -> None:
        """A connection was opened."""
        self._connections.add(connection)
        self._is_empty.clear()

    def end(self, connection: Connection) -> None:
        """It is closed, or has become a link."""
        self._connections.discard(connection)
        if not self._connections:
            self._is_empty.set()

    def finish(self, timeout: float) -> None:
        """Close idle connections, and the others after the request they are at, or in so many seconds."""
        self.is_stopping = True
        for connection in [connection for connection in self._connections if connection.is_idle]:
            connection.cut()
        self._is_empty.wait(timeout)
        for connection in list(self._connections):
            connection.cut()
        self._is_empty.wait()
        self.is_stopping = False


_requests: WeakKeyDictionary[Any, Requests] = WeakKeyDictionary()


def requests_of(server: Any) -> Requests:
    """Return the connections of a server."""
    found = _requests.get(server)
    if found is None:
        found = _requests[server] = Requests()
    return found
