from __future__ import annotations

from typing import Any

import pytest

from greennow.client.watches import Watches
from greennow.core.paths import Path
from greennow.core.tree import MISSING, Delete, Dict, List, Operation, Set, Splice, Value, apply, plain

BEFORE = Dict({"a": Dict({"b": 1, "list": List([1, 2])}), "other": 2})

CASES: list[tuple[str, Path, Operation, bool]] = [
    ("a change at the path", ("a", "b"), Set(("a", "b"), 2), True),
    ("a change below it", ("a",), Set(("a", "b"), 2), True),
    ("a change above it", ("a", "b"), Set(("a",), 3), True),
    ("a change of the whole", (), Set(("other",), 3), True),
    ("a change beside it", ("a",), Set(("other",), 3), False),
    ("an equal value above it", ("a", "b"), Set(("a",), Dict({"b": 1})), False),
    ("an equal value of another kind", ("a", "b"), Set(("a", "b"), True), True),
    ("something where nothing was", ("new",), Set(("new",), None), True),
    ("nothing where something was", ("a", "b"), Delete(("a",)), True),
    ("a change inside a list", ("a", "list", 0), Splice(("a", "list"), 0, 1, List([7])), True),
]


def given(path: Path, value: Value) -> Any:
    return plain(value)


@pytest.mark.parametrize(("name", "path", "operation", "is_told"), CASES, ids=[case[0] for case in CASES])
def test_who_is_told(name: str, path: Path, operation: Operation, is_told: bool) -> None:
    watches = Watches()
    watches.add(path, print)
    after = apply(BEFORE, operation)
    assert [seen[1] for seen in watches.seen(BEFORE, after)] == [path] * is_told


def test_it_gets_what_stands_there_now() -> None:
    watches = Watches()
    watches.add(("a", "b"), print)
    [(_, path, value)] = watches.seen(BEFORE, apply(BEFORE, Delete(("a",))))
    assert (path, value) == (("a", "b"), MISSING)


def test_the_same_function_may_watch_twice_and_each_watch_ends_by_itself() -> None:
    watches, after = Watches(), apply(BEFORE, Set(("a",), 1))
    ends = [watches.add(("a",), print) for _ in range(2)]
    assert len(list(watches.seen(BEFORE, after))) == 2
    ends[0]()
    ends[0]()
    assert len(list(watches.seen(BEFORE, after))) == 1
    ends[1]()
    assert list(watches.seen(BEFORE, after)) == []
    assert list(watches.seen(BEFORE, BEFORE)) == []


def test_a_watch_may_take_fewer_parameters() -> None:
    watches, told = Watches(), []
    watches.add(("a",), lambda value: told.append(value))
    for fn, path, value in watches.seen(BEFORE, apply(BEFORE, Set(("a",), 1))):
        fn(value, path)
    assert told == [1]


def test_what_is_no_function_is_refused_at_the_line() -> None:
    with pytest.raises(TypeError):
        Watches().add(("a",), 3)  # type: ignore[arg-type]


def test_a_snapshot_is_the_same_object_until_it_changes() -> None:
    watches = Watches()
    first = watches.snapshot(("a",), BEFORE["a"], given)
    assert first == {"b": 1, "list": [1, 2]}
    assert type(first) is dict
    assert watches.snapshot(("a",), BEFORE["a"], given) is first
    assert watches.snapshot(("a",), Dict(BEFORE["a"]), given) is first, "equal is unchanged"
    changed = watches.snapshot(("a",), Dict({"b": 2}), given)
    assert changed == {"b": 2}
    assert first == {"b": 1, "list": [1, 2]}
