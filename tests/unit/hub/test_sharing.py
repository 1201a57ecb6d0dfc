"""What one scope alone shows is one object for all who look through that scope."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given

from greennow.core.paths import Path
from greennow.core.tree import Operation, Set, Value
from greennow.core.tree import get as get_in
from greennow.hub.scopes import Scopes

from ...model import ModelScope
from .test_scope import Comparison, containers, histories
from .worlds import BLUE, EVERYONE, JOIN_BLUE, JOIN_RED, OTHER, OWN, RED, World, after, delete, put, splice

WIDE = {
    "list": [1, [2]],
    "empty": {},
    "name": {"first": {"x": 1}, "second": {"y": {"z": 1}}},
    "other": {"first": {"x": 1}, "list": [1]},
}
BELOW_NAME = {("name", "first"), ("name", "second"), ("name", "second", "y")}


def filled(*actions: Any) -> World:
    """A world in which everyone has the names of `WIDE`, and all this was done after that."""
    return after(*[(EVERYONE, put(name, value)) for name, value in WIDE.items()], *actions)


def is_beside(path: Path, other: Path) -> bool:
    """Is neither path at or below the other?"""
    shorter = min(len(path), len(other))
    return path[:shorter] != other[:shorter]


def shared(one: Value, other: Value) -> set[Path]:
    """The paths, from the root, at which two trees have the very same dict or list."""
    return {path for path, container in containers(one) if get_in(other, path) is container}


def beside(tree: Value, *paths: Path) -> set[Path]:
    """The paths of all dicts and lists of a tree that are beside all of these paths."""
    return {path for path, _ in containers(tree) if all(is_beside(path, other) for other in paths)}


# Everyone's tree


def test_clients_that_wrote_nothing_see_one_tree_whatever_everyone_writes() -> None:
    scopes = Scopes()
    clients = [scopes.own() for _ in range(10_000)]
    puts: list[Operation] = [put("a.b.c", 1), put("l", [1]), put("a.b.d", {}), splice("l", 0, 0, 0)]
    tree = scopes.everyone.get()
    assert all(client.get(()) is tree for client in clients)
    for operation in [*puts, delete("a.b.c"), delete("a"), delete("l")]:
        assert scopes.everyone.write(operation)
        tree = scopes.everyone.get()
        assert all(client.get(()) is tree for client in clients)


def test_one_client_of_many_has_a_tree_of_its_own_and_all_others_the_same() -> None:
    world = filled((OWN, put("name.first.x", 2)))
    assert world.clients[1].get() is world.clients[2].get() is world.scopes.everyone.get()
    assert world.clients[0].get() is not world.scopes.everyone.get()


@pytest.mark.parametrize(
    "operation",
    [
        put("new", {"x": 1}),
        put("name.first.x", 2),
        put("name.first.new", {"x": 1}),
        put("name.second", 1),
        put("other", {"first": {"x": 1}}),
        delete("name.second.y"),
        delete("other"),
        splice("other.list", 0, 1, 2),
        Set(("list", 1, 0), 3),
    ],
)
@pytest.mark.parametrize("joined", [[], [JOIN_RED], [JOIN_RED, JOIN_BLUE]], ids=["alone", "red", "red-blue"])
def test_a_client_shares_all_that_it_did_not_touch(joined: list[Any], operation: Operation) -> None:
    world = filled(*joined, (OWN, operation))
    tree = world.scopes.everyone.get()
    assert shared(tree, world.clients[0].get()) == beside(tree, operation.path)


# Groups'


def test_members_share_what_the_group_alone_holds_and_what_everyone_alone_holds() -> None:
    world = filled(
        JOIN_RED, ("join", 1, 0), (RED, put("red.a", {"b": {}})), (RED, put("name.red", {"c": {}}))
    )
    group, everyone = world.groups[0].get(), world.scopes.everyone.get()
    expected = {path for path, _ in containers(group)} - {(), ("name",)}
    assert {("red", "a", "b"), ("name", "red", "c"), ("name", "second", "y"), ("list",)} < expected
    for client in world.clients[:2]:
        assert shared(client.get(), group) == expected
    assert shared(world.clients[0].get(), world.clients[1].get()) == expected
    assert shared(everyone, world.clients[0].get()) == beside(everyone, ("name",)) | BELOW_NAME
    assert world.clients[2].get() is everyone


def test_a_member_of_two_groups_shares_what_either_of_them_alone_holds() -> None:
    world = filled(JOIN_RED, JOIN_BLUE, (RED, put("two.red", {"a": {}})), (BLUE, put("two.blue", {"b": {}})))
    member = world.clients[0].get()
    everyones = beside(member, ("two",))
    assert shared(member, world.groups[0].get()) == everyones | {("two", "red"), ("two", "red", "a")}
    assert shared(member, world.groups[1].get()) == everyones | {("two", "blue"), ("two", "blue", "b")}


def test_joining_and_leaving_leave_what_the_group_does_not_hold() -> None:
    world = filled((OWN, put("own", {"x": {}})), (RED, put("name.red", 1)))
    client, group = world.clients[0], world.groups[0]
    before = client.get()
    client.join(group)
    joined = client.get()
    client.leave(group)
    assert shared(before, client.get()) == beside(before) - {()}
    assert shared(before, joined) == beside(before, ("name",)) | BELOW_NAME


# Before a write and after it


@pytest.mark.parametrize("who", [EVERYONE, RED, OWN])
@pytest.mark.parametrize(
    "operation",
    [
        put("own.a.b", 1),
        put("own.a", {}),
        put("own.new.x", 1),
        put("own.c", 1),
        delete("own.a.b"),
        delete("own.l"),
        splice("own.l", 0, 1),
        Set(("own", "l", 0), 2),
    ],
)
def test_a_write_leaves_all_that_is_beside_its_path(who: Any, operation: Operation) -> None:
    world = filled(JOIN_RED, (who, put("own", {"a": {"b": {"x": 1}}, "c": {"d": {}}, "l": [1]})))
    viewers = [world.scope(who), world.scope(OWN)]
    before = [viewer.get() for viewer in viewers]
    assert world.scope(who).write(operation)
    for tree, viewer in zip(before, viewers, strict=True):
        assert shared(tree, viewer.get()) >= beside(tree, operation.path)


def test_a_write_of_everyones_leaves_what_others_hold_beside_it() -> None:
    writes = [(RED, put("red", {"a": {}})), (OWN, put("own", {"b": {}})), (OTHER, put("name.own", {}))]
    world = filled(JOIN_RED, *writes)
    before = [client.get() for client in world.clients]
    world.scopes.everyone.write(put("name.first.x", 2))
    for tree, client in zip(before, world.clients, strict=True):
        assert shared(tree, client.get()) == beside(tree, ("name", "first", "x"))


# Whatever was done


class Sharing(Comparison):
    """A world in which what one scope alone holds is always one object; the model says who holds what."""

    def __init__(self) -> None:
        super().__init__()
        #: All dicts and lists that each one sees thanks to one scope alone, by path, and that scope.
        self.seen: dict[Any, dict[Path, tuple[Value, ModelScope]]] = {}
        #: What was written since.
        self.written: list[Path] = []

    def sole_holder(self, who: Any, path: Path) -> ModelScope | None:
        """The scope that alone decides what this one sees at and below the path, if one alone does."""
        holders = [scope for scope in self.model.layers(who) if concerns(scope, path)]
        return holders[0] if len(holders) == 1 else None

    def owned(self, who: Any) -> dict[Path, tuple[Value, ModelScope]]:
        seen = dict(containers(self.world.scope(who).get()))
        holders = {path: self.sole_holder(who, path) for path in seen}
        return {path: (seen[path], holder) for path, holder in holders.items() if holder is not None}

    def write(self, who: Any, operation: Operation) -> None:
        self.world.scope(who).write(operation)
        self.model.write(who, operation)
        self.written.append(operation.path)

    def check(self) -> None:
        """All who look through a scope see one object: the same as before, where nothing was written."""
        before, self.seen = self.seen, {viewer: self.owned(viewer) for viewer in self.everybody}
        for one, other in combinations(self.everybody, 2):
            compare(self.seen[one], self.seen[other], [])
        for viewer in before:
            compare(before[viewer], self.seen[viewer], self.written)
        self.written = []


def compare(ours: Any, theirs: Any, written: list[Path]) -> None:
    """What both see thanks to the same scope is the same object, beside what was written."""
    for path in ours.keys() & theirs.keys():
        if ours[path][1] is theirs[path][1] and all(is_beside(path, other) for other in written):
            assert ours[path][0] is theirs[path][0], f"two objects at {path}"


def concerns(scope: ModelScope, path: Path) -> bool:
    """Was anything written in the scope at or below the path, or put or deleted above it?"""
    below = any(
        other[: len(path)] == path for written in (scope.records, scope.made_dict) for other in written
    )
    return below or any(path[:length] in scope.records for length in range(1, len(path)))


@given(histories)
def test_what_one_scope_alone_holds_is_one_object_for_all(actions: list[Any]) -> None:
    sharing = Sharing()
    for name, details in actions:
        getattr(sharing, name)(*details)
        sharing.check()
