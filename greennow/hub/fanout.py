"""Saying one thing to many sessions, encoded once.

A function lent in such a message is lent under one handle, of the hub's, with a loan for each
client that gets the message; each client's part of the loans is counted beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from ..core.calls import make_call
from ..core.codec import Codec
from ..core.errors import LimitExceeded, ProtocolError
from ..core.messages import Call, Write
from ..core.paths import Path, path_text
from ..core.tree import MISSING, THEIRS, Operation, Set, Splice
from ..core.values import STREAMS
from .client import Client
from .scope import Change, Scope

if TYPE_CHECKING:
    from .hub import Hub


class Fanout:
    """Writes and calls for many clients at once."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        #: Encodes what is the same for all.
        self._codec = Codec(self, hub.limits, hub.coder)
        #: How many get the message that is being encoded, and the handles in it so far.
        self._loans = 0
        self._lent: list[int] = []

    def write(self, scope: Scope, members: Mapping[str, Client], operation: Operation) -> None:
        """Write in a wide scope and tell its members.

        Every set and dict delete goes out identically. An operation inside a list goes as it is
        to members whose list there was the writer's own, as a set of the whole list to the others.
        """
        data = self._codec.encode(Write((operation,)))
        slow = self._unreachable(members, operation)
        change = scope.write(operation)
        if change is None:
            return
        others = change.others
        whole = self._whole(change) if others else b""
        for client in list(members.values()):
            told = whole if others and client.scope in others else data
            if told is None:
                client.overflowed("max_message")  # its next welcome has no such limit
            else:
                client.tell(told, slow.get(client, change.unit))

    def _whole(self, change: Change) -> bytes | None:
        """Return the write of a whole list, or None where it has grown beyond what one message holds."""
        try:
            return self._codec.encode(Write((change.whole,)))
        except LimitExceeded:
            return None

    def _unreachable(self, members: Mapping[str, Client], operation: Operation) -> dict[Client, Path]:
        """Return what would change, at the highest, for those who are told paths instead of operations."""
        as_told = _as_set_of_list(operation)
        return {
            client: client.highest_changed(as_told)
            for client in list(members.values())
            if client.peer.session.is_conflating
        }

    def call(
        self, members: Collection[Client], path: Path, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """Call ``path``, one way, in each member that has a function there; run ours once a member."""
        call = make_call(0, path, args, kwargs, self._hub.options.max_depth)
        borrowers = []
        for client in members:
            value = MISSING if client.has_gone else client.scope.get(path)
            if value is THEIRS:
                borrowers.append(client)
            elif callable(value):
                what = f"{path_text(path)}() for client {client.client_id}"
                self._hub.run_for(client, what, partial(value, *args, **kwargs))
        if borrowers:
            self._send(call, borrowers)

    def check(self, path: Path, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Raise if these arguments cannot go to many clients.

        Raises:
            TypeError, ValueError: one cannot be shared, or has a stream in it.
        """
        call = make_call(0, path, args, kwargs, self._hub.options.max_depth)
        if _holds_stream(call.args) or _holds_stream(call.kwargs):
            raise _one_reader()

    def _send(self, call: Call, borrowers: Collection[Client]) -> None:
        data, lent = self._encode(call, len(borrowers))
        for client in borrowers:
            for handle in lent:
                client.wide_loans.lent(handle)
            client.peer.session.send(data)
            if len(client.wide_loans) > self._hub.limits.max_callbacks:
                client.overflowed("max_callbacks")  # it never releases any

    def _encode(self, call: Call, loans: int) -> tuple[bytes, list[int]]:
        """Return the message and the handles in it, each lent so often; or raise, and nothing is lent."""
        self._loans, self._lent = loans, []
        try:
            return self._codec.encode(call), self._lent
        except BaseException:
            for handle in self._lent:
                self._hub.lending.take_back(handle, loans)
            raise

    # Functions in messages: what the codec asks (its `Referring`).

    def reference(self, function: Callable[..., Any]) -> list[Any]:
        """Return the tag's content for a function lent to all who get the message."""
        handle = self._hub.lending.lend(function, self._loans)
        self._lent.append(handle)
        return [0, handle]

    def place(self, function: Any) -> None:
        """A function in the namespace is called by its place."""

    def function(self, content: Any) -> Any:
        """Nothing is decoded here."""
        raise ProtocolError("a wide message is never received")

    def lend_stream(self, items: Any) -> int:
        """A stream has one reader."""
        raise _one_reader()

    def stream(self, number: int) -> Any:
        """Nothing is decoded here."""
        raise ProtocolError("a wide message is never received")


def _one_reader() -> TypeError:
    return TypeError("a generator goes to one client: its items come once; call each client by itself")


def _holds_stream(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds_stream, value.values()))
    return any(map(_holds_stream, value)) if isinstance(value, list) else isinstance(value, STREAMS)


def _as_set_of_list(operation: Operation) -> Operation:
    """What an operation inside a list is for a member who did not see that very list: a set of it."""
    indices = [depth for depth, key in enumerate(operation.path) if isinstance(key, int)]
    if indices:
        return Set(operation.path[: indices[0]], None)
    return Set(operation.path, None) if isinstance(operation, Splice) else operation
