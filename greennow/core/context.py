"""`this`: whose event or call is running."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any


class Context:
    """Remembers, for the code that runs now, the client on whose behalf it runs."""

    def __init__(self) -> None:
        #: The client, for this thread of control.
        self._current: ContextVar[Any] = ContextVar("greennow_this", default=None)

    def get(self) -> Any:
        """Return the client, or None."""
        return self._current.get()

    def running(self, client: Any) -> AbstractContextManager[Any]:
        """While the block runs, `get` returns this client; gives what the block is known by."""
        return self._running(client)

    @contextmanager
    def _running(self, client: Any) -> Iterator[None]:
        token = self._current.set(client)
        try:
            yield
        finally:
            self._current.reset(token)


class This:
    """The client whose event or call is running: its ``now``, ``user``, ``client_id`` and groups.

    ``this.client`` is the `Client` itself, which may be kept. Greenlets spawned meanwhile see
    the same ``this``; threads do not.
    """

    def __init__(self, context: Context) -> None:
        #: Where the running client is remembered.
        self._context = context

    @property
    def client(self) -> Any:
        """The client itself; keep this where ``this`` is needed later."""
        client = self._context.get()
        if client is None:
            raise RuntimeError(
                "`this` is there only while an event or a call of a client runs (and in greenlets spawned "
                "by it, not in threads); keep `this.client` there, or use get_client(client_id)"
            )
        return client

    @property
    def now(self) -> Any:
        """The namespace shared with the client."""
        return self.client.now

    @property
    def user(self) -> Any:
        """The client's bag, which is never shared with it."""
        return self.client.user

    @property
    def client_id(self) -> str:
        """The client's public id."""
        return str(self.client.client_id)

    def get_groups(self) -> list[str]:
        """Return the names of the groups that the client is in."""
        return list(self.client.get_groups())

    def __repr__(self) -> str:
        return f"<this: {self._context.get() or 'no client'}>"
