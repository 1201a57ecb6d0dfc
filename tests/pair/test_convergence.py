"""Whatever both ends do at once, and wherever links break, they end up equal."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings

from .node_end import Node, NodeEnd
from .python_end import PythonEnd
from .schedules import CLIENTS, a_schedule, schedules, shortest
from .world import World

#: What makes the clients' ends of a world.
Ends: TypeAlias = Sequence[Callable[[World], Any]]
PYTHON: Ends = [PythonEnd for _ in CLIENTS]


@given(schedules)
def test_at_rest_all_ends_agree(actions: list[Any]) -> None:
    run(actions, PYTHON)


@pytest.fixture(scope="module")
def nodes() -> Iterator[list[Node]]:
    """One process for each client that is now.js."""
    started = [Node() for _ in CLIENTS]
    yield started
    for node in started:
        node.close()


def test_at_rest_pages_agree_too(nodes: list[Node]) -> None:
    """The same with now.js at the clients' ends, one beside a Python client."""
    resumed = 0
    for seed in range(settings.default.max_examples):
        ends = [partial(NodeEnd, node=nodes[0]), PythonEnd if seed % 2 else partial(NodeEnd, node=nodes[1])]
        resumed += run_by_chance(seed, 70, ends)
    assert resumed, "no schedule ever resumed a session"


@pytest.mark.parametrize("block", range(4))
def test_at_rest_all_ends_agree_after_long_schedules(block: int) -> None:
    """Long schedules find what short ones cannot."""
    resumed = 0
    for seed in range(block * 10**6, block * 10**6 + settings.default.max_examples // 4):
        resumed += run_by_chance(seed, 100, PYTHON)
    assert resumed, "no schedule ever resumed a session"


def run(actions: Sequence[Any], ends: Ends) -> int:
    """Follow a schedule to its end, and to rest; return how often a session was resumed."""
    with World(ends) as world:
        for action in [("settle",), *actions, ("settle",)]:
            world.act(action)
    return world.resumed


def run_by_chance(seed: int, longest: int, ends: Ends) -> int:
    """The same with the schedule of a seed. Of one that fails, only what has to be there to fail is shown."""
    chance = random.Random(seed)
    actions = a_schedule(chance.choice, chance.randrange(5, longest))
    try:
        return run(actions, ends)
    except Exception as error:
        needed = shortest(actions, lambda fewer: why_it_fails(fewer, ends) is not None)
        shown = "\n".join(map(str, needed))
        error = why_it_fails(needed, ends) or error
        raise AssertionError(f"seed {seed}: {error!r}, with these steps:\n{shown}") from error


def why_it_fails(actions: Sequence[Any], ends: Ends) -> Exception | None:
    try:
        run(actions, ends)
    except Exception as error:
        return error
    return None
