"""Calls that are cancelled, out of time, or whose caller has gone: their handlers end at the next switch."""

from __future__ import annotations

from typing import Any

import gevent
import pytest
from gevent.event import Event

import greennow
from greennow import Cancelled, Now, RemoteError
from greennow.core.context import This
from greennow.testing import Harness


class Handler:
    """A function of the server's that waits until it is stopped, and tells what became of it."""

    def __init__(self) -> None:
        self.began = Event()
        self.ended: list[Any] = []

    def __call__(self) -> None:
        self.began.set()
        try:
            gevent.get_hub().wait(_never())
        except BaseException as error:
            self.ended.append(error)
            raise
        finally:
            self.ended.append("cleaned up")


def _never() -> Any:
    return gevent.get_hub().loop.async_()


@pytest.fixture
def wait(now: Now) -> Handler:
    handler = Handler()
    now.everyone.now.wait = handler
    return handler


def test_cancelling_a_reply_stops_the_handler(now: Now, wait: Handler) -> None:
    with Harness(now) as h:
        ann = h.connect()
        reply = ann.now.wait()
        wait.began.wait()
        assert reply.cancel()
        h.settle()
        assert [str(ended) for ended in wait.ended] == ["the caller has given up", "cleaned up"]
        assert isinstance(wait.ended[0], Cancelled)
        assert not now.under_way


def test_a_handler_that_has_not_waited_yet_is_stopped_at_its_first_switch(now: Now) -> None:
    with Harness(now) as h:
        ended: list[Any] = []

        def busy() -> None:
            try:
                gevent.sleep(0)
                gevent.sleep(30)
            except Cancelled as error:
                ended.append(str(error))
                raise

        now.everyone.now.busy = busy
        ann = h.connect()
        h.settle()
        ann.now.busy().cancel()
        h.settle()
        assert ended == ["the caller has given up"]


def test_what_the_handler_called_elsewhere_is_stopped_too(now: Now, wait: Handler) -> None:
    this = This(now.context)
    relays: list[Any] = []

    def relay() -> None:
        relays.append(this.client_id)
        this.now.ask_back().result()

    now.everyone.now.relay = relay
    with Harness(now) as h:
        ann = h.connect()
        ann.now.ask_back = lambda: ann.now.wait().result()
        h.settle()
        reply = ann.now.relay()
        wait.began.wait()
        reply.cancel()
        h.settle()
        assert [str(ended) for ended in wait.ended] == ["the caller has given up", "cleaned up"]
        assert not now.under_way


def test_a_call_that_is_out_of_time_fails_and_its_handler_is_stopped(now: Now, wait: Handler) -> None:
    with Harness(now) as h:
        ann = h.connect()
        reply = ann.now.wait.with_(timeout=5)()
        wait.began.wait()
        h.advance(4)
        assert not reply.done()
        h.advance(1)
        with pytest.raises(TimeoutError, match=r"now\.wait\(\)"):
            reply.result()
        h.settle()
        assert wait.ended[-1] == "cleaned up"


def test_a_deadline_holds_for_the_calls_within_it(now: Now, wait: Handler) -> None:
    this = This(now.context)
    seen: list[Any] = []
    has_quick = Event()

    def ask() -> None:
        with greennow.deadline(2):
            slow = this.now.slow()
        seen.append(this.now.quick().result())
        has_quick.set()
        with pytest.raises(TimeoutError):
            slow.result()
        seen.append("late")

    now.everyone.now.ask = ask
    with Harness(now) as h:
        ann = h.connect()
        ann.now.slow = lambda: ann.now.wait().result()
        ann.now.quick = lambda: "quick"
        h.settle()
        asked = ann.now.ask()
        wait.began.wait()
        has_quick.wait()
        assert seen == ["quick"]
        h.advance(2)
        asked.result()
        assert seen == ["quick", "late"]
        h.settle()
        assert wait.ended[-1] == "cleaned up"


def test_a_client_that_goes_leaves_no_handler_behind(now: Now, wait: Handler) -> None:
    with Harness(now) as h:
        ann = h.connect()
        ann.now.wait()
        wait.began.wait()
        ann.close()
        h.settle()
        assert str(wait.ended[0]).startswith("the caller has gone: ")
        assert wait.ended[1] == "cleaned up"
        h.errors.clear()


def test_one_way_calls_and_event_handlers_run_on_when_the_client_goes(now: Now) -> None:
    go_on, done = Event(), []

    def log() -> None:
        go_on.wait()
        done.append("logged")

    now.everyone.now.log = log
    with Harness(now) as h:
        ann = h.connect()
        ann.now.log.send()
        ann.close()
        go_on.set()
        h.settle()
        assert done == ["logged"]


def test_a_handler_may_clean_up_and_answer_all_the_same(now: Now) -> None:
    began = Event()

    def stubborn() -> str:
        began.set()
        try:
            Event().wait()
        except Cancelled:
            gevent.sleep(0)
        return "done all the same"

    now.everyone.now.stubborn = stubborn
    with Harness(now) as h:
        ann = h.connect()
        reply = ann.now.stubborn()
        began.wait()
        reply.cancel()
        h.settle()
        assert reply.cancelled()
        assert not now.under_way


def test_nothing_is_logged_of_a_handler_that_was_stopped(
    now: Now, wait: Handler, caplog: pytest.LogCaptureFixture
) -> None:
    with Harness(now) as h:
        ann = h.connect()
        reply = ann.now.wait()
        wait.began.wait()
        reply.cancel()
        h.settle()
    assert caplog.records == []


def test_a_stop_passes_through_what_runs_within_the_handler(now: Now) -> None:
    this = This(now.context)
    began = Event()
    seen: list[Any] = []

    def inner() -> None:
        began.set()
        Event().wait()

    def outer() -> None:
        try:
            this.now.inner().result()
        except RemoteError as error:
            seen.append(error)
        seen.append("went on")

    now.everyone.now.inner = inner
    now.everyone.now.outer = outer
    with Harness(now) as h:
        ann = h.connect()
        reply = ann.now.outer()
        began.wait()
        reply.cancel()
        h.settle()
        assert seen == []
        assert not now.under_way
