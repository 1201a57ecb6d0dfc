"""The harness's slow and broken lines: what either end sees of them, by the harness's clock."""

from __future__ import annotations

from typing import Any

import gevent
import pytest

from greennow import Now
from greennow.testing import Harness


@pytest.fixture
def now() -> Now:
    return Now()


def told(now: Now) -> list[str]:
    """The server's events of its clients, as they happen."""
    events: list[str] = []
    for event in ("connect", "lost", "resumed", "disconnect"):
        now.on(event, lambda client_id, event=event: events.append(event))
    return events


# Delay.


def test_a_delay_holds_for_what_is_received_and_what_is_sent(now: Now) -> None:
    with Harness(now) as h:
        ann = h.connect()
        ann.now.mine = ann.this.now.theirs = 0
        h.settle()
        h.delay(ann, 0.5)
        ann.now.mine = ann.this.now.theirs = 1
        h.settle()
        h.advance(0.4)
        assert (ann.now.theirs, ann.this.now.mine) == (0, 0)
        h.advance(0.1)
        assert (ann.now.theirs, ann.this.now.mine) == (1, 1)


def test_an_answer_over_a_delayed_line_takes_the_way_there_and_back(now: Now) -> None:
    now.everyone.expose("f")(lambda: 42)
    with Harness(now) as h:
        ann = h.connect()
        h.delay(ann, 1)
        reply = ann.now.f()
        h.advance(1.9)
        assert not reply.done()
        h.advance(0.1)
        assert reply.result() == 42


def test_a_delay_keeps_the_order_and_holds_up_nobody_else(now: Now) -> None:
    with Harness(now) as h:
        ann, bob = h.connect(), h.connect()
        heard: dict[str, list[int]] = {"ann": [], "bob": []}
        ann.now.listen, bob.now.listen = heard["ann"].append, heard["bob"].append
        h.settle()
        h.delay(ann, 2)
        for number in range(30):
            h.everyone.now.listen(number)
            h.advance(0.1)
        h.settle()
        assert heard == {"ann": list(range(11)), "bob": list(range(30))}
        h.advance(2)
        assert heard["ann"] == list(range(30))


def test_what_was_delayed_is_there_when_the_delay_ends(now: Now) -> None:
    with Harness(now) as h:
        ann = h.connect()
        h.delay(ann, 3600)
        ann.now.mine = ann.this.now.theirs = 1
        h.settle()
        h.resume(ann)
        h.settle()
        assert (ann.now.theirs, ann.this.now.mine) == (1, 1)


def test_the_end_of_a_session_comes_late_over_a_delayed_line(now: Now) -> None:
    with Harness(now) as h:
        ann = h.connect()
        h.delay(ann, 1)
        ann.this.disconnect("enough")
        h.advance(0.9)
        assert ann.online
        h.advance(0.1)
        assert not ann.online
        assert ann.closed is not None
        assert ann.closed.reason == "enough"


def test_a_delayed_line_that_is_cut_loses_nothing_that_was_on_its_way(now: Now) -> None:
    heard: list[int] = []
    now.everyone.expose("hear")(heard.append)
    with Harness(now) as h:
        ann = h.connect()
        said: list[int] = []
        ann.now.listen = said.append
        h.settle()
        for number in range(20):
            h.delay(ann, 1)
            ann.now.hear(number)
            h.everyone.now.listen(number)
            h.advance(1.5 * (number % 2))
            h.drop(ann)
            h.resume(ann)
        h.settle()
        assert heard == said == list(range(20))


# A slow line.


def test_a_slow_line_carries_so_many_bytes_a_second(now: Now) -> None:
    with Harness(now) as h:
        ann, bob = h.connect(), h.connect()
        h.throttle(ann, 1_000)
        ann.now.mine = "x" * 5_000
        h.everyone.now.theirs = "x" * 5_000
        h.settle()
        assert bob.now.theirs == "x" * 5_000
        h.advance(5)
        assert ("theirs" in ann.now, "mine" in ann.this.now) == (False, False)
        h.advance(0.1)
        assert (ann.now.theirs, ann.this.now.mine) == ("x" * 5_000, "x" * 5_000)


