"""A client in greenlets: what `greennow.client` is in threads, for the harness."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any, NamedTuple

import gevent

from ..client.end import FINAL, ClientEnd
from ..core.errors import ConnectError, Disconnected
from ..core.namespace import Namespace
from ..core.paths import Path
from ..core.reply import Reply
from ..core.timers import Timer
from ..hub.client import Client as ServerClient
from ..hub.hub import Hub
from ..server.greenlets import GreenletShell
from .dispatcher import Dispatcher
from .faults import NO_FAULTS, Faults
from .link import ClientLink, connected, upgrade
from .wire import Address, Wire, WiredServing

#: How long connecting, flushing and closing may take, in seconds.
PATIENCE = 5.0


class Site(NamedTuple):
    """The server that clients connect to."""

    hub: Hub
    serving: WiredServing
    shell: GreenletShell
    address: Address


class Client:
    """A client of the harness's, with everything that a client in a program has, and its faults."""

    def __init__(
        self, site: Site, identity: Any, headers: Mapping[str, str], cookies: Mapping[str, str]
    ) -> None:
        self._site = site
        self._identity = identity
        self._headers = {**headers, **_cookie_header(cookies)}
        #: The end's lock: all greenlets are of one thread, and nobody waits within a step.
        self.lock: AbstractContextManager[Any] = nullcontext()
        self.has_one_thread = False
        self._dispatcher = Dispatcher(site.shell)
        #: The client's half of everything.
        self.end = ClientEnd(self)
        #: The connection in use.
        self.link: ClientLink | None = None
        #: One that it has given up and that was half-open: the server has not been told.
        self._given_up: ClientLink | None = None
        #: The faults that the harness has put in.
        self.faults = NO_FAULTS
        #: Why the last connection was lost.
        self._lost_for = Disconnected()
        #: Was there ever a connection?
        self._was_online = False
        #: Gives the session up when the client was away too long.
        self._expiry: Any = None
        #: The server's side of it, as last seen over a connection that is lost.
        self._this: ServerClient | None = None

    def __repr__(self) -> str:
        return f"<client {self.client_id or 'not yet connected'}>"

    # What programs use.

    @property
    def now(self) -> Namespace:
        """The namespace shared with the server. What is written before `connect` is sent with it."""
        return self.end.now

    @property
    def client_id(self) -> str:
        """The public id that the server gave the session."""
        return self.end.client_id

    @property
    def this(self) -> ServerClient:
        """The client as the server has it, or had it.

        Raises:
            LookupError: it was never connected.
        """
        seen = (self.link.wire.client if self.link is not None else None) or self._this
        if seen is None:
            raise LookupError("the server has not seen this client yet")
        return seen

    @property
    def online(self) -> bool:
        """Is there a connection?"""
        return self.link is not None

    @property
    def closed(self) -> Disconnected | None:
        """Why it has ended for good, if it has."""
        return self.end.closed

    def on(self, event: str, handler: Callable[..., Any] | None = None) -> Any:
        """Call ``handler`` at each such event, as `greennow.client` does; without one, return a decorator."""
        return self.end.on(event, handler)

    def watch(self, path: str | Path, fn: Callable[..., Any]) -> Callable[[], None]:
        """Call ``fn(value, path)`` after each change at, below or above the path; return what ends it."""
        return self.end.watch(path, fn)

    def snapshot(self, path: str | Path = ()) -> Any:
        """Return plain data, the same object until it changes."""
        return self.end.snapshot(path)

    def frozen(self) -> AbstractContextManager[None]:
        """Within the block ``now`` shows no remote changes."""
        return self.end.frozen()

    def flush(self, timeout: float | None = PATIENCE) -> None:
        """Wait until the server has processed everything sent so far, at most so many seconds."""
        self.end.flushed().result(timeout)

    def connect(self) -> Client:
        """Open a connection, and wait until the client is ready.

        Returns:
            the client itself.

        Raises:
            ConnectError: the server refuses, or has ended the session before it was ready.
            TimeoutError: the server's `connect` handlers did not return in time.
        """
        self._open_link()
        with gevent.Timeout(PATIENCE, TimeoutError(f"the client was not ready after {PATIENCE} s")):
            self._site.shell.wait_while(lambda: self.online and not self.end.is_ready)
        if not self.end.is_ready:
            self.end.end(self._lost_for)
            raise ConnectError(self._lost_for.reason, self._lost_for.code)
        return self

    def close(self) -> None:
        """Send what waits, say goodbye, and end. A client whose line has a fault just goes."""
        if self.link is not None and not self.is_left_out:
            with suppress(Disconnected, TimeoutError):  # it goes all the same
                self.flush()
        if self.link is not None and not self.is_left_out:
            self.link.say_goodbye(Disconnected("the client was closed", 1000))
            with gevent.Timeout(PATIENCE, False):  # type: ignore[arg-type]  # False: end the block quietly
                self.link.closed.wait()
        self.end.end(Disconnected("the client was closed", 1000))
        self.lose()

    # What the harness does with it.

    @property
    def is_left_out(self) -> bool:
        """Does a fault keep it from coming to rest?"""
        return self.faults != NO_FAULTS

    @property
    def running(self) -> set[Any]:
        """The greenlets at code of the client's."""
        return self._dispatcher.running

    @property
    def is_welcome(self) -> bool:
        """Does the session go on over the present connection?"""
        return self.end.link is self.link is not None

    def forget_what_is_over(self) -> None:
        """Let go of the server's side of a session that is over."""
        if self._this is not None and self._this.has_gone:
            self._this = None

    def come_back(self) -> bool:
        """Open a connection if one was lost; raises as `connect` does, unless this ends the client."""
        if self.link is not None or self.closed is not None or not self._was_online:
            return False
        try:
            self._open_link()
        except ConnectError:
            if self.closed is None:
                raise
        return True

    def _open_link(self) -> None:
        site = self._site
        socket = connected(site.address)
        wire = Wire(site.shell, self._identity)
        site.serving.expect(socket.getsockname()[:2], wire)
        try:
            upgrade(socket, "{}:{}".format(*site.address), f"{site.hub.options.path}/ws", self._headers)
        except ConnectError as error:
            site.serving.forget(wire)
            socket.close()
            self._link_lost(error)
            raise
        if self._expiry is not None:
            self._expiry.cancel()
        self.link = ClientLink(self.end, site.hub.timers, socket, wire, self._link_lost)
        self._was_online = True
        self.link.open(self.faults)

    def fault(self, faults: Faults) -> None:
        """Have these faults, and no others, from now on. A line that was half-open is cut."""
        if self.faults.half_open and not faults.half_open:
            self.lose()
        self.faults = faults
        if self.link is not None:
            self.link.change(faults)

    def lose(self) -> None:
        """Cut the connection, and one that was given up."""
        given_up, self._given_up = self._given_up, None
        for link in (given_up, self.link):
            if link is not None:
                link.cut()

    def kill(self) -> None:
        """Cut the connection, and end what code of the client's still runs."""
        self.end.end(Disconnected("the harness has ended"))
        self.lose()
        self._dispatcher.kill()

    def _link_lost(self, reason: Disconnected) -> None:
        if self.link is not None:
            self._this = self.link.wire.client or self._this
            self._given_up = self.link if self.link.wire.is_half_open else None
        self.link = None
        self._lost_for = reason
        if reason.code in FINAL:  # the server may have refused, so that there was no link to lose
            self.end.end(reason)
        if self.closed is None:
            self._expiry = self._site.hub.timers.later(self.end.resume_window, self._give_up)

    def _give_up(self) -> None:
        self.end.give_up_session(Disconnected(f"{self} was away for longer than the resume window"))

    # The end's shell.

    def dispatch(self, task: Callable[[], None]) -> None:
        """Run a piece of the program's code, after those given before."""
        self._dispatcher.dispatch(task)

    def new_reply(self) -> Reply:
        """Return a reply that greenlets can wait for."""
        return self._dispatcher.new_reply()

    def later(self, seconds: float, do: Callable[[], None]) -> Timer:
        """Do something in so many seconds, which the harness's clock tells."""
        return self._site.hub.timers.later(seconds, do)

    def give_up_link(self, reason: str) -> None:
        """The link is of no use any more. Called within a step of the end's, so closed after it."""
        if self.link is not None:
            gevent.spawn(self.link.close, Disconnected(reason))


def _cookie_header(cookies: Mapping[str, str]) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}
