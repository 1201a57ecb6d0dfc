from __future__ import annotations

from typing import Any

import pytest

from greennow.core.paths import Path
from greennow.core.tree import (
    MISSING,
    THEIRS,
    Delete,
    Set,
    plain,
    same,
)

from .worlds import (
    BLUE,
    EVERYONE,
    JOIN_BLUE,
    JOIN_RED,
    LEAVE_RED,
    OTHER,
    OWN,
    RED,
    World,
    act,
    after,
    delete,
    put,
    splice,
    tree,
)

WHO_WINS: list[tuple[str, list[Any], Any]] = [
    ("nothing was written", [], {}),
    ("everyone's is seen by all", [(EVERYONE, put("x", 1))], {"x": 1}),
    ("a client's own is newer", [(EVERYONE, put("x", 1)), (OWN, put("x", 2))], {"x": 2}),
    ("everyone's is newer, and own is gone", [(OWN, put("x", 2)), (EVERYONE, put("x", 1))], {"x": 1}),
    (
        "what everyone's cleared does not come back",
        [(OWN, put("x", 2)), (EVERYONE, put("x", 1)), (EVERYONE, delete("x"))],
        {},
    ),
    (
        "what everyone's cleared in a group's does not come back",
        [(RED, put("x", 2)), (EVERYONE, put("x", 1)), (EVERYONE, delete("x")), JOIN_RED],
        {},
    ),
    ("a name below a leaf makes a dict of it", [(OWN, put("a", 5)), (OWN, put("a.b", 1))], {"a": {"b": 1}}),
    ("a group's is not seen before joining", [(RED, put("x", 1))], {}),
    (
        "joining brings older names, which own ones hide",
        [(RED, put("x", 1)), (OWN, put("x", 2)), JOIN_RED],
        {"x": 2},
    ),
    (
        "joining brings newer names, which hide own ones",
        [(OWN, put("x", 2)), (RED, put("x", 1)), JOIN_RED],
        {"x": 1},
    ),
    (
        "leaving shows again what was hidden",
        [(OWN, put("x", 2)), (RED, put("x", 1)), JOIN_RED, LEAVE_RED],
        {"x": 2},
    ),
    (
        "a write to a member clears its own for good",
        [(OWN, put("x", 2)), JOIN_RED, (RED, put("x", 1)), LEAVE_RED],
        {},
    ),
    (
        "an own write equal to the group's stays after leaving",
        [JOIN_RED, (RED, put("x", 5)), (OWN, put("x", 5)), LEAVE_RED],
        {"x": 5},
    ),
    (
        "of two groups the newer write is seen",
        [JOIN_RED, JOIN_BLUE, (BLUE, put("x", 1)), (RED, put("x", 2))],
        {"x": 2},
    ),
    (
        "two groups fill one dict",
        [JOIN_RED, JOIN_BLUE, (RED, put("a", {"b": 1})), (BLUE, put("a.c", 2))],
        {"a": {"b": 1, "c": 2}},
    ),
    (
        "an older name below a newer dict is hidden",
        [JOIN_RED, JOIN_BLUE, (BLUE, put("a.c", 2)), (RED, put("a", {"b": 1}))],
        {"a": {"b": 1}},
    ),
    (
        "dicts of all scopes are merged name by name",
        [(EVERYONE, put("a", {"x": 1, "y": 1})), JOIN_RED, (RED, put("a.y", 2)), (OWN, put("a.z", 3))],
        {"a": {"x": 1, "y": 2, "z": 3}},
    ),
    (
        "a newer own dict hides everyone's names in it",
        [(EVERYONE, put("a", {"x": 1})), (OWN, put("a", {"y": 2}))],
        {"a": {"y": 2}},
    ),
    (
        "a newer own dict hides everyone's dicts in it",
        [(EVERYONE, put("a.x.y", 1)), (OWN, put("a", {}))],
        {"a": {}},
    ),
    (
        "what is written in a hidden dict shows only itself",
        [(EVERYONE, put("a.x.y", 1)), (OWN, put("a", {})), (EVERYONE, put("a.x.z", 2))],
        {"a": {"x": {"z": 2}}},
    ),
    (
        "everyone's write below keeps what is own beside it",
        [(OWN, put("a.x", 1)), (EVERYONE, put("a.y", 2))],
        {"a": {"x": 1, "y": 2}},
    ),
    (
        "everyone's write below an own leaf makes it a dict",
        [(OWN, put("a", 5)), (EVERYONE, put("a.b", 1))],
        {"a": {"b": 1}},
    ),
    (
        "that dict stays when its name goes again",
        [(OWN, put("a", 5)), (EVERYONE, put("a.b", 1)), (EVERYONE, delete("a.b"))],
        {"a": {}},
    ),
    (
        "an own leaf over everyone's dict, written below by everyone",
        [(EVERYONE, put("a", {"c": 2})), (OWN, put("a", 5)), (EVERYONE, put("a.b", 1))],
        {"a": {"b": 1}},
    ),
    ("an own delete hides everyone's", [(EVERYONE, put("x", 1)), (OWN, delete("x"))], {}),
    (
        "everyone's next write shows again",
        [(EVERYONE, put("x", 1)), (OWN, delete("x")), (EVERYONE, put("x", 2))],
        {"x": 2},
    ),
    (
        "everyone's write below a deleted dict makes a dict of that name only",
        [(EVERYONE, put("a", {"x": 1})), (OWN, delete("a")), (EVERYONE, put("a.y", 2))],
        {"a": {"y": 2}},
    ),
    (
        "a delete by a group hides everyone's from its members",
        [(EVERYONE, put("x", 1)), JOIN_RED, (RED, delete("x"))],
        {},
    ),
    (
        "a delete by a group hides what a client had before it joined",
        [(OWN, put("x", 2)), (RED, put("x", 1)), (RED, delete("x")), JOIN_RED],
        {},
    ),
    (
        "a delete by a group hides the older name of another group",
        [JOIN_RED, JOIN_BLUE, (BLUE, put("x", 1)), (RED, put("x", 2)), (RED, delete("x"))],
        {},
    ),
    (
        "an own delete hides the older name of a group joined later",
        [(RED, put("x", 1)), (OWN, put("x", 2)), (OWN, delete("x")), JOIN_RED],
        {},
    ),
    (
        "an own delete does not hide the newer name of a group joined later",
        [(OWN, put("x", 2)), (OWN, delete("x")), (RED, put("x", 1)), JOIN_RED],
        {"x": 1},
    ),
    ("what another client writes is not seen", [(OTHER, put("x", 1))], {}),
    (
        "a list is one unit",
        [(EVERYONE, put("l", [1])), (OWN, splice("l", 1, 0, 2)), (EVERYONE, splice("l", 0, 0, 0))],
        {"l": [0, 1]},
    ),
    (
        "a write at an index counts as the whole list's",
        [
            (EVERYONE, put("l", [1, 2])),
            JOIN_RED,
            (RED, put("l", [3, 4])),
            (EVERYONE, Set(("l", 0), 9)),
            LEAVE_RED,
        ],
        {"l": [9, 2]},
    ),
    (
        "own changes of everyone's list stay own",
        [(EVERYONE, put("l", [{"a": 1}])), (OWN, Set(("l", 0, "a"), 2)), (OWN, Delete(("l", 3)))],
        {"l": [{"a": 2}]},
    ),
    (
        "a name below a list makes a dict of it",
        [(EVERYONE, put("l", [1])), (OWN, put("l.a", 2))],
        {"l": {"a": 2}},
    ),
    (
        "the other end's functions are leaves",
        [(OWN, Set(("f",), THEIRS)), (EVERYONE, put("g", len))],
        {"f": THEIRS, "g": len},
    ),
    ("True is not 1", [(EVERYONE, put("x", 1)), (OWN, put("x", True))], {"x": True}),
]


