"""Who holds something at a path: so that a write of everyone's need not ask every client."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Generic, TypeVar

from ..core.paths import Key, Path
from .view import Node

_Holder = TypeVar("_Holder")


class Index(Generic[_Holder]):
    """The holders of nodes at one path, and below it by name.

    Who holds a node holds those above it. So an entry without holders has none below, and goes.
    """

    __slots__ = ("_holders", "_kids")

    def __init__(self) -> None:
        self._holders: set[_Holder] = set()
        self._kids: dict[Key, Index[_Holder]] = {}

    def at(self, path: Path) -> AbstractSet[_Holder]:
        """Return who holds a node at ``path``: a set that changes with the index."""
        entry = self
        for key in path:
            if key not in entry._kids:
                return frozenset()
            entry = entry._kids[key]
        return entry._holders

    def add(self, path: Path, node: Node, holder: _Holder) -> None:
        """Enter the holder of ``node``, and of all below it."""
        entry = self
        for key in path:
            entry = entry._kids.get(key) or entry._new(key)
        entry._holders.add(holder)
        for key, kid in (node.kids or {}).items():
            entry.add((key,), kid, holder)

    def remove(self, path: Path, node: Node, holder: _Holder) -> None:
        """Take the holder of ``node``, and of all below it, out."""
        entry = self
        for key in path[:-1]:
            entry = entry._kids[key]
        entry._remove(path[-1], node, holder)

    def _new(self, key: Key) -> Index[_Holder]:
        self._kids[key] = Index()
        return self._kids[key]

    def _remove(self, key: Key, node: Node, holder: _Holder) -> None:
        entry = self._kids[key]
        for name, kid in (node.kids or {}).items():
            entry._remove(name, kid, holder)
        entry._holders.discard(holder)
        if not entry._holders:
            del self._kids[key]
