"""About how many bytes of memory values take, for the bound on what one client may hold.

Estimated from the values alone, so that a value weighs the same whenever it is asked for: what is added
when it comes is taken off when it goes.
"""

from __future__ import annotations

from ..core.paths import Key
from ..core.tree import MISSING, Delete, Dict, List, Operation, Set, Splice, Value, child, get
from .view import DICT, NOTHING, Node

#: What things take on CPython: a reference in a container, a number, the head of a text, of a container.
_REFERENCE = 8
_NUMBER = 32
_TEXT = 56
_CONTAINER = 72


def weigh(value: Value) -> int:
    """Return about how many bytes the value takes; a list remembers it."""
    if isinstance(value, str):
        return _TEXT + len(value) * (1 if value.isascii() else 4)
    if isinstance(value, bytes):
        return _TEXT + len(value)
    if isinstance(value, List):
        if value.weight is None:
            value.weight = _CONTAINER + _weigh_items(value)
        return value.weight
    if isinstance(value, Dict):
        return _CONTAINER + sum(_weigh_entry(key, item) for key, item in value.items())
    if isinstance(value, int):
        return _NUMBER + value.bit_length() // 8
    return _NUMBER


def weigh_name(name: object) -> int:
    """Return about how many bytes a name takes where it is held, without what it names."""
    return _REFERENCE + weigh(name)


def weigh_node(node: Node) -> int:
    """Return about how many bytes the node and all below it take."""
    weight = _CONTAINER + weigh_base(node)
    for key, kid in (node.kids or {}).items():
        weight += weigh_name(key) + weigh_node(kid)
    return weight


def weigh_base(node: Node) -> int:
    """Return about how many bytes the leaf takes that stands at the node, 0 if there is none."""
    base = node.base
    return 0 if base is NOTHING or base is DICT or base is MISSING else weigh(base)


def weight_in(operation: Operation) -> int:
    """Return about how many bytes an operation may add."""
    if isinstance(operation, Set):
        return sum(map(weigh_name, operation.path)) + weigh(operation.value)
    return _weigh_items(operation.items) if isinstance(operation, Splice) else 0


def carry_over(before: List, operation: Operation, after: List) -> None:
    """Let ``after``, which the operation made of ``before``, know of itself what that one does.

    So a long list is not looked through again for each small change. The path counts from the list.
    """
    if before.is_free and _adds_scalars(operation):
        after.is_free = True
    if before.weight is not None:
        after.weight = before.weight + _gain(before, operation, after)


def _adds_scalars(operation: Operation) -> bool:
    if isinstance(operation, Delete):
        return True
    added = operation.items if isinstance(operation, Splice) else [operation.value]
    return not any(isinstance(value, (list, dict)) or callable(value) for value in added)


def _gain(tree: Value, operation: Operation, after: Value) -> int:
    path = operation.path
    if isinstance(operation, Splice):
        gone = get(tree, path)[operation.start : operation.start + operation.delete_count]
        return _weigh_items(operation.items) - _weigh_items(gone)
    if isinstance(operation, Delete):
        return -_weigh_entry(path[-1], get(tree, path))
    for depth, key in enumerate(path):
        held = child(tree, key)
        if held is MISSING:
            if isinstance(tree, Dict):
                return _weigh_entry(key, get(after, path[: depth + 1]))
            path = path[:depth]  # a text key made a dict of what stood there
            break
        tree = held
    return weigh(get(after, path)) - weigh(tree)


def _weigh_items(items: list[Value]) -> int:
    return sum(_REFERENCE + weigh(item) for item in items)


def _weigh_entry(key: Key, value: Value) -> int:
    return (_REFERENCE if isinstance(key, int) else weigh_name(key)) + weigh(value)
