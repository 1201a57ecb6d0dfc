"""`group.now` acts on all members; `group.now.f()` calls f in the members."""

from __future__ import annotations

from typing import Any

from greennow import Now, this
from greennow.testing import Harness


def test_writes_are_for_members_present_and_future_and_for_nobody_else(h: Harness, now: Now) -> None:
    ann, bob, carol = (h.connect() for _ in range(3))
    red = now.get_group("red")
    red.add_user(ann.client_id)
    red.now.topic = {"name": "tea"}
    red.now.topic.tags = ["hot"]
    red.add_user(bob.client_id)
    h.settle()
    assert ann.now == bob.now == {"topic": {"name": "tea", "tags": ["hot"]}}
    assert carol.now == {}
    del red.now.topic.tags
    h.settle()
    assert ann.now == bob.now == {"topic": {"name": "tea"}}


def test_calls_reach_the_members_that_have_the_function(h: Harness, now: Now) -> None:
    heard: list[Any] = []
    ann, bob, carol = (h.connect() for _ in range(3))
    red = now.get_group("red")
    for name, client in {"ann": ann, "bob": bob, "carol": carol}.items():
        client.now.hear = lambda text, name=name: heard.append((name, text))
    del bob.now.hear
    h.settle()
    red.add_user(ann.client_id)
    red.add_user(bob.client_id)
    assert red.now.hear("hello") is None
    h.settle()
    assert heard == [("ann", "hello")]


def test_a_function_of_the_servers_runs_once_a_member(h: Harness, now: Now) -> None:
    heard: list[str] = []
    ann, bob, _ = (h.connect() for _ in range(3))
    red = now.get_group("red")
    red.expose("note")(lambda: heard.append(this.client_id))
    for client in (ann, bob):
        red.add_user(client.client_id)
    red.now.note()
    assert heard == [ann.client_id, bob.client_id]
