"""What handlers may do with a group that comes, goes, or is joined and left meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from greennow.core.context import Context
from greennow.core.errors import UnknownClient
from greennow.core.tree import same
from greennow.hub.group import Group
from greennow.hub.hub import Hub, Shell
from greennow.hub.options import Options

from .lines import Reader
from .worlds import entries


@pytest.fixture
def hub() -> Hub:
    return Hub(Context(), Shell(), Options.make({}))


@pytest.fixture
def events(hub: Hub) -> list[Any]:
    """What happens to groups, as handlers are told."""
    events: list[Any] = []
    hub.on("newgroup", lambda group: events.append(("new", group.name)))
    hub.on("removegroup", lambda group: events.append(("removed", group.name)))
    hub.on("error", events.append)
    return events


def members(hub: Hub, name: str, count: int) -> list[Reader]:
    """So many new members of a group."""
    readers = [Reader(hub) for _ in range(count)]
    for reader in readers:
        hub.get_group(name).add_user(reader.client.client_id)
    return readers


def agree(*readers: Reader) -> None:
    """At both ends of each client there is the same, but for functions."""
    for reader in readers:
        reader.read()
        seen = {key: value for key, value in reader.client.scope.get().items() if key != "hear"}
        assert same(reader.tree, seen)


def test_a_member_that_a_handler_has_join_again_leaves_with_the_group(hub: Hub, events: list[Any]) -> None:
    (ann,) = members(hub, "room", 1)
    room = hub.get_group("room")
    room.now.topic = "tea"
    room.on("leave", room.add_user)
    hub.remove_group("room")
    assert events == [("new", "room"), ("removed", "room"), ("new", "room")]
    assert ann.client.get_groups() == ["room"]
    assert room.now.get("topic") is None
    room.now.topic = "coffee"
    agree(ann)
    assert ann.tree == {"topic": "coffee"}


def test_one_who_joins_while_another_leaves_leaves_with_the_group_and_handlers_are_told(
    hub: Hub, events: list[Any]
) -> None:
    (ann,), late = members(hub, "room", 1), Reader(hub)
    room = hub.get_group("room")
    room.now.topic = "tea"
    left: list[str] = []
    room.on("leave", left.append)
    room.on("leave", lambda: None if room.count() or len(left) > 1 else room.add_user(late.client.client_id))
    hub.remove_group("room")
    assert left == [ann.client.client_id, late.client.client_id]
    assert (hub.get_groups(), room.count(), late.client.get_groups()) == ([], 0, [])
    agree(ann, late)
    assert ann.tree == late.tree == {}


def test_a_handler_of_leave_may_remove_the_group_that_is_being_removed(hub: Hub, events: list[Any]) -> None:
    readers = members(hub, "room", 3)
    room = hub.get_group("room")
    room.now.topic = "tea"
    room.on("leave", lambda: None if room.count() else hub.remove_group("room"))
    hub.remove_group("room")
    assert events == [("new", "room"), ("removed", "room")]
    assert (hub.get_groups(), entries(hub.scopes.groups)) == ([], {})
    agree(*readers)


def test_a_handler_of_removegroup_may_begin_the_group_anew(hub: Hub, events: list[Any]) -> None:
    (ann,) = members(hub, "room", 1)
    hub.get_group("room").now.topic = "tea"

    def again(group: Group) -> None:
        group.now.topic = "coffee"
        group.add_user(ann.client.client_id)

    hub.on("removegroup", again)
    hub.remove_group("room")
    room = hub.get_group("room")
    assert (room.now.topic, room.get_users()) == ("coffee", [ann.client.client_id])
    room.now.topic = "milk"
    agree(ann)
    assert ann.tree == {"topic": "milk"}


def test_handlers_of_leave_find_the_group_as_it_is(hub: Hub) -> None:
    """They may still write and call: the others are there."""
    ann, bob = members(hub, "room", 2)
    room = hub.get_group("room")
    room.now.people = {ann.client.client_id: "ann", bob.client.client_id: "bob"}

    @room.on("leave")
    def left(client_id: str) -> None:
        del room.now.people[client_id]
        room.now.hear(client_id, list(room.now.people))

    hub.remove_group("room")
    agree(ann, bob)
    assert (ann.heard, bob.heard) == ([], [[ann.client.client_id, [bob.client.client_id]]])
    assert (hub.get_groups(), entries(hub.scopes.groups)) == ([], {})


def test_one_who_went_while_handlers_of_newgroup_ran_does_not_join(hub: Hub) -> None:
    room, ann = hub.get_group("room"), Reader(hub).client
    hub.remove_group("room")
    hub.on("newgroup", lambda: ann.close(1000, "gone"))
    with pytest.raises(UnknownClient):
        room.add_user(ann.client_id)
    assert (room.count(), ann.get_groups()) == (0, [])


def test_one_who_joined_while_handlers_of_newgroup_ran_does_not_join_twice(hub: Hub) -> None:
    room, ann = hub.get_group("room"), Reader(hub).client
    hub.remove_group("room")
    joined: list[str] = []
    hub.on("newgroup", lambda group: (group.on("join", joined.append), group.add_user(ann.client_id)))
    room.add_user(ann.client_id)
    assert joined == room.get_users() == [ann.client_id]


def test_nobody_joins_a_group_that_handlers_of_newgroup_remove(hub: Hub) -> None:
    room, ann = hub.get_group("room"), Reader(hub).client
    hub.remove_group("room")
    hub.on("newgroup", lambda group: hub.remove_group(group.name))
    room.add_user(ann.client_id)
    assert (hub.get_groups(), room.count(), ann.get_groups()) == ([], 0, [])


@pytest.mark.parametrize("last", ["member", "name", "handler"])
def test_a_group_is_forgotten_with_the_last_that_it_has(hub: Hub, events: list[Any], last: str) -> None:
    (ann,) = members(hub, "room", 1)
    room = hub.get_group("room")
    room.now.topic = "tea"
    end = room.on("join", print)
    endings = {
        "member": lambda: room.remove_user(ann.client.client_id),
        "name": lambda: delattr(room.now, "topic"),
        "handler": end,
    }
    for ending in sorted(endings, key=lambda each: each == last):
        assert hub.get_groups() == ["room"]
        endings[ending]()
    assert hub.get_groups() == []
    assert events == [("new", "room"), ("removed", "room")]
