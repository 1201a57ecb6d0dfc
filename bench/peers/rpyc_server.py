"""RPyC's threaded server."""

from __future__ import annotations

import time
from typing import Any

import rpyc
from rpyc.utils.server import ThreadedServer

from .announcing import announce

#: Every client's function.
listeners: dict[Any, Any] = {}


class Service(rpyc.Service):
    """What clients can call."""

    def on_connect(self, conn: Any) -> None:
        """Remember whose service this is."""
        self._connection = conn

    def on_disconnect(self, conn: Any) -> None:
        """Forget the client's function."""
        listeners.pop(conn, None)

    def exposed_listen(self, listener: Any) -> None:
        """Keep a client's function, to be called without waiting."""
        listeners[self._connection] = rpyc.async_(listener)

    def exposed_add(self, a: int, b: int) -> int:
        """Add."""
        return a + b

    def exposed_say(self, text: str, times: int) -> None:
        """Call every client's function."""
        for _ in range(times):
            for listener in list(listeners.values()):
                listener(text)

    def exposed_change(self, times: int) -> None:
        """Call every client's function, and let other threads run after each time."""
        for value in range(times):
            for listener in list(listeners.values()):
                listener(100_000 + value)
            time.sleep(0)

    def exposed_bounce(self, callback: Any, times: int) -> None:
        """Call the caller's function, and wait for each answer."""
        for _ in range(times):
            if callback(7) != 8:
                raise ValueError("the callback does not add 1")


if __name__ == "__main__":
    server = ThreadedServer(Service, hostname="127.0.0.1", port=0, backlog=1024)
    announce(server.port)
    server.start()
