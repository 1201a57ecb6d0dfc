"""`everyone.now.x = v` sets x for all connected and all future clients, over what they had."""

from __future__ import annotations

from greennow.testing import Harness


def test_it_is_there_for_those_who_are_and_those_who_will_be_connected(h: Harness) -> None:
    ann, bob = h.connect(), h.connect()
    h.everyone.now.topic = {"name": "tea", "tags": []}
    h.settle()
    future = h.connect()
    for client in (ann, bob, future):
        assert client.now == client.this.now == {"topic": {"name": "tea", "tags": []}}


def test_it_is_over_what_clients_had_there_and_below(h: Harness) -> None:
    ann, bob = h.connect(), h.connect()
    ann.now.x = {"own": True, "deep": {"er": 1}}
    bob.this.now.x = 5
    h.settle()
    h.everyone.now.x = {"all": True}
    h.settle()
    assert ann.now == bob.now == {"x": {"all": True}}


def test_what_was_written_before_a_client_connects_is_over_nothing_of_its_own(h: Harness) -> None:
    h.everyone.now.x = "everyone's"
    ann = h.client()
    ann.now.x = "ann's, written before it was connected"
    ann.connect()
    h.settle()
    # Hers arrived later: it is the newer.
    assert ann.this.now.x == ann.now.x == "ann's, written before it was connected"


def test_a_change_inside_and_a_deletion_are_for_all_too(h: Harness) -> None:
    ann, bob = h.connect(), h.connect()
    h.everyone.now.scores = {"red": [1], "blue": [2]}
    h.everyone.now.scores.red.append(3)
    del h.everyone.now.scores.blue
    h.settle()
    future = h.connect()
    assert ann.now == bob.now == future.now == {"scores": {"red": [1, 3]}}