def test_what_a_slow_line_does_not_carry_backs_up_at_the_server_which_conflates_it(now: Now) -> None:
    with Harness(now) as h:
        ann = h.connect()
        seen: list[str] = []
        ann.watch("big", lambda value, path: seen.append(value[-4:]))
        h.settle()
        h.throttle(ann, 100_000)
        for number in range(100):
            h.everyone.now.big = "x" * 50_000 + f"{number:4}"
            gevent.idle()
        assert ann.this.peer.session.is_blocked
        h.advance(30)
        h.settle()
        assert seen[-1] == "  99"
        assert 2 <= len(seen) < 50
        h.resume(ann)
        h.settle()
        assert ann.now == ann.this.now


def test_a_client_whose_line_is_too_slow_for_its_calls_is_disconnected(now: Now) -> None:
    with Harness(now, send_buffer=100_000) as h:
        ann = h.connect()
        ann.now.listen = len
        h.settle()
        session = ann.this
        h.throttle(ann, 1_000)
        for _ in range(40):
            h.everyone.now.listen("x" * 50_000)
            gevent.idle()
        assert session.has_gone
        h.resume(ann)
        h.settle()
        assert ann.this is not session
        reply = ann.this.now.listen("again")
        h.settle()
        assert reply.result() == 5


def test_what_a_client_sends_over_a_slow_line_waits_in_its_session(now: Now) -> None:
    heard: list[int] = []
    now.everyone.expose("hear")(lambda number, padding: heard.append(number))
    with Harness(now) as h:
        ann = h.connect()
        h.throttle(ann, 1_000)
        for number in range(10):
            ann.now.hear(number, "x" * 1_000)
            gevent.idle()
        assert ann.end.peer is not None
        assert ann.end.peer.session.has_to_send
        h.advance(2)
        assert heard == [0]
        h.advance(9)
        assert heard == list(range(10))


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_a_line_carries_something(now: Now, rate: float) -> None:
    with Harness(now) as h:
        ann = h.connect()
        with pytest.raises(ValueError, match=f"^a rate of {rate} bytes a second$"):
            h.throttle(ann, rate)


@pytest.mark.parametrize("seconds", [-1, float("nan")])
def test_nothing_arrives_before_it_was_sent(now: Now, seconds: float) -> None:
    with Harness(now) as h:
        ann = h.connect()
        with pytest.raises(ValueError, match=f"^a delay of {seconds} seconds$"):
            h.delay(ann, seconds)


# A half-open line.


def test_over_a_half_open_line_nothing_arrives_and_neither_end_knows(now: Now) -> None:
    with Harness(now) as h:
        ann, bob = h.connect(), h.connect()
        h.half_open(ann)
        ann.now.mine = 1
        h.everyone.now.theirs = 1
        h.settle()
        assert (ann.online, ann.this.online, bob.now.theirs) == (True, True, 1)
        assert ("theirs" in ann.now, "mine" in ann.this.now) == (False, False)
        h.resume(ann)
        h.settle()
        assert ann.now == ann.this.now == {"theirs": 1, "mine": 1}


def test_each_end_of_a_half_open_line_finds_out_by_itself(now: Now) -> None:
    events = told(now)
    with Harness(now, heartbeat=2) as h:
        ann, bob = h.connect(), h.connect()
        ann.on("disconnect", lambda: events.append("ann: disconnect"))
        client_id = ann.client_id
        h.advance(3)
        h.half_open(ann)
        h.advance(2.9)
        assert (ann.online, events) == (True, ["connect"] * 2)
        h.advance(2)
        assert not ann.online
        assert not ann.this.online
        assert sorted(events[2:]) == ["ann: disconnect", "lost"]
        assert bob.online
        h.resume(ann)
        h.settle()
        assert (ann.client_id, events[-1]) == (client_id, "resumed")


