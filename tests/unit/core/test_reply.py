"""The coming answer: a future whose uncollected error is told to somebody."""

from __future__ import annotations

import concurrent.futures
import gc
import logging
from types import SimpleNamespace
from typing import Any

import pytest

from greennow.core.deadline import Bounds, Within
from greennow.core.errors import Cancelled, ConnectError, Disconnected, NoSuchFunction, RemoteError
from greennow.core.reply import Asked, Reply, is_quiet, run_at_once

ERROR = RemoteError("no such row", "KeyError")


class Waiting(Reply):
    """A reply of a shell: while somebody waits, the answer comes, or does not."""

    def __init__(self, answer: Any = None) -> None:
        super().__init__()
        self.answer = answer
        self.waited: list[float | None] = []

    def wait_until_done(self, timeout: float | None) -> None:
        self.waited.append(timeout)
        if self.answer is not None:
            self.resolve(self.answer)


def test_it_is_a_future_of_the_standard_library() -> None:
    reply = Reply()
    reply.resolve(7)
    done, missing = concurrent.futures.wait([reply], timeout=0)
    assert (done, missing) == ({reply}, set())
    assert (reply.done(), reply.result(), reply.exception()) == (True, 7, None)


def test_asking_waits_as_its_shell_does() -> None:
    reply = Waiting(7)
    assert reply.result(timeout=5) == 7
    assert reply.result() == 7
    assert reply.exception() is None
    assert reply.waited == [5]


def test_none_waits_without_end() -> None:
    reply = Waiting(7)
    reply.exception()
    assert reply.waited == [None]


class AnsweredMeanwhile(Waiting):
    """A reply that another thread answers while this one looks at it: it is asked once, and then no more."""

    @property
    def asked(self) -> Any:
        asked, self._until_answered = self._until_answered, None
        return asked

    @asked.setter
    def asked(self, asked: Any) -> None:
        self._until_answered = asked


def test_who_waits_on_behalf_of_work_may_be_answered_at_any_moment() -> None:
    class Waits:
        def begin(self, work: Any, reply: Reply) -> None: ...
        def end(self, work: Any) -> None: ...

    class Asking:
        waits = Waits()

    reply = AnsweredMeanwhile(7)
    reply.asked = Asked(Asking(), 1, ("f",))
    with Within(Bounds(work=SimpleNamespace(until=None))):
        assert reply.result() == 7


@pytest.mark.parametrize("ask", ["result", "exception"])
def test_an_answer_that_does_not_come_in_time_is_pythons_timeout(ask: str) -> None:
    reply = Waiting()
    with pytest.raises(TimeoutError) as caught:
        getattr(reply, ask)(timeout=0.5)
    assert str(caught.value) == "no answer within 0.5 s"
    assert not reply.done()
    reply.resolve(1)
    assert reply.result() == 1


def test_an_error_is_raised_or_returned() -> None:
    reply = Reply()
    reply.reject(ERROR)
    assert reply.exception() is ERROR
    with pytest.raises(RemoteError) as caught:
        reply.result()
    assert caught.value is ERROR


def test_callbacks_are_called_once_each_with_the_reply_also_when_it_is_done() -> None:
    reply, called = Reply(), []
    reply.add_done_callback(lambda done: called.append(("before", done)))
    reply.resolve(1)
    reply.add_done_callback(lambda done: called.append(("after", done)))
    assert called == [("before", reply), ("after", reply)]


def test_what_was_cancelled_takes_no_answer() -> None:
    reply = Reply()
    assert reply.cancel()
    reply.resolve(1)
    reply.reject(ERROR)
    assert reply.cancelled()
    with pytest.raises(concurrent.futures.CancelledError):
        reply.result()


def test_the_first_answer_stands() -> None:
    reply = Reply()
    reply.resolve(1)
    reply.reject(ERROR)
    reply.resolve(2)
    assert reply.result() == 1
    assert not reply.cancel()


# Errors that nobody asked for


def reported(prepare: Any) -> list[BaseException]:
    """What is reported when a reply, so prepared, is garbage."""
    told: list[BaseException] = []
    reply = Reply()
    reply.report_to(told.append)
    prepare(reply)
    del reply
    gc.collect()
    return told


REPORTS: list[tuple[str, Any, list[BaseException]]] = [
    ("an error that nobody asked for", lambda reply: reply.reject(ERROR), [ERROR]),
    ("an error that was asked for", lambda reply: (reply.reject(ERROR), reply.exception()), []),
    (
        "an error whose callback was called",
        lambda reply: (reply.add_done_callback(id), reply.reject(ERROR)),
        [],
    ),
    ("a result that nobody asked for", lambda reply: reply.resolve(1), []),
    ("a reply that was cancelled", lambda reply: reply.cancel(), []),
    ("a reply that never came", lambda reply: None, []),
]


@pytest.mark.parametrize(
    ("prepare", "told"), [case[1:] for case in REPORTS], ids=[case[0] for case in REPORTS]
)
def test_an_error_is_reported_if_nobody_asked(prepare: Any, told: list[BaseException]) -> None:
    assert reported(prepare) == told


def test_one_who_asked_in_vain_was_told_nothing_yet_but_is_not_reported_to() -> None:
    """Who waits knows of the reply: what becomes of it is theirs."""

    def ask(reply: Reply) -> None:
        with pytest.raises(TimeoutError):
            reply.result(0)
        reply.reject(ERROR)

    assert reported(ask) == []


def test_without_anybody_to_tell_nothing_happens() -> None:
    reply = Reply()
    reply.reject(ERROR)
    del reply
    gc.collect()


QUIET = [
    (Disconnected(), True),
    (ConnectError(), True),
    (Cancelled(), True),
    (ERROR, False),
    (ValueError(), False),
]


@pytest.mark.parametrize(("error", "quiet"), QUIET, ids=repr)
def test_the_end_of_a_session_is_no_news(error: Exception, quiet: bool) -> None:
    assert is_quiet(error) is quiet


# Functions of this very end


def test_a_function_of_ours_runs_at_once() -> None:
    reply = Reply()
    assert run_at_once(reply, lambda a, b: a + b, (1,), {"b": 2}, ("add",)) is reply
    assert reply.result() == 3


def test_a_reply_that_it_returns_is_the_answer() -> None:
    inner = Reply()
    assert run_at_once(Reply(), lambda: inner, (), {}, ("f",)) is inner


@pytest.mark.parametrize("error", [ERROR, NoSuchFunction("gone", "released")])
def test_a_remote_error_is_its_answer_and_is_not_logged(error: RemoteError, caplog: Any) -> None:
    def function() -> None:
        raise error

    assert run_at_once(Reply(), function, (), {}, ("f",)).exception() is error
    assert caplog.records == []


def test_any_other_error_is_logged_with_its_traceback_and_answered_as_from_afar(caplog: Any) -> None:
    error = run_at_once(Reply(), lambda: {}["x"], (), {}, ("db", "find")).exception()
    assert isinstance(error, RemoteError)
    assert str(error) == "now.db.find() failed: KeyError: 'x'"
    assert (error.type, error.message, error.path) == ("KeyError", "'x'", ("db", "find"))
    assert isinstance(error.__cause__, KeyError)
    (record,) = caplog.records
    assert (record.name, record.levelno, record.getMessage()) == (
        "greennow",
        logging.ERROR,
        "now.db.find() raised",
    )
    assert record.exc_info[0] is KeyError


def test_what_ends_the_program_is_not_caught() -> None:
    def function() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_at_once(Reply(), function, (), {}, ("f",))
