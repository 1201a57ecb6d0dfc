"""Which writes of a client are allowed, and what it is told of the others."""

from __future__ import annotations

from typing import Any

import pytest

from greennow.core.errors import Refused
from greennow.core.paths import Path
from greennow.core.tree import MISSING, THEIRS, Delete, Dict, List, Operation, Set, Splice, Value, get
from greennow.hub.policy import Alias, WritePolicy

PAGE = "this name belongs to the page"
SERVER = "functions of the server are not writable by clients"
NO = "not allowed"


class View:
    """What a client sees."""

    def __init__(self, tree: Value) -> None:
        self.tree = tree

    def get(self, path: Path) -> Value:
        return get(self.tree, path)


def served() -> None: ...


VIEW = View(
    Dict(
        {
            "name": "ann",
            "count": 1,
            "add": served,
            "math": Dict({"pi": 3, "add": served}),
            "tools": List([Dict({"run": served})]),
            "scores": List([1, 2]),
            "mine": THEIRS,
            "alias": Alias(served),
            "player": Dict({"x": 1}),
        }
    )
)


def name(path: str) -> Path:
    return tuple(path.split("."))


# What holds whatever `client_write` says

ALWAYS: list[tuple[str, Operation, str | None]] = [
    ("the page's core", Set(("core",), 1), PAGE),
    ("below the page's core", Set(("core", "clientId"), 1), PAGE),
    ("the page's ready", Delete(("ready",)), PAGE),
    ("such a name deeper down", Set(("player", "core"), THEIRS), None),
    ("a function of the server's", Set(("add",), 1), SERVER),
    ("a function over it", Set(("add",), THEIRS), SERVER),
    ("its deletion", Delete(("add",)), SERVER),
    ("below it", Set(("add", "x"), 1), SERVER),
    ("far below it", Set(("add", "x", "y"), THEIRS), SERVER),
    ("above it", Set(("math",), 1), SERVER),
    ("the deletion of what is above it", Delete(("math",)), SERVER),
    ("above one in a list", Set(("tools",), 1), SERVER),
    ("the element that holds one", Delete(("tools", 0)), SERVER),
    ("a splice of a list that holds one", Splice(("tools",), 0, 1, List()), SERVER),
    ("a function of the client's at a new name", Set(("show",), THEIRS), None),
    ("beside a function of the server's", Set(("math", "show"), THEIRS), None),
    ("over another function of the client's", Set(("mine",), THEIRS), None),
    ("its deletion by the client", Delete(("mine",)), None),
    ("a function of the server's put at a name of the client's", Set(("again",), Alias(served)), None),
]


@pytest.mark.parametrize("client_write", [True, False], ids=["all", "none"])
@pytest.mark.parametrize(
    ("operation", "reason"), [case[1:] for case in ALWAYS], ids=[case[0] for case in ALWAYS]
)
def test_functions_and_the_names_of_the_page(
    client_write: bool, operation: Operation, reason: str | None
) -> None:
    assert WritePolicy(client_write).refusal(VIEW, operation) == reason


# Data

DATA: list[tuple[str, Operation]] = [
    ("a new name", Set(("new",), 1)),
    ("a name", Set(("name",), "bob")),
    ("below a name", Set(("player", "x"), 2)),
    ("a deletion", Delete(("name",))),
    ("a splice", Splice(("scores",), 0, 1, List())),
    ("an element", Set(("scores", 0), 1)),
    ("beside a function", Set(("math", "pi"), 4)),
    ("data over a function of the client's", Set(("mine",), 1)),
    ("a function over data that the server may hold", Set(("name",), THEIRS)),
    ("a dict with functions in it", Set(("box",), Dict({"f": THEIRS}))),
]


@pytest.mark.parametrize("operation", [case[1] for case in DATA], ids=[case[0] for case in DATA])
def test_data_is_allowed_or_not(operation: Operation) -> None:
    assert WritePolicy(True).refusal(VIEW, operation) is None
    assert WritePolicy(False).refusal(VIEW, operation) == NO
    assert WritePolicy([]).refusal(VIEW, operation) == NO


