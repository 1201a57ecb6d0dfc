"""A tree kept equal to the server's view: confirmed, pending, and what is shown.

The server's order is the order. ``confirmed`` is the server's view as of its last message;
``pending`` are our own operations that it has not acknowledged; what is shown is confirmed
with pending applied on top, in order. An ack in the stream says "applied here", and moves
ours from pending to confirmed at that very point.

Invariant: after each message of the server's, confirmed equals its view as of that message.
So at rest, with nothing pending, both ends are deeply equal, whatever was done at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence

from .paths import Path
from .pathset import PathSet
from .tree import MISSING, THEIRS, Delete, Dict, Operation, Set, Value, apply, get, list_unit


class Replica:
    """The client's half of the shared tree."""

    def __init__(self) -> None:
        #: The server's view as of its last message.
        self.confirmed: Value = Dict()
        #: Ours that the server has not acknowledged: message number, and its operations by index.
        self.pending: deque[tuple[int, dict[int, Operation]]] = deque()
        #: The paths that hold what we wrote ourselves, to be written again in a fresh session.
        self.ours = PathSet()
        #: Confirmed with pending on top, or None while it has to be made anew.
        self._shown: Value | None = self.confirmed

    @property
    def shown(self) -> Value:
        """What this end sees now."""
        if self._shown is None:
            tree = self.confirmed
            for _, operations in self.pending:
                for operation in operations.values():
                    tree = apply(tree, operation)
            self._shown = tree
        return self._shown

    # Our own writes.

    def effective(self, operations: Iterable[Operation]) -> list[Operation]:
        """Return those of the operations that do something, one after the other, to what is shown."""
        tree, effective = self.shown, []
        for operation in operations:
            changed = apply(tree, operation)
            if changed is not tree:
                effective.append(operation)
                tree = changed
        return effective

    def write(self, operations: Sequence[Operation], number: int | None) -> None:
        """Our own operations, all of them `effective`, go out as our message ``number``.

        With None there is no session yet: they are kept in ``ours`` until there is one.
        """
        tree = self.shown
        for operation in operations:
            path = list_unit(tree, operation) or operation.path
            self.ours.remove_below(path)
            self.ours.add(path)
            tree = apply(tree, operation)
        self._shown = tree
        if number is None:
            self.confirmed = tree
        else:
            self.pending.append((number, dict(enumerate(operations))))

    # What the server says.

    def apply_theirs(self, operations: Iterable[Operation]) -> None:
        """The server's own operations, in their place in its stream."""
        for operation in operations:
            self.ours.remove_below(list_unit(self.confirmed, operation) or operation.path)
            self.confirmed = apply(self.confirmed, operation)
        self._shown = None if self.pending else self.confirmed

    def acknowledge(self, count: int) -> None:
        """The server has applied our messages up to this number, here."""
        while self.pending and self.pending[0][0] <= count:
            for operation in self.pending.popleft()[1].values():
                self.confirmed = apply(self.confirmed, operation)
        if not self.pending:
            # What is shown is made of the same operations in the same order.
            self._shown = self.confirmed

    def refuse(self, number: int, reasons: Mapping[int, str]) -> list[tuple[Operation, str]]:
        """Operations of our message ``number``, by index, were refused; return those that were pending."""
        refused = []
        for sent, operations in self.pending:
            if sent == number:
                refused = [
                    (operations.pop(index), why) for index, why in reasons.items() if index in operations
                ]
        for operation, _ in refused:
            self.ours.discard(operation.path)
        if refused:
            self._shown = None
        return refused

    # Sessions end and begin.

    def abandon(self) -> None:
        """The session is over; what is shown stays, and nothing will be acknowledged any more."""
        self.confirmed = self.shown
        self.pending.clear()

    def reset(self, view: Value) -> list[Operation]:
        """A fresh session with this view: return what puts our own names in place again.

        The values are those shown now, never the old splices; they are new writes.
        """
        shown, ours = self.shown, self.ours
        again = [operation for path in ours for operation in _put_again(path, get(shown, path))]
        self.confirmed = self._shown = view
        self.pending.clear()
        self.ours = PathSet()
        return again


def _put_again(path: Path, value: Value) -> Iterator[Operation]:
    """Yield what gives the path this value again, without the server's functions: they are not ours."""
    if value is MISSING:
        yield Delete(path)
    elif not _holds_theirs(value):
        yield Set(path, value)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _put_again((*path, key), item)


def _holds_theirs(value: Value) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_theirs, value.values()))
    if isinstance(value, list):
        return any(map(_holds_theirs, value))
    return value is THEIRS
