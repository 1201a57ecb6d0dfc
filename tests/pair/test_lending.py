"""Whatever crosses and wherever links break: what is kept can be called, and nothing stays lent for ever."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .lending import SERVER, LendingEnd, LendingNodeEnd, LendingWorld, a_lending_step
from .node_end import Node
from .schedules import CLIENTS, shortest
from .test_convergence import Ends

PYTHON: Ends = [LendingEnd for _ in CLIENTS]


@st.composite
def _steps(draw: Any) -> tuple[Any, ...]:
    return a_lending_step(lambda things: draw(st.sampled_from(things)))


#: How every schedule begins: the server and each client keep a function of the other's.
KEPT = [step for client in CLIENTS for step in (("lend", client, client), ("pass_on", client, client))]


def run(actions: Sequence[Any], ends: Ends) -> LendingWorld:
    """Follow a schedule to its end, and to rest; then let go of everything."""
    with LendingWorld(ends) as world:
        for action in [("settle",), *KEPT, ("settle",), *actions, ("settle",)]:
            world.act(action)
        world.check_that_nothing_is_left_over()
    return world


def why_it_fails(actions: Sequence[Any], ends: Ends) -> Exception | None:
    try:
        run(actions, ends)
    except Exception as error:
        return error
    return None


def run_by_chance(seed: int, longest: int, ends: Ends) -> LendingWorld:
    """The same with the schedule of a seed. Of one that fails, only what has to be there to fail is shown."""
    chance = random.Random(seed)
    actions = [a_lending_step(chance.choice) for _ in range(chance.randrange(5, longest))]
    try:
        return run(actions, ends)
    except Exception as error:
        needed = shortest(actions, lambda fewer: why_it_fails(fewer, ends) is not None)
        shown = "\n".join(map(str, needed))
        error = why_it_fails(needed, ends) or error
        raise AssertionError(f"seed {seed}: {error!r}, with these steps:\n{shown}") from error


@given(st.lists(_steps(), max_size=60))
def test_what_is_kept_can_be_called_and_at_rest_nothing_is_left_over(actions: list[Any]) -> None:
    run(actions, PYTHON)


def test_the_same_holds_after_long_schedules() -> None:
    """Long schedules find what short ones cannot."""
    worlds = [run_by_chance(seed, 150, PYTHON) for seed in range(settings.default.max_examples // 2)]
    assert sum(world.resumed for world in worlds) > len(worlds) // 4, "hardly a schedule resumed a session"
    assert sum(len(world.ran) for world in worlds) > len(worlds), "hardly a schedule called what was passed"


@pytest.fixture(scope="module")
def nodes() -> Iterator[list[Node]]:
    """One process for each client that is now.js."""
    started = [Node() for _ in CLIENTS]
    yield started
    for node in started:
        node.close()


def test_the_same_holds_for_pages(nodes: list[Node]) -> None:
    """With now.js at the clients' ends, one beside a Python client."""
    first, second = (partial(LendingNodeEnd, node=node) for node in nodes)
    worlds = [
        run_by_chance(seed, 80, [first, LendingEnd if seed % 2 else second])
        for seed in range(settings.default.max_examples // 4)
    ]
    assert sum(len(world.ran) for world in worlds) > len(worlds), "hardly a schedule called what was passed"


SCHEDULES: list[tuple[str, list[tuple[Any, ...]]]] = [
    ("a release crosses a new loan", [("release", 0, 0), ("lend", 0, 0), ("settle",), ("use", 0, 0)]),
    ("what was garbage crosses a new loan", [
        ("let_go", 0, 0), ("collect", 0), ("lend", 0, 0), ("settle",), ("use", 0, 0),
    ]),
    ("the link breaks between loan and release, and the session goes on", [
        ("lend", 0, 1), ("to_client", 0), ("release", 0, 0), ("cut", 0), ("settle",), ("use", 0, 0),
    ]),
    ("the link breaks with a loan on its way", [
        ("lend", 0, 1), ("cut", 0), ("release", 0, 0), ("settle",), ("use", 0, 0),
    ]),
    ("the session is lost between loan and release", [
        ("release", 0, 0), ("cut", 0), ("expire", 0), ("settle",), ("use", SERVER, 0), ("lend", 0, 0),
        ("settle",), ("use", 0, 0),
    ]),
    ("it is released while a call is on its way", [("use", 0, 0), ("release", 0, 0)]),
    ("it is garbage while a call is on its way", [("use", 0, 0), ("let_go", 0, 0), ("collect", 0)]),
    ("it is released at the server while a call is on its way", [("use", SERVER, 0), ("release", SERVER, 0)]),
    ("it is passed on to a third that leaves", [
        ("lend", 1, 2), ("settle",), ("use", 1, 0), ("cut", 1), ("expire", 1), ("settle",),
        ("use", SERVER, 0),
    ]),
    ("it is passed on, and the one in the middle releases it", [
        ("lend", 1, 2), ("settle",), ("use", 1, 0), ("settle",), ("let_go", 1, 0), ("release", SERVER, 0),
    ]),
    ("it is passed on and its owner leaves", [
        ("lend", 1, 2), ("settle",), ("cut", 0), ("expire", 0), ("settle",), ("use", 1, 0),
    ]),
    ("it is sent home", [("lend", 0, 2), ("settle",), ("pass_on", 0, 2), ("settle",)]),
]  # fmt: skip


@pytest.mark.parametrize("actions", [case[1] for case in SCHEDULES], ids=[case[0] for case in SCHEDULES])
def test_when(actions: list[tuple[Any, ...]]) -> None:
    run(actions, PYTHON)
