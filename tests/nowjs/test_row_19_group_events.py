"""Group events `join` and `leave` (older: `connect`, `disconnect`), with the client id and in its context."""

from __future__ import annotations

import pytest

from greennow import Now, this
from greennow.testing import Harness


@pytest.mark.parametrize(("join", "leave"), [("join", "leave"), ("connect", "disconnect")])
def test_they_tell_the_client_id_in_the_clients_context(h: Harness, now: Now, join: str, leave: str) -> None:
    events: list[object] = []
    red = now.get_group("red")

    @red.on(join)
    def joined(client_id: str) -> None:
        events.append(("joined", client_id == this.client_id, this.now.name, "red" in this.get_groups()))

    @red.on(leave)
    def left(client_id: str) -> None:
        events.append(("left", client_id == this.client_id, this.now.name, "red" in this.get_groups()))

    ann = h.connect()
    ann.now.name = "ann"
    h.settle()
    red.add_user(ann.client_id)
    red.remove_user(ann.client_id)
    assert events == [("joined", True, "ann", True), ("left", True, "ann", False)]


def test_other_groups_hear_nothing_and_a_handler_may_be_ended(h: Harness, now: Now) -> None:
    events: list[str] = []
    red, blue = now.get_group("red"), now.get_group("blue")
    end = red.on("join", events.append)
    blue.on("join", lambda: events.append("blue"))
    ann, bob = h.connect(), h.connect()
    red.add_user(ann.client_id)
    end()
    red.add_user(bob.client_id)
    assert events == [ann.client_id]
