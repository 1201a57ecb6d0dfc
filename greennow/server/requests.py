"""Connections over HTTP, so that a server that stops lets requests finish and idle ones go."""

from __future__ import annotations

from typing import Any, Protocol
from weakref import WeakKeyDictionary

import gevent
from gevent.event import Event


class Connection(Protocol):
    """What handles the requests of one connection, one after the other."""

    #: Whether it waits for the next request.
    is_idle: bool
    #: The greenlet that does so.
    greenlet: Any


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
        gevent.killall([connection.greenlet for connection in self._connections if connection.is_idle])
        self._is_empty.wait(timeout)
        gevent.killall([connection.greenlet for connection in self._connections])
        self.is_stopping = False


_requests: WeakKeyDictionary[Any, Requests] = WeakKeyDictionary()


def requests_of(server: Any) -> Requests:
    """Return the connections of a server."""
    found = _requests.get(server)
    if found is None:
        found = _requests[server] = Requests()
    return found
