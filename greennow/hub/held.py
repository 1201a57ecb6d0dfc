"""Calls that wait until a client's `connect` handlers have returned."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TypeVar

T = TypeVar("T")


class HeldCalls:
    """Runs what it is given at once; but holds it, in its order, until `let_go`."""

    __slots__ = ("_held", "_spawn")

    def __init__(self, spawn: Callable[[Callable[[], None]], None]) -> None:
        #: Runs something on its own, soon, after what was spawned before.
        self._spawn = spawn
        #: What waits; None once nothing has to any more.
        self._held: deque[Callable[[], None]] | None = deque()

    def run(self, run: Callable[[T], None], call: T) -> None:
        """Run the call now, by this function, or hold it."""
        if self._held is None:
            run(call)
        else:
            self._held.append(partial(run, call))

    def let_go(self) -> None:
        """Start what was held. What comes before all of that has begun is held until then."""
        held = self._held
        if not held:
            self._held = None
            return
        self._held = deque()
        for call in held:
            self._spawn(call)
        self._spawn(self.let_go)
