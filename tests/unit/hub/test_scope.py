from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greennow.core.paths import Path
from greennow.core.tree import (
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
    difference,
    plain,
    same,
)
from greennow.core.tree import get as get_in
from greennow.hub.narrow import ClientScope
from greennow.hub.scope import Change
from greennow.hub.view import Node, Sight
from greennow.hub.weight import weigh_name, weigh_node

from ...model import ModelScopes
from .worlds import (
    BLUE,
    CLIENTS,
    EVERYONE,
    GROUPS,
    JOIN_BLUE,
    JOIN_RED,
    OTHER,
    OWN,
    RED,
    World,
    after,
    delete,
    entries,
    put,
    splice,
    tree,
)

NO_CHANGE: list[tuple[str, Operation]] = [
    ("the whole of now", Set((), Dict())),
    ("a delete of the whole", Delete(())),
    ("an index at the root", Set((0,), 1)),
    ("an index of a dict", Set(("a", 0), 1)),
    ("a delete of an index of a dict", Delete(("a", 0))),
    ("an index below a name that is missing", Set(("x", 0, "y"), 1)),
    ("an index below a name below a list", Set(("l", "x", 0), 1)),
    ("a delete of what is missing", delete("x")),
    ("a delete below what is missing", delete("x.y")),
    ("a delete below a scalar", delete("a.b.c")),
    ("a delete of a name of a list", delete("l.x")),
    ("a delete past the end", Delete(("l", 1))),
    ("a set past the end", Set(("l", 1), 1)),
    ("a set below past the end", Set(("l", 1, "x"), 1)),
    ("a splice of what is missing", splice("x", 0, 0, 1)),
    ("a splice of a scalar", splice("a.b", 0, 0, 1)),
    ("a splice of a dict", splice("a", 0, 0, 1)),
    ("a splice inside an element that is no list", Splice(("l", 0), 0, 0, List([1]))),
]


@pytest.mark.parametrize("operation", [case[1] for case in NO_CHANGE], ids=[case[0] for case in NO_CHANGE])
@pytest.mark.parametrize("who", [EVERYONE, RED, OWN])
def test_what_does_nothing_is_no_change(who: Any, operation: Operation) -> None:
    world = after((EVERYONE, put("a.b", 1)), (EVERYONE, put("l", [1])))
    assert world.scope(who).write(operation) is None
    assert same(world.scope(who).get(), tree({"a": {"b": 1}, "l": [1]}))


def test_setting_what_is_there_is_a_change() -> None:
    """It is newer: it takes away what clients have."""
    world = after((EVERYONE, put("x", 1)), (OWN, put("x", 2)))
    assert world.scopes.everyone.write(put("x", 1)) == Change(put("x", 1), ("x",))
    assert world.clients[0].get(("x",)) == 1


# What the members are told


def test_outside_lists_all_are_told_the_operation_itself() -> None:
    world = after((OWN, put("a", 5)))
    change = world.scopes.everyone.write(put("a.b", 1))
    assert change == Change(put("a.b", 1), ("a", "b"), MISSING, MISSING, ())
    assert [change.operation_for(client) for client in world.clients] == [change.operation] * CLIENTS


def test_inside_lists_those_who_saw_another_are_told_the_whole_list() -> None:
    world = after((EVERYONE, put("a.l", [1])), (OWN, put("a.l", [1])), (OTHER, put("a.m", 1)))
    operation = splice("a.l", 1, 0, 2)
    change = world.scopes.everyone.write(operation)
    assert change is not None
    assert (change.unit, change.before, change.value) == (("a", "l"), [1], [1, 2])
    assert change.others == {world.clients[0]}
    whole = Set(("a", "l"), List([1, 2]))
    assert [change.operation_for(client) for client in world.clients] == [whole, operation, operation]


def test_members_who_see_another_groups_list_are_told_the_whole() -> None:
    world = after(
        JOIN_RED, JOIN_BLUE, ("join", 1, 0), (RED, put("l", [1])), (BLUE, put("l", [1])), ("join", 2, 1)
    )
    change = world.groups[0].write(Set(("l", 0), 2))
    assert change is not None
    assert change.others == {world.clients[0]}


def test_members_of_a_group_with_a_list_of_its_own_are_told_everyones_whole_list() -> None:
    world = after((EVERYONE, put("l", [1])), JOIN_RED, (RED, put("l", [1])))
    change = world.scopes.everyone.write(splice("l", 0, 0, 0))
    assert change is not None
    assert change.others == {world.clients[0]}


def test_those_who_did_not_see_the_list_at_all_are_told_the_whole() -> None:
    world = after((EVERYONE, put("a.l", [1])), (OWN, put("a", 5)))
    change = world.scopes.everyone.write(splice("a.l", 0, 0, 0))
    assert change is not None
    assert change.others == {world.clients[0]}


