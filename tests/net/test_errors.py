"""What becomes of errors of calls: at the caller, in the logs, with a third client, and with ``debug``."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from typing import Any

import pytest
from gevent.event import Event

from greennow import Disconnected, NoSuchFunction, Now, RemoteError
from greennow.testing import Harness
from greennow.testing.client import Client


@pytest.fixture(params=["at the server", "at a client"])
def side(request: pytest.FixtureRequest) -> str:
    side: str = request.param
    return side


def exposed(h: Harness, side: str, function: Callable[..., Any]) -> Any:
    """The function as ``f`` of this side, to be called from the other."""
    ann = h.connect()
    if side == "at the server":
        h.everyone.expose("f")(function)
    else:
        ann.now.f = function
    h.settle()
    return ann.now.f if side == "at the server" else ann.this.now.f


class Waiting:
    """A function that waits until it may go on."""

    def __init__(self) -> None:
        self.began, self.go_on = Event(), Event()

    def __call__(self) -> None:
        self.began.set()
        self.go_on.wait()


def fail() -> None:
    try:
        raise KeyError("x")
    except KeyError as error:
        raise ValueError("bad row") from error


# Causes


def test_a_cause_is_there_at_the_caller(h: Harness, side: str) -> None:
    error = exposed(h, side, fail)().exception()
    assert isinstance(error, RemoteError)
    assert (str(error), error.trace) == ("now.f() failed: ValueError: bad row", None)
    assert isinstance(error.__cause__, RemoteError)
    assert (str(error.__cause__), error.__cause__.trace) == ("KeyError: 'x'", None)


def test_a_cause_goes_on_through_a_function_that_lets_it_pass(h: Harness) -> None:
    ann, bob = h.connect(), h.connect()
    ann.now.f = fail
    h.settle()
    h.everyone.expose("through")(lambda: ann.this.now.f().result())
    h.settle()
    error = bob.now.through().exception()
    assert str(error) == "now.through() failed: ValueError: bad row"
    assert str(error.__cause__) == "KeyError: 'x'"


# Logs


def test_an_exception_is_logged_with_its_traceback_where_it_was_raised(
    h: Harness, side: str, caplog: pytest.LogCaptureFixture
) -> None:
    function = exposed(h, side, fail)
    assert isinstance(function().exception(), RemoteError)
    (record,) = caplog.records
    assert (record.name, record.levelname, record.getMessage()) == ("greennow", "ERROR", "now.f() raised")
    assert "in fail" in caplog.text
    assert "KeyError: 'x'" in caplog.text


def test_an_answer_is_not_logged(h: Harness, side: str, caplog: pytest.LogCaptureFixture) -> None:
    def answer() -> None:
        raise RemoteError("a name has 1 to 30 characters")

    assert str(exposed(h, side, answer)().exception()) == "now.f() failed: a name has 1 to 30 characters"
    assert caplog.records == []


def test_what_a_gathered_function_raised_is_logged_where_it_was_raised(
    h: Harness, side: str, caplog: pytest.LogCaptureFixture
) -> None:
    exposed(h, side, fail)
    (error,) = h.everyone.now.f.gather().values()
    assert str(error) == "now.f() failed: ValueError: bad row"
    if side == "at a client":
        assert str(error.__cause__) == "KeyError: 'x'"
    else:
        assert isinstance(error.__cause__, ValueError), "it was raised here: that is the error itself"
    assert [record.getMessage() for record in caplog.records] == ["now.f() raised"]
    assert "in fail" in caplog.text


def test_the_error_of_a_reply_that_nobody_asks_for_is_logged_and_an_event(
    h: Harness, side: str, caplog: pytest.LogCaptureFixture
) -> None:
    function = exposed(h, side, fail)
    caplog.clear()
    function()
    h.settle()
    gc.collect()
    h.settle()
    assert [str(error) for error in h.errors] == ["now.f() failed: ValueError: bad row"]
    h.errors.clear()
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("ERROR", "now.f() raised"),
        ("ERROR", "a call failed, and nobody asked for its reply"),
    ]


def test_the_end_of_a_session_that_nobody_asks_for_is_logged_for_debugging_only(
    h: Harness, side: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "greennow")
    waiting = Waiting()
    function = exposed(h, side, waiting)
    function()
    waiting.began.wait()
    for client in h.now.clients.copy().values():
        client.disconnect("enough")
    waiting.go_on.set()
    h.settle()
    gc.collect()
    h.settle()
    assert h.errors == []
    told = [record for record in caplog.records if "nobody asked" in record.getMessage()]
    assert [record.levelname for record in told] == ["DEBUG"]
    assert "enough (code 4000)" in caplog.text


# What is not there


def test_near_names_are_those_that_the_caller_sees(h: Harness, now: Now) -> None:
    ann, bob = h.connect(), h.connect()
    now.get_group("red").expose("score")(print)
    h.everyone.now.math = {"add": print, "addend": 7}
    now.get_group("red").add_user(ann.client_id)
    h.settle()
    for client, path, sentence in [
        (ann, ("scroe",), "now.scroe is not a function here; did you mean now.score?"),
        (bob, ("scroe",), "now.scroe is not a function here"),
        (bob, ("math", "ad"), "now.math.ad is not a function here; did you mean now.math.add?"),
        (bob, ("math",), "now.math is not a function but a mapping"),
        (bob, ("math", "addend"), "now.math.addend is not a function but a number"),
    ]:
        assert str(called(h, client, path)) == sentence


def called(h: Harness, client: Client, path: tuple[str, ...]) -> BaseException | None:
    """The error of a call at the server, whatever the client itself sees there."""
    assert client.end.peer is not None
    reply = client.end.peer.call(path, (), {})
    client.end.peer.session.acknowledge()
    h.settle()
    return reply.exception()


def test_near_names_of_a_clients_functions(h: Harness) -> None:
    ann = h.connect()
    ann.now.receive_message = print
    ann.now.gone = print
    h.settle()
    gone = ann.this.now.gone
    del ann.now["gone"]
    h.settle()
    assert str(ann.this.peer.call(("recieve_message",), (), {}).exception()) == (
        "now.recieve_message is not a function here; did you mean now.receive_message?"
    )
    assert str(gone().exception()) == "now.gone is not a function here"


def test_at_the_caller_itself_the_same_is_said(h: Harness) -> None:
    ann = h.connect()
    ann.now.scope, ann.now.score = print, print
    h.settle()
    here, there = ann.now.score, ann.this.now.score
    ann.now.score = 7
    h.settle()
    for function in (here, there):
        assert str(function().exception()) == "now.score is not a function but a number"
    del ann.now["score"]
    h.settle()
    for function in (here, there):
        sentence = "now.score is not a function here; did you mean now.scope?"
        assert str(function().exception()) == sentence


# Functions of a client that has gone


@pytest.mark.parametrize("how", ["by handle", "by name"])
def test_a_function_of_a_client_that_has_gone_has_departed(h: Harness, how: str) -> None:
    ann, bob = h.connect(), h.connect()
    taken: list[Any] = []
    bob.now.take = taken.append
    h.everyone.expose("hand_over")(lambda function: bob.this.now.take(function).result())
    ann.now.hear = lambda: "here"
    h.settle()
    if how == "by handle":
        ann.now.hand_over(lambda: "here").result()
    else:
        h.everyone.now.shared = ann.this.now.hear
        h.settle()
        taken.append(bob.now.shared)
    assert taken[0]().result() == "here"
    ann.close()
    h.settle()
    error = taken[0]().exception()
    assert isinstance(error, NoSuchFunction)
    name = "function 0" if how == "by handle" else "now.shared"
    assert (str(error), error.missing) == (
        f"{name} has departed: the client that had made it has gone",
        "departed",
    )
    taken[0].send()
    h.settle()


def test_who_goes_while_its_function_runs_had_one(h: Harness) -> None:
    ann, bob = h.connect(), h.connect()
    taken: list[Any] = []
    bob.now.take = taken.append
    h.everyone.expose("hand_over")(lambda function: bob.this.now.take(function).result())
    waiting = Waiting()
    h.settle()
    ann.now.hand_over(waiting).result()
    reply = taken[0]()
    waiting.began.wait()
    ann.this.disconnect("enough")
    waiting.go_on.set()
    error = reply.exception()
    assert isinstance(error, RemoteError)
    assert (error.type, error.message) == ("Disconnected", "enough (code 4000)")


def test_the_servers_own_code_is_told_that_the_client_has_gone(h: Harness) -> None:
    ann = h.connect()
    kept: list[Any] = []
    h.everyone.expose("keep")(kept.append)
    h.settle()
    ann.now.keep(print).result()
    ann.close()
    h.settle()
    assert isinstance(kept[0]().exception(), Disconnected)


# debug


def test_with_debug_the_caller_is_told_where_it_was_raised(now: Now) -> None:
    with Harness(now, debug=True) as h:
        error = exposed(h, "at the server", fail)().exception()
        assert isinstance(error, RemoteError)
        assert error.trace is not None
        assert error.trace.startswith(f'Traceback (most recent call last):\n  File "{__file__}", line ')
        assert 'raise ValueError("bad row") from error' in error.trace
        assert "greennow/core" not in error.trace
        assert str(error) == "now.f() failed: ValueError: bad row"
        assert isinstance(error.__cause__, RemoteError)
        assert 'raise KeyError("x")' in str(error.__cause__.trace)


def test_a_client_never_says_where_in_its_program_an_error_was_raised(now: Now) -> None:
    with Harness(now, debug=True) as h:
        error = exposed(h, "at a client", fail)().exception()
        assert isinstance(error, RemoteError)
        assert error.trace is None