@pytest.mark.parametrize(
    ("actions", "expected"), [case[1:] for case in WHO_WINS], ids=[case[0] for case in WHO_WINS]
)
def test_who_wins(actions: list[Any], expected: Any) -> None:
    world = after(*actions)
    assert same(world.clients[0].get(), tree(expected))


def test_each_looks_through_its_own_layers() -> None:
    world = after((EVERYONE, put("e", 1)), (RED, put("r", 2)), (OWN, put("o", 3)), JOIN_RED)
    assert world.scopes.everyone.get() == {"e": 1}
    assert world.groups[0].get() == {"e": 1, "r": 2}
    assert world.groups[1].get() == {"e": 1}
    assert world.clients[0].get() == {"e": 1, "r": 2, "o": 3}
    assert world.clients[1].get() == {"e": 1}


READS = [
    ("a scalar", ("a", "b"), 1),
    ("a dict", ("a",), {"b": 1, "own": 2}),
    ("an element", ("l", 1), {"x": 5}),
    ("inside an element", ("l", 1, "x"), 5),
    ("past the end", ("l", 2), MISSING),
    ("a name below a scalar", ("a", "b", "c"), MISSING),
    ("a name below a list", ("l", "x"), MISSING),
    ("an index of a dict", ("a", 0), MISSING),
    ("a name that was deleted", ("gone",), MISSING),
    ("a name below one that was deleted", ("gone", "x"), MISSING),
    ("a name that never was", ("never", "was"), MISSING),
]


