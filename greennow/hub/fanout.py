"""Saying one thing to many sessions, encoded once.

A function lent in such a message is lent under one handle, of the hub's, with a loan for each
client that gets the message; each client's part of the loans is counted beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from ..core.calls import make_call
from ..core.carriers import JOINED
from ..core.codec import Codec
from ..core.errors import LimitExceeded, ProtocolError
from ..core.messages import Call, Write
from ..core.paths import Path, path_text
from ..core.session import Session
from ..core.tree import MISSING, THEIRS, Operation, Set, Splice
from ..core.values import STREAMS
from .audience import Audience
from .audiences import Audiences
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

    def write(self, scope: Scope, audience: Audience, operation: Operation) -> None:
        """Write in a wide scope and tell its members.

        Every set and dict delete goes out identically. An operation inside a list goes as it is
        to members whose list there was the writer's own, as a set of the whole list to the others.
        """
        data = self._codec.encode(Write((operation,)))
        self._prepare(audience, len(data))
        slow = self._unreachable(audience, operation)
        change = scope.write(operation)
        if change is None:
            return
        if change.others:
            self._tell_apart(audience, data, change, slow)
            return
        alone = tuple(audience.left)
        self._say(audience, data)
        for session in alone:
            _tell(session, data, slow.get(session, change.unit))

    def _tell_apart(
        self, audience: Audience, data: bytes, change: Change, slow: Mapping[Session, Path]
    ) -> None:
        """Tell some members of a whole list, and the rest of what was written in it."""
        whole = self._whole(change)
        for client, session in zip(audience.clients, audience.sessions, strict=True):
            told = whole if client.scope in change.others else data
            if told is None:
                client.overflowed("max_message")  # its next welcome has no such limit
            else:
                _tell(session, told, slow.get(session, change.unit))

    def _whole(self, change: Change) -> bytes | None:
        """Return the write of a whole list, or None where it has grown beyond what one message holds."""
        try:
            return self._codec.encode(Write((change.whole,)))
        except LimitExceeded:
            return None

    def _unreachable(self, audience: Audience, operation: Operation) -> dict[Session, Path]:
        """Return what would change, at the highest, for those who are told paths instead of operations."""
        if not any(session.is_conflating for session in audience.left):
            return {}
        operation = _as_set_of_list(operation)
        return {
            session: client.highest_changed(operation)
            for client, session in zip(audience.clients, audience.sessions, strict=True)
            if session.is_conflating
        }

    def _prepare(self, audience: Audience, size: int) -> None:
        """Before a message of this size is said: if it does not fit in with what was said, that is sent."""
        if audience.messages and audience.size + size > JOINED:
            self._hub.shell.send_now(audience)
        audience.admit()

    def _say(self, audience: Audience, data: bytes) -> None:
        audience.add(data)
        if len(audience.messages) == 1:
            self._hub.shell.send_soon(audience)

    def call(self, audiences: Audiences, path: Path, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Call ``path``, one way, in each member that has a function there; run ours once a member."""
        call = make_call(0, path, args, kwargs, self._hub.options.max_depth)
        audience = audiences.callees(path) or self._find_callees(audiences, path, args, kwargs)
        if audience.clients:
            self._send(call, audience)

    def _find_callees(
        self, audiences: Audiences, path: Path, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Audience:
        """Run the server's functions there; return who has one itself, remembered if that was all."""
        borrowers, has_run = [], False
        for client in audiences.members():
            value = MISSING if client.has_gone else client.scope.get(path)
            if value is THEIRS:
                borrowers.append(client)
            elif callable(value):
                has_run = True
                what = f"{path_text(path)}() for client {client.client_id}"
                self._hub.run_for(client, what, partial(value, *args, **kwargs))
        if not has_run:
            return audiences.remember(path, borrowers)
        # Those functions may have ended somebody's session.
        return Audience([client for client in borrowers if not client.has_gone], is_kept=False)

    def check(self, path: Path, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Raise if these arguments cannot go to many clients.

        Raises:
            TypeError, ValueError: one cannot be shared, or has a stream in it.
        """
        call = make_call(0, path, args, kwargs, self._hub.options.max_depth)
        if _holds_stream(call.args) or _holds_stream(call.kwargs):
            raise _one_reader()

    def _send(self, call: Call, audience: Audience) -> None:
        data, lent = self._encode(call, len(audience.clients))
        if lent:
            self._lend(audience.clients, lent)
        if audience.is_kept:
            self._prepare(audience, len(data))
        alone = tuple(audience.left)
        if audience.is_kept:
            self._say(audience, data)
        for session in alone:
            session.send(data)

    def _lend(self, borrowers: Iterable[Client], lent: list[int]) -> None:
        for client in borrowers:
            for handle in lent:
                client.wide_loans.lent(handle)
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


def _tell(session: Session, data: bytes, path: Path) -> None:
    """A wider scope changed at ``path``; ``data`` is the encoded write."""
    if session.is_conflating:
        session.conflate((path,))
    else:
        session.send(data)


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
