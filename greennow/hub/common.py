"""The functions that all clients see, found once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.functions import Function
from ..core.paths import Key, Path

if TYPE_CHECKING:
    from .scopes import Scopes


class CommonFunctions:
    """Functions of everyone's at whose first names no group and no client holds anything.

    To look for a function through all scopes of a client takes as long as to decode the call of it, so those
    that were called are remembered.

    Invariant: what is remembered is what every client sees there. With a write at or below a name, in any
    scope, what is remembered there is forgotten; when a client sees other scopes than before, groups' that
    hold something, all is. So it is no more than what stands in everyone's scope.
    """

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes
        #: By the first name of the path, then by the path.
        self._found: dict[Key, dict[Path, Function]] = {}

    def at(self, path: Path) -> Function | None:
        """Return the function that all see at the path, None if there is none."""
        found = self._found.get(path[0])
        if found is not None and path in found:
            return found[path]
        return self._find(path)

    def _find(self, path: Path) -> Function | None:
        top = path[:1]
        if self._scopes.groups.at(top) or self._scopes.clients.at(top):
            return None
        value = self._scopes.everyone.get(path)
        function: Function | None = value if callable(value) else None
        if function is not None:
            self._found.setdefault(path[0], {})[path] = function
        return function

    def forget(self, name: Key) -> None:
        """Something was written at or below this name."""
        self._found.pop(name, None)

    def forget_all(self) -> None:
        """Some see other scopes than before."""
        self._found.clear()
