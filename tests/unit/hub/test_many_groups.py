"""A thousand clients, each in a hundred of ten thousand groups; and nothing that is left of them."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any
from weakref import ref

import pytest

from greennow.core.context import Context
from greennow.core.errors import Disconnected
from greennow.core.tree import Dict
from greennow.hub.group import Group
from greennow.hub.hub import Hub, Shell
from greennow.hub.options import Options

from .lines import Reader
from .worlds import entries

CLIENTS = 1_000
GROUPS = 10_000
MEMBERS = 10

#: Some clients are looked at closely. Half of them end their sessions while they are in their groups.
SOME = 100
LEAVING = range(0, CLIENTS, SOME)
LOOKED_AT = [*LEAVING, *range(1, CLIENTS, SOME)]


def members_of(number: int) -> list[int]:
    """The clients in a group: each client is in a hundred, with others in each of them."""
    turn, first = divmod(number, CLIENTS)
    return [(first + place * (2 * turn + 1)) % CLIENTS for place in range(MEMBERS)]


class Crowd:
    """A hub with all these clients and groups. Every fourth group writes names that others write too."""

    def __init__(self) -> None:
        self.hub = Hub(Context(), Shell(), Options.make({}))
        self.readers = [Reader(self.hub) for _ in range(CLIENTS)]
        self.ids = [reader.client.client_id for reader in self.readers]
        self.groups: list[Group] = []
        self.groups_of: list[list[int]] = [[] for _ in range(CLIENTS)]
        #: What handlers of groups were told, and what ends those of each group.
        self.told: list[tuple[str, int, str]] = []
        self.ends: list[list[Callable[[], None]]] = []
        self.hub.everyone.now.rooms = {"all": {}}
        for number in range(GROUPS):
            self._add(number)

    def _add(self, number: int) -> None:
        """Some groups are written before they are joined, each one afterwards."""
        group = self.hub.get_group(str(number))
        self.groups.append(group)
        if number % 40 == 0:
            group.now.rooms[str(number)] = {"topic": "none"}
        self.ends.append([group.on(event, self._handler(event, number)) for event in ("join", "leave")])
        for client in members_of(number):
            group.add_user(self.ids[client])
            self.groups_of[client].append(number)
        if number % 4:
            group.now[f"room {number}"] = {"topic": "tea"}
        else:
            group.now.newest = number
            group.now.rooms[str(number)] = {"topic": "tea"}

    def _handler(self, event: str, number: int) -> Callable[[str], None]:
        return lambda client_id: self.told.append((event, number, client_id))


@pytest.mark.large
def test_a_crowd_in_groups_sees_what_it_should_and_leaves_nothing_behind() -> None:
    crowd = Crowd()
    check_members(crowd)
    check_views(crowd)
    check_sharing(crowd)
    check_calls(crowd)
    all_leave(crowd)
    check_nothing_is_left(crowd)


def check_members(crowd: Crowd) -> None:
    assert crowd.hub.get_groups() == [str(number) for number in range(GROUPS)]
    for number, group in enumerate(crowd.groups):
        assert group.get_users() == [crowd.ids[client] for client in members_of(number)]
    for client, numbers in enumerate(crowd.groups_of):
        assert len(numbers) == GROUPS * MEMBERS // CLIENTS
        assert crowd.readers[client].client.get_groups() == [str(number) for number in numbers]
    assert crowd.told == [
        ("join", number, crowd.ids[client]) for number in range(GROUPS) for client in members_of(number)
    ]


def check_views(crowd: Crowd) -> None:
    """Each sees the names of all its groups, and the newest of those that several have; at both ends."""
    for client in LOOKED_AT:
        common = [number for number in crowd.groups_of[client] if number % 4 == 0]
        rooms = {"all": {}, **{str(number): {"topic": "tea"} for number in common}}
        others = {f"room {number}": {"topic": "tea"} for number in crowd.groups_of[client] if number % 4}
        expected = {"rooms": rooms, "newest": max(common), **others}
        reader = crowd.readers[client]
        reader.read()
        seen = {key: value for key, value in reader.client.scope.get().items() if key != "hear"}
        assert reader.tree == seen == expected


def check_sharing(crowd: Crowd) -> None:
    """What one group alone holds is one object for its members, what everyone alone holds for all."""
    shared: list[tuple[Any, list[int]]] = [(("rooms", "all"), list(range(CLIENTS)))]
    shared += [(("rooms", str(number)), members_of(number)) for number in range(0, GROUPS, SOME)]
    shared += [((f"room {number}",), members_of(number)) for number in range(1, GROUPS, SOME)]
    for path, clients in shared:
        first, *others = [crowd.readers[client].client.scope.get(path) for client in clients]
        assert isinstance(first, Dict)
        assert all(other is first for other in others)


def check_calls(crowd: Crowd) -> None:
    """Each client is sent as many calls as are for it."""
    first, *others = members_of(0)
    reached = {"all": [first, *others], "others": others, "one": [1]}
    sessions = [reader.client.peer.session for reader in crowd.readers]
    sent = [session.sent for session in sessions]
    crowd.groups[0].now.hear("all")
    crowd.groups[0].exclude(crowd.ids[first]).now.hear("others")
    crowd.hub.everyone.exclude(crowd.ids[2:]).exclude(crowd.ids[0]).now.hear("one")
    for client, reader in enumerate(crowd.readers):
        words = [word for word, clients in reached.items() if client in clients]
        assert sessions[client].sent - sent[client] == len(words)
        if words:
            reader.read()
            assert reader.heard == [[word] for word in words]


def all_leave(crowd: Crowd) -> None:
    """Some clients go. Then some groups are removed, and the others lose what they have, one by one."""
    crowd.told.clear()
    for client in LEAVING:
        crowd.readers[client].client.end(Disconnected("gone"))
    assert crowd.told == [
        ("leave", number, crowd.ids[client]) for client in LEAVING for number in crowd.groups_of[client]
    ]
    crowd.told.clear()
    for number, group in enumerate(crowd.groups):
        if number % 4:
            forsake(crowd, number)
        else:
            crowd.hub.remove_group(group.name)
    assert crowd.told == [
        ("leave", number, crowd.ids[client])
        for number in range(GROUPS)
        if number % 4 != 1
        for client in members_of(number)
        if client not in LEAVING
    ]


def forsake(crowd: Crowd, number: int) -> None:
    """A group loses its handlers, its members and its names, each as the last in some groups."""
    group = crowd.groups[number]

    def no_handlers() -> None:
        for end in crowd.ends[number]:
            end()

    def no_members() -> None:
        for client_id in group.get_users():
            group.remove_user(client_id)

    def no_names() -> None:
        del group.now[f"room {number}"]

    losses = {
        1: [no_handlers, no_names, no_members],
        2: [no_names, no_members, no_handlers],
        3: [no_members, no_handlers, no_names],
    }
    for lose in losses[number % 4]:
        assert group.name in crowd.hub.groups
        lose()
    assert group.name not in crowd.hub.groups


def check_nothing_is_left(crowd: Crowd) -> None:
    hub = crowd.hub
    assert hub.get_groups() == []
    assert entries(hub.scopes.groups) == {}
    assert set(entries(hub.scopes.clients)) == {("hear",)}
    for group in crowd.groups:
        assert not group.events
        assert not group.scope.members
    for client in LOOKED_AT:
        if client not in LEAVING:
            crowd.readers[client].read()
            assert crowd.readers[client].tree == {"rooms": {"all": {}}}
    for reader in crowd.readers:
        assert reader.client.get_groups() == []
        reader.client.end(Disconnected("gone"))
    assert (hub.clients, len(hub.tokens), entries(hub.scopes.clients)) == ({}, 0, {})
    traces = [ref(thing) for group in crowd.groups for thing in (group, group.events)]
    traces += [ref(thing) for reader in crowd.readers for thing in (reader.client, reader.client.peer)]
    crowd.groups.clear()
    crowd.ends.clear()
    crowd.readers.clear()
    del group, reader
    gc.collect()
    assert [trace for trace in traces if trace() is not None] == []
    assert len(hub._known_groups) == 0
