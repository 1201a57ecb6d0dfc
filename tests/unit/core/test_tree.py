"""Trees never change, `apply` is total, equality is to the bit. Its table is ``protocol/tree.json``."""

from __future__ import annotations

import copy
import math
import pickle
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greennow.core.paths import Path
from greennow.core.tree import (
    DELETED,
    MISSING,
    THEIRS,
    Delete,
    Dict,
    List,
    Operation,
    Set,
    Splice,
    Value,
    apply,
    child,
    difference,
    get,
    highest_changed,
    list_unit,
    plain,
    same,
)
from greennow.core.values import share

UTC = timezone.utc

KEYS = st.sampled_from(["a", "b"])
INDICES = st.integers(min_value=0, max_value=2)
SCALARS = st.sampled_from([None, True, 0, 1.0, "a"])
PLAIN = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=8,
)
TREES = st.dictionaries(KEYS, PLAIN, max_size=2).map(share)
PATHS = st.tuples(KEYS) | st.tuples(KEYS, KEYS | INDICES) | st.tuples(KEYS, KEYS | INDICES, KEYS | INDICES)
OPERATIONS: st.SearchStrategy[Operation] = st.one_of(
    st.builds(Set, PATHS, PLAIN.map(share)),
    st.builds(Delete, PATHS),
    st.builds(Splice, PATHS, INDICES, INDICES, st.lists(SCALARS, max_size=2).map(List)),
)


# Applying


@given(TREES, OPERATIONS)
def test_an_operation_never_changes_the_tree_it_is_applied_to(tree: Value, operation: Operation) -> None:
    before = plain(tree)
    apply(tree, operation)
    assert same(plain(tree), before)


@given(TREES, OPERATIONS)
def test_what_does_nothing_gives_the_very_tree(tree: Value, operation: Operation) -> None:
    after, held = apply(tree, operation), get(tree, operation.path)
    if isinstance(operation, Set):
        assert after is tree or get(after, operation.path) is operation.value
    elif isinstance(operation, Delete):
        assert (after is tree) == (held is MISSING)
    else:
        assert (after is tree) == (not isinstance(held, List))


@given(TREES, PATHS, PLAIN.map(share))
def test_what_is_set_under_names_is_there(tree: Value, path: Path, value: Value) -> None:
    names = tuple(str(key) for key in path)
    assert get(apply(tree, Set(names, value)), names) is value


@given(TREES, PATHS)
def test_what_is_deleted_under_names_is_gone(tree: Value, path: Path) -> None:
    names = tuple(str(key) for key in path)
    assert get(apply(tree, Delete(names)), names) is MISSING


@given(TREES, OPERATIONS)
def test_all_but_the_way_to_the_change_is_shared(tree: Value, operation: Operation) -> None:
    after = apply(tree, operation)
    for key in tree:
        if key != operation.path[0]:
            assert after[key] is tree[key]


@given(TREES, OPERATIONS)
def test_a_changed_copy_keeps_its_identity(tree: Value, operation: Operation) -> None:
    after = apply(tree, operation)
    assert after.mark == tree.mark
    held, changed = child(tree, operation.path[0]), child(after, operation.path[0])
    if len(operation.path) > 1 and type(held) is type(changed) and isinstance(held, (Dict, List)):
        assert changed.mark == held.mark


def test_a_list_that_was_spliced_is_the_same_list() -> None:
    tree = share({"l": [1, 2]})
    assert apply(tree, Splice(("l",), 0, 1, List()))["l"].mark == tree["l"].mark


def test_what_is_put_in_the_place_of_another_has_another_identity() -> None:
    tree = share({"a": {}, "l": []})
    assert apply(tree, Set(("a",), Dict()))["a"].mark != tree["a"].mark
    assert apply(tree, Set(("l", "x"), 1))["l"].mark != tree["l"].mark


def test_new_containers_have_marks_of_their_own() -> None:
    assert len({Dict().mark, Dict().mark, List().mark, List().mark}) == 4


# Looking

TREE = share({"a": {"b": [10, {"c": None}]}, "": 1, "0": "zero", "f": False})

LOOKUPS: list[tuple[str, Path, Any]] = [
    ("a scalar", ("f",), False),
    ("the empty name", ("",), 1),
    ("an element", ("a", "b", 0), 10),
    ("none is a value", ("a", "b", 1, "c"), None),
    ("a missing name", ("x",), MISSING),
    ("below a missing name", ("x", "y", 0), MISSING),
    ("an index past the end", ("a", "b", 2), MISSING),
    ("a negative index", ("a", "b", -1), MISSING),
    ("an index of a dict", ("a", 0), MISSING),
    ("an index is no name", (0,), MISSING),
    ("a name of a list", ("a", "b", "0"), MISSING),
    ("a character of a text", ("0", 0), MISSING),
    ("below none", ("a", "b", 1, "c", "d"), MISSING),
]


@pytest.mark.parametrize(("path", "value"), [case[1:] for case in LOOKUPS], ids=[case[0] for case in LOOKUPS])
def test_what_stands_at_a_path(path: Path, value: Any) -> None:
    assert get(TREE, path) is value


def test_the_whole_stands_at_the_empty_path() -> None:
    assert get(TREE, ()) is TREE


def test_only_a_trees_own_containers_are_looked_into() -> None:
    assert child({"a": 1}, "a") is MISSING
    assert child([1], 0) is MISSING


# Where an operation counts

