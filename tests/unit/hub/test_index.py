from __future__ import annotations

from greennow.core.tree import Dict
from greennow.hub.index import Index
from greennow.hub.view import put_node

from .worlds import entries

LEAF = put_node(1, 1)
NESTED = put_node(Dict({"b": 1, "c": Dict({"d": 1})}), 1)


def test_nobody_holds_anything_at_first() -> None:
    index = Index[str]()
    assert index.at(("a", "b")) == set()
    assert entries(index) == {}


def test_a_holder_is_entered_for_all_that_it_puts() -> None:
    index = Index[str]()
    index.add(("a",), NESTED, "one")
    assert entries(index) == {path: {"one"} for path in [("a",), ("a", "b"), ("a", "c"), ("a", "c", "d")]}


def test_each_path_names_its_own_holders() -> None:
    index = Index[str]()
    index.add(("a",), NESTED, "one")
    index.add(("a",), LEAF, "two")
    assert index.at(("a",)) == {"one", "two"}
    assert index.at(("a", "b")) == {"one"}


def test_one_is_taken_out_with_all_below_and_the_others_stay() -> None:
    index = Index[str]()
    for holder in ("one", "two"):
        index.add(("a",), NESTED, holder)
    index.remove(("a",), NESTED, "one")
    assert entries(index) == {path: {"two"} for path in [("a",), ("a", "b"), ("a", "c"), ("a", "c", "d")]}
    index.remove(("a",), NESTED, "two")
    assert entries(index) == {}


def test_what_is_above_stays_when_a_name_goes() -> None:
    index = Index[str]()
    index.add(("a",), LEAF, "one")
    index.add(("a", "b"), LEAF, "one")
    index.remove(("a", "b"), LEAF, "one")
    assert entries(index) == {("a",): {"one"}}
