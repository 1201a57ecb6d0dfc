"""A space over one tree, which keeps what it was told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from threading import RLock
from typing import Any

from greennow.core.paths import Path
from greennow.core.tree import MISSING, Operation, Value, apply, get
from greennow.core.values import share


class CalledByPath:
    """What the user of a `TreeSpace` gets where a function stands."""

    def __init__(self, path: Path, value: Value) -> None:
        self.path = path
        self.value = value

    def __call__(self) -> None: ...

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CalledByPath) and self.path == other.path

    def __hash__(self) -> int:
        return hash(self.path)


class TreeSpace:
    """A space whose ``tree`` is what was written; ``written`` holds the steps."""

    def __init__(
        self,
        data: Any = None,
        *,
        root: str = "now",
        max_depth: int = 32,
        missing: Callable[[Path], Any] = lambda path: MISSING,
        lock: Any = None,
    ) -> None:
        self.tree: Value = share({} if data is None else data)
        self.root = root
        self.max_depth = max_depth
        self.missing = missing
        self.lock = lock or nullcontext()
        self.asked: list[Path] = []
        self.written: list[list[Operation]] = []

    def get(self, path: Path) -> Value:
        self.asked.append(path)
        return get(self.tree, path)

    def write(self, operations: Sequence[Operation]) -> None:
        self.written.append(list(operations))
        for operation in operations:
            self.tree = apply(self.tree, operation)

    def function(self, path: Path, value: Value) -> Any:
        return CalledByPath(path, value)


class CountingLock:
    """Counts how deep it is held; a space may ask whether it is."""

    def __init__(self) -> None:
        self._lock = RLock()
        self.depth = 0

    def __enter__(self) -> None:
        self._lock.acquire()
        self.depth += 1

    def __exit__(self, *exc: object) -> None:
        self.depth -= 1
        self._lock.release()
