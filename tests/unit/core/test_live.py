"""Containers follow their data: places, marks, and what a container is where `now` meets Python."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greennow.core.errors import Detached
from greennow.core.lists import LiveList
from greennow.core.namespace import LiveDict, Namespace
from greennow.core.tree import THEIRS, Delete, Dict, List, Set, Splice, apply, plain
from greennow.core.values import share

from .spaces import CalledByPath, TreeSpace


def theirs(*path: Any) -> CalledByPath:
    return CalledByPath(path, THEIRS)


def row(name: str) -> dict[str, Any]:
    return {"name": name, "at": [0, {"z": 1}]}


@pytest.fixture
def space() -> TreeSpace:
    return TreeSpace({"rows": [row("a"), row("b"), row("c")], "player": {"x": 1, "pos": {"y": 2}}})


@pytest.fixture
def now(space: TreeSpace) -> Namespace:
    return Namespace(space)


class Elsewhere:
    """Somebody else's writes: past the containers under test."""

    def __init__(self, space: TreeSpace) -> None:
        self.space = space

    def write(self, *operations: Any) -> None:
        for operation in operations:
            self.space.tree = apply(self.space.tree, operation)


@pytest.fixture
def others(space: TreeSpace) -> Elsewhere:
    return Elsewhere(space)


# Following.


def test_what_is_inserted_ahead_moves_a_container_along(now, others):
    c, deep = now.rows[2], now.rows[2].at[1]
    others.write(Splice(("rows",), 0, 0, List([1, 2])))
    assert (c.name, deep.z) == ("c", 1)
    deep.z = 5
    assert now.rows[4].to_plain() == {"name": "c", "at": [0, {"z": 5}]}


def test_what_is_deleted_ahead_moves_a_container_along(now, others):
    b, c = now.rows[1], now.rows[2]
    others.write(Delete(("rows", 0)))
    assert (b.name, c.name) == ("b", "c")


def test_a_sorted_or_reversed_list_keeps_its_containers(now):
    rows = now.rows
    a, b, c = rows
    rows.reverse()
    assert rows.to_plain() == [row("c"), row("b"), row("a")]
    a.name = "z"
    rows.sort(key=lambda row: row.name, reverse=True)
    assert [(a.name, b.name, c.name), [r.name for r in rows]] == [("z", "b", "c"), ["z", "c", "b"]]


def test_a_change_inside_keeps_the_container(now, others):
    player, rows = now.player, now.rows
    others.write(Set(("player", "x"), 7), Splice(("rows",), 0, 3, List()))
    assert (player.x, rows) == (7, [])


@pytest.mark.parametrize(
    ("operation", "place"),
    [
        (Delete(("player",)), "now.player"),
        (Set(("player",), Dict({"pos": Dict({"y": 2})})), "now.player"),
        (Set(("player",), List()), "now.player"),
        (Set(("player",), 1), "now.player"),
        (Delete(("player", "pos")), "now.player.pos"),
        (Set(("player", "pos"), Dict()), "now.player.pos"),
    ],
)
def test_a_container_that_was_deleted_or_replaced_is_detached_and_says_where(now, others, operation, place):
    pos = now.player.pos
    others.write(operation)
    for touch in (lambda: pos.y, lambda: pos.update(y=1), lambda: len(pos), lambda: pos == {}, pos.to_plain):
        with pytest.raises(Detached) as caught:
            touch()
        assert str(caught.value) == f"{place} was deleted or replaced; read it again from now"


def test_an_element_that_is_gone_is_detached_though_another_stands_there(now, others):
    b = now.rows[1]
    others.write(Delete(("rows", 1)))
    with pytest.raises(Detached) as caught:
        b.name = "x"
    assert caught.value.place == "now.rows[1]"
    assert now.rows.to_plain() == [row("a"), row("c")]


def test_a_detached_container_is_shown_without_failing(now):
    player = now.player
    del now.player
    assert repr(player) == "<now.player, deleted or replaced>"


