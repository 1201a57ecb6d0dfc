"""A worker for gunicorn: ``gunicorn -k greennow.contrib.gunicorn.Worker module:app``.

What it has over gevent-websocket's own: refusals are HTTP answers, ``start`` handlers run when the worker
does, and stopping drains as `greennow.serve` does.
"""

from __future__ import annotations

from typing import Any

import gevent
from gunicorn.workers.ggevent import GeventPyWSGIWorker, PyWSGIHandler

from ..server.handler import Handler
from ..server.serve import Now, nows_of


class WorkerHandler(Handler, PyWSGIHandler):  # type: ignore[misc]  # gunicorn has no types
    """The handler that upgrades for greennow, with gunicorn's environment and access log."""

    def log_request(self) -> None:
        """Write a line to gunicorn's access log."""
        PyWSGIHandler.log_request(self)


class Worker(GeventPyWSGIWorker):  # type: ignore[misc]
    """Serves an application of `greennow.wsgi`, or any other."""

    wsgi_handler = WorkerHandler

    def run(self) -> None:
        """Serve until told to stop; then drain."""
        nows = nows_of(self.wsgi)
        for now in nows:
            now.run_here()
        stopping = gevent.spawn(self._drain, nows)
        super().run()
        stopping.join()

    def _drain(self, nows: list[Now]) -> Any:
        """Wait until gunicorn wants the worker to stop; gunicorn itself waits for requests, not for links."""
        while self.alive:
            gevent.sleep(0.1)
        for now in nows:
            now.drain(min(now.options.drain_timeout, self.cfg.graceful_timeout))
