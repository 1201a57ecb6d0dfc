from __future__ import annotations

from collections.abc import Callable

from greennow.hub.held import HeldCalls


def test_calls_are_held_and_begin_in_their_order_also_those_that_come_while_they_begin() -> None:
    spawned: list[Callable[[], None]] = []
    begun: list[int] = []
    held = HeldCalls(spawned.append)
    held.run(begun.append, 1)
    held.run(begun.append, 2)
    held.let_go()
    held.run(begun.append, 3)  # before the first has begun
    assert begun == []
    while spawned:
        spawned.pop(0)()
    assert begun == [1, 2, 3]
    held.run(begun.append, 4)
    assert begun == [1, 2, 3, 4]
    assert spawned == []
