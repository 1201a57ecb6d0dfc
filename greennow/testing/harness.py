"""A server and its clients in one process, for tests: real sockets, faults on demand, and quiet on demand."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import gevent

from ..core.errors import Refused
from ..hub.group import Group
from ..server.default import default
from ..server.greenlets import LoopClock
from ..server.serve import Now, Server
from ..server.wsgi import WSGIApp
from .client import Client, Site
from .clock import HandClock
from .faults import NO_FAULTS, Faults
from .network import BadNetwork
from .rest import Rest
from .snapshot import Snapshot
from .wire import WiredServing


class Harness:
    """Serves a `Now`, makes clients of it, breaks their lines, waits until nothing is in flight.

    A context manager. While it serves, no time passes but by `advance`.
    """

    def __init__(
        self, now: Now | None = None, app: WSGIApp | str | Path | None = None, **options: Any
    ) -> None:
        """
        Args:
            now: what to serve; the default one, of the module's functions, unless given.
            app: the site, as for `greennow.serve`.
            options: options of the `Now`, for the time of the test.
        """
        #: What is served.
        self.now = now if now is not None else default
        self._app = app
        self._options = options
        #: What handlers and called functions raised unasked. What a test takes out, it has dealt with.
        self.errors: list[BaseException] = []
        self._shell = self.now.greenlets
        self._serving = WiredServing(self._shell)
        #: The clients made so far, closed ones too.
        self.clients: list[Client] = []
        self._rest = Rest(self.now, self._serving, self.clients)
        #: There while it serves: the server, the clock, and what is to be put back.
        self._server: Server
        self._clock: HandClock
        self._before: Snapshot

    def __enter__(self) -> Harness:
        now = self.now
        if now.thread is not None:
            raise RuntimeError("this Now is being served already")
        self._before = Snapshot(now)
        self._served_before = now.serving
        now.serving = self._serving
        now.clock = self._clock = HandClock(now.timers)
        now.on("error", self.errors.append)
        try:
            self._server = now.start(self._app, port=0, **self._harnessed(self._options))
        except BaseException:
            self._put_back()
            raise
        return self

    def _harnessed(self, options: dict[str, Any]) -> dict[str, Any]:
        """The options, with identities that the harness knows ahead of those that `authenticate` gives."""
        authenticate = options.get("authenticate", self.now.options.authenticate)
        if authenticate is None:
            return options
        return {**options, "authenticate": partial(self._serving.authenticate, authenticate=authenticate)}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._end()
        finally:
            self._put_back()
        if error is None and self.errors:
            raise self.errors[0]  # all of them are in the log

    # What tests use.

    @property
    def url(self) -> str:
        """The site's address."""
        return self._server.url

    @property
    def everyone(self) -> Group:
        """The group of every connected client."""
        return self.now.everyone

    def client(
        self,
        *,
        identity: Any = None,
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
    ) -> Client:
        """Return a client that is not connected yet; what it writes is there once it is."""
        site = Site(self.now, self._serving, self._shell, ("127.0.0.1", self._server.port))
        client = Client(site, identity, headers or {}, cookies or {})
        client.on("error", self._client_reported)
        self.clients.append(client)
        return client

    def connect(
        self,
        *,
        identity: Any = None,
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
    ) -> Client:
        """Return a client that is connected and ready.

        Args:
            identity: what `authenticate` would give for it; the option need not be there.
            headers: of its request, further ones.
            cookies: of its request.

        Raises:
            ConnectError: the server refuses it.
        """
        return self.client(identity=identity, headers=headers, cookies=cookies).connect()

    def settle(self, timeout: float = 5.0) -> None:
        """Return when nothing is in flight anywhere.

        Every message is processed then, every call answered, and no code runs. Clients whose line
        broke come back first. Those whose line has a fault are left out, and so is what waits for them.

        Args:
            timeout: how long to go on, in seconds.

        Raises:
            TimeoutError: something still moves by then; says what.
            ConnectError: a client could not come back.
        """
        limit = gevent.Timeout(timeout)
        try:
            with limit:
                self._settle()
        except gevent.Timeout as expired:
            if expired is not limit:
                raise
            moving = "\n  ".join(self._rest.moving()) or "something, until just now"
            raise TimeoutError(f"after {timeout} s this still moves:\n  {moving}") from None

    def collect(self) -> None:
        """Collect garbage until everyone has given back the functions that nobody holds any more.

        What goes on meanwhile comes to rest, as by `settle`. Clients forget their ``this`` of sessions that
        are over.
        """
        for client in self.clients:
            client.forget_what_is_over()
        while True:
            self.settle()
            gc.collect()
            if not self._rest.give_back():
                return

    def advance(self, seconds: float) -> None:
        """Let so much time pass for the server and the clients: what is due happens, in its order."""
        self._clock.advance(seconds, self._run_until_quiet)
        self._run_until_quiet()

    # Faults.

    def drop(self, client: Client) -> None:
        """Cut the client's line: what is on its way is lost. It comes back at a `settle` or `resume`."""
        client.lose()
        self._run_until_quiet()

    def stall(self, client: Client) -> None:
        """Have the client read nothing until `resume`, so that what the server sends backs up."""
        client.fault(Faults(stalled=True))

    def hold(self, client: Client, *, received: bool = True, sent: bool = True) -> None:
        """Keep what the client receives, or sends, or both, until `resume`; dropped, it stays away."""
        client.fault(Faults(holds_received=received, holds_sent=sent))

    def delay(self, client: Client, seconds: float) -> None:
        """Have what the client receives and sends take so long, by `advance`; its order is kept."""
        if not seconds >= 0:
            raise ValueError(f"a delay of {seconds!r} seconds")
        client.fault(Faults(delay=seconds))

    def throttle(self, client: Client, bytes_a_second: float) -> None:
        """Have what the client receives and sends pass at this rate, by `advance`; the rest backs up."""
        if not bytes_a_second > 0:
            raise ValueError(f"a rate of {bytes_a_second!r} bytes a second")
        client.fault(Faults(rate=bytes_a_second))

    def half_open(self, client: Client) -> None:
        """Have all vanish that is sent in either direction from now on, and tell neither end.

        Each finds out by itself, as time passes. `resume` cuts the line, and has the client come back.
        """
        client.fault(Faults(half_open=True))

    def resume(self, client: Client) -> None:
        """End the client's faults, and have it come back if its line is cut."""
        client.fault(NO_FAULTS)
        client.come_back()
        self._shell.wait_while(lambda: client.online and not client.is_welcome)

    def bad_network(
        self,
        seed: int | None = None,
        clients: Sequence[Client] | None = None,
        *,
        beyond_window: bool = False,
    ) -> BadNetwork:
        """Return a context manager whose `strike` does one fault after the other, at random.

        Args:
            seed: the same faults again; without one they are others each time.
            clients: whom it strikes; whoever there is, unless given.
            beyond_window: may so much time pass that sessions end?
        """
        return BadNetwork(self, seed, clients, beyond_window=beyond_window)

    # How.

    def _settle(self) -> None:
        while True:
            self._run_until_quiet()
            if self._bring_back() or self._rest.ask_for_acks():
                continue
            if not self._rest.moving():
                return
            self._shell.wait_for_progress()

    def _bring_back(self) -> bool:
        """Have clients come back that are away; return whether there were any."""
        came_back = [client.come_back() for client in self.clients if not client.is_left_out]
        return any(came_back)

    def _run_until_quiet(self) -> None:
        """Let everything happen that happens by itself and in no time."""
        while True:
            before = self._shell.progress
            gevent.idle()
            if self._rest.carrying():
                self._shell.wait_for_progress()
            elif self._shell.progress == before:
                return

    def _client_reported(self, error: BaseException) -> None:
        if not isinstance(error, Refused):  # that is the server's rule at work
            self.errors.append(error)

    def _end(self) -> None:
        """Stop the server and all clients; nothing is left over."""
        self._run_until_quiet()
        for client in self.clients:
            client.close()
        self._run_until_quiet()
        for client in self.clients:
            client.kill()
        gevent.killall([running.greenlet for running in self.now.under_way])
        self._server.stop()
        self._run_until_quiet()
        self.errors[:] = [error for error in self.errors if not isinstance(error, gevent.GreenletExit)]

    def _put_back(self) -> None:
        self.now.serving = self._served_before
        self.now.clock = LoopClock(self.now.timers)
        self._before.put_back()