PLACES: list[tuple[str, Operation, Path | None, Path]] = [
    ("a name of a dict", Set(("a", "x"), 1), None, ("a", "x")),
    ("a whole list", Set(("a", "b"), 1), None, ("a", "b")),
    ("an element", Set(("a", "b", 0), 1), ("a", "b"), ("a", "b")),
    ("below an element", Set(("a", "b", 1, "c", "d"), 1), ("a", "b"), ("a", "b")),
    ("a delete of an element", Delete(("a", "b", 0)), ("a", "b"), ("a", "b")),
    ("a splice", Splice(("a", "b"), 0, 1, List()), ("a", "b"), ("a", "b")),
    ("a splice of what is no list", Splice(("a",), 0, 1, List()), None, ("a",)),
    ("a delete of a list", Delete(("a", "b")), None, ("a", "b")),
    ("a name of a list replaces it", Set(("a", "b", "c"), 1), None, ("a", "b")),
    ("names below a scalar replace it", Set(("f", "x", "y"), 1), None, ("f",)),
    ("names below what is missing make it", Set(("a", "x", "y"), 1), None, ("a", "x")),
    ("an index of a dict", Set(("a", 0), 1), None, ("a", 0)),
]


@pytest.mark.parametrize(
    ("operation", "unit", "highest"), [case[1:] for case in PLACES], ids=[case[0] for case in PLACES]
)
def test_a_list_is_one_unit(operation: Operation, unit: Path | None, highest: Path) -> None:
    assert list_unit(TREE, operation) == unit
    assert highest_changed(TREE, operation) == highest


@given(TREES, OPERATIONS)
def test_nothing_but_what_is_at_the_highest_changed_path_changes(tree: Value, operation: Operation) -> None:
    after = apply(tree, operation)
    path = highest_changed(tree, operation)
    value = get(after, path)
    told = apply(tree, Delete(path) if value is MISSING else Set(path, value))
    assert same(told, after)


# Equality

ALIKE: list[tuple[str, Value, Value]] = [
    ("not a number", math.nan, float("nan")),
    ("a dict in another order", Dict({"a": 1, "b": 2}), Dict({"b": 2, "a": 1})),
    ("containers of another identity", List([Dict()]), List([Dict()])),
    ("a tree and plain data", share({"a": [1]}), {"a": [1]}),
    ("moments", datetime(2013, 3, 21, tzinfo=UTC), datetime(2013, 3, 21, tzinfo=timezone(timedelta(0)))),
]
UNLIKE: list[tuple[str, Value, Value]] = [
    ("true and 1", True, 1),
    ("false and 0", False, 0),
    ("1 and 1.0", 1, 1.0),
    ("0.0 and -0.0", 0.0, -0.0),
    ("none and false", None, False),
    ("text and bytes", "a", b"a"),
    ("a text and a list", "a", List(["a"])),
    ("an empty dict and an empty list", Dict(), List()),
    ("an element deep down", List([Dict({"a": 1})]), List([Dict({"a": True})])),
    ("one name more", Dict({"a": 1}), Dict({"a": 1, "b": 1})),
    ("another name", Dict({"a": 1}), Dict({"b": 1})),
    ("one element more", List([1]), List([1, 1])),
    (
        "one moment with two offsets",
        datetime(2013, 3, 21, 12, tzinfo=UTC),
        datetime(2013, 3, 21, 13, tzinfo=timezone(timedelta(hours=1))),
    ),
    ("two functions", len, min),
    ("missing and none", MISSING, None),
]


@pytest.mark.parametrize(("a", "b"), [case[1:] for case in ALIKE], ids=[case[0] for case in ALIKE])
def test_the_same(a: Value, b: Value) -> None:
    assert same(a, b)
    assert same(b, a)


@pytest.mark.parametrize(("a", "b"), [case[1:] for case in UNLIKE], ids=[case[0] for case in UNLIKE])
def test_not_the_same(a: Value, b: Value) -> None:
    assert not same(a, b)
    assert not same(b, a)


# Differences


@given(TREES, TREES)
def test_the_difference_turns_one_tree_into_the_other(before: Value, after: Value) -> None:
    tree = before
    for operation in difference(before, after):
        changed = apply(tree, operation)
        assert changed is not tree
        tree = changed
    assert same(tree, after)


@given(TREES)
def test_equal_trees_do_not_differ(tree: Value) -> None:
    assert list(difference(tree, share(tree))) == []


def test_lists_that_differ_are_set_whole() -> None:
    before, after = share({"d": {"l": [1, 2]}}), share({"d": {"l": [1, 3]}})
    assert list(difference(before, after)) == [Set(("d", "l"), List([1, 3]))]


def test_what_is_gone_is_deleted_before_what_is_new_is_set() -> None:
    assert list(difference(share({"a": 1}), share({"b": 1}))) == [Delete(("a",)), Set(("b",), 1)]


def test_parts_that_are_shared_are_not_looked_into() -> None:
    class Closed(Dict):
        def items(self) -> Any:
            raise AssertionError("looked into")

    part = Closed({"x": 1})
    assert list(difference(Dict({"p": part}), Dict({"p": part, "q": 1}))) == [Set(("q",), 1)]


# Plain data and sentinels


def test_plain_data_is_a_copy_that_may_be_changed() -> None:
    tree = share({"a": [{"b": 1}]})
    data = plain(tree)
    assert [type(data), type(data["a"]), type(data["a"][0])] == [dict, list, dict]
    data["a"][0]["b"] = 2
    assert get(tree, ("a", 0, "b")) == 1


@pytest.mark.parametrize("sentinel", [MISSING, THEIRS, DELETED], ids=repr)
def test_a_sentinel_is_one_object(sentinel: Value) -> None:
    assert repr(sentinel) in ("MISSING", "THEIRS", "DELETED")
    assert copy.deepcopy(sentinel) is sentinel
    assert pickle.loads(pickle.dumps(sentinel)) is sentinel
