"""Functions on their way into a scope, and out of it to a client.

In a scope stand functions of the server's, and marks for those of the client whose scope it is. A program may
also put what it read from a name: then the function behind that name is put.
"""

from __future__ import annotations

from ..core.functions import Caller, NamedFunction
from ..core.paths import Path
from ..core.tree import THEIRS, Dict, List, Operation, Set, Splice, Value


def sendable(client: Caller, operation: Operation) -> Operation:
    """Return the operation as the client is told it."""
    if isinstance(operation, Set):
        return Set(operation.path, placed(client, operation.value, operation.path))
    return operation


def placed(client: Caller, value: Value, path: Path) -> Value:
    """Return the value with the client's own functions named by their places, to be sent to it."""
    if value is THEIRS:
        return NamedFunction(client, path)
    if isinstance(value, dict):
        return type(value)({key: placed(client, item, (*path, key)) for key, item in value.items()})
    if isinstance(value, list):
        return type(value)([placed(client, item, (*path, index)) for index, item in enumerate(value)])
    return value


def settled(operation: Operation) -> Operation:
    """Return the operation with the functions behind the names that functions were read from."""
    if isinstance(operation, Set):
        return Set(operation.path, _settled(operation.value))
    if isinstance(operation, Splice):
        return operation._replace(items=_settled(operation.items))
    return operation


def _settled(value: Value) -> Value:
    if isinstance(value, Dict):
        return Dict({key: _settled(item) for key, item in value.items()}, value.mark)
    if isinstance(value, List):
        return List([_settled(item) for item in value], value.mark)
    return value.behind() if hasattr(type(value), "behind") else value