PATTERNS: list[tuple[str, list[str], list[Path], list[Path]]] = [
    ("a name", ["name"], [("name",)], [("names",), ("name", "x"), ("x", "name")]),
    ("a dotted name", ["player.x"], [("player", "x")], [("player",), ("player", "y"), ("player", "x", "y")]),
    (
        "* is one name",
        ["player.*"],
        [("player", "x"), ("player", "y"), ("player", 0)],
        [("player",), ("player", "x", "y"), ("x",)],
    ),
    (
        "* in the middle",
        ["players.*.x"],
        [("players", "ann", "x")],
        [("players", "x"), ("players", "a", "b", "x")],
    ),
    (
        "** is any depth",
        ["player.**"],
        [("player",), ("player", "x"), ("player", "x", 0, "y")],
        [("players",), ("x", "player")],
    ),
    ("** in the middle", ["a.**.z"], [("a", "z"), ("a", "b", "c", "z")], [("a",), ("a", "z", "b")]),
    ("** is everything", ["**"], [("a",), ("a", "b")], []),
    ("an index is written as its digits", ["scores.0"], [("scores", 0), ("scores", "0")], [("scores", 1)]),
    ("any of several", ["a", "b.*"], [("a",), ("b", "c")], [("b",), ("c",)]),
    ("no part of a name", ["na*"], [], [("name",), ("na",)]),
]


@pytest.mark.parametrize(
    ("patterns", "allowed", "refused"), [case[1:] for case in PATTERNS], ids=[case[0] for case in PATTERNS]
)
def test_patterns(patterns: list[str], allowed: list[Path], refused: list[Path]) -> None:
    policy, nothing = WritePolicy(patterns), View(Dict())
    assert [policy.refusal(nothing, Set(path, 1)) for path in allowed] == [None] * len(allowed)
    assert [policy.refusal(nothing, Set(path, 1)) for path in refused] == [NO] * len(refused)


# A function that decides


def refuse(path: Path, value: Any) -> None:
    raise Refused("too long")


DECISIONS = [
    ("nothing returned allows", lambda path, value: None, None),
    ("true allows", lambda path, value: True, None),
    ("only false itself refuses", lambda path, value: 0, None),
    ("false refuses", lambda path, value: False, NO),
    ("Refused gives the reason", refuse, "too long"),
]


@pytest.mark.parametrize(
    ("decide", "reason"), [case[1:] for case in DECISIONS], ids=[case[0] for case in DECISIONS]
)
def test_a_function_decides(decide: Any, reason: str | None) -> None:
    assert WritePolicy(decide).refusal(VIEW, Set(("name",), 1)) == reason


def test_another_error_of_it_is_a_fault_of_the_program() -> None:
    with pytest.raises(ZeroDivisionError):
        WritePolicy(lambda path, value: 1 / 0).refusal(VIEW, Set(("name",), 1))


SHOWN: list[tuple[str, Operation, Path, Any]] = [
    ("the value that is set", Set(("a", "b"), 1), ("a", "b"), 1),
    ("a copy in plain data", Set(("a",), Dict({"l": List([1])})), ("a",), {"l": [1]}),
    ("the items of a splice", Splice(("scores",), 0, 1, List([Dict()])), ("scores",), [{}]),
    ("none for a deletion", Delete(("name",)), ("name",), None),
]


@pytest.mark.parametrize(
    ("operation", "path", "value"), [case[1:] for case in SHOWN], ids=[case[0] for case in SHOWN]
)
def test_it_is_shown_path_and_value(operation: Operation, path: Path, value: Any) -> None:
    shown: list[Any] = []
    WritePolicy(lambda *args: shown.append(args)).refusal(VIEW, operation)
    assert shown == [(path, value)]
    assert type(shown[0][1]) is type(value)


def test_it_is_not_asked_about_what_is_decided_already() -> None:
    asked: list[Path] = []
    policy = WritePolicy(lambda path, value: asked.append(path))
    for _, operation, _ in ALWAYS:
        policy.refusal(VIEW, operation)
    assert asked == []


# Aliases


def test_an_alias_runs_the_function_that_it_stands_for() -> None:
    assert Alias(lambda a, b: (a, b))(1, b=2) == (1, 2)


def test_what_is_missing_is_no_function() -> None:
    assert WritePolicy(True).refusal(View(MISSING), Set(("a", "b", "c"), 1)) is None