def test_the_list_after_a_change_keeps_its_identity() -> None:
    world = after((EVERYONE, put("l", [1])))
    mark = world.clients[0].get(("l",)).mark
    world.clients[0].write(splice("l", 0, 0, 0))
    assert world.clients[0].get(("l",)).mark == mark


# Joining and leaving


def test_joining_and_leaving_tell_the_exact_difference() -> None:
    world = after(
        (EVERYONE, put("a", {"x": 1, "y": 1})),
        (RED, put("a.y", 2)),
        (RED, put("b", {"c": 1})),
        (RED, put("n", 0)),
    )
    world.clients[0].write(put("n", 7))
    assert world.clients[0].join(world.groups[0]) == [Set(("a", "y"), 2), Set(("b",), Dict({"c": 1}))]
    assert world.groups[0].members == {world.clients[0]}
    assert world.clients[0].leave(world.groups[0]) == [Set(("a", "y"), 1), Delete(("b",))]
    assert world.groups[0].members == set()


def test_joining_tells_what_a_dict_of_the_groups_hides() -> None:
    world = after((EVERYONE, put("a", {"x": 1, "y": 1})), (RED, put("a", {"y": 2})))
    assert world.clients[0].join(world.groups[0]) == [Delete(("a", "x")), Set(("a", "y"), 2)]


def test_joining_or_leaving_twice_tells_nothing() -> None:
    world = after((RED, put("x", 1)), JOIN_RED)
    assert world.clients[0].join(world.groups[0]) == []
    assert world.groups[0].members == {world.clients[0]}
    world.clients[0].leave(world.groups[0])
    assert world.clients[0].leave(world.groups[0]) == []


def test_joining_a_group_without_names_tells_nothing() -> None:
    world = after((EVERYONE, put("x", 1)))
    assert world.clients[0].join(world.groups[0]) == []


# What a scope holds, and letting go


def test_names_count_values_dicts_and_tombstones() -> None:
    world = after((EVERYONE, put("e", {"x": 1})))
    client = world.clients[0]
    counts = []
    for operation in [
        put("a", {"b": 1, "c": {}}),
        put("a.b", 2),
        delete("e.x"),
        put("l", [1, 2, 3]),
        put("a", 1),
    ]:
        client.write(operation)
        counts.append(client.names)
    assert counts == [3, 3, 5, 6, 4]


@pytest.mark.parametrize("who", [EVERYONE, RED, OWN])
def test_names_that_come_and_go_leave_nothing_behind(who: Any) -> None:
    world = after(JOIN_RED, (EVERYONE, put("a", {"x": 1})))
    scope = world.scope(who)
    scope.write(put("a.own", 1))
    names = scope.names
    for number in range(50):
        scope.write(put(f"a.{number}", {"b": {"c": 1}}))
        scope.write(delete(f"a.{number}"))
        scope.write(put(f"{number}", 1))
        scope.write(delete(f"{number}"))
    assert scope.names == names


def test_a_tombstone_goes_with_what_it_hid() -> None:
    world = after((EVERYONE, put("a.b", 1)), (OWN, delete("a.b")))
    assert world.clients[0].names == 2
    world.scopes.everyone.write(delete("a.b"))
    assert world.clients[0].names == 0


def test_a_scope_that_is_forgotten_can_be_read_and_drops_writes() -> None:
    world = after((EVERYONE, put("e", 1)), (OWN, put("a.b", 2)), JOIN_RED)
    client = world.clients[0]
    client.forget()
    assert client.write(put("c", 1)) is None
    assert client.get() == {"e": 1, "a": {"b": 2}}
    assert world.groups[0].members == set()


def test_a_scope_that_is_forgotten_is_in_no_index() -> None:
    world = after((OWN, put("a.b", 2)), (RED, put("a.c", 1)))
    world.clients[0].forget()
    world.groups[0].forget()
    assert entries(world.scopes.clients) == entries(world.scopes.groups) == {}


def test_forgetting_a_scope_that_holds_nothing() -> None:
    world = World()
    world.clients[0].forget()
    world.groups[0].forget()
    assert entries(world.scopes.clients) == entries(world.scopes.groups) == {}


# Everything at once, against the model


def nodes(node: Node | None, path: Path = ()) -> Iterator[Path]:
    """The paths of all that is held below a node."""
    for key, kid in ((node and node.kids) or {}).items():
        yield (*path, key)
        yield from nodes(kid, (*path, key))


def containers(value: Value, path: Path = ()) -> Iterator[tuple[Path, Value]]:
    """All dicts of a tree, and the outermost lists, with their paths."""
    if isinstance(value, Dict | List):
        yield path, value
    if isinstance(value, Dict):
        for key, item in value.items():
            yield from containers(item, (*path, key))