@pytest.mark.parametrize(("path", "expected"), [case[1:] for case in READS], ids=[case[0] for case in READS])
def test_reading(path: Path, expected: Any) -> None:
    world = after(
        (EVERYONE, put("a.b", 1)),
        (EVERYONE, put("l", [4, {"x": 5}])),
        (EVERYONE, put("gone", {"x": 1})),
        (OWN, put("a.own", 2)),
        (OWN, delete("gone")),
    )
    assert same(world.clients[0].get(path), tree(expected))


# Sharing


def test_clients_that_wrote_nothing_share_one_dict() -> None:
    world = after((EVERYONE, put("a", {"b": {"c": 1}})), JOIN_RED)
    seen = world.scopes.everyone.get()
    assert all(client.get() is seen for client in world.clients)
    assert world.groups[0].get() is seen


def test_clients_share_the_one_empty_dict_before_anything_is_written() -> None:
    world = World()
    assert world.clients[0].get() is world.clients[1].get() is world.scopes.everyone.get()


def test_a_client_shares_what_it_did_not_touch() -> None:
    world = after((EVERYONE, put("a", {"b": {"c": 1}, "d": {}})), (OWN, put("a.d.e", 1)))
    assert world.clients[0].get(("a", "b")) is world.scopes.everyone.get(("a", "b"))
    assert world.clients[0].get()["a"]["b"] is world.scopes.everyone.get(("a", "b"))


def test_a_client_whose_own_names_are_gone_shares_again() -> None:
    world = after((EVERYONE, put("a", 1)), (OWN, put("b", 1)), (OWN, delete("b")))
    assert world.clients[0].get() is world.scopes.everyone.get()


def test_what_was_read_is_a_moment_that_stays() -> None:
    world = after((EVERYONE, put("a", {"b": 1})), (OWN, put("a.c", 1)))
    moments = [scope.get() for scope in (world.scopes.everyone, world.clients[0])]
    copies = [plain(moment) for moment in moments]
    world.scopes.everyone.write(put("a.b", 2))
    world.clients[0].write(delete("a.c"))
    assert moments == copies
    assert world.clients[0].get() == {"a": {"b": 2}}


def test_what_was_read_before_does_not_come_back() -> None:
    world = after((EVERYONE, put("a", {"b": 1, "c": 1})))
    world.clients[0].get()
    world.scopes.everyone.write(delete("a.b"))
    assert world.clients[0].get() == {"a": {"c": 1}}


