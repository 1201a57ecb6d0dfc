"""`Now` with a server: serving, attaching to servers, stopping."""

from __future__ import annotations

import functools
import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any

import gevent
from gevent.event import Event
from gevent.pywsgi import WSGIHandler, WSGIServer
from gevent.ssl import PROTOCOL_TLS_SERVER, SSLContext

from ..hub.around import wrapped
from ..hub.buffers import Buffers
from ..hub.expiry import Expiry
from ..hub.forgetting import Forgetting
from ..hub.group import Group
from ..hub.heartbeats import Heartbeats
from ..hub.hub import Hub
from ..hub.options import Options
from .attached import Attached
from .entrance import make_entrance
from .greenlets import GreenletContext, GreenletShell, LoopClock, Running
from .handler import Handler
from .pages import site_of
from .readers import Readers
from .requests import requests_of
from .stalls import StallWatch
from .tls import SecureServer
from .wsgi import NowApplication, Serving, WSGIApp

logger = logging.getLogger("greennow")

#: A server that stops closes so many links in one go, and in a second at most: as many as another can take.
_CLOSED_AT_ONCE = 50
_CLOSED_A_SECOND = 1_000


class Now(Hub):
    """One shared `now` with its clients, groups, events and options.

    The module's own functions (``greennow.serve``, ``greennow.on``, ...) act on one default `Now`.
    """

    def __init__(self, **options: Any) -> None:
        """
        Args:
            options: see ``docs/reference/server.md``.

        Raises:
            TypeError: an option is unknown, or of a wrong kind.
            ValueError: an option is out of range.
        """
        #: The greenlets that run for it, and their progress.
        self.greenlets = GreenletShell()
        context = GreenletContext(self.greenlets.progressed)
        super().__init__(context, self.greenlets, Options.make(options))
        #: The handlers and calls that run now.
        self.under_way = context.under_way
        self.serving = Serving()
        self.clock = LoopClock(self.timers)
        #: Calls from other threads, and what wakes the loop for them.
        self._from_threads: list[tuple[Future[Any], Callable[[], Any]]] = []
        self._thread_watcher: Any = None
        #: Greenlets of `start` handlers.
        self._started: list[Any] = []
        self._stall_watch: StallWatch | None = None
        self._is_running = False

    # Serving.

    def serve(
        self,
        app: WSGIApp | str | Path | None = None,
        host: str = "127.0.0.1",
        port: int = 8080,
        *,
        certfile: str | None = None,
        keyfile: str | None = None,
        **options: Any,
    ) -> None:
        """Serve the site and `now`, until SIGINT or SIGTERM; both drain, then this returns.

        Args:
            app: a WSGI application, or a path: a folder, or one page at ``/``. With none, ``/``
                explains itself.
            host: the address to listen at.
            port: the port to listen at; 0 picks one.
            certfile: a certificate chain in PEM, for https.
            keyfile: its key.
            options: options of this `Now`.
        """
        server = self.start(app, host, port, certfile=certfile, keyfile=keyfile, **options)
        with _Signals(server.ask_to_stop):
            print(f"greennow serves {server.url}", flush=True)
            server.wait()

    def start(
        self,
        app: WSGIApp | str | Path | None = None,
        host: str = "127.0.0.1",
        port: int = 8080,
        *,
        certfile: str | None = None,
        keyfile: str | None = None,
        **options: Any,
    ) -> Server:
        """Serve without blocking; the arguments are those of `serve`.

        Raises:
            OSError: the address cannot be listened at.
        """
        application = self.wsgi(app, **options)
        secure: dict[str, Any] = {"ssl_context": _tls(certfile, keyfile)} if certfile else {}
        made = SecureServer if certfile else WSGIServer
        server = made((host, port), application, handler_class=Handler, log=None, **secure)
        make_entrance(server)
        try:
            server.start()
        except OSError as error:
            raise OSError(error.errno, f"cannot listen at {host}:{port}: {error.strerror}") from None
        nows = nows_of(application)
        for now in nows:
            now.run_here()
        return Server(nows, server, "https" if certfile else "http")

    def initialize(self, server: WSGIServer, **options: Any) -> Group:
        """Add `now` to a server of yours before it starts; its own application is untouched.

        `start` handlers run when it starts. Its ``stop`` drains first, for as long as it is given.

        Returns:
            everyone.

        Raises:
            TypeError: its class of handlers is not pywsgi's own, and so cannot be replaced.
        """
        application = server.application = self.wsgi(server.application, **options)
        if not issubclass(server.handler_class, Handler):
            if server.handler_class is not WSGIHandler and not issubclass(Handler, server.handler_class):
                raise TypeError(
                    f"the server has a handler of its own ({server.handler_class}); use wsgi() instead"
                )
            server.handler_class = Handler
        Attached(server, nows_of(application))
        return self.everyone

    def wsgi(self, app: WSGIApp | str | Path | None = None, **options: Any) -> NowApplication:
        """Return the site with `now` beside it: WSGI, for a server with gevent-websocket's handler."""
        self.set_options(options)
        if isinstance(app, _Starting) and app.now is self:
            app = app.app  # it stands in front already
        return _Starting(self, site_of(app, self.options.path), self.serving)

    def set_options(self, options: dict[str, Any]) -> None:
        """Set options before anybody is connected."""
        if not options:
            return
        if self.clients:
            raise RuntimeError("options cannot be changed while clients are connected")
        self.use(self.options.changed(options))

    # Running on the loop.

    def run_here(self) -> None:
        """The calling thread serves from now on."""
        if self._is_running:
            return
        self._is_running = True
        self.serving.is_draining = False
        self.serving.readers = Readers()  # a greenlet is its thread's
        self.thread = self.greenlets.thread_id()
        self._thread_watcher = gevent.get_hub().loop.async_()
        self._thread_watcher.start(lambda: gevent.spawn(self._run_from_threads))
        self.clock.start()
        Heartbeats(self).start()
        Buffers(self).start()
        Forgetting(self).start()
        Expiry(self).start()
        if self.options.debug:
            self._stall_watch = StallWatch(self.thread)
            self._stall_watch.start()
        for handler in self.events.handlers("start"):
            self._started.append(gevent.spawn(self._run_start, handler))

    def _run_start(self, handler: Callable[[], Any]) -> None:
        name = "a handler of 'start'"
        try:
            wrapped(self.options.around, None, name, handler)()
        except Exception as error:
            self.report(error, f"{name} raised")

    def run(self, function: Callable[..., Any], *args: Any) -> Future[Any]:
        """Run ``function(*args)`` on the serving thread; may be called from any thread.

        Returns:
            a `concurrent.futures.Future` of its result.
        """
        future: Future[Any] = Future()
        if self._thread_watcher is None:
            raise RuntimeError("nothing is being served, so there is no serving thread")
        self._from_threads.append((future, functools.partial(function, *args)))
        self._thread_watcher.send()
        return future

    def _run_from_threads(self) -> None:
        waiting, self._from_threads = self._from_threads, []
        for future, function in waiting:
            gevent.spawn(_run_into, future, function)

    def drain(self, timeout: float) -> None:
        """Take no more clients, let what runs finish and be answered, tell clients to come back elsewhere."""
        self.serving.is_draining = True
        started = [greenlet for greenlet in self._started if greenlet is not gevent.getcurrent()]
        self._started.clear()
        # In a greenlet of its own: what handlers raise is caught there, and the timeout is not for them.
        stopping = gevent.spawn(self.fire, "stop", None)
        with gevent.Timeout(timeout, False):  # type: ignore[arg-type]  # False: end the block quietly
            stopping.join()
            gevent.killall(started)
            begun = self._working()
            self.greenlets.wait_while(lambda: begun & self._working())
            self._close_links(timeout)
            self.greenlets.wait_while(lambda: self.serving.links or self._working())
            self._end_sessions()
            # Handlers of `leave` and `disconnect`; one of them may be what stops the server.
            gevent.joinall(
                [greenlet for greenlet in self.greenlets.spawned if greenlet is not gevent.getcurrent()]
            )
        stopping.kill(block=False)
        self.stop_here()

    def _working(self) -> set[Running]:
        """Return the handlers and calls that run, but for the one that asks."""
        here = gevent.getcurrent()
        return {
            running for running in self.under_way if running.holds_up_stop and running.greenlet is not here
        }

    def _close_links(self, timeout: float) -> None:
        """Tell clients to come back elsewhere; not all at one moment, or they would come back at one."""
        links = list(self.serving.links)
        pause = min(_CLOSED_AT_ONCE / _CLOSED_A_SECOND, timeout / 2 / (len(links) / _CLOSED_AT_ONCE + 1))
        for number, link in enumerate(links, 1):
            link.flush()
            link.close(1001, "the server is going away")
            if number % _CLOSED_AT_ONCE == 0:
                gevent.sleep(pause)

    def _end_sessions(self) -> None:
        for client in list(self.clients.values()):
            client.close(1001, "the server has stopped")

    def stop_here(self) -> None:
        """Nothing is served any more."""
        self._end_sessions()
        for link in list(self.serving.links):
            link.lost("the server has stopped")
        self.complaints.sum_up()
        self.timers.clear()
        self.clock.stop()
        if self._stall_watch is not None:
            self._stall_watch.stop()
            self._stall_watch = None
        if self._thread_watcher is not None:
            self._thread_watcher.close()
            self._thread_watcher = None
        self._is_running = False
        self.thread = None


