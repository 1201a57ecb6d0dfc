"""Changes of a client's view as messages: as many as it takes, for what grew by small writes may be large."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..core.codec import Codec
from ..core.errors import LimitExceeded
from ..core.messages import Write
from ..core.paths import Path
from ..core.tree import MISSING, Dict, List, Operation, Set, Splice, Value, highest_changed


def highest_in_view(get: Callable[[Path], Value], operation: Operation) -> Path:
    """Return the highest path of a client's view that the operation would make or replace.

    Args:
        get: gives what is seen at a path.
        operation: a write.
    """
    if len(operation.path) == 1:
        return operation.path
    # Only what is at and below the first name matters.
    name = operation.path[:1]
    held = get(name)
    if held is MISSING:
        return name if isinstance(operation, Set) else operation.path
    return name + highest_changed(held, operation._replace(path=operation.path[1:]))


def encoded(codec: Codec, operations: Sequence[Operation]) -> list[bytes]:
    """Return a write that does all this; several where one message does not hold it.

    Raises:
        LimitExceeded: a single value is too large.
    """
    try:
        return [codec.encode(Write(tuple(operations)))]
    except LimitExceeded:
        parts = _halves(operations)
        if parts is None:
            raise
        return [data for part in parts for data in encoded(codec, part)]


def _halves(operations: Sequence[Operation]) -> list[list[Operation]] | None:
    """Return two lists of operations that do the same, one after the other; None where there are none."""
    half = len(operations) // 2
    if half:
        return [list(operations[:half]), list(operations[half:])]
    (operation,) = operations
    if isinstance(operation, Set) and isinstance(operation.value, Dict) and operation.value:
        names = list(operation.value.items())
        half = len(names) // 2
        first = Set(operation.path, Dict(names[:half]))
        return [[first], [Set((*operation.path, key), value) for key, value in names[half:]]]
    if isinstance(operation, Set) and isinstance(operation.value, List) and len(operation.value) > 1:
        half = len(operation.value) // 2
        first = Set(operation.path, List(operation.value[:half]))
        return [[first], [Splice(operation.path, half, 0, List(operation.value[half:]))]]
    if isinstance(operation, Splice) and len(operation.items) > 1:
        half = len(operation.items) // 2
        start = operation.start + half
        return [
            [operation._replace(items=List(operation.items[:half]))],
            [Splice(operation.path, start, 0, List(operation.items[half:]))],
        ]
    return None