def test_a_write_drops_no_dict_beside_its_path() -> None:
    world = after((EVERYONE, put("a", {"x": 1})), (EVERYONE, put("b", {"y": 1})))
    beside = world.scopes.everyone.get(("b",))
    world.scopes.everyone.write(put("a.x", 2))
    assert world.scopes.everyone.get()["b"] is beside


# The identity of dicts


KEEPS: list[tuple[str, list[Any], Any]] = [
    ("a name in it is set", [(EVERYONE, put("a", {"b": 1}))], (EVERYONE, put("a.b", 2))),
    ("the client sets a name in it", [(EVERYONE, put("a", {"b": 1}))], (OWN, put("a.c", 2))),
    ("its last name goes", [(EVERYONE, put("a.b", 1))], (EVERYONE, delete("a.b"))),
    ("another scope takes part, later", [(EVERYONE, put("a.b", 1))], (OWN, put("a.c", 2))),
    ("a wider scope takes part, later", [(OWN, put("a.b", 1))], (EVERYONE, put("a.c", 2))),
    ("it was made below a leaf", [(OWN, put("a", 5)), (EVERYONE, put("a.b", 1))], (OWN, put("a.c", 2))),
    (
        "it was made below a tombstone",
        [(RED, put("a", 5)), JOIN_RED, (OWN, delete("a")), (EVERYONE, put("a.b", 1))],
        (OWN, put("a.c", 2)),
    ),
    ("something beside it changes", [(EVERYONE, put("a.b", 1))], (EVERYONE, put("x", 1))),
]


@pytest.mark.parametrize(("before", "then"), [case[1:] for case in KEEPS], ids=[case[0] for case in KEEPS])
def test_a_dict_keeps_its_identity_when(before: list[Any], then: Any) -> None:
    world = after(*before)
    mark = world.clients[0].get(("a",)).mark
    act(world, then)
    assert world.clients[0].get(("a",)).mark == mark
    assert world.clients[0].get()["a"].mark == mark


CHANGES_IDENTITY: list[tuple[str, list[Any], list[Any]]] = [
    ("it is replaced", [(EVERYONE, put("a", {"b": 1}))], [(EVERYONE, put("a", {"b": 1}))]),
    ("the client replaces it", [(EVERYONE, put("a", {"b": 1}))], [(OWN, put("a", {"b": 1}))]),
    (
        "it is deleted and made again",
        [(EVERYONE, put("a.b", 1))],
        [(EVERYONE, delete("a")), (EVERYONE, put("a.b", 1))],
    ),
    (
        "the client deletes it and everyone's makes it again",
        [(EVERYONE, put("a.b", 1))],
        [(OWN, delete("a")), (EVERYONE, put("a.b", 1))],
    ),
    (
        "the client makes a leaf of it and everyone's a dict again",
        [(EVERYONE, put("a.b", 1))],
        [(OWN, put("a", 5)), (EVERYONE, put("a.b", 1))],
    ),
]


@pytest.mark.parametrize(
    ("before", "then"), [case[1:] for case in CHANGES_IDENTITY], ids=[case[0] for case in CHANGES_IDENTITY]
)
def test_a_dict_is_another_when(before: list[Any], then: list[Any]) -> None:
    world = after(*before)
    mark = world.clients[0].get(("a",)).mark
    for action in then:
        act(world, action)
    assert world.clients[0].get(("a",)).mark != mark


def test_a_dict_is_another_when_one_above_it_was_replaced_meanwhile() -> None:
    world = after((EVERYONE, put("a.b.c", 1)))
    mark = world.clients[0].get(("a", "b")).mark
    act(world, (OWN, put("a", {})))
    act(world, (EVERYONE, put("a.b.d", 1)))
    assert world.clients[0].get(("a", "b")).mark != mark


def test_the_root_is_always_the_same() -> None:
    world = World()
    mark = world.clients[0].get().mark
    for action in [
        (OWN, put("a", 1)),
        (EVERYONE, put("b", 1)),
        (EVERYONE, delete("b")),
        (EVERYONE, put("a", 2)),
    ]:
        act(world, action)
        assert world.clients[0].get().mark == mark
