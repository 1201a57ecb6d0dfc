"""`connect`, and the `Client` that it returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from random import Random
from ssl import SSLContext
from types import TracebackType
from typing import Any, overload

from ..core.errors import Disconnected
from ..core.events import Handler
from ..core.namespace import Namespace
from ..core.paths import Path
from .address import make_address
from .clock import Clock
from .connection import Connection
from .dispatch import Task

#: How long `close` waits for what is still to be sent, in seconds.
_LAST_FLUSH = 5.0


class Client:
    """A connection to a server that shares its ``now``; made by `connect`.

    All of it may be used by any thread. A context manager: leaving it closes the client.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._end = connection.end

    def __repr__(self) -> str:
        state = "closed" if self._end.closed else "online" if self.online else "offline"
        return f"<Client {self.client_id} of {self._connection.address.url}, {state}>"

    @property
    def now(self) -> Namespace:
        """The namespace shared with the server."""
        return self._end.now

    @property
    def client_id(self) -> str:
        """The public id that the server gave this client; a session that is not resumed has another one."""
        return self._end.client_id

    @property
    def online(self) -> bool:
        """Is there a link to the server at this moment?"""
        return self._end.link is not None

    # Being told.

    @overload
    def on(self, event: str) -> Callable[[Handler], Handler]: ...
    @overload
    def on(self, event: str, fn: Handler) -> Callable[[], None]: ...

    def on(self, event: str, fn: Handler | None = None) -> Any:
        """Call ``fn`` at each such event; without one, return a decorator.

        The events: ``ready`` (at once if it is already), ``disconnect``, ``reconnect`` (with True if the
        session was resumed), ``reconnect_failed``, ``change`` (with the path and the value of what the server
        wrote), ``error`` (with the exception) and ``close``.

        Returns:
            a function that ends it; as a decorator, the handler itself.

        Raises:
            ValueError: there is no such event.
        """
        return self._end.on(event, fn)

    def watch(self, path: str | Path, fn: Handler) -> Callable[[], None]:
        """Call ``fn(value, path)`` after each change at, below or above the path, whoever made it.

        Args:
            path: a dotted string or a tuple.
            fn: gets plain data, or `DELETED` where there is nothing any more.

        Returns:
            a function that ends it.
        """
        return self._end.watch(path, fn)

    def snapshot(self, path: str | Path = ()) -> Any:
        """Return what stands at the path as plain data: the same object until it changes."""
        return self._end.snapshot(path)

    def frozen(self) -> AbstractContextManager[None]:
        """Return a context manager: within it ``now`` shows no remote changes, but our own."""
        return self._end.frozen()

    # Waiting, and ending.

    def flush(self, timeout: float | None = None) -> None:
        """Wait until the server has processed everything sent so far.

        Args:
            timeout: how long, in seconds; None waits as long as the session lives.

        Raises:
            TimeoutError: it took longer.
            Disconnected: the session ended before.
        """
        self._end.flushed().result(timeout)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the client is closed for good, by either end, or until Ctrl-C, which is taken as that.

        Args:
            timeout: how long, in seconds; None waits for ever.

        Returns:
            whether it is closed, or is to be.
        """
        over = self._connection.over
        try:
            over.wait_until_done(timeout)
        except KeyboardInterrupt:
            return True
        return over.done()

    def close(self) -> None:
        """Send what waits, 5 seconds at most, say goodbye, and end."""
        with suppress(Disconnected, TimeoutError):
            self.flush(_LAST_FLUSH)
        self._connection.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def connect(
    url: str,
    *,
    timeout: float | None = 10,
    reconnect: bool | int = True,
    headers: Mapping[str, str] | None = None,
    cookies: Mapping[str, str] | str | None = None,
    token: str | None = None,
    dispatch: Callable[[Task], Any] | None = None,
    ssl: SSLContext | None = None,
    proxy: str | None = None,
) -> Client:
    """Connect to a server, and return when ``now`` is in sync.

    Args:
        url: the site's address, prefix included, or that of the WebSocket itself, which ends in ``/ws``.
        timeout: how long the server may take to be there and ready, in seconds; None waits for ever.
        reconnect: whether a link that is lost is made again; a number allows as many tries.
        headers: further headers of the request.
        cookies: cookies of the request, as a mapping or as the header's text.
        token: what the server's ``authenticate`` finds as ``environ["greennow.token"]``.
        dispatch: decides where your code (called functions, handlers, watches, done callbacks) runs: it gets
            a function of no arguments and has it called. None runs it on a thread of the client's.
        ssl: judges the server's certificate; None takes the system's certificates.
        proxy: ``"http://host:port"``.

    Raises:
        ConnectError: the server is not there, not ready, or refuses; says what was tried.
        ValueError: an argument has a wrong form.
    """
    if reconnect < 0:
        raise ValueError(f"reconnect is True, False or a number of tries, not {reconnect!r}")
    address = make_address(url, headers=headers, cookies=cookies, token=token, ssl=ssl, proxy=proxy)
    jitter = Random()  # noqa: S311  it keeps no secret
    connection = Connection(address, reconnect=reconnect, dispatch=dispatch, clock=Clock(), random=jitter)
    try:
        connection.open(timeout)
    except BaseException:
        connection.close()
        raise
    return Client(connection)
