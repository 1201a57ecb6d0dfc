"""`group.add_user(id)`, `remove_user(id)`; `UnknownClient` for an id that is not connected."""

from __future__ import annotations

import pytest

from greennow import Now, UnknownClient
from greennow.testing import Harness


def test_a_client_joins_and_leaves_by_its_id(h: Harness, now: Now) -> None:
    ann, bob = h.connect(), h.connect()
    red = now.get_group("red")
    red.add_user(ann.client_id)
    assert (red.get_users(), ann.this.get_groups(), bob.this.get_groups()) == ([ann.client_id], ["red"], [])
    red.remove_user(ann.client_id)
    assert (red.get_users(), ann.this.get_groups()) == ([], [])


def test_joining_and_leaving_twice_is_joining_and_leaving_once(h: Harness, now: Now) -> None:
    events: list[str] = []
    red = now.get_group("red")
    red.on("join", lambda: events.append("join"))
    red.on("leave", lambda: events.append("leave"))
    ann = h.connect()
    for _ in range(2):
        red.add_user(ann.client_id)
    for _ in range(2):
        red.remove_user(ann.client_id)
    assert events == ["join", "leave"]


def test_an_id_that_is_not_connected_is_an_error(h: Harness, now: Now) -> None:
    red = now.get_group("red")
    gone = h.connect()
    gone.close()
    h.settle()
    for client_id in ("nobody", gone.client_id):
        with pytest.raises(UnknownClient, match=client_id):
            red.add_user(client_id)
        with pytest.raises(UnknownClient, match=client_id):
            red.remove_user(client_id)
    assert red.count() == 0
