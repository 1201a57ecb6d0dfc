"""Values by path, the operations that change them, and one total ``apply``.

A tree is never changed once it exists: an operation gives a new tree that shares with the
old one everything it did not touch. So a tree that somebody holds is a moment that stays.

Containers in a tree are `Dict` and `List`. Each carries a ``mark``, its identity: a changed
copy keeps it, a container put in its place has another. A live container of ``now``
follows its data by it.

``apply`` is deterministic and total, and the same in ``js/src/tree.js``:

- a text key on anything but a dict: `Set` makes it a dict, the others do nothing;
- an index on anything but a list, or outside it: nothing, and no parents are made;
- `Delete` of an index removes the element; `Splice` clamps start and count.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Any, Final, NamedTuple, TypeAlias

from .paths import Key, Path

#: None, bool, int, float, str, bytes, aware datetime, List, Dict, a callable, or `THEIRS`.
Value: TypeAlias = Any


class _Sentinel:
    """A value that stands for something that is no value."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name

    def __reduce__(self) -> str:
        return self._name


#: What a path that leads nowhere holds.
MISSING: Final = _Sentinel("MISSING")

#: A function of the other end, in a tree. It has no address of its own: its place is its address.
THEIRS: Final = _Sentinel("THEIRS")

#: Stands for the value where a change took something away.
DELETED: Final = _Sentinel("DELETED")

_new_mark = count(1).__next__


class Dict(dict[str, Value]):
    """A mapping in a tree. Not to be changed once it is in one."""

    __slots__ = ("mark",)

    def __init__(self, items: Any = (), mark: object = None) -> None:
        super().__init__(items)
        self.mark = mark or _new_mark()


class List(list[Value]):
    """A list in a tree. Not to be changed once it is in one."""

    __slots__ = ("is_free", "mark", "weight")

    def __init__(self, items: Any = (), mark: object = None) -> None:
        super().__init__(items)
        self.mark = mark or _new_mark()
        #: About how many bytes it takes, once somebody has asked.
        self.weight: int | None = None
        #: Does it hold no function that its owner minds? Known once somebody has asked.
        self.is_free: bool | None = None


class Set(NamedTuple):
    """Put ``value`` at ``path``."""

    path: Path
    value: Value


class Delete(NamedTuple):
    """Take away what is at ``path``."""

    path: Path


class Splice(NamedTuple):
    """Replace ``delete_count`` elements of the list at ``path`` from ``start`` by ``items``."""

    path: Path
    start: int
    delete_count: int
    items: List


Operation: TypeAlias = "Set | Delete | Splice"


def apply(tree: Value, operation: Operation) -> Value:
    """Return the tree after the operation: ``tree`` itself, the same object, if it does nothing."""
    changed = _changed(tree, operation.path, 0, operation)
    return tree if changed is MISSING else changed


def get(tree: Value, path: Path) -> Value:
    """Return what stands at ``path``, or `MISSING`."""
    for key in path:
        tree = child(tree, key)
        if tree is MISSING:
            break
    return tree


def child(value: Value, key: Key) -> Value:
    """Return what ``value`` holds under ``key``, or `MISSING`."""
    if isinstance(value, Dict):
        return value.get(key, MISSING) if isinstance(key, str) else MISSING
    if isinstance(value, List) and isinstance(key, int) and 0 <= key < len(value):
        return value[key]
    return MISSING


def list_unit(tree: Value, operation: Operation) -> Path | None:
    """Return the path of the outermost list that the operation works inside, or None.

    In the scopes a list is one unit: what happens at or inside one counts as a set of it.
    """
    path = operation.path
    for depth, key in enumerate(path):
        if isinstance(tree, List) and isinstance(key, int):
            return path[:depth]
        tree = child(tree, key)
    if isinstance(operation, Splice) and isinstance(tree, List):
        return path
    return None


def highest_changed(tree: Value, operation: Operation) -> Path:
    """Return the highest path that the operation makes or replaces; a list is one unit."""
    unit = list_unit(tree, operation)
    if unit is not None:
        return unit
    if isinstance(operation, Set):
        for depth, key in enumerate(operation.path):
            if not isinstance(tree, Dict):
                return operation.path[:depth]
            tree = child(tree, key)
    return operation.path


def same(a: Value, b: Value) -> bool:
    """Are the two deeply equal, to the bit? True is not 1, 1 is not 1.0, NaN is NaN, -0.0 is not 0.0."""
    if a is b:
        return True
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return repr(a) == repr(b)
    if isinstance(a, datetime):
        return bool(a == b) and a.utcoffset() == b.utcoffset()
    return bool(a == b)


def difference(before: Value, after: Value, path: Path = ()) -> Iterator[Operation]:
    """Yield the operations that turn the tree ``before`` into ``after``.

    Lists are one unit: one that differs is set whole.
    """
    if isinstance(before, Dict) and isinstance(after, Dict):
        if before is after:
            return
        for key in before:
            if key not in after:
                yield Delete((*path, key))
        for key, value in after.items():
            if key in before:
                yield from difference(before[key], value, (*path, key))
            else:
                yield Set((*path, key), value)
    elif not same(before, after):
        yield Set(path, after)


def plain(value: Value) -> Value:
    """Return a copy of the value in plain dicts and lists, which the taker may change."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def _changed(value: Value, path: Path, depth: int, operation: Operation) -> Value:
    """Return what ``value``, at ``path[:depth]``, becomes; `MISSING` if nothing changes."""
    if depth == len(path):
        return _changed_here(value, operation)
    key = path[depth]
    if isinstance(key, int):
        return _changed_list(value, key, path, depth, operation)
    held = child(value, key)
    if isinstance(operation, Delete) and depth == len(path) - 1:
        if held is MISSING:
            return MISSING
        return Dict(((k, v) for k, v in value.items() if k != key), value.mark)
    if held is MISSING and not isinstance(operation, Set):
        return MISSING
    held = _changed(held, path, depth + 1, operation)
    if held is MISSING:
        return MISSING
    copy = Dict(value, value.mark) if isinstance(value, Dict) else Dict()
    copy[key] = held
    return copy


def _changed_list(value: Value, index: int, path: Path, depth: int, operation: Operation) -> Value:
    held = child(value, index)
    if held is MISSING:
        return MISSING
    copy = List(value, value.mark)
    if isinstance(operation, Delete) and depth == len(path) - 1:
        del copy[index]
        return copy
    held = _changed(held, path, depth + 1, operation)
    if held is MISSING:
        return MISSING
    copy[index] = held
    return copy


def _changed_here(value: Value, operation: Operation) -> Value:
    if isinstance(operation, Set):
        return operation.value
    if isinstance(operation, Splice) and isinstance(value, List):
        start = min(operation.start, len(value))
        copy = List(value, value.mark)
        copy[start : start + operation.delete_count] = operation.items
        return copy
    return MISSING
