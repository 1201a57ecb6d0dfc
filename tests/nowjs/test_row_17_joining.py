"""Joining a group brings its variables and functions; leaving takes all of its names away."""

from __future__ import annotations

from greennow import Now, this
from greennow.testing import Harness


def test_its_names_come_and_go_with_membership(h: Harness, now: Now) -> None:
    red = now.get_group("red")
    red.now.topic = "tea"
    red.now.board = {"notes": [1]}

    @red.expose
    def vote(choice: str) -> str:
        return f"{this.user.client_id} for {choice}"

    h.everyone.now.name = "everyone's"
    ann, bob = h.connect(), h.connect()
    red.add_user(ann.client_id)
    h.settle()
    assert (ann.now.topic, ann.now.board.notes) == ("tea", [1])
    assert ann.now.vote("tea").result() == f"{ann.client_id} for tea"
    assert bob.now == {"name": "everyone's"}

    red.remove_user(ann.client_id)
    h.settle()
    assert ann.now == ann.this.now == {"name": "everyone's"}


def test_what_the_client_and_everyone_wrote_stays(h: Harness, now: Now) -> None:
    red = now.get_group("red")
    ann = h.connect()
    h.everyone.now.board = {"everyone": 1}
    red.add_user(ann.client_id)
    red.now.board.red = 2
    h.settle()
    ann.now.board.own = 3
    h.settle()
    assert ann.now.board == {"everyone": 1, "red": 2, "own": 3}
    red.remove_user(ann.client_id)
    h.settle()
    assert ann.now.board == ann.this.now.board == {"everyone": 1, "own": 3}


def test_a_function_of_a_group_that_was_left_cannot_be_called(h: Harness, now: Now) -> None:
    red = now.get_group("red")
    red.expose("vote")(lambda: "voted")
    ann = h.connect()
    red.add_user(ann.client_id)
    h.settle()
    vote = ann.now.vote
    red.remove_user(ann.client_id)
    h.settle()
    assert "vote" not in ann.now
    assert "vote is not a function here" in str(vote().exception())


def test_one_may_be_in_several_groups(h: Harness, now: Now) -> None:
    ann = h.connect()
    for name in ("red", "blue"):
        now.get_group(name).now[name] = True
        now.get_group(name).add_user(ann.client_id)
    h.settle()
    assert ann.now == {"red": True, "blue": True}
    now.get_group("red").remove_user(ann.client_id)
    h.settle()
    assert ann.now == {"blue": True}
