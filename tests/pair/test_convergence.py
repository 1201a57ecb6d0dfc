"""Whatever both ends do at once, and wherever links break, they end up equal."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greennow.core.tree import Delete, Dict, List, Set, Splice, Value

from .node_end import Node, NodeEnd
from .world import PythonEnd, World

CLIENTS = 2

key = st.sampled_from(["a", "b"])
index = st.sampled_from([0, 1, 3])
path = st.tuples(key) | st.tuples(key, key | index) | st.tuples(key, key | index, key | index)


def tree(value: Any) -> Value:
    """The tree of a plain value."""
    if isinstance(value, dict):
        return Dict((key, tree(item)) for key, item in value.items())
    return List(map(tree, value)) if isinstance(value, list) else value


#: 4 is refused, 3 and [] make the application write; see `World`.
VALUES = [
    1,
    2,
    3,
    4,
    None,
    {},
    {"b": 1},
    {"a": 1, "b": 2},
    {"a": {"b": 1}},
    [],
    [1],
    [1, 2],
    [1, [2]],
    [{"a": 1}],
]
value = st.sampled_from(VALUES).map(tree)
operation = st.one_of(
    st.builds(Set, path, value),
    st.builds(Delete, path),
    st.builds(Splice, path, st.integers(0, 3), st.integers(0, 2), st.lists(value, max_size=2).map(List)),
)
client = st.integers(0, CLIENTS - 1)
wide = st.sampled_from("EEGH")

#: How often each step is taken, and what it takes. Frames have to arrive for anything to happen.
STEPS = {
    "wide_write": (14, st.tuples(wide, operation)),
    "own_write": (6, st.tuples(client, operation)),
    "client_write": (14, st.tuples(client, st.lists(operation, min_size=1, max_size=3))),
    "client_call": (4, st.tuples(client)),
    "call": (5, st.tuples(st.sampled_from("EG"))),
    "join": (4, st.tuples(client, st.sampled_from("GH"))),
    "leave": (3, st.tuples(client, st.sampled_from("GH"))),
    "to_server": (14, st.tuples(client, st.integers(0, 1))),
    "to_client": (14, st.tuples(client)),
    "cut": (3, st.tuples(client)),
    "drop": (3, st.tuples(client)),
    "connect": (7, st.tuples(client)),
    "ack": (3, st.tuples(client)),
    "client_ack": (2, st.tuples(client)),
    "block": (3, st.tuples(client)),
    "unblock": (2, st.tuples(client)),
    "expire": (1, st.tuples(client)),
    "settle": (1, st.tuples()),
}
step = st.sampled_from([name for name, (weight, _) in STEPS.items() for _ in range(weight)]).flatmap(
    lambda name: STEPS[name][1].map(lambda given: (name, *given))
)
schedule = st.lists(step, max_size=80)


@given(schedule)
def test_at_rest_all_ends_agree(actions: list[Any]) -> None:
    run(actions)


@pytest.fixture(scope="module")
def nodes() -> Iterator[list[Node]]:
    """One process for each client that is now.js."""
    started = [Node() for _ in range(CLIENTS)]
    yield started
    for node in started:
        node.close()


def test_at_rest_pages_agree_too(nodes: list[Node]) -> None:
    """The same with now.js at the clients' ends, one beside a Python client."""
    resumed = 0
    for seed in range(settings.default.max_examples):
        chance = random.Random(seed)
        ends = [partial(NodeEnd, node=nodes[0]), PythonEnd if seed % 2 else partial(NodeEnd, node=nodes[1])]
        resumed += run([random_step(chance) for _ in range(chance.randrange(5, 80))], seed, ends)
    assert resumed, "no schedule ever resumed a session"


def random_path(chance: random.Random) -> tuple[Any, ...]:
    """A path of one to three keys."""
    path: list[Any] = [chance.choice("ab")]
    while len(path) < 3 and chance.random() < 0.5:
        path.append(chance.choice(["a", "b", 0, 1, 3]))
    return tuple(path)


def random_operation(chance: random.Random) -> Any:
    """A set, a delete or a splice."""
    kind = chance.random()
    if kind < 0.5:
        return Set(random_path(chance), tree(chance.choice(VALUES)))
    if kind < 0.7:
        return Delete(random_path(chance))
    items = List([tree(chance.choice(VALUES)) for _ in range(chance.randrange(3))])
    return Splice(random_path(chance), chance.randrange(4), chance.randrange(3), items)


def random_step(chance: random.Random) -> tuple[Any, ...]:
    """One step, as often as `STEPS` says."""
    name = chance.choices(list(STEPS), [weight for weight, _ in STEPS.values()])[0]
    number = chance.randrange(CLIENTS)
    if name == "wide_write":
        return (name, chance.choice("EEGH"), random_operation(chance))
    if name == "own_write":
        return (name, number, random_operation(chance))
    if name == "client_write":
        return (name, number, [random_operation(chance) for _ in range(chance.choice([1, 1, 2, 3]))])
    if name == "call":
        return (name, chance.choice("EG"))
    if name in ("join", "leave"):
        return (name, number, chance.choice("GH"))
    return (
        (name, number, chance.randrange(2))
        if name == "to_server"
        else (name, *([number] * (name != "settle")))
    )


@pytest.mark.parametrize("block", range(4))
def test_at_rest_all_ends_agree_after_long_schedules(block: int) -> None:
    """Long schedules find what short ones cannot; a failure names the seed that repeats it."""
    resumed = 0
    for seed in range(block * 10**6, block * 10**6 + settings.default.max_examples // 4):
        chance = random.Random(seed)
        resumed += run([random_step(chance) for _ in range(chance.randrange(5, 120))], seed)
    assert resumed, "no schedule ever resumed a session"


def run(actions: list[Any], seed: int | None = None, ends: Any = (PythonEnd,) * CLIENTS) -> int:
    """Follow a schedule to its end, and to rest; return how often a session was resumed."""
    with World(ends) as world:
        try:
            world.act(("settle",))
            for action in actions:
                world.act(action)
            world.act(("settle",))
        except Exception as error:
            raise AssertionError(f"schedule of seed {seed}: {error}") from error
    return world.resumed
