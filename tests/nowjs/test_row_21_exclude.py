"""`group.exclude(ids)`, one id or several: a live view without those clients, for calls and for variables."""

from __future__ import annotations

from typing import Any

import pytest

from greennow import Group, Now
from greennow.testing import Harness


class People:
    """Ann, Bob and Carol, all in the group red, and what they heard."""

    def __init__(self, h: Harness, now: Now) -> None:
        self.h = h
        self.red = now.get_group("red")
        self.heard: list[str] = []
        self.ann, self.bob, self.carol = (self.join(name) for name in ("ann", "bob", "carol"))

    def join(self, name: str) -> Any:
        client = self.h.connect()
        client.now.hear = lambda: self.heard.append(name)
        self.h.settle()
        self.red.add_user(client.client_id)
        return client

    def hear(self, group: Group) -> list[str]:
        """Who hears what is called in this group."""
        self.heard.clear()
        group.now.hear()
        self.h.settle()
        return sorted(self.heard)


@pytest.fixture
def people(h: Harness, now: Now) -> People:
    return People(h, now)


def test_calls_skip_one_or_several(people: People) -> None:
    ann, bob = people.ann.client_id, people.bob.client_id
    assert people.hear(people.red.exclude(ann)) == ["bob", "carol"]
    assert people.hear(people.red.exclude([ann, bob])) == ["carol"]
    assert people.hear(people.red.exclude(ann).exclude(bob)) == ["carol"]
    assert people.hear(people.red.exclude([])) == ["ann", "bob", "carol"]
    assert people.hear(people.red.exclude("nobody")) == ["ann", "bob", "carol"]


def test_everyone_can_be_had_without_somebody_too(people: People, h: Harness) -> None:
    assert people.hear(h.everyone.exclude(people.bob.client_id)) == ["ann", "carol"]


def test_it_is_a_live_view(people: People) -> None:
    others = people.red.exclude(people.ann.client_id)
    assert (others.count(), people.ann.client_id in others) == (2, False)
    people.join("dave")
    people.red.remove_user(people.bob.client_id)
    assert people.hear(others) == ["carol", "dave"]
    others.add_user(people.bob.client_id)
    assert people.red.has_client(people.bob.client_id)
    assert people.hear(others) == ["bob", "carol", "dave"]


def test_variables_are_set_for_those_who_are_there_and_not_excluded(people: People, h: Harness) -> None:
    people.red.now.topic = "tea"
    people.red.exclude(people.ann.client_id).now.topic = "coffee"
    h.settle()
    dave = people.join("dave")
    h.settle()
    topics = [client.now.topic for client in (people.ann, people.bob, people.carol, dave)]
    assert topics == ["tea", "coffee", "coffee", "tea"]
    assert people.red.now.topic == "tea"
    del people.red.exclude([people.bob.client_id, people.carol.client_id]).now.topic
    h.settle()
    assert ["topic" in client.now for client in (people.ann, people.bob, people.carol)] == [False, True, True]
