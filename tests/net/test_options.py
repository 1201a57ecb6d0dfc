"""Options whose effect is not a limit: around, callback_timeout, debug."""

from __future__ import annotations

import logging
from typing import Any

import gevent
import pytest
from gevent.monkey import get_original

from greennow import NoSuchFunction, Now, RemoteError
from greennow.core.context import This
from greennow.testing import Harness

# around


def test_every_handler_and_call_runs_within_around_and_this_is_there() -> None:
    now = Now()
    this = This(now.context)
    seen: list[Any] = []

    def around(work: Any) -> Any:
        seen.append((work.name, work.client and work.client.client_id))
        assert work.client is None or this.client is work.client
        return work()

    now.on("start", lambda: None)
    now.on("connect", lambda client_id: None)
    now.on("change", lambda path, value: None)
    now.everyone.now.double = lambda number: 2 * number

    with Harness(now, around=around) as h:
        ann = h.connect()
        h.settle()
        assert seen == [("a handler of 'start'", None), ("a handler of 'connect'", ann.client_id)]
        seen.clear()

        assert ann.now.double(4).result() == 8
        assert seen == [("now.double()", ann.client_id)]
        seen.clear()

        assert ann.this.now.double(5).result() == 10
        now.everyone.now.double(6)
        assert [name for name, _ in seen] == ["now.double()", f"now.double() for client {ann.client_id}"]
        seen.clear()

        ann.now.x = 1
        h.settle()
        assert seen == [("a handler of 'change'", ann.client_id)]


def test_a_callback_lent_to_a_client_runs_within_around() -> None:
    now = Now()
    names: list[str] = []

    def around(work: Any) -> Any:
        names.append(work.name)
        return work()

    with Harness(now, around=around) as h:
        ann = h.connect()
        ann.now.call_back = lambda callback: callback(1)
        h.settle()
        names.clear()
        ann.this.now.call_back(lambda number: number + 1).result()
        assert names == ["function 0"]


def test_what_around_raises_is_the_answer_and_what_it_returns_is_the_result() -> None:
    now = Now()
    now.everyone.now.work = lambda: "done"
    answers: list[Any] = [RemoteError("closed today"), "something else"]

    def around(work: Any) -> Any:
        if work.name != "now.work()":
            return work()
        answer = answers.pop(0) if answers else work()
        if isinstance(answer, Exception):
            raise answer
        return answer

    with Harness(now, around=around) as h:
        ann = h.connect()
        with pytest.raises(RemoteError, match="closed today"):
            ann.now.work().result()
        assert ann.now.work().result() == "something else"
        assert ann.now.work().result() == "done"


def test_handlers_of_error_run_within_around_and_a_failing_one_ends_nothing() -> None:
    now = Now()
    names: list[str] = []
    errors: list[BaseException] = []

    def around(work: Any) -> Any:
        names.append(work.name)
        if work.name == "a handler of 'connect'":
            raise OSError("the database is away")
        return work()

    now.on("connect", lambda: None)
    now.on("error", errors.append)
    with Harness(now, around=around) as h:
        ann = h.connect()
        h.settle()
        assert ann.now == {}
        assert set(names) == {"a handler of 'connect'", "a handler of 'error'"}
        assert [str(error) for error in errors] == ["the database is away"]
        h.errors.clear()


# callback_timeout


def test_a_function_that_is_out_for_long_expires_and_the_caller_is_told() -> None:
    with Harness(Now(), callback_timeout=60) as h:
        ann = h.connect()
        kept: list[Any] = []
        ann.now.take = kept.append
        h.settle()
        ann.this.now.take(lambda: "here").result()
        h.advance(59)
        assert kept[0]().result() == "here"
        h.advance(61)
        with pytest.raises(NoSuchFunction) as caught:
            kept[0]().result()
        assert str(caught.value) == (
            "function 0 has expired: it was not passed again within callback_timeout=60 s"
        )
        assert caught.value.missing == "expired"


def test_a_function_that_is_lent_again_lives_on_and_loans_of_expired_ones_come_back() -> None:
    now = Now()
    with Harness(now, callback_timeout=60) as h:
        ann = h.connect()
        kept: list[Any] = []
        ann.now.take = kept.append
        h.settle()

        def again() -> str:
            return "again"

        for _ in range(4):
            ann.this.now.take(again).result()
            now.everyone.now.take(print)
            h.settle()
            h.advance(60)
        assert kept[0]().result() == "again"
        h.advance(120)
        lending = now.clients[ann.client_id].peer.lending
        assert (len(lending), len(now.lending)) == (1, 1)
        kept.clear()
        h.advance(60)
        h.settle()
        assert (len(lending), len(now.lending)) == (0, 0)
        assert ann.this.now.take(again).result() is None


# debug


def test_what_holds_up_the_loop_is_logged_once_with_its_line(caplog: pytest.LogCaptureFixture) -> None:
    block = get_original("time", "sleep")
    now = Now()

    def dawdle() -> None:
        block(0.5)

    now.everyone.expose(dawdle)
    with caplog.at_level(logging.WARNING, "greennow"), Harness(now, debug=True) as h:
        ann = h.connect()
        ann.now.dawdle().result()
    stalls = [record.getMessage() for record in caplog.records if "stood still" in record.getMessage()]
    (stall,) = [message for message in stalls if "dawdle" in message]
    first = stall.splitlines()[0]
    line = dawdle.__code__.co_firstlineno + 1
    assert first.startswith("the loop has stood still for more than 0.1 s, and every client with it, at ")
    assert first.endswith(f"test_options.py:{line} in dawdle: block(0.5)")


def test_a_loop_that_waits_stalls_nobody(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "greennow"), Harness(Now(), debug=True) as h:
        h.connect()
        caplog.clear()
        gevent.sleep(0.4)
    assert not [record for record in caplog.records if "stood still" in record.getMessage()]


def test_a_server_that_waits_for_its_first_client_stalls_nobody(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "greennow"), Now().start(port=0, debug=True):
        gevent.sleep(0.4)
    assert not [record for record in caplog.records if "loop.run()" in record.getMessage()]
