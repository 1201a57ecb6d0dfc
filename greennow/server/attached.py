"""`now` on a server that the program made and starts itself."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gevent.event import Event
from gevent.pywsgi import WSGIServer

from .entrance import make_entrance
from .requests import requests_of

if TYPE_CHECKING:
    from .serve import Now


class Attached:
    """Lets `now` begin and end with a server of somebody else's, who calls its ``start`` and ``stop``."""

    def __init__(self, server: WSGIServer, nows: Sequence[Now]) -> None:
        self._server = server
        self._nows = nows
        #: Set once it has stopped; None while nobody has asked for that.
        self._stopped: Event | None = None
        make_entrance(server)
        self._start_accepting, self._stop = server.start_accepting, server.stop
        server.start_accepting = self.start_accepting  # type: ignore[method-assign]
        server.stop = self.stop  # type: ignore[method-assign]

    def start_accepting(self) -> None:
        """The server starts, or goes on after a pause."""
        self._stopped = None
        for now in self._nows:
            now.run_here()
        self._start_accepting()

    def stop(self, timeout: float | None = None) -> None:
        """The server is to stop: drain, then stop it. Whoever asks again waits until that is done."""
        if self._stopped is not None:
            self._stopped.wait()
            return
        self._stopped = stopped = Event()
        self._server.close()
        limits = [now.options.drain_timeout if timeout is None else timeout for now in self._nows]
        until = time.monotonic() + max(limits)
        for now, limit in zip(self._nows, limits, strict=True):
            now.drain(min(limit, max(0.0, until - time.monotonic())))
        requests_of(self._server).finish(max(0.0, until - time.monotonic()))
        self._stop(timeout)
        stopped.set()
