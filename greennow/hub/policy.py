"""Which writes of a client are allowed.

Server functions are never writable by clients, nor is a path above one. A client may always set
functions of its own, except over a name that the server holds. The rest is the option ``client_write``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol, TypeAlias

from ..core.errors import Refused
from ..core.paths import PAGE_NAMES, Path
from ..core.tree import MISSING, THEIRS, Delete, List, Operation, Set, Splice, Value, plain

#: The option: all, none, patterns of paths, or a function of path and value.
ClientWrite: TypeAlias = "bool | Collection[str] | Callable[[Path, Any], Any]"


class Alias:
    """A function of the server's at a name where the client put it: the client may take it away again."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""
        return self.function(*args, **kwargs)


class Seeing(Protocol):
    """What shows a client's view."""

    def get(self, path: Path) -> Value:
        """Return what the client sees at the path."""


class WritePolicy:
    """The option ``client_write``, made ready."""

    def __init__(self, client_write: ClientWrite) -> None:
        #: Decides about data; returns False or raises `Refused`.
        self._allows = _decider(client_write)
        #: Whether the program's own function decides: it needs ``this``, may wait and may raise.
        self.asks_program = callable(client_write)

    def refusal(self, view: Seeing, operation: Operation) -> str | None:
        """Return why the client may not do this, or None if it may."""
        path = operation.path
        if path[0] in PAGE_NAMES:
            return "this name belongs to the page"
        held = view.get(path)
        above = [view.get(path[:end]) for end in range(1, len(path))] if len(path) > 1 else []
        if _holds_function(held) or any(map(_is_function, above)):
            return "functions of the server are not writable by clients"
        if _is_own_function(operation, held) and all(map(_is_open, above)):
            return None
        try:
            allowed = self._allows(path, _value(operation))
        except Refused as refused:
            return refused.reason
        return "not allowed" if allowed is False else None


def _decider(client_write: ClientWrite) -> Callable[[Path, Any], Any]:
    if callable(client_write):
        return client_write
    if isinstance(client_write, bool):
        return lambda path, value: client_write
    patterns = [pattern.split(".") for pattern in client_write]
    return lambda path, value: any(_matches(pattern, path) for pattern in patterns)


def _matches(pattern: Sequence[str], path: Path) -> bool:
    """Does the path match? ``*`` is one name, ``**`` any number of them."""
    if not pattern:
        return not path
    if pattern[0] == "**":
        return any(_matches(pattern[1:], path[start:]) for start in range(len(path) + 1))
    return bool(path) and pattern[0] in ("*", str(path[0])) and _matches(pattern[1:], path[1:])


def _value(operation: Operation) -> Any:
    """Return the value that a write puts, as a policy is shown it: None where it takes away."""
    if isinstance(operation, Set):
        return plain(operation.value)
    return plain(operation.items) if isinstance(operation, Splice) else None


def _is_own_function(operation: Operation, held: Value) -> bool:
    """Is it about a function of the client's, at a name where the server holds nothing?"""
    if isinstance(operation, Set):
        is_function = operation.value is THEIRS or isinstance(operation.value, Alias)
        return is_function and (held is MISSING or held is THEIRS)
    return isinstance(operation, Delete) and held is THEIRS


def _is_open(above: Value) -> bool:
    """Does what stands above a name leave room for it, without being replaced?"""
    return above is MISSING or isinstance(above, dict)


def _is_function(value: Value) -> bool:
    return callable(value) and not isinstance(value, Alias)


def _holds_function(value: Value) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_function, value.values()))
    if isinstance(value, List):
        if value.is_free is None:
            value.is_free = not any(map(_holds_function, value))
        return not value.is_free
    return _is_function(value)


def with_aliases(operation: Operation) -> Operation:
    """Mark functions of the server's that the client puts at names of its own."""
    if isinstance(operation, Set) and callable(operation.value):
        return Set(operation.path, Alias(operation.value))
    return operation


def names_in(operation: Operation) -> int:
    """Return how many names an operation may add at and below its path, for ``max_names``."""
    return _count_names(operation.value) if isinstance(operation, Set) else 0


def _count_names(value: Value) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_count_names, value.values()))
    return 1
