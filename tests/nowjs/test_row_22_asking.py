"""`has_client`, `count`, `get_users`; `get_groups`, `remove_group`, `get_client`; `this.get_groups`.

Return values instead of callbacks; events `newgroup`, `removegroup`.
"""

from __future__ import annotations

from typing import Any

import pytest

from greennow import Now, UnknownClient, this
from greennow.testing import Harness


def test_a_group_tells_its_members(h: Harness, now: Now) -> None:
    ann, bob = h.connect(), h.connect()
    red = now.get_group("red")
    red.add_user(ann.client_id)
    assert (red.has_client(ann.client_id), red.has_client(bob.client_id)) == (True, False)
    assert (ann.client_id in red, bob.client_id in red, "nobody" in red) == (True, False, False)
    assert (red.count(), len(red), bool(now.get_group("empty"))) == (1, 1, True)
    assert (red.get_users(), list(red)) == ([ann.client_id], [ann.this])
    assert (h.everyone.count(), h.everyone.get_users()) == (2, [ann.client_id, bob.client_id])


def test_a_client_tells_its_groups_and_a_call_its_callers(h: Harness, now: Now) -> None:
    now.everyone.expose("my_groups")(lambda: this.get_groups())
    ann, bob = h.connect(), h.connect()
    for name in ("red", "blue"):
        now.get_group(name).add_user(ann.client_id)
    assert (ann.now.my_groups().result(), bob.now.my_groups().result()) == (["red", "blue"], [])
    assert now.get_client(ann.client_id).get_groups() == ["red", "blue"]


def test_get_client_is_for_the_connected(h: Harness, now: Now) -> None:
    ann = h.connect()
    now.get_client(ann.client_id).now.greeting = "hello"
    h.settle()
    assert ann.now.greeting == "hello"
    with pytest.raises(UnknownClient, match="nobody"):
        now.get_client("nobody")


def test_groups_are_listed_made_and_removed_with_events(h: Harness, now: Now) -> None:
    events: list[Any] = []
    now.on("newgroup", lambda group: events.append(("new", group.name)))
    now.on("removegroup", lambda group: events.append(("removed", group.name)))
    red = now.get_group("red")
    red.on("leave", lambda client_id: events.append(("left", client_id)))
    red.now.topic = "tea"
    now.get_group("blue").now.x = 1
    ann = h.connect()
    red.add_user(ann.client_id)
    h.settle()
    assert (now.get_groups(), events) == (["red", "blue"], [("new", "red"), ("new", "blue")])

    events.clear()
    now.remove_group("red")
    now.remove_group("never there")
    h.settle()
    assert (now.get_groups(), events) == (["blue"], [("left", ann.client_id), ("removed", "red")])
    assert (ann.now, ann.this.get_groups()) == ({}, [])
    # A group of this name is a new one.
    assert not now.get_group("red").now.topic