def test_a_list_of_the_same_name_is_not_taken_for_the_dict(space, now):
    player = now.player
    space.tree = Dict({"player": List([1], player._place.mark + 1)})
    with pytest.raises(Detached):
        player.to_plain()


def test_marks_are_compared_and_not_held(space, now):
    # A view on the server makes its dicts anew at each read; their marks are equal, not the same object.
    def see(x: int, stamp: int) -> None:
        space.tree = Dict({"d": Dict({"x": x}, ("dict", stamp))})

    see(1, 7)
    d = now.d
    see(2, 7)
    assert d.x == 2
    see(3, 8)
    with pytest.raises(Detached):
        d.x  # noqa: B018


def test_a_use_costs_one_look_and_never_at_the_whole(space, now):
    z = now.rows[2].at[1]
    space.asked.clear()
    assert z.z == 1
    assert space.asked == [("rows", 2, "at", 1)]
    space.asked.clear()
    assert now.player.x == 1
    assert space.asked == [("player",), ("player",)]


def test_a_container_of_the_root_that_is_gone_costs_no_look_at_the_whole(space, now):
    player = now.player
    del now.player
    space.asked.clear()
    with pytest.raises(Detached):
        player.x  # noqa: B018
    assert space.asked == [("player",)]


OPERATIONS = st.one_of(
    st.tuples(st.just("insert"), st.integers(0, 6), st.integers(0, 6)),
    st.tuples(st.just("delete"), st.integers(0, 6)),
    st.tuples(st.just("replace"), st.integers(0, 6), st.integers(0, 6)),
    st.tuples(st.just("reverse")),
    st.tuples(st.just("whole")),
)


@given(st.lists(OPERATIONS, max_size=12), st.data())
def test_each_container_finds_its_own_element_or_none(actions, data):
    """Whatever is done to the list by others: a container that was read gives its element, or is detached."""
    space = TreeSpace({"l": [{"in": {"id": n}} for n in range(4)]})
    now, others = Namespace(space), Elsewhere(space)
    held = [(element, element["in"], n) for n, element in enumerate(now.l)]
    for action, *args in actions:
        do(action, args, others)
        present = {element.mark for element in space.tree["l"]}
        for element, inner, n in data.draw(st.permutations(held)):
            if element._place.mark in present:
                assert (element.to_plain(), inner.id) == ({"in": {"id": n}}, n)
            else:
                with pytest.raises(Detached):
                    inner.id  # noqa: B018


def do(action: str, args: list[int], others: Elsewhere) -> None:
    elements = others.space.tree["l"]
    if action == "insert":
        others.write(Splice(("l",), args[0], 0, share([{"in": {"id": args[1]}}])))
    elif action == "delete":
        others.write(Delete(("l", args[0])))
    elif action == "replace":
        others.write(Set(("l", args[0]), share({"in": {"id": args[1]}})))
    elif action == "reverse":
        others.write(Splice(("l",), 0, len(elements), List(elements[::-1])))
    else:
        others.write(Set(("l",), share(plain(elements))))


# Sharing containers.


def test_assigning_a_container_copies_it(now):
    now.copy = now.player
    now.copy.x = 9
    assert (now.player.x, now.copy.to_plain()) == (1, {"x": 9, "pos": {"y": 2}})


def test_the_whole_of_now_can_be_copied_into_it(now, space):
    whole = now.to_plain()
    now.backup = now
    assert now.backup == whole


def test_assigning_a_container_to_where_it_stands_changes_nothing(now, space):
    rows = now.rows
    now.rows += ["d"]
    now.player.pos = now.player.pos
    now.rows[-2] = now.rows[2]
    assert space.written == [[Splice(("rows",), 3, 0, List(["d"]))]]
    assert rows[3] == "d"


