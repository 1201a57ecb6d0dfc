"""A function set by one client makes `everyone.now.f` callable on the server; here any name is callable."""

from __future__ import annotations

from typing import Any

from greennow.testing import Harness


def test_one_client_that_sets_it_is_enough(h: Harness) -> None:
    heard: list[Any] = []
    ann, bob = h.connect(), h.connect()
    ann.now.hear = heard.append
    ann.now.room = {"hear": lambda text: heard.append(("in the room", text))}
    h.settle()
    h.everyone.now.hear("hello")
    h.everyone.now.room.hear("hello")
    h.settle()
    assert heard == ["hello", ("in the room", "hello")]
    assert "hear" not in bob.now


def test_a_name_that_nobody_has_is_called_in_nobody(h: Harness) -> None:
    ann = h.connect()
    assert h.everyone.now.nobody.has_this("hello") is None
    assert h.now.get_group("red").now.nor_this() is None
    h.settle()
    assert ann.now == {}


def test_it_is_gone_with_the_client_that_had_it(h: Harness) -> None:
    heard: list[str] = []
    ann, bob = h.connect(), h.connect()
    ann.now.hear = lambda: heard.append("ann")
    bob.now.hear = lambda: heard.append("bob")
    h.settle()
    ann.close()
    h.everyone.now.hear()
    h.settle()
    assert heard == ["bob"]
