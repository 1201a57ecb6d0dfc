"""A set of paths in which a path stands for everything below it.

The client's list of what it wrote itself, and the list of what a slow reader has yet to be
told, are such sets.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .paths import Path


class PathSet:
    """Paths, none of which is below another. Adding and removing cost the depth of the path."""

    def __init__(self) -> None:
        #: Nested dicts by key; a member is a leaf, and a leaf is None.
        self._root: dict[Any, Any] = {}
        #: How many paths are in the set.
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Path]:
        return _leaves(self._root, ())

    def add(self, path: Path) -> None:
        """Add the path, unless one above it is in the set; those below it are covered by it."""
        node: Any = self._root
        for key in path[:-1]:
            node = node.setdefault(key, {})
            if node is None:
                return
        self._count += 1 - _size(node, path[-1])
        node[path[-1]] = None

    def remove_below(self, path: Path) -> None:
        """Remove the path and all below it; one above it stays."""
        trail = []
        node: Any = self._root
        for key in path[:-1]:
            trail.append((node, key))
            node = node.get(key)
            if node is None:
                return
        self._count -= _size(node, path[-1])
        node.pop(path[-1], None)
        for parent, key in reversed(trail):
            if parent[key]:
                break
            del parent[key]

    def discard(self, path: Path) -> None:
        """Remove this very path, if it is in the set."""
        node: Any = self._root
        for key in path:
            if not node or key not in node:
                return
            node = node[key]
        if node is None:
            self.remove_below(path)


def _size(node: dict[Any, Any], key: Any) -> int:
    if key not in node:
        return 0
    return 1 if node[key] is None else sum(1 for _ in _leaves(node[key], ()))


def _leaves(node: dict[Any, Any], path: Path) -> Iterator[Path]:
    for key, below in node.items():
        if below is None:
            yield (*path, key)
        else:
            yield from _leaves(below, (*path, key))