def test_assigning_a_container_to_where_another_stands_copies_it(now, space):
    # Marks on the server are of one write: a dict and one in it may have the same.
    inner = Dict({"x": 1}, ("dict", 7))
    space.tree = Dict({"d": Dict({"inner": inner}, ("dict", 7))})
    now.d = now.d.inner
    assert now.to_plain() == {"d": {"x": 1}}


def test_a_container_of_another_now_is_copied(now):
    other = Namespace(TreeSpace({"player": {"x": 5}}))
    now.player = other.player
    assert (now.player.to_plain(), other.player.to_plain()) == ({"x": 5}, {"x": 5})


def test_the_same_container_of_another_now_is_copied_too(space, now):
    # Views on the server share what everyone holds; writing it into one of them makes it that client's own.
    other = Namespace(TreeSpace())
    other._place.space.tree = space.tree
    now.player = other.player
    assert len(space.written) == 1


def test_a_container_is_put_back_to_where_it_was_replaced(now):
    player = now.player
    now.player = {}
    now.player = player
    assert now.player == {"x": 1, "pos": {"y": 2}}


def test_names_and_elements_are_swapped_as_in_python(now):
    now.rows[0], now.rows[2] = now.rows[2], now.rows[0]
    assert [r.name for r in now.rows] == ["c", "b", "a"]
    now.player, now.rows = now.rows, now.player
    assert (now.player[0].name, now.rows.x) == ("c", 1)


def test_a_container_that_was_used_and_then_replaced_is_detached_when_assigned(now):
    player = now.player
    assert player.x == 1
    now.player = {}
    with pytest.raises(Detached):
        now.other = player


def test_a_copy_has_the_other_ends_functions_as_they_are_called_and_ours_as_they_were_made(space, now):
    def ours() -> None: ...

    space.tree = Dict({"d": Dict({"f": THEIRS, "l": List([THEIRS, ours])})})
    assert now.d.to_plain() == {"f": theirs("d", "f"), "l": [theirs("d", "l", 0), ours]}
    assert (now.d.f, now.d.l[1].value) == (theirs("d", "f"), ours)
    now.e = now.d
    assert space.tree["e"] == now.d.to_plain()


# One moment.


def test_a_loop_sees_the_moment_at_which_it_began(now):
    seen = []
    for element in now.rows:
        seen.append(element.name)
        now.rows.insert(0, row("new"))
    assert seen == ["a", "b", "c"]
    seen = []
    for name in now:
        seen.append(name)
        now["x" + name] = 1
    assert seen == ["rows", "player"]


# Where Python asks for more than reading and writing.


@pytest.mark.parametrize("path", ["now", "now.player", "now.rows"])
def test_copies_are_plain_data(now, path):
    container = {"now": now, "now.player": now.player, "now.rows": now.rows}[path]
    plain = container.to_plain()
    for made in (copy.copy(container), copy.deepcopy(container)):
        assert (made, type(made)) == (plain, type(plain))
    assert repr(container) == str(container) == repr(plain)


@pytest.mark.parametrize(
    ("path", "kind"), [("now", "Namespace"), ("now.player", "LiveDict"), ("now.rows", "LiveList")]
)
def test_pickle_json_and_hash_say_what_to_do(now, path, kind):
    container = {"now": now, "now.player": now.player, "now.rows": now.rows}[path]
    for dump, sentence in [
        (pickle.dumps, f"{path} follows its data and cannot be pickled; use its to_plain()"),
        (json.dumps, f"Object of type {kind} (use its to_plain()) is not JSON serializable"),
    ]:
        with pytest.raises(TypeError) as caught:
            dump(container)
        assert str(caught.value) == sentence
    with pytest.raises(TypeError, match="unhashable"):
        hash(container)
    assert json.dumps(container.to_plain())


def test_only_the_name_that_json_shows_is_changed():
    assert [kind.__qualname__ for kind in (Namespace, LiveDict, LiveList)] == [
        "Namespace",
        "LiveDict",
        "LiveList",
    ]
