"""Why there is no function to call, and what was perhaps meant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

from greennow.core.functions import Lending
from greennow.core.missing import departed, none_at, none_lent, quoted
from greennow.core.paths import Key, Path
from greennow.core.tree import MISSING, THEIRS, Dict, Value, get
from greennow.core.values import share


def one() -> None: ...


class Tree:
    """A namespace that counts the names that were looked at."""

    def __init__(self, value: Any) -> None:
        self.tree = share(value)
        self.looked_at = 0

    def get(self, path: Path) -> Value:
        return get(self.tree, path)

    def names(self, path: Path) -> Iterator[tuple[Key, Value]]:
        value = self.get(path)
        for item in value.items() if isinstance(value, Dict) else ():
            self.looked_at += 1
            yield item


# By handle


def test_a_handle_without_a_function_says_why() -> None:
    lending, wide = Lending(3), Lending(3, first=1)
    lending.take_back(lending.lend(one), 1)
    lending.lend(one)
    lending.expire()
    lending.expire()
    cases = [
        (
            none_lent(0, [lending], 60),
            "function 0 was released: the end that had borrowed it let go of it",
            "released",
        ),
        (
            none_lent(2, [wide, lending], 60),
            "function 2 has expired: it was not passed again within callback_timeout=60 s",
            "expired",
        ),
        (none_lent(4, [lending, wide], 60), "function 4 was never lent", "never"),
        (none_lent(1, [lending, wide], 60), "function 1 was never lent", "never"),
        (none_lent(0, [], None), "function 0 was never lent", "never"),
        (departed("function 7"), "function 7 has departed: the client that had made it has gone", "departed"),
    ]
    for error, sentence, missing in cases:
        assert (str(error), error.missing, error.path) == (sentence, missing, None)


# By path


SHOP = {
    "score": one,
    "store": one,
    "scope": one,
    "scoring": 7,
    "theirs": one,
    "math": {"add": one, "adds": {"up": one}, "sum": one, "sub": one},
    "rows": [one],
}

PATHS: list[tuple[str, Path, str]] = [
    ("no such name", ("nothing",), "now.nothing is not a function here"),
    ("one near name", ("math", "ad"), "now.math.ad is not a function here; did you mean now.math.add?"),
    (
        "two near names",
        ("math", "sur"),
        "now.math.sur is not a function here; did you mean now.math.sum or now.math.sub?",
    ),
    (
        "three, and no more, the nearest first",
        ("scor",),
        "now.scor is not a function here; did you mean now.score, now.store or now.scope?",
    ),
    ("only functions are near", ("scorin",), "now.scorin is not a function here; did you mean now.score?"),
    ("on another level", ("add",), "now.add is not a function here"),
    ("below what is no mapping", ("score", "scor"), "now.score.scor is not a function here"),
    ("beside an element", ("rows", 1), "now.rows[1] is not a function here"),
    ("a value", ("scoring",), "now.scoring is not a function but a number"),
]


@pytest.mark.parametrize(("path", "sentence"), [case[1:] for case in PATHS], ids=[case[0] for case in PATHS])
def test_a_path_without_a_function_says_what_is_there(path: Path, sentence: str) -> None:
    error = none_at(path, Tree(SHOP))
    assert (str(error), error.missing, error.path) == (sentence, "never", path)


KINDS: list[tuple[Any, str]] = [
    (None, "null"),
    (True, "true"),
    (False, "false"),
    (1, "a number"),
    (1.5, "a number"),
    (2**70, "a number"),
    ("text", "a text"),
    (b"x", "bytes"),
    (datetime(2026, 1, 1, tzinfo=timezone.utc), "a moment in time"),
    ([1], "a list"),
    ({"a": 1}, "a mapping"),
]


@pytest.mark.parametrize(("value", "kind"), KINDS, ids=[repr(value) for value, _ in KINDS])
def test_a_value_is_named_by_its_kind(value: Any, kind: str) -> None:
    assert str(none_at(("a",), Tree({"a": value}))) == f"now.a is not a function but {kind}"


def test_a_function_of_the_other_ends_may_be_meant_by_a_call_that_is_made_here() -> None:
    tree = Tree({})
    tree.tree = Dict({"score": THEIRS})
    assert str(none_at(("score",), tree)) == "now.score is not a function here"
    assert str(none_at(("scor",), tree)) == "now.scor is not a function here"
    near = "now.scor is not a function here; did you mean now.score?"
    assert str(none_at(("scor",), tree, theirs=True)) == near


def test_where_nothing_is_shown_nothing_is_said_of_it() -> None:
    assert str(none_at(("scor",))) == "now.scor is not a function here"
    assert Tree(SHOP).get(("scor",)) is MISSING


def test_a_long_path_is_cut_and_nothing_is_looked_for() -> None:
    tree = Tree(SHOP)
    for path in [("a" * 300,), ("\0" * 50,), ("a",) * 120]:
        error = none_at(path, tree)
        assert str(error) == f"{quoted(path)} is not a function here"
        assert (len(quoted(path)), error.path) == (201, None)
    assert tree.looked_at == 0


def test_the_search_is_bounded() -> None:
    """By names looked at, by functions compared, and by their length."""
    many = Tree({**{f"data{number}": 1 for number in range(2_000)}, "score": one})
    assert str(none_at(("scor",), many)) == "now.scor is not a function here"
    assert many.looked_at == 1_000
    alike = Tree({**{f"x{number:03}": one for number in range(200)}, "scope": one})
    assert str(none_at(("scop",), alike)) == "now.scop is not a function here"
    assert alike.looked_at < 200
    long = Tree({"x" * 39: one, "x" * 41: one})
    near = f"did you mean now.{'x' * 39}?"
    assert str(none_at(("x" * 40,), long)) == f"now.{'x' * 40} is not a function here; {near}"
    assert str(none_at(("x" * 42,), long)) == f"now.{'x' * 42} is not a function here"
    apart = Tree({"function_now": one, "function_at": one})
    near = "did you mean now.function_at?"
    assert str(none_at(("function",), apart)) == f"now.function is not a function here; {near}"