def weight_of(scope: ClientScope) -> int:
    """What all that a client holds weighs, without what lists remember."""

    def afresh(node: Node) -> Node:
        copy = Node(node.born, tree(plain(node.base)))
        copy.kids = {key: afresh(kid) for key, kid in (node.kids or {}).items()}
        return copy

    kids = (scope._root and scope._root.kids) or {}
    return sum(weigh_name(key) + weigh_node(afresh(kid)) for key, kid in kids.items())


def check_bookkeeping(world: World) -> None:
    """Names, weights and indices say what is there."""
    for client in world.clients:
        assert client.weight == weight_of(client)
    for index, scopes in ((world.scopes.groups, world.groups), (world.scopes.clients, world.clients)):
        held: dict[Path, set[Any]] = {}
        for scope in scopes:
            paths = list(nodes(scope._root))
            assert scope.names == len(paths)
            for path in paths:
                held.setdefault(path, set()).add(scope)
        assert entries(index) == held


def check_common_functions(world: World) -> None:
    """A function that is said to be common is what everybody sees; each that is everyone's alone is."""
    for path in [*product("ab", repeat=1), *product("ab", repeat=2)]:
        function = world.scopes.common.at(path)
        if function is not None:
            assert all(client.get(path) is function for client in world.clients)
        else:
            others = any(scope.holds(path[:1]) for scope in [*world.groups, *world.clients])
            assert others or not callable(world.scopes.everyone.get(path))


class Comparison:
    """A world and the model of it, to which the same is done."""

    def __init__(self) -> None:
        self.world = World()
        self.model = ModelScopes(GROUPS, CLIENTS)
        groups: list[Any] = [("group", number) for number in range(GROUPS)]
        clients: list[Any] = [("client", number) for number in range(CLIENTS)]
        self.everybody: list[Any] = ["everyone", *groups, *clients]

    def write(self, who: Any, operation: Operation) -> None:
        before = {viewer: self.world.scope(viewer).get() for viewer in self.everybody}
        copies = plain(before)
        change = self.world.scope(who).write(operation)
        assert (change is not None) == self.model.write(who, operation)
        assert same(before, copies), "what was read has changed"
        for number in self.model.affected(who) if change else []:
            client = self.world.clients[number]
            told = change.operation_for(client)
            assert same(apply(before["client", number], told), client.get())
            assert same(client.get(change.unit), self.world.scope(who).get(change.unit))
            self.check_identities(number, before["client", number], told)

    def check_identities(self, number: int, before: Value, told: Operation) -> None:
        """What was replaced is another container; what was not is the same, if it was put at its path."""
        was = {path: container.mark for path, container in containers(before)}
        expected = {path: container.mark for path, container in containers(apply(before, told))}
        for path, container in containers(self.world.clients[number].get()):
            if isinstance(container, Dict) and expected[path] != was.get(path):
                assert container.mark != was.get(path)
            elif isinstance(container, List) or self.model.was_written(("client", number), path):
                assert container.mark == expected[path]

    def join(self, client: int, group: int) -> None:
        self.regroup("join", client, group)
        self.model.members[group].add(client)

    def leave(self, client: int, group: int) -> None:
        self.regroup("leave", client, group)
        self.model.members[group].discard(client)

    def regroup(self, kind: str, client: int, group: int) -> None:
        """What a client is told when it joins or leaves is the difference, no more and no less."""
        scope = self.world.clients[client]
        before = shown = scope.get()
        told = getattr(scope, kind)(self.world.groups[group])
        after = scope.get()
        for operation in told:
            assert not same(get_in(before, operation.path), get_in(after, operation.path))
            assert not same(apply(shown, operation), shown)
            shown = apply(shown, operation)
        assert same(shown, after)
        assert sorted(told, key=str) == sorted(difference(before, after), key=str)

    def forget_client(self, number: int) -> None:
        self.world.clients[number].forget()
        self.world.clients[number] = self.world.scopes.own()
        self.model.forget_client(number)

    def forget_group(self, number: int) -> None:
        for client in range(CLIENTS):
            self.leave(client, number)
        self.world.groups[number].forget()
        self.world.groups[number] = self.world.scopes.group()
        self.model.forget_group(number)

    def check(self) -> None:
        for who in self.everybody:
            expected = self.model.view(who)
            scope = self.world.scope(who)
            assert same(scope.get(), expected), who
            for path, container in containers(expected):
                assert same(scope.get(path), container)
                assert scope.get(path).mark == get_in(scope.get(), path).mark
        check_common_functions(self.world)
        check_bookkeeping(self.world)


