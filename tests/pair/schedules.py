"""What happens in a schedule, and how often: one list of steps, chosen from by Hypothesis or by chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeAlias

from hypothesis import strategies as st

from greennow.core.paths import Path
from greennow.core.tree import Delete, Dict, List, Operation, Set, Splice, Value

from .groups import GROUPS

#: Chooses one of some things.
Choose: TypeAlias = Callable[[Sequence[Any]], Any]

#: The numbers of the clients.
CLIENTS = (0, 1)

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
    [1, 2],
    [1, 2, 3],
    [1, [2]],
    [{"a": 1}],
    {"a": [1, 2], "b": [2, 1]},
]

#: What is written and called through; see ``groups.py``.
THROUGH = (*"EEEEEEEE", *"GGGGGHHI", "E-0", "E-1", "E-0-1", "G-0", "G-1", "G-01", "G-1-0", "H-0", "I-1")
CALLED = ("from_server", "f")


def tree(value: Any) -> Value:
    """The tree of a plain value."""
    if isinstance(value, dict):
        return Dict((key, tree(item)) for key, item in value.items())
    return List(map(tree, value)) if isinstance(value, list) else value


def a_value(choose: Choose) -> Value:
    return tree(VALUES[choose(range(len(VALUES)))])


def a_path(choose: Choose) -> Path:
    """A path of one to three keys."""
    path = [choose("ab")]
    while len(path) < 3 and choose(("end", "more")) == "more":
        path.append(choose(("a", "b", 0, 1, 3)))
    return tuple(path)


def an_operation(choose: Choose) -> Operation:
    """A set, a delete or a splice."""
    kind = choose(("set", "set", "set", "set", "delete", "delete", "splice", "splice"))
    if kind == "set":
        return Set(a_path(choose), a_value(choose))
    if kind == "delete":
        return Delete(a_path(choose))
    return a_splice(choose, a_path(choose))


def a_splice(choose: Choose, path: Path) -> Splice:
    start, delete_count = choose(range(4)), choose(range(3))
    return Splice(path, start, delete_count, List(a_value(choose) for _ in range(choose(range(3)))))


def a_change_of_a_list(choose: Choose) -> Operation:
    """What is done to a list; the path is to be put before it."""
    if choose(("set", "splice")) == "set":
        return Set((choose((0, 1)),), a_value(choose))
    return a_splice(choose, ())


def a_reaction(choose: Choose) -> tuple[Any, ...]:
    """What a handler does."""
    return a_step(choose, REACTIONS)


#: How often each step is taken, and what it takes. Frames have to arrive for anything to happen.
STEPS: dict[str, tuple[int, Callable[[Choose], tuple[Any, ...]]]] = {
    "wide_write": (17, lambda choose: (choose(THROUGH), an_operation(choose))),
    "list_write": (8, lambda choose: (choose("EEGGGHHI"), choose((0, 1)), a_change_of_a_list(choose))),
    "own_write": (5, lambda choose: (choose(CLIENTS), an_operation(choose))),
    "client_write": (
        14,
        lambda choose: (choose(CLIENTS), [an_operation(choose) for _ in range(choose((1, 1, 2, 3)))]),
    ),
    "client_expose": (1, lambda choose: (choose(CLIENTS),)),
    "client_call": (3, lambda choose: (choose(CLIENTS),)),
    "expose": (2, lambda choose: (choose(THROUGH), choose(range(3)))),
    "call": (6, lambda choose: (choose(THROUGH), choose(CALLED))),
    "join": (10, lambda choose: (choose(CLIENTS), choose(("G", "G", "H", "I", "G-0")))),
    "leave": (3, lambda choose: (choose(CLIENTS), choose(("G", "H", "I", "H-1")))),
    "remove": (1, lambda choose: (choose(GROUPS),)),
    "let_go": (1, lambda choose: (choose(GROUPS),)),
    "on": (4, lambda choose: (choose(GROUPS), choose(("join", "leave", "removed")), a_reaction(choose))),
    "to_server": (14, lambda choose: (choose(CLIENTS), choose((0, 1)))),
    "to_client": (14, lambda choose: (choose(CLIENTS),)),
    "cut": (3, lambda choose: (choose(CLIENTS),)),
    "drop": (3, lambda choose: (choose(CLIENTS),)),
    "connect": (7, lambda choose: (choose(CLIENTS),)),
    "ack": (3, lambda choose: (choose(CLIENTS),)),
    "client_ack": (2, lambda choose: (choose(CLIENTS),)),
    "block": (3, lambda choose: (choose(CLIENTS),)),
    "unblock": (2, lambda choose: (choose(CLIENTS),)),
    "expire": (1, lambda choose: (choose(CLIENTS),)),
    "settle": (1, lambda choose: ()),
}

#: The names of the steps, each as often as it is taken; and of those that handlers take.
NAMES = tuple(name for name, (weight, _) in STEPS.items() for _ in range(weight))
REACTIONS = ("wide_write", "wide_write", "own_write", "call", "join", "join", "leave", "remove")


def a_step(choose: Choose, names: Sequence[str] = NAMES) -> tuple[Any, ...]:
    """One step, as often as `STEPS` says."""
    name = choose(names)
    return (name, *STEPS[name][1](choose))


def a_schedule(choose: Choose, length: int) -> list[tuple[Any, ...]]:
    """So many steps, when some clients have joined some groups."""
    places = [(client, name) for client in CLIENTS for name in GROUPS]
    joined = [("join", *place) for place in places if choose(("in", "out")) == "in"]
    return [*joined, *(a_step(choose) for _ in range(length))]


@cache
def _one_of(things: Sequence[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from(things)


@st.composite
def _steps(draw: Callable[[Any], Any]) -> tuple[Any, ...]:
    return a_step(lambda things: draw(_one_of(things)))


#: The same, chosen by Hypothesis.
joins = st.lists(st.tuples(st.just("join"), st.sampled_from(CLIENTS), st.sampled_from(GROUPS)), max_size=6)
schedules = st.builds(lambda joined, steps: joined + steps, joins, st.lists(_steps(), max_size=80))


def shortest(actions: list[Any], fails: Callable[[list[Any]], bool]) -> list[Any]:
    """Return what is left of a schedule that fails, when nothing more can be left out."""
    length = len(actions) // 2 or 1
    while length:
        start, before = 0, len(actions)
        while start < len(actions):
            fewer = actions[:start] + actions[start + length :]
            if fails(fewer):
                actions = fewer
            else:
                start += length
        if len(actions) == before:
            length //= 2
    return actions