class _Starting(NowApplication):
    """Under a server of somebody else's (gunicorn) serving begins with the first request of the process."""

    def __init__(self, now: Now, app: WSGIApp, serving: Serving) -> None:
        super().__init__(now, app, serving)
        #: What is served.
        self.now = now

    def take_over(self, socket: Any, make: Any) -> Any:
        """Serving begins in the thread that has the first client."""
        is_over = self.now.serving.is_draining  # an upgrade may have waited while the server stopped
        if not is_over:
            self.now.run_here()
        link = super().take_over(socket, make)
        if is_over:
            link.close(1001, "the server is going away")
            link.lost("the server is going away")
        return link


def nows_of(application: Any) -> list[Now]:
    """Return the `Now` that stands in front of a site, and those that it stands in front of."""
    if not isinstance(application, NowApplication):
        return []
    return list(dict.fromkeys(found.now for found in application.nested() if isinstance(found, _Starting)))


class Server:
    """A server that `start` began. A context manager: leaving it stops the server."""

    def __init__(self, nows: Sequence[Now], server: WSGIServer, scheme: str) -> None:
        #: What is served: the first, and those that it stands in front of.
        self._nows = nows
        self._server = server
        #: The port it listens at.
        self.port: int = server.server_port or 0
        host = server.server_host or ""
        shown = f"[{host}]" if ":" in host else "127.0.0.1" if host in ("", "0.0.0.0") else host
        #: The site's address.
        self.url = f"{scheme}://{shown}:{self.port}"
        self._stopped = Event()
        self._is_stopping = False

    def __repr__(self) -> str:
        return f"<Server {self.url}>"

    def ask_to_stop(self) -> None:
        """Begin to stop, with the time of ``drain_timeout``; returns at once."""
        gevent.spawn(self.stop, self._nows[0].options.drain_timeout)

    def stop(self, timeout: float = 5) -> None:
        """Stop: no new clients; those there are get told; handlers may finish within ``timeout`` seconds."""
        if self._is_stopping:
            self._stopped.wait(timeout)
            return
        self._is_stopping = True
        until = time.monotonic() + timeout
        self._server.close()  # no more connections; those open go on
        for now in self._nows:
            now.drain(max(0.0, until - time.monotonic()))
        requests_of(self._server).finish(max(0.0, until - time.monotonic()))
        self._server.stop(timeout=0)
        self._stopped.set()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until it has stopped, at most so many seconds."""
        self._stopped.wait(timeout)

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Signals:
    """While the block runs, SIGINT and SIGTERM call a function; only in the main thread."""

    def __init__(self, handle: Callable[[], None]) -> None:
        self._handle = handle
        self._watchers: list[Any] = []

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self._watchers = [
                gevent.signal_handler(number, self._handle) for number in (signal.SIGINT, signal.SIGTERM)
            ]

    def __exit__(self, *exc: object) -> None:
        for watcher in self._watchers:
            watcher.cancel()


def _tls(certfile: str, keyfile: str | None) -> SSLContext:
    context = SSLContext(PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certfile, keyfile)
    except OSError as error:
        raise OSError(error.errno, f"cannot use the certificate {certfile}: {error.strerror}") from None
    return context


def _run_into(future: Future[Any], function: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(function())
    except BaseException as error:
        future.set_exception(error)
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
