"""The harness: it waits for quiet exactly, breaks lines as told, and leaves nothing behind.

Rules of the tests with sockets: each has a `Now` of its own unless it is about the default one; after
doing, ``settle()``, then assert; time passes by ``advance`` only; a test in which something waits makes
happen itself what it waits for.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import Any

import gevent
import pytest
from gevent.event import Event

import greennow
from greennow import ConnectError, Disconnected, NoSuchFunction, Now, RemoteError, UnknownClient
from greennow.testing import Harness

pytest_plugins = ["pytester"]


# Settling.


def test_after_settling_all_ends_are_equal(now: Now) -> None:
    with Harness(now) as h:
        ann, bob = h.connect(), h.connect()
        h.everyone.now.score = 3
        ann.now.name = "ann"
        ann.this.now.level = 1
        h.settle()
        assert ann.now == ann.this.now == {"score": 3, "name": "ann", "level": 1}
        assert bob.now == bob.this.now == {"score": 3}


def test_settling_waits_for_calls_that_cause_calls_that_cause_writes(now: Now) -> None:
    @now.everyone.expose
    def begin(left: int) -> None:
        client = now.context.get()
        if left:
            client.now.again(left - 1)
        else:
            client.now.done = True

    with Harness(now) as h:
        ann = h.connect()
        ann.now.again = lambda left: ann.now.begin(left)
        ann.now.begin(20)
        h.settle()
        assert ann.now.done is True


def test_settling_waits_for_a_handler_that_waits_for_something_outside(now: Now) -> None:
    opened = Event()
    seen = []

    @now.on("change")
    def changed(path: Any, value: Any) -> None:
        opened.wait()
        seen.append(value)

    with Harness(now) as h:
        ann = h.connect()
        ann.now.x = 1
        gevent.idle()
        gevent.get_hub().loop.run_callback(opened.set)
        h.settle()
        assert seen == [1]


def test_settling_gives_up_and_says_what_still_moves(now: Now) -> None:
    begun, opened = Event(), Event()

    @now.everyone.expose
    def wait_outside() -> None:
        begun.set()
        opened.wait()

    with Harness(now) as h:
        ann = h.connect()
        reply = ann.now.wait_outside()
        begun.wait()
        lines = still_moving(h)
        assert lines[0] == "after 0.05 s this still moves:"
        assert "code runs: wait_outside()" in lines
        assert f"<client {ann.client_id}> waits for answers of the server's: 1" in lines
        opened.set()
        h.settle()
        assert reply.done()


def still_moving(h: Harness) -> list[str]:
    """What `settle` says of what never ends, without the numbers of lines."""
    with pytest.raises(TimeoutError) as caught:
        h.settle(timeout=0.05)
    return [line.strip().partition(f" at {__file__}")[0] for line in str(caught.value).splitlines()]


def test_what_still_moves_is_said_of_both_ends_of_a_call(now: Now) -> None:
    begun, opened = Event(), Event()

    def answer() -> None:
        begun.set()
        opened.wait()

    now.everyone.expose("ask_back")(lambda: ask())
    with Harness(now) as h:
        ann = h.connect()

        def ask() -> None:
            ann.this.now.answer().result()

        ann.now.answer = answer
        ann.now.ask_back()
        begun.wait()
        lines = still_moving(h)
        for line in (
            "code runs: answer()",
            "code waits for an answer: ask()",
            f"<client {ann.client_id}> waits for answers of the server's: 1",
            f"the server waits for answers of {ann.this}: 1",
        ):
            assert line in lines
        opened.set()
        h.settle()


def test_a_client_that_is_not_ready_yet_still_moves(now: Now) -> None:
    begun, opened = Event(), Event()

    @now.on("connect")
    def joined() -> None:
        begun.set()
        opened.wait()

    with Harness(now) as h:
        ann = h.client()
        with pytest.raises(LookupError, match="the server has not seen this client yet"):
            ann.this  # noqa: B018
        connecting = gevent.spawn(ann.connect)
        begun.wait()
        lines = still_moving(h)
        assert "code runs: joined()" in lines
        assert f"<client {ann.client_id}> waits for the server's `connect` handlers" in lines
        opened.set()
        connecting.get()


def test_settling_leaves_out_a_client_that_is_held_and_whoever_waits_for_it(now: Now) -> None:
    with Harness(now) as h:
        ann, bob = h.connect(), h.connect()
        now.everyone.expose("ask_bob")(lambda: bob.this.now.answer().result())
        bob.now.answer = lambda: 42
        h.settle()
        h.hold(bob)
        reply = ann.now.ask_bob()
        h.settle()
        assert not reply.done()
        h.resume(bob)
        h.settle()
        assert reply.result() == 42


def test_no_message_waits_for_its_acknowledgement_after_settling(now: Now) -> None:
    with Harness(now) as h:
        ann = h.connect()
        for number in range(50):
            ann.now.x = number
            ann.this.now.y = number
        h.settle()
        assert ann.end.peer is not None
        assert (ann.end.peer.session.in_flight, ann.this.peer.session.in_flight) == (0, 0)
        assert not ann.end.replica.pending


def test_settling_is_exact_for_much_data(now: Now) -> None:
    with Harness(now) as h:
        clients = [h.connect() for _ in range(5)]
        for number in range(40):
            h.everyone.now[f"big{number}"] = "x" * 100_000
        for client in clients:
            client.now.own = b"y" * 900_000
        h.settle()
        for client in clients:
            assert client.now == client.this.now
            assert len(client.now) == 41


# Faults.


def test_a_dropped_client_is_away_until_it_settles(now: Now) -> None:
    events: list[Any] = []
    for event in ("lost", "resumed", "connect", "disconnect"):
        now.on(event, lambda client_id, event=event: events.append(event))
    with Harness(now) as h:
        ann = h.connect()
        client_id = ann.client_id
        h.drop(ann)
        assert (ann.online, ann.this.online, len(h.everyone)) == (False, False, 1)
        h.everyone.now.score = 1
        ann.now.name = "ann"
        h.settle()
        assert (ann.online, ann.client_id) == (True, client_id)
        assert ann.now == ann.this.now == {"score": 1, "name": "ann"}
        assert events == ["connect", "lost", "resumed"]


def test_what_is_on_its_way_when_a_client_is_dropped_arrives_exactly_once(now: Now) -> None:
    heard: list[int] = []
    said: list[int] = []
    now.everyone.expose("hear")(heard.append)
    with Harness(now) as h:
        ann = h.connect()
        ann.now.listen = said.append
        h.settle()
        for number in range(30):
            ann.now.hear(number)
            h.everyone.now.listen(number)
            if number % 10 == 5:
                gevent.idle()
            if number % 7 == 0:
                h.drop(ann)
                h.resume(ann)
        h.settle()
        assert heard == said == list(range(30))


def test_past_the_resume_window_a_session_is_new(now: Now) -> None:
    gone: list[str] = []
    now.on("disconnect", gone.append)
    with Harness(now) as h:
        ann = h.connect()
        ann.now.name = "ann"
        h.settle()
        before = ann.client_id
        h.drop(ann)
        h.advance(14.9)
        assert gone == []
        h.advance(0.1)
        assert gone == [before]
        h.settle()
        assert ann.client_id != before
        assert ann.this.now.name == "ann"
        with pytest.raises(UnknownClient):
            now.get_client(before)


def test_calls_of_a_client_that_is_away_for_too_long_fail(now: Now) -> None:
    now.everyone.expose("f")(lambda: 1)
    with Harness(now) as h:
        ann = h.connect()
        h.drop(ann)
        reply = ann.now.f()
        h.advance(15)
        with pytest.raises(Disconnected, match="was away for longer than the resume window"):
            reply.result()


def test_a_stalled_client_reads_nothing_and_holds_up_nobody(now: Now) -> None:
    with Harness(now) as h:
        ann, bob = h.connect(), h.connect()
        h.stall(ann)
        for number in range(100):
            h.everyone.now.big = "x" * 100_000 + str(number)
        h.settle()
        assert bob.now.big.endswith("99")
        assert "big" not in ann.now
        h.resume(ann)
        h.settle()
        assert ann.now.big == bob.now.big


def test_the_figures_tell_a_stopped_reader_from_the_others(now: Now) -> None:
    with Harness(now) as h:
        ann, bob = h.connect(), h.connect()
        h.stall(ann)
        for number in range(12):
            h.everyone.now[f"picture{number}"] = bytes(900_000)
        h.settle()
        stopped, reads = ann.this.figures, bob.this.figures
        assert (reads.waiting, reads.unacknowledged, reads.conflated, reads.is_blocked) == (0, 0, 0, False)
        assert (stopped.waiting > 0, stopped.conflated > 0, stopped.is_blocked) == (True, True, True)
        h.resume(ann)
        h.settle()
        assert ann.this.figures == bob.this.figures == reads


def test_a_client_whose_calls_back_up_is_disconnected(now: Now) -> None:
    with Harness(now, send_buffer=100_000) as h:
        ann, bob = h.connect(), h.connect()
        said: list[str] = []
        ann.now.listen = bob.now.listen = said.append
        h.settle()
        h.stall(ann)
        session = ann.this
        for _ in range(40):
            h.everyone.now.listen("x" * 50_000)
            gevent.idle()
        h.settle()
        assert len(said) == 40
        assert session.has_gone


@pytest.mark.parametrize(
    ("received", "sent", "ann_sees", "server_sees"),
    [(True, True, 0, 0), (True, False, 0, 1), (False, True, 1, 0)],
)
def test_held_is_what_a_client_receives_or_sends_or_both(
    now: Now, received: bool, sent: bool, ann_sees: int, server_sees: int
) -> None:
    with Harness(now) as h:
        ann = h.connect()
        ann.now.mine = ann.this.now.theirs = 0
        h.settle()
        h.hold(ann, received=received, sent=sent)
        ann.now.mine = 1
        ann.this.now.theirs = 1
        h.settle()
        assert (ann.now.theirs, ann.this.now.mine) == (ann_sees, server_sees)
        h.resume(ann)
        h.settle()
        assert (ann.now.theirs, ann.this.now.mine) == (1, 1)


def test_a_client_that_is_held_and_dropped_stays_away_until_it_is_resumed(now: Now) -> None:
    with Harness(now) as h:
        ann = h.connect()
        h.hold(ann)
        h.drop(ann)
        h.settle()
        assert not ann.online
        h.resume(ann)
        assert ann.online


def test_a_client_that_reads_nothing_for_two_heartbeats_is_given_up(now: Now) -> None:
    lost: list[str] = []
    now.on("lost", lost.append)
    with Harness(now, heartbeat=20) as h:
        ann, bob = h.connect(), h.connect()
        h.stall(ann)
        h.advance(60)
        assert lost == [ann.client_id]
        assert bob.this.online


def test_no_time_passes_but_by_hand(now: Now) -> None:
    due = []
    with Harness(now) as h:
        now.timers.later(10, lambda: due.append(10))
        now.timers.later(5, lambda: now.timers.later(5, lambda: due.append(5 + 5)))
        now.timers.later(11, lambda: due.append(11))
        h.settle()
        assert due == []
        h.advance(10)
        assert due == [10, 10]


# Clients.


def test_a_client_has_the_identity_headers_and_cookies_that_it_was_given(now: Now) -> None:
    with Harness(now) as h:
        ann = h.connect(identity={"name": "ann"}, headers={"X-Room": "red"}, cookies={"a": "1", "b": "2"})
        user = ann.this.user
        assert (user.identity, user.headers["X-Room"], user.cookies) == (
            {"name": "ann"},
            "red",
            {"a": "1", "b": "2"},
        )
        assert h.connect().this.user.identity is None


def test_an_identity_stands_in_for_authenticate(now: Now) -> None:
    with Harness(now, authenticate=lambda environ: environ.get("HTTP_X_NAME")) as h:
        assert h.connect(identity=7).this.user.identity == 7
        assert h.connect(headers={"X-Name": "ann"}).this.user.identity == "ann"
        with pytest.raises(ConnectError, match="401 Unauthorized: authenticate refused") as caught:
            h.connect()
        assert caught.value.code == 4401


def test_waiting_for_an_answer_lets_a_clients_other_code_run(now: Now) -> None:
    now.everyone.expose("ask_back")(lambda: now.context.get().now.inner().result())
    with Harness(now) as h:
        ann = h.connect()
        ann.now.inner = lambda: "inner"
        ann.now.outer = lambda: ann.now.ask_back().result()
        h.settle()
        assert ann.this.now.outer().result() == "inner"


def test_a_clients_code_runs_one_at_a_time_in_its_order(now: Now) -> None:
    with Harness(now) as h:
        ann = h.connect()
        opened, order = Event(), []

        def step(number: int) -> None:
            order.append(("begins", number))
            if number == 1:
                opened.wait()
            order.append(("ends", number))

        ann.now.step = step
        h.settle()
        for number in (1, 2, 3):
            ann.this.now.step(number)
        gevent.idle()
        assert order == [("begins", 1)]
        opened.set()
        h.settle()
        assert order == [(what, number) for number in (1, 2, 3) for what in ("begins", "ends")]


def test_watches_events_snapshots_and_flushing_are_there(now: Now) -> None:
    with Harness(now) as h:
        ann = h.connect()
        seen: list[Any] = []
        ann.watch("a.b", lambda value, path: seen.append((path, value)))
        ann.on("change", lambda path, value: seen.append((path, value)))
        ann.this.now.a = {"b": 1}
        h.settle()
        assert seen == [(("a", "b"), 1), (("a",), {"b": 1})]
        ann.now.c = 2
        ann.flush()
        assert ann.this.now.c == 2
        assert ann.snapshot("a") is ann.snapshot("a")


def test_a_client_that_closes_has_gone_at_once(now: Now) -> None:
    gone: list[str] = []
    now.on("disconnect", gone.append)
    with Harness(now) as h:
        ann = h.connect()
        ann.now.last = "word"
        ann.close()
        h.settle()
        assert gone == [ann.client_id]
        assert ann.this.now.last == "word"
        assert ann.closed is not None


def test_a_refused_client_is_told_why(now: Now) -> None:
    with Harness(now, max_clients=1) as h:
        h.connect()
        with pytest.raises(ConnectError, match="the server is full"):
            h.connect()


# Errors.


def test_what_a_handler_raised_is_raised_at_exit(now: Now) -> None:
    @now.on("connect")
    def fail() -> None:
        raise ValueError("in a handler")

    with pytest.raises(ValueError, match="in a handler"), Harness(now) as h:
        h.connect()


@pytest.mark.parametrize("how", ["asked", "unasked", "one way", "of a group"])
@pytest.mark.parametrize("side", ["server", "client"])
def test_what_a_called_function_raised_is_raised_at_exit_unless_its_caller_asked(
    now: Now, how: str, side: str
) -> None:
    def fail() -> None:
        raise ValueError("in a function")

    def call(h: Harness) -> None:
        ann = h.connect()
        if side == "server":
            now.everyone.expose(fail)
        else:
            ann.now.fail = fail
        h.settle()
        function = ann.now.fail if side == "server" else ann.this.now.fail
        if how == "one way":
            function.send()
        elif how == "of a group":
            h.everyone.now.fail()
        elif how == "asked":
            assert isinstance(function().exception(), RemoteError)
        else:
            function()
        h.settle()

    if how == "asked":
        with Harness(now) as h:
            call(h)
        return
    expected = RemoteError if how == "unasked" else ValueError
    with pytest.raises(expected, match="in a function"), Harness(now) as h:
        call(h)


def test_errors_that_a_test_has_taken_out_are_dealt_with(now: Now) -> None:
    now.everyone.expose("fail")(lambda: [].pop())
    with Harness(now) as h:
        ann = h.connect()
        ann.now.fail.send()
        h.settle()
        assert isinstance(h.errors.pop(), IndexError)


def test_the_error_of_the_test_itself_is_not_hidden(now: Now) -> None:
    now.on("connect", lambda: [].pop())

    def run() -> None:
        with Harness(now) as h:
            h.connect()
            raise AssertionError("the test's")

    with pytest.raises(AssertionError, match="the test's"):
        run()


def test_a_refused_write_is_no_error(now: Now) -> None:
    with Harness(now, client_write=False) as h:
        ann = h.connect()
        ann.now.x = 1
        h.settle()
        assert "x" not in ann.now
    assert h.errors == []


def test_code_that_still_runs_at_exit_is_ended(now: Now, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "greennow")
    never = Event()
    now.everyone.expose("wait")(never.wait)
    with Harness(now) as h:
        ann = h.connect()
        ann.now.wait_too = never.wait
        h.settle()
        replies = [ann.now.wait(), ann.this.now.wait_too()]
        gevent.idle()
        assert now.under_way
    assert not now.under_way
    assert all(reply.done() for reply in replies)


# What is left.


def test_names_groups_handlers_and_options_are_put_back(now: Now) -> None:
    now.everyone.now.kept = {"a": 1}
    room = now.get_group("room")
    room.now.topic = "tea"
    joined: list[str] = []
    room.on("join", joined.append)
    with Harness(now, resume_window=5) as h:
        ann = h.connect()
        h.everyone.now.kept = 2
        h.everyone.now.more = 3
        room.add_user(ann.client_id)
        room.now.topic = "coffee"
        room.on("leave", joined.append)
        now.get_group("other").now.x = 1
        now.on("connect", lambda: None)
    assert now.everyone.now == {"kept": {"a": 1}}
    assert room.now == {"kept": {"a": 1}, "topic": "tea"}
    assert now.get_groups() == ["room"]
    assert now.get_group("room") is room
    assert (room.events.has("join"), room.events.has("leave"), now.events.has("connect")) == (
        True,
        False,
        False,
    )
    assert now.options.resume_window == 15
    assert (dict(now.clients), now.under_way, set(now.serving.links)) == ({}, set(), set())
    with Harness(now) as h:
        room.add_user(h.connect().client_id)
        room.now.topic = "milk"
        h.settle()
        assert h.everyone.count() == room.count() == 1


def test_names_put_back_have_their_old_age(now: Now) -> None:
    room = now.get_group("room")
    room.now.x = "older"
    now.everyone.now.x = "newer"
    with Harness(now) as h:
        now.everyone.now.x = 1
        room.now.x = 2
        h.settle()
    with Harness(now) as h:
        ann = h.connect()
        room.add_user(ann.client_id)
        h.settle()
        assert ann.now.x == "newer"


def test_the_default_now_is_served_unless_another_is_given() -> None:
    with Harness() as h:
        assert h.now is greennow.everyone._hub
        assert h.everyone is greennow.everyone


def test_a_now_is_served_by_one_harness_at_a_time(now: Now) -> None:
    with Harness(now) as h:
        h.connect()
        with pytest.raises(RuntimeError, match="this Now is being served already"), Harness(now):
            pass


def test_the_site_is_served_too(now: Now) -> None:
    with Harness(now) as h:
        assert h.url.startswith("http://127.0.0.1:")


def test_a_function_that_nobody_has_is_an_answer(now: Now) -> None:
    with Harness(now) as h:
        ann = h.connect()
        assert isinstance(ann.this.now.get("f"), type(None))
        reply = ann.this.call(("f",), (), {})
        assert isinstance(reply.exception(), NoSuchFunction)


# pytest.


def test_the_plugin_gives_a_server_and_a_client(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import greennow

        @greennow.everyone.expose
        def add(a, b):
            return a + b

        def test_it(now_server, now_client):
            assert now_client.now.add(1, 2).result() == 3
            now_server.everyone.now.x = 1
            now_server.settle()
            assert now_client.now.x == 1

        def test_names_of_other_tests_are_gone(now_client):
            assert "x" not in now_client.now
        """
    )
    # Installed or not: the entry point is left out, and the plugin loaded by its module.
    loaded = ("-p", "no:greennow", "-p", "greennow.testing.plugin")
    pytester.inline_run(*loaded).assertoutcome(passed=2)


def test_the_plugin_loads_no_gevent_until_it_is_used() -> None:
    probe = "import sys, greennow.testing.plugin; sys.exit('gevent' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe], check=False, timeout=60).returncode == 0