keys = st.sampled_from("ab")
steps = st.sampled_from([*"aaabbb", 0, 1, 3])
paths = st.tuples(keys) | st.tuples(keys, steps) | st.tuples(keys, steps, steps)
values = st.sampled_from(
    [1, True, None, THEIRS, len, {}, {"b": 1}, {"b": len}, {"a": 1, "b": 2}, {"a": {"b": 1}}]
    + [[], [1], [1, [2]], [{"a": 1}], {"a": [1, 2]}]
)
trees = values.map(tree)
pieces = st.lists(trees, max_size=2).map(List)
kinds: list[st.SearchStrategy[Operation]] = [
    *[st.builds(Set, paths, trees)] * 4,
    *[st.builds(Delete, paths)] * 3,
    *[st.builds(Splice, st.tuples(keys), st.integers(0, 3), st.integers(0, 2), pieces)] * 2,
    st.builds(Splice, paths, st.integers(0, 3), st.integers(0, 2), pieces),
]
operations = st.sampled_from(kinds).flatmap(lambda kind: kind)
client_numbers, group_numbers = st.integers(0, CLIENTS - 1), st.integers(0, GROUPS - 1)
writers = (
    st.just("everyone")
    | st.tuples(st.just("group"), group_numbers)
    | st.tuples(st.just("client"), client_numbers)
)
arguments = {
    "write": st.tuples(writers, operations),
    "join": st.tuples(client_numbers, group_numbers),
    "leave": st.tuples(client_numbers, group_numbers),
    "forget_client": st.tuples(client_numbers),
    "forget_group": st.tuples(group_numbers),
}
# Mostly writes, or there would be little to see; of every length alike, for lists are mostly short.
names = st.sampled_from(["write"] * 40 + ["join"] * 6 + ["leave"] * 3 + ["forget_client", "forget_group"])
actions = names.flatmap(lambda name: st.tuples(st.just(name), arguments[name]))
histories = st.integers(0, 40).flatmap(lambda length: st.lists(actions, min_size=length, max_size=length))


@given(histories)
def test_every_view_is_what_the_writes_in_their_order_give(actions: list[Any]) -> None:
    """And what the members are told leads there, identities stay, and the bookkeeping is right."""
    comparison = Comparison()
    for name, details in actions:
        getattr(comparison, name)(*details)
        comparison.check()


# Functions that all see


def test_a_function_of_everyones_is_found_once_and_again_after_a_write() -> None:
    scopes = World().scopes
    scopes.everyone.write(Set(("f",), len))
    with patch.object(type(scopes.everyone), "get", wraps=scopes.everyone.get) as get:
        assert [scopes.common.at(("f",)) for _ in range(3)] == [len] * 3
        assert get.call_count == 1
        scopes.everyone.write(Set(("g",), 1))
        assert scopes.common.at(("f",)) is len
        assert get.call_count == 1
        scopes.everyone.write(Set(("f",), max))
        assert scopes.common.at(("f",)) is max


def test_one_that_is_gone_is_not_kept() -> None:
    scopes = World().scopes
    scopes.everyone.write(Set(("f",), len))
    assert scopes.common.at(("f",)) is len
    scopes.everyone.write(Delete(("f",)))
    assert scopes.common.at(("f",)) is None
    assert scopes.common._found == {}


@pytest.mark.parametrize("who", [RED, OTHER])
def test_where_somebody_has_something_of_his_own_it_is_not_for_all(who: Any) -> None:
    world = after((EVERYONE, Set(("f", "g"), len)))
    assert world.scopes.common.at(("f", "g")) is len
    world.scope(who).write(put("f.h", 1))
    assert world.scopes.common.at(("f", "g")) is None
    assert world.scopes.common._found == {}


# Names one by one


def test_the_leaves_of_a_dict_are_what_is_seen_at_its_names() -> None:
    world = after(
        (EVERYONE, put("a", {"x": 1, "d": {"e": 2}})), (RED, put("a.x", 3)), JOIN_RED, (OWN, put("a.y", 4))
    )
    client = world.clients[0]
    assert dict(client.leaves(("a",))) == {"x": 3, "d": MISSING, "y": 4}
    assert dict(client.leaves(())) == {"a": MISSING}
    for path in [("a", "x"), ("a", "x", "y"), ("nothing",)]:
        assert list(client.leaves(path)) == []


def test_who_looks_at_few_leaves_pays_for_few() -> None:
    """Near names are looked for with each call of what is not there."""
    world = after(
        (EVERYONE, put("a", {str(number): number for number in range(1_000)})), (OWN, put("a.b", 1))
    )
    with patch.object(Sight, "child", autospec=True, side_effect=Sight.child) as child:
        assert len(list(islice(world.clients[0].leaves(("a",)), 10))) == 10
    assert child.call_count < 15