@pytest.mark.parametrize("first", ["the client", "the server"])
def test_who_finds_out_first_tells_the_other_nothing(now: Now, first: str) -> None:
    events = told(now)
    with Harness(now, heartbeat=2) as h:
        ann = h.connect()
        # Whoever has heard nothing for a while finds out first.
        h.hold(ann, received=first == "the client", sent=first == "the server")
        h.advance(2)
        h.half_open(ann)
        while ann.online and ann.this.online:
            h.advance(0.1)
        assert (ann.online, ann.this.online) == ((False, True) if first == "the client" else (True, False))
        h.advance(5)
        assert (ann.online, ann.this.online, events) == (False, False, ["connect", "lost"])


def test_a_client_whose_line_stays_half_open_is_gone_after_the_resume_window(now: Now) -> None:
    events = told(now)
    with Harness(now, heartbeat=2, resume_window=10) as h:
        ann = h.connect()
        ann.now.name = "ann"
        h.settle()
        h.half_open(ann)
        h.advance(16)
        assert events == ["connect", "lost", "disconnect"]
        h.resume(ann)
        h.settle()
        assert (ann.this.now.name, events[-1]) == ("ann", "connect")


def test_a_client_gives_up_a_line_over_which_it_hears_nothing(now: Now) -> None:
    with Harness(now, heartbeat=2) as h:
        ann, bob = h.connect(), h.connect()
        h.hold(ann, sent=False)
        h.advance(3.9)
        assert ann.online
        h.advance(0.1)
        assert (ann.online, bob.online) == (False, True)


def test_calls_over_a_half_open_line_arrive_once_and_in_order_afterwards(now: Now) -> None:
    heard: list[int] = []
    now.everyone.expose("hear")(heard.append)
    with Harness(now, heartbeat=2) as h:
        ann = h.connect()
        said: list[int] = []
        ann.now.listen = said.append
        h.settle()
        for number in range(60):
            ann.now.hear(number)
            h.everyone.now.listen(number)
            if number % 20 == 5:
                h.half_open(ann)
            if number % 20 == 10:
                h.advance(number / 10)
            if number % 20 == 15:
                h.resume(ann)
        h.settle()
        assert heard == said == list(range(60))


@pytest.mark.parametrize("fault", ["drop", "stall", "hold", "half_open"])
def test_a_half_open_line_that_has_another_fault_is_cut_and_stays_away(now: Now, fault: str) -> None:
    with Harness(now) as h:
        ann = h.connect()
        h.half_open(ann)
        getattr(h, fault)(ann)
        h.settle()
        assert (ann.online, ann.this.online) == ((True, True) if fault == "half_open" else (False, False))
        h.resume(ann)
        h.settle()
        assert (ann.online, ann.this.online) == (True, True)


@pytest.mark.parametrize("seconds", [0, 4.5])
def test_a_harness_may_end_with_half_open_lines(now: Now, seconds: float) -> None:
    with Harness(now, heartbeat=2) as h:
        ann = h.connect()
        h.half_open(ann)
        h.advance(seconds)
    assert not now.clients


# Settling.


@pytest.mark.parametrize("fault", [("delay", 1), ("throttle", 100), ("half_open",)])
def test_settling_leaves_out_whoever_waits_for_a_bad_line(now: Now, fault: tuple[Any, ...]) -> None:
    with Harness(now) as h:
        ann, bob = h.connect(), h.connect()
        now.everyone.expose("ask_bob")(lambda: bob.this.now.answer("x" * 1_000).result())
        bob.now.answer = len
        h.settle()
        getattr(h, fault[0])(bob, *fault[1:])
        reply = ann.now.ask_bob()
        h.settle()
        assert not reply.done()
        h.resume(bob)
        h.settle()
        assert reply.result() == 1_000
