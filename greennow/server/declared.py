"""The declarations that are served beside now.js: what everyone's scope holds when they are asked for."""

from __future__ import annotations

import hashlib

from ..core.tree import MISSING, Value
from ..hub.declarations import declarations
from ..hub.hub import Hub


class Declared:
    """The declarations of one `now`, which are made again when its scope has changed."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        #: What everyone's scope held when they were made, and whether that was with docstrings.
        self._made_of: tuple[Value, bool] = (MISSING, False)
        #: The declarations, with their tag; None before they were first asked for.
        self._made: tuple[bytes, str] | None = None

    def file(self) -> tuple[bytes, str]:
        """Return the declarations and their tag.

        Docstrings speak to those who develop the program, so they are there only with ``debug``.
        """
        names, comments = self._hub.everyone.scope.get(), self._hub.options.debug
        if self._made is None or self._made_of[0] is not names or self._made_of[1] is not comments:
            data = declarations(names, comments=comments).encode()
            self._made = (data, f'"{hashlib.sha256(data).hexdigest()[:32]}"')
            self._made_of = (names, comments)
        return self._made
