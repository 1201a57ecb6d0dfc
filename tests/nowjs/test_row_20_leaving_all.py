"""A disconnecting client leaves all its groups, with their events."""

from __future__ import annotations

from greennow import Now, this
from greennow.testing import Harness


def test_it_leaves_each_of_its_groups_and_then_is_disconnected(h: Harness, now: Now) -> None:
    events: list[object] = []
    groups = [now.get_group(name) for name in ("red", "blue", "green")]
    for group in groups:
        group.on("leave", lambda client_id, group=group: events.append((group.name, this.now.name)))
    now.on("disconnect", lambda: events.append(("disconnect", this.now.name, this.get_groups())))
    ann, bob = h.connect(), h.connect()
    ann.now.name, bob.now.name = "ann", "bob"
    h.settle()
    for group in groups[:2]:
        group.add_user(ann.client_id)
        group.add_user(bob.client_id)
    groups[2].add_user(bob.client_id)

    ann.close()
    h.settle()
    assert events == [("red", "ann"), ("blue", "ann"), ("disconnect", "ann", [])]
    assert [group.get_users() for group in groups] == [[bob.client_id]] * 3


def test_a_line_that_breaks_is_no_leaving_until_the_resume_window_has_passed(h: Harness, now: Now) -> None:
    events: list[str] = []
    red = now.get_group("red")
    red.on("leave", events.append)
    ann = h.connect()
    client_id = ann.client_id
    red.add_user(client_id)
    h.drop(ann)
    h.advance(14)
    assert (events, red.count(), now.get_client(client_id).online) == ([], 1, False)
    h.advance(1)
    assert (events, red.count()) == ([client_id], 0)
