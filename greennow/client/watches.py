"""Who watches which part of the tree, and plain copies of parts that stay the same object."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..core.events import Events, Handler
from ..core.paths import Path
from ..core.tree import Value, get, same

#: What happens to a watched path.
_CHANGE = "change"


class Watches:
    """Watches by path, and snapshots by path."""

    def __init__(self) -> None:
        #: The watches of each path that has any.
        self._watches: dict[Path, Events] = {}
        #: The snapshots given last: the tree they are of, and the plain data.
        self._snapshots: dict[Path, tuple[Value, Any]] = {}

    def add(self, path: Path, fn: Handler) -> Callable[[], None]:
        """Add a watch; return what ends it."""
        watches = self._watches.setdefault(path, Events({_CHANGE: _CHANGE}))
        return watches.on(_CHANGE, fn)

    def seen(self, before: Value, after: Value) -> Iterator[tuple[Handler, Path, Value]]:
        """Yield the watches whose part of the tree changed, and what they see now."""
        if before is after:
            return
        for path, watches in list(self._watches.items()):
            if not watches:
                del self._watches[path]
                continue
            value = get(after, path)
            # Trees share what did not change, so this looks only at what may have.
            if not same(get(before, path), value):
                for fn in watches.handlers(_CHANGE):
                    yield fn, path, value

    def snapshot(self, path: Path, value: Value, plain: Callable[[Path, Value], Any]) -> Any:
        """Return plain data for the value, the same object as long as it is the same value."""
        known = self._snapshots.get(path)
        if known is None or not same(known[0], value):
            known = self._snapshots[path] = (value, plain(path, value))
        return known[1]
