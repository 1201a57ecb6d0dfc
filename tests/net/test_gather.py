"""What the members of a group answer, as it comes in."""

from __future__ import annotations

from typing import Any

import gevent
import pytest
from gevent.event import Event

from greennow import Disconnected, Now, RemoteError
from greennow.core.context import This
from greennow.testing import Harness


def test_it_gives_what_each_member_answers_and_skips_who_has_no_such_function(h: Harness) -> None:
    ann, bob, cat = h.connect(), h.connect(), h.connect()
    ann.now.double = lambda number, plus=0: 2 * number + plus
    bob.now.double = lambda number, plus=0: 20 * number + plus
    h.settle()
    answers = h.everyone.now.double.gather(3, plus=1)
    assert len(answers) == 2
    assert dict(answers) == {ann.client_id: 7, bob.client_id: 61}
    assert answers == {ann.client_id: 7, bob.client_id: 61}
    assert cat.client_id not in answers
    with pytest.raises(KeyError):
        answers[cat.client_id]


def test_answers_come_in_as_they_are_there(h: Harness) -> None:
    go_on, clients = [Event(), Event()], [h.connect(), h.connect()]
    for number, client in enumerate(clients):
        h.everyone.expose(f"wait{number}")(go_on[number].wait)
        client.now.vote = lambda now=client.now, number=number: now[f"wait{number}"]().result() and number
    h.settle()
    answers = h.everyone.now.vote.gather()
    coming = iter(answers)
    go_on[1].set()
    assert next(coming) == clients[1].client_id
    assert repr(answers) == "<Gathered 1 of 2 answers>"
    first = gevent.spawn(next, coming)
    gevent.idle()
    assert not first.ready()
    go_on[0].set()
    assert first.get() == clients[0].client_id
    assert list(answers.values()) == [1, 0]
    assert list(coming) == []


def test_who_fails_leaves_or_takes_too_long_has_an_exception(h: Harness) -> None:
    good, fails, leaves, slow = (h.connect() for _ in range(4))

    def fail() -> None:
        raise ValueError("no")

    never = Event()
    h.everyone.expose("wait")(never.wait)
    good.now.vote = lambda: "yes"
    fails.now.vote = fail
    leaves.now.vote = lambda: leaves.now.wait().result()
    slow.now.vote = lambda: slow.now.wait().result()
    h.settle()
    answers = h.everyone.now.vote.gather(timeout=5)
    gevent.idle()
    leaves.close()
    h.advance(5)
    found = dict(answers)
    assert found.pop(good.client_id) == "yes"
    assert {client_id: type(error) for client_id, error in found.items()} == {
        fails.client_id: RemoteError,
        leaves.client_id: Disconnected,
        slow.client_id: TimeoutError,
    }
    h.settle()
    h.errors.clear()


def test_functions_of_the_servers_run_once_a_member(h: Harness, now: Now) -> None:
    this = This(now.context)
    ann, bob = h.connect(), h.connect()
    h.everyone.expose("who")(lambda: this.client_id)
    h.settle()
    assert dict(h.everyone.now.who.gather()) == {client.client_id: client.client_id for client in (ann, bob)}


def test_groups_views_and_nobody(h: Harness, now: Now) -> None:
    ann, bob = h.connect(), h.connect()
    for client in (ann, bob):
        client.now.math = {"one": lambda: 1}
    h.settle()
    tea = now.get_group("tea")
    assert dict(tea.now.math.one.gather()) == {}
    for client in (ann, bob):
        tea.add_user(client.client_id)
    assert dict(tea.exclude(ann.client_id).now.math.one.gather()) == {bob.client_id: 1}
    assert dict(tea.now.nothing.gather()) == {}


def test_an_exception_that_nobody_looks_at_is_not_reported(h: Harness) -> None:
    ann = h.connect()

    def fail() -> Any:
        raise RemoteError("no")

    ann.now.vote = fail
    h.settle()
    answers = h.everyone.now.vote.gather()
    h.settle()
    del answers
    h.settle()
    assert h.errors == []
