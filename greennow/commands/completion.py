"""Completion of names at the prompt, those of ``now`` among them."""

from __future__ import annotations

from rlcompleter import Completer
from typing import Any

from ..core.lists import LiveList
from ..core.namespace import Names


class NowCompleter(Completer):
    """Completes Python's names, and those that `now` and its mappings hold at the moment.

    Behind a name stands what it can be followed by: ``now.player.`` is a mapping, ``now.scores[`` a list,
    ``now.add(`` a function. Nothing is called.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        super().__init__(namespace)
        #: The names at the prompt.
        self._names = namespace

    def attr_matches(self, text: str) -> list[str]:
        """Return what ``now.pl`` may become."""
        before, _, begun = text.rpartition(".")
        found = self._find(before)
        if not isinstance(found, Names):
            return super().attr_matches(text)
        names = [name for name in sorted(set(dir(found))) if name.startswith(begun)]
        if not begun:
            names = [name for name in names if not name.startswith("_")]
        return [f"{before}.{name}{_follows(getattr(found, name, None))}" for name in names]

    def _find(self, text: str) -> Any:
        first, *others = text.split(".")
        found = self._names.get(first)
        for name in others:
            found = getattr(found, name, None)
        return found


def _follows(value: Any) -> str:
    if isinstance(value, Names):
        return "."
    if isinstance(value, LiveList):
        return "["
    return "(" if callable(value) else ""
