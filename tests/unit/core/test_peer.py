"""Two ends in memory: what one calls, writes, lends and releases, the other does; each test both ways."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from greennow.core.borrowing import BorrowedFunction
from greennow.core.deadline import deadline
from greennow.core.errors import (
    Cancelled,
    Disconnected,
    LimitExceeded,
    NoSuchFunction,
    ProtocolError,
    RemoteError,
)
from greennow.core.functions import Lending, NamedFunction
from greennow.core.limits import Limits
from greennow.core.messages import (
    Ack,
    Bye,
    Call,
    Cancel,
    Fail,
    Failure,
    Hello,
    Message,
    Ready,
    Refuse,
    Release,
    Welcome,
)
from greennow.core.messages import (
    Reply as ReplyMessage,
)
from greennow.core.peer import Peer
from greennow.core.reply import Reply
from greennow.core.tree import THEIRS, Delete, Dict, Set
from greennow.core.values import share

from .ends import Two

LIMITS = Limits(max_calls=2, max_callbacks=3, max_borrowed=3, max_message=20_000)


@pytest.fixture(params=["ann calls bob", "bob calls ann"])
def two(request: pytest.FixtureRequest) -> Iterator[Two]:
    two = Two(LIMITS)
    if request.param == "bob calls ann":
        two.ann, two.bob = two.bob, two.ann
    yield two
    gc.collect()


# Calls and answers


def test_a_call_returns_what_the_function_returns(two: Two) -> None:
    two.bob.expose(lambda a, b: a + b, "math.add")
    assert two.call("math.add", 1, 2).result() == 3


def test_arguments_come_as_they_went(two: Two) -> None:
    heard: list[Any] = []
    two.bob.expose(lambda *args, **kwargs: heard.append((args, kwargs)))
    assert two.call("f", None, (1, b"x"), {"a": [2]}, key={"then": 3}).result() is None
    assert heard == [((None, [1, b"x"], {"a": [2]}), {"key": {"then": 3}})]


def test_arguments_are_those_of_the_line_that_calls(two: Two) -> None:
    two.bob.expose(lambda value: value)
    value = [1]
    reply = two.ann.named("f")(value)
    value.append(2)
    two.settle()
    assert reply.result() == [1]


def test_annotated_arguments_are_checked_and_converted(two: Two, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[Any] = []

    def move(point: tuple[int, int], by: int = 0) -> None:
        heard.append((point, by))

    two.bob.expose(move)
    assert two.call("f", [1, 2], by=3).result() is None
    error = two.call("f", [1, "2"]).exception()
    assert isinstance(error, RemoteError)
    assert str(error) == "now.f() failed: TypeError: argument point[1]: expected int, got str"
    assert (error.type, error.path) == ("TypeError", ("f",))
    assert heard == [((1, 2), 3)]
    assert caplog.records == []


def test_a_function_that_was_lent_is_checked_too(two: Two) -> None:
    heard: list[Any] = []

    def on_done(count: int, then: Callable[..., Any]) -> None:
        heard.append((count, then))

    two.bob.expose(lambda: on_done)
    lent = two.call("f").result()
    replies = [lent(1, two.ann.told.append), lent("1", two.ann.told.append), lent(1, 2)]
    two.settle()
    assert [str(reply.exception()) for reply in replies] == [
        "None",
        "TypeError: argument count: expected int, got str",
        "TypeError: argument then: expected Callable, got int",
    ]
    assert [(count, type(then)) for count, then in heard] == [(1, BorrowedFunction)]


def test_too_few_or_too_many_arguments_are_told_to_the_caller_alone(
    two: Two, caplog: pytest.LogCaptureFixture
) -> None:
    two.bob.expose(lambda a, b=0: None)
    assert str(two.call("f").exception()) == "now.f() failed: TypeError: missing a required argument: 'a'"
    assert (
        str(two.call("f", 1, 2, 3).exception()) == "now.f() failed: TypeError: too many positional arguments"
    )
    assert caplog.records == []


@pytest.mark.parametrize(
    ("args", "reason"),
    [(("1",), "argument a: expected int, got str"), ((), "missing a required argument: 'a'")],
)
def test_one_way_wrong_arguments_are_logged_in_a_line(
    two: Two, caplog: pytest.LogCaptureFixture, args: tuple[Any, ...], reason: str
) -> None:
    def f(a: int) -> None: ...

    two.bob.expose(f)
    two.ann.named("f").send(*args)
    two.settle()
    logged = [(record.levelname, record.getMessage(), record.exc_info) for record in caplog.records]
    assert logged == [("WARNING", f"now.f() was not called: {reason}", None)]
    assert two.bob.peer.under_way == 0


def test_a_type_error_of_the_functions_own_is_logged(two: Two, caplog: pytest.LogCaptureFixture) -> None:
    two.bob.expose(lambda a: a + "text")
    assert isinstance(two.call("f", 1).exception(), RemoteError)
    assert [record.getMessage() for record in caplog.records] == ["now.f() raised"]


def test_one_way_there_is_no_answer(two: Two) -> None:
    heard: list[Any] = []
    two.bob.expose(heard.append)
    assert two.ann.named("f").send(7) is None  # type: ignore[func-returns-value]
    two.settle()
    assert heard == [7]
    assert two.bob.peer.session.sent == 0
    assert two.bob.peer.under_way == 0


def test_calls_start_in_their_order_among_the_writes(two: Two) -> None:
    two.bob.expose(lambda n: two.bob.told.append(n))
    two.ann.named("f")(1)
    two.ann.peer.write([Set(("x",), 1)])
    two.ann.named("f").send(2)
    two.ann.peer.write([Delete(("x",))])
    two.settle()
    assert [told for told in two.bob.told if told != ("acknowledged", 1)] == [
        1,
        ("applied", (Set(("x",), 1),), 1),
        ("changes", 2),
        2,
        ("applied", (Delete(("x",)),), 3),
        ("changes", 4),
    ]


def test_answers_come_in_whatever_order(two: Two) -> None:
    two.bob.expose(lambda n: n * 10)
    two.bob.holds_calls = True
    replies = [two.call("f", n) for n in (1, 2)]
    for call in reversed(two.bob.held):
        call.run()
        two.settle()
    assert [reply.result() for reply in replies] == [10, 20]
    assert two.ann.peer.outgoing.replies == {}


def test_a_call_that_waits_is_counted_and_holds_up_nothing(two: Two) -> None:
    two.bob.expose(lambda: "late")
    two.bob.expose(lambda: "at once", "g")
    two.bob.holds_calls = True
    late = two.call("f")
    two.bob.holds_calls = False
    assert two.call("g").result() == "at once"
    assert not late.done()
    assert (two.bob.peer.session.processed, two.bob.peer.under_way) == (2, 1)
    two.bob.held[0].run()
    two.settle()
    assert late.result() == "late"
    assert two.bob.peer.under_way == 0


def test_a_function_may_call_back_the_one_that_called_it(two: Two) -> None:
    two.ann.expose(lambda n: n + 1, "back")
    answers: list[Reply] = []
    two.bob.expose(lambda n: answers.append(two.bob.named("back")(n)))
    two.call("f", 1)
    assert answers[0].result() == 2


def test_a_call_that_is_cancelled_before_it_began_never_runs(two: Two) -> None:
    ran: list[Any] = []
    two.bob.expose(lambda: ran.append(1))
    two.bob.holds_calls = True
    reply = two.call("f")
    assert reply.cancel()
    assert reply.cancelled()
    two.settle()
    two.bob.held[0].run()
    two.settle()
    assert ran == []
    assert (two.ann.peer.outgoing.replies, two.bob.peer.incoming, two.bob.peer.under_way) == ({}, {}, 0)


def test_a_call_that_is_cancelled_while_it_runs_is_interrupted_and_so_is_what_it_called(two: Two) -> None:
    waiting: list[Reply] = []
    two.ann.expose(lambda: "back", "back")
    two.ann.holds_calls = True
    coming = Reply()

    def work() -> Reply:
        waiting.append(two.bob.named("back")())
        return coming

    two.bob.expose(work)
    reply = two.call("f")
    assert reply.cancel()
    two.settle()
    assert "interrupted: the caller has given up" in two.bob.told
    assert isinstance(waiting[0].exception(), Cancelled)
    two.ann.held[0].run()  # its own answer is not wanted any more: it does not run
    two.settle()
    assert isinstance(coming.exception(), Cancelled)
    for host in (two.ann, two.bob):
        assert (host.peer.outgoing.replies, host.peer.incoming, host.peer.under_way) == ({}, {}, 0)


def test_an_answer_that_crosses_the_cancelling_is_dropped(two: Two) -> None:
    two.bob.expose(lambda: "done")
    reply = two.ann.named("f")()
    assert reply.cancel()
    two.settle()
    assert reply.cancelled()
    assert two.ann.peer.outgoing.replies == {}
    assert two.call("f").result() == "done"


def test_a_call_with_a_deadline_fails_at_the_caller_and_stops_at_the_callee(two: Two) -> None:
    coming = Reply()
    two.bob.expose(lambda: coming)
    reply = two.ann.named("f").with_(timeout=5)()
    two.settle()
    two.ann.advance(4.9)
    assert not reply.done()
    two.ann.advance(0.2)
    with pytest.raises(TimeoutError, match=r"^now\.f\(\) has not answered within 5 s$"):
        reply.result()
    two.settle()
    assert "interrupted: the caller has given up" in two.bob.told
    assert two.ann.peer.outgoing.replies == {}
    two.bob.advance(10)
    assert two.bob.told.count("interrupted: the caller has given up") == 1


def test_the_callee_may_notice_the_deadline_first(two: Two) -> None:
    two.bob.expose(Reply)
    reply = two.ann.named("f").with_(timeout=5)()
    two.settle()
    two.bob.advance(5)
    two.settle()
    with pytest.raises(TimeoutError, match=r"^now\.f\(\) was not done within 5 s$"):
        reply.result()
    two.ann.advance(10)
    assert two.ann.peer.outgoing.replies == {}


def test_a_deadline_bounds_the_calls_within_it_and_travels_on(two: Two) -> None:
    two.ann.expose(Reply, "slow")
    replies: list[Reply] = []

    def work() -> Reply:
        replies.append(two.bob.named("slow")())
        return Reply()

    two.bob.expose(work)
    with deadline(3), deadline(30):
        reply = two.ann.named("f")()
    free = two.ann.named("f")()
    two.settle()
    two.bob.advance(3)
    two.ann.advance(3)
    two.settle()
    assert isinstance(reply.exception(), TimeoutError)
    assert isinstance(replies[0].exception(), Cancelled)
    assert not free.done()
    assert not replies[1].done()


@pytest.mark.parametrize(
    ("seconds", "kind"),
    [("5", TypeError), (True, TypeError), (float("nan"), ValueError), (float("inf"), ValueError)],
)
def test_a_timeout_is_a_finite_number(two: Two, seconds: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=r"a timeout is a (finite )?number of seconds, not "):
        two.ann.named("f").with_(timeout=seconds)()
    with pytest.raises(kind, match=r"a timeout is a (finite )?number of seconds, not "):
        deadline(seconds)
    assert two.ann.peer.session.sent == 0


def test_deadlines_of_calls_that_are_answered_are_forgotten(two: Two) -> None:
    two.bob.expose(lambda: 1)
    for _ in range(1_000):
        two.ann.named("f").with_(timeout=1e9)()
        two.settle()
    assert max(len(host.timers._heap) for host in (two.ann, two.bob)) < 250


def test_with_no_time_left_nothing_is_called(two: Two) -> None:
    two.bob.expose(lambda: 1)
    with deadline(0):
        reply = two.ann.named("f")()
    assert isinstance(reply.exception(), TimeoutError)
    assert two.ann.peer.session.sent == 0


def test_what_is_called_for_one_who_has_gone_is_stopped(two: Two) -> None:
    two.bob.expose(Reply)
    two.call("f")
    two.ann.named("f").send()
    two.settle()
    two.bob.peer.end(Disconnected("gone"))
    assert two.bob.told[-1] == "interrupted: the caller has gone: gone (code 1006)"
    assert two.bob.peer.incoming == {}


def test_the_end_of_a_session_keeps_nobody_who_was_told_of_it(two: Two) -> None:
    two.bob.expose(lambda: (row for row in range(3)))
    stream, call = two.call("f").result(), two.ann.named("f")()
    two.ann.peer.end(Disconnected("gone"))
    for told in (call.result, stream.__next__, two.ann.named("f")().result):
        with pytest.raises(Disconnected, match=r"^gone \(code 1006\)$"):
            told()
    assert two.ann.peer.ended is not None
    assert two.ann.peer.ended.__traceback__ is None


def test_a_call_whose_id_is_under_way_breaks_the_protocol(two: Two) -> None:
    two.bob.expose(Reply)
    two.call("f")
    with pytest.raises(ProtocolError, match="call 1 is under way already"):
        two.bob.peer.handle(Call(1, ("f",), []))


def test_to_cancel_what_is_answered_or_never_was_does_nothing(two: Two) -> None:
    two.bob.expose(lambda: 1)
    two.call("f")
    for call_id in (1, 7):
        two.bob.peer.handle(Cancel(call_id))
    assert not [told for told in two.bob.told if "interrupted" in told]


def test_a_reply_that_a_function_returns_is_its_answer_to_come(two: Two) -> None:
    coming = Reply()
    two.bob.expose(lambda: coming)
    reply = two.call("f")
    assert not reply.done()
    assert two.bob.peer.under_way == 1
    coming.resolve([1])
    two.settle()
    assert reply.result() == [1]
    assert two.bob.peer.under_way == 0


def test_a_reply_that_fails_is_the_error_to_come(two: Two) -> None:
    coming = Reply()
    two.bob.expose(lambda: coming)
    reply = two.call("f")
    coming.reject(RemoteError("no such row", "KeyError", ("db", "find")))
    two.settle()
    assert str(reply.exception()) == "now.f() failed: KeyError: no such row"


# Errors


def raising(error: BaseException) -> Callable[[], None]:
    def function() -> None:
        raise error

    return function


ANSWERS: list[tuple[str, Exception, str, list[str]]] = [
    ("an answer", RemoteError("no such row"), "now.a.f() failed: no such row", []),
    ("an answer with a type", RemoteError("x", "Missing"), "now.a.f() failed: Missing: x", []),
    ("an error", KeyError("x"), "now.a.f() failed: KeyError: 'x'", ["now.a.f() raised"]),
    ("an error that says nothing", ValueError(), "now.a.f() failed: ValueError: ", ["now.a.f() raised"]),
    (
        "a missing function of another",
        NoSuchFunction("function 7 was released", "released"),
        "function 7 was released",
        [],
    ),
]


@pytest.mark.parametrize(
    ("error", "sentence", "logged"), [case[1:] for case in ANSWERS], ids=[case[0] for case in ANSWERS]
)
def test_what_a_function_raises_is_raised_where_it_was_called(
    two: Two, caplog: Any, error: Exception, sentence: str, logged: list[str]
) -> None:
    two.bob.expose(raising(error), "a.f")
    failed = two.call("a.f").exception()
    assert isinstance(failed, RemoteError)
    assert str(failed) == sentence
    assert [record.getMessage() for record in caplog.records] == logged
    assert two.bob.peer.under_way == 0


def test_the_traceback_is_logged_where_it_was_raised_and_stays_there(two: Two, caplog: Any) -> None:
    two.bob.expose(raising(KeyError("x")))
    failed = two.call("f").exception()
    (record,) = caplog.records
    assert (record.name, record.levelno, record.exc_info[0]) == ("greennow", logging.ERROR, KeyError)
    assert (failed.type, failed.message, failed.path) == ("KeyError", "'x'", ("f",))  # type: ignore[union-attr]


def test_the_causes_are_raised_too_and_where_they_were_only_by_an_end_that_is_to_tell(two: Two) -> None:
    error = ValueError("bad row")
    error.__cause__ = KeyError("x")
    two.bob.expose(raising(error))
    failed = two.call("f").exception()
    assert isinstance(failed, RemoteError)
    assert (str(failed.__cause__), failed.trace) == ("KeyError: 'x'", None)
    two.bob.peer = Peer(two.bob, LIMITS, traced=True)
    two.ann.peer = Peer(two.ann, LIMITS)
    for host in (two.ann, two.bob):
        host.peer.session.attach(host, 0)
    failed = two.call("f").exception()
    assert isinstance(failed, RemoteError)
    assert f'File "{__file__}", line ' in str(failed.trace)


def test_an_error_nobody_can_be_told_of_is_reported(two: Two) -> None:
    two.bob.expose(raising(KeyError("x")))
    two.ann.named("f").send()
    two.settle()
    assert ("KeyError", "now.f() raised") in two.bob.told
    assert two.bob.peer.under_way == 0


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)], ids=repr)
def test_what_ends_the_program_is_answered_and_ends_it(two: Two, error: BaseException) -> None:
    two.bob.expose(raising(error))
    reply = two.ann.named("f")()
    with pytest.raises(type(error)):
        two.settle()
    two.settle()
    assert type(error).__name__ in str(reply.exception())


def test_a_long_message_is_cut_and_odd_text_made_fit(two: Two, caplog: Any) -> None:
    two.bob.expose(raising(ValueError("\ud800" + "x" * 1_000_000)))
    with caplog.at_level(logging.CRITICAL, "greennow"):
        assert two.call("f").exception().message == "?" + "x" * 3999  # type: ignore[union-attr]


class Image: ...


RESULTS: list[tuple[str, Any, str]] = [
    ("not shareable", [Image()], "TypeError: the result of now.f()[0]: Image is not shareable"),
    ("too deep", [[]], "ValueError: the result of now.f()[0]: nested deeper than max_depth=1"),
    (
        "too large",
        bytes(1000),
        "LimitExceeded: a message of 1006 bytes: the limit max_message=500 was passed",
    ),
]


@pytest.mark.parametrize(
    ("result", "sentence"), [case[1:] for case in RESULTS], ids=[case[0] for case in RESULTS]
)
def test_a_result_that_cannot_be_sent_fails_the_call(
    two: Two, caplog: Any, result: Any, sentence: str
) -> None:
    two.bob.peer.use_limits(Limits(max_depth=1, max_message=500))
    two.bob.expose(lambda: result)
    assert str(two.call("f").exception()) == sentence
    assert caplog.records[0].getMessage() == "now.f() returned what cannot be sent"


ARGUMENTS: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
    ("by position", (0, Image()), {}, "argument 2 of now.f(): Image is not shareable"),
    ("deep down", ({"a": [Image()]},), {}, "argument 1 of now.f().a[0]: Image is not shareable"),
    ("by name", (), {"avatar": Image()}, "argument avatar of now.f(): Image is not shareable"),
]


@pytest.mark.parametrize(
    ("args", "kwargs", "sentence"), [case[1:] for case in ARGUMENTS], ids=[case[0] for case in ARGUMENTS]
)
def test_an_argument_that_cannot_be_shared_raises_at_the_line(
    two: Two, args: Any, kwargs: Any, sentence: str
) -> None:
    for call in (two.ann.named("f"), two.ann.named("f").send):
        with pytest.raises(TypeError) as caught:
            call(*args, **kwargs)
        assert str(caught.value) == sentence
    assert two.ann.peer.outgoing.replies == {}
    assert two.ann.peer.session.sent == 0


def test_arguments_that_are_too_large_raise_at_the_line(two: Two) -> None:
    with pytest.raises(LimitExceeded, match="max_message=20000"):
        two.ann.named("f")(bytes(20_000))
    assert two.ann.peer.outgoing.replies == {}
    two.bob.expose(lambda: 1)
    assert two.call("f").result() == 1


# Functions that are not there


def test_a_path_without_a_function_never_had_one(two: Two) -> None:
    error = two.call("a.f").exception()
    assert isinstance(error, NoSuchFunction)
    assert (str(error), error.missing, error.path) == ("now.a.f is not a function here", "never", ("a", "f"))
    two.ann.named("a.f").send()
    two.settle()
    assert two.bob.peer.session.sent == 1


def test_a_path_of_any_length_can_be_answered(two: Two) -> None:
    """What is quoted of it fits the answer."""
    for path in [("a" * 19_900,), ("\0" * 15_000,), ("a",) * 32]:
        error = NamedFunction(two.ann, path)()
        two.settle()
        assert error.exception().missing == "never"  # type: ignore[union-attr]


def test_a_handle_that_was_never_lent_never_was_one(two: Two) -> None:
    reply = two.ann.peer.call(40, (), {})
    two.settle()
    assert str(reply.exception()) == "function 40 was never lent"
    assert reply.exception().missing == "never"  # type: ignore[union-attr]


def test_a_handle_that_was_returned_was_released(two: Two) -> None:
    two.bob.expose(lambda: Image)
    two.call("f").result()
    two.collect()
    reply = two.ann.peer.call(0, (), {})
    two.settle()
    assert str(reply.exception()) == "function 0 was released: the end that had borrowed it let go of it"
    assert reply.exception().missing == "released"  # type: ignore[union-attr]


# Callbacks


def test_a_function_that_is_passed_can_be_called_and_is_the_same_each_time(two: Two) -> None:
    kept: list[Any] = []
    two.bob.expose(kept.append)

    def callback(n: int) -> int:
        return n + 1

    two.call("f", callback)
    two.call("f", {"deep": [callback]})
    stub = kept[0]
    assert isinstance(stub, BorrowedFunction)
    assert kept[1]["deep"][0] is stub
    reply = stub(1)
    two.settle()
    assert reply.result() == 2


def test_a_function_that_is_returned_can_be_called(two: Two) -> None:
    two.bob.expose(lambda: lambda n: n * 2)
    stub = two.call("f").result()
    reply = stub(4)
    two.settle()
    assert reply.result() == 8


def test_a_callbacks_error_names_no_path(two: Two, caplog: Any) -> None:
    two.bob.expose(lambda: raising(KeyError("x")))
    reply = two.call("f").result()()
    two.settle()
    assert str(reply.exception()) == "KeyError: 'x'"
    assert caplog.records[0].getMessage() == "function 0 raised"


def test_a_function_sent_back_home_is_the_original(two: Two) -> None:
    heard: list[Any] = []
    two.ann.expose(heard.append, "home")
    two.bob.expose(lambda stub: two.bob.named("home")([stub]))

    def callback() -> None: ...

    two.call("f", callback)
    assert heard == [[callback]]
    assert heard[0][0] is callback


def test_a_function_that_comes_home_after_it_was_released_says_so(two: Two) -> None:
    two.bob.expose(lambda: Image)
    two.bob.expose(lambda f: f(), "home")
    stub = two.call("f").result()
    two.bob.peer.lending.take_back(0, 1)
    error = two.call("home", stub).exception()
    assert isinstance(error, NoSuchFunction)
    assert str(error) == "function 0 was released: the end that had borrowed it let go of it"


def test_a_function_of_theirs_at_a_name_goes_home_by_its_path(two: Two) -> None:
    def original() -> None: ...

    two.bob.expose(original, "a.original")
    two.bob.expose(lambda f: f is original)
    assert two.call("f", two.ann.named("a.original")).result() is True
    assert two.call("f", two.ann.named("a.other")).result() is False


def test_a_function_of_our_own_at_a_name_is_lent_itself(two: Two) -> None:
    def original() -> str:
        return "original"

    two.ann.expose(original, "mine")
    two.bob.expose(lambda stub: [stub])
    returned = two.call("f", two.ann.named("mine")).result()
    assert returned == [original]


def test_a_function_of_a_third_is_lent_by_the_one_in_the_middle(two: Two) -> None:
    third = Two(LIMITS)
    third.bob.expose(lambda: lambda n: n + 1)
    theirs = third.call("f").result()
    two.bob.expose(lambda stub: stub(4))
    reply = two.call("f", theirs)
    third.settle()
    two.settle()
    third.settle()
    two.settle()
    assert reply.result() == 5


def test_a_function_of_a_third_that_has_gone_has_departed(two: Two) -> None:
    third = Two(LIMITS)
    third.bob.expose(lambda: lambda n: n + 1)
    kept: list[Any] = []
    two.bob.expose(kept.append)
    two.call("f", third.call("f").result()).result()
    third.ann.peer.end(Disconnected("enough", 4000))
    reply = kept[0](4)
    two.settle()
    error = reply.exception()
    assert isinstance(error, NoSuchFunction)
    assert (str(error), error.missing, error.path) == (
        "function 0 has departed: the client that had made it has gone",
        "departed",
        None,
    )
    kept[0].send(4)
    two.settle()
    assert third.ann.peer.session.sent == 1, "nothing was said but the first call"


# Releases


def test_a_callback_is_let_go_of_when_it_is_garbage_at_the_other_end(two: Two) -> None:
    kept: list[Any] = []
    two.bob.expose(lambda stub, keep: kept.append(stub) if keep else None)

    def callback() -> None: ...

    two.call("f", callback, True)
    two.call("f", callback, False)
    two.collect()
    assert len(two.ann.peer.lending) == 1
    kept.clear()
    two.collect()
    assert len(two.ann.peer.lending) == 0


def gives(f: Any) -> Any:
    return f()


def waits(f: Any) -> Any:
    return f().result()


def waits_by_name(f: Any) -> Any:
    reply = f()
    return reply.result()


def iterates(f: Any) -> list[Any]:
    return list(f())


@pytest.mark.parametrize("forwards", [gives, waits, waits_by_name, iterates])
def test_a_failed_call_of_a_callback_keeps_nothing_for_the_collector(
    two: Two, forwards: Callable[[Any], Any]
) -> None:
    def fails() -> None:
        raise RemoteError("no")

    two.bob.expose(forwards)
    gc.collect()
    gc.disable()
    try:
        error = two.call("f", fails).exception()
        assert str(error) in ("now.f() failed: no", "no")
        two.settle()
        two.bob.peer.release_garbage()
        two.settle()
        assert len(two.ann.peer.lending) == 0
    finally:
        gc.enable()


def test_a_release_that_crosses_a_new_loan_loses_nothing(two: Two) -> None:
    kept: list[Any] = []
    two.bob.expose(lambda stub: None)
    two.bob.expose(kept.append, "keep")

    def callback() -> int:
        return 7

    two.call("f", callback)
    gc.collect()
    two.bob.peer.release_garbage()
    two.ann.named("keep")(callback)
    two.settle()
    two.collect()
    reply = kept[0]()
    two.settle()
    assert reply.result() == 7


def test_a_callback_is_given_back_at_the_line_that_releases_it(two: Two) -> None:
    kept: list[Any] = []
    two.bob.expose(kept.append)
    two.call("f", lambda: 7)
    stub = kept[0]
    reply = stub()
    with stub:
        pass
    assert two.bob.has_garbage
    two.settle()
    assert reply.result() == 7, "what was called before is answered"
    assert len(two.ann.peer.lending) == 0
    error = stub().exception()
    assert isinstance(error, NoSuchFunction)
    assert str(error) == "function 0 was released here"


def test_a_release_by_hand_that_crosses_a_new_loan_gives_a_fresh_stub(two: Two) -> None:
    kept: list[Any] = []
    two.bob.expose(kept.append)

    def callback() -> int:
        return 7

    two.call("f", callback)
    kept[0].release()
    two.bob.peer.release_garbage()
    two.ann.named("f")(callback)
    two.settle()
    assert kept[1] is not kept[0]
    reply = kept[1]()
    two.settle()
    assert reply.result() == 7
    kept.clear()
    two.collect()
    assert len(two.ann.peer.lending) == len(two.bob.peer.borrowing) == 0


def test_a_released_stub_cannot_be_passed_at_the_line_that_tries(two: Two) -> None:
    kept: list[Any] = []
    two.bob.expose(kept.append)
    two.ann.expose(lambda function: None, "back")
    two.call("f", lambda: 7)
    kept[0].release()
    with pytest.raises(NoSuchFunction, match="function 0 was released here"):
        two.bob.named("back")(kept[0])


def test_who_is_sent_home_a_function_that_it_has_let_go_of_is_told_why(two: Two) -> None:
    two.ann.peer.lending.take_back(two.ann.peer.lending.lend(print), 1)
    for handle, why in ((0, "was released"), (2, "was never lent")):
        with pytest.raises(NoSuchFunction, match=f"function {handle} {why}"):
            two.ann.peer.references.function([1, handle])()


def test_who_lends_more_than_may_be_borrowed_breaks_the_protocol(two: Two) -> None:
    two.ann.peer.use_limits(LIMITS._replace(max_callbacks=9))
    kept: list[Any] = []
    two.bob.expose(kept.append)
    two.ann.named("f")([lambda n=n: n for n in range(4)])
    with pytest.raises(ProtocolError) as caught:
        two.settle()
    assert str(caught.value) == "more than max_callbacks=3 functions lent and not released (code 4008)"


def test_with_nothing_to_release_nothing_is_said(two: Two) -> None:
    two.bob.peer.release_garbage()
    assert two.bob.peer.session.sent == 0


def test_no_more_functions_are_lent_than_the_limit(two: Two) -> None:
    kept: list[Any] = []
    two.bob.expose(lambda *stubs: kept.extend(stubs))
    two.call("f", *[lambda n=n: n for n in range(3)])
    with pytest.raises(LimitExceeded, match="max_callbacks=3"):
        two.ann.named("f")(lambda: 3)
    kept.clear()
    two.collect()
    assert two.call("f", lambda: 3).exception() is None


def test_a_handle_of_another_table_is_found_and_returned_there(two: Two) -> None:
    """As of a function that was lent to many at once."""
    wide = Lending(9, first=1)
    two.bob.elsewhere.append(wide)
    handle = wide.lend(lambda: "wide")
    reply = two.ann.peer.call(handle, (), {})
    two.settle()
    assert reply.result() == "wide"
    two.ann.peer.say(Release(((handle, 1),)))
    two.settle()
    assert len(wide) == 0
    reply = two.ann.peer.call(handle, (), {})
    two.settle()
    assert (
        str(reply.exception()) == f"function {handle} was released: the end that had borrowed it let go of it"
    )


# Limits


def test_calls_above_the_limit_are_refused_and_the_others_go_on(two: Two) -> None:
    two.bob.expose(lambda n: n)
    two.bob.holds_calls = True
    replies = [two.call("f", n) for n in range(3)]
    error = replies[2].exception()
    assert str(error) == "LimitExceeded: the limit max_calls=2 of calls and streams under way was passed"
    for call in two.bob.held:
        call.run()
    two.settle()
    assert [reply.result() for reply in replies[:2]] == [0, 1]
    two.bob.holds_calls = False
    assert two.call("f", 3).result() == 3


def test_one_way_calls_above_the_limit_end_the_session(two: Two) -> None:
    two.bob.expose(lambda: None)
    two.bob.holds_calls = True
    for _ in range(3):
        two.ann.named("f").send()
    with pytest.raises(ProtocolError) as caught:
        two.settle()
    assert str(caught.value) == "more than max_calls=2 calls under way (code 4008)"


# What breaks the rules

OUT_OF_PLACE: list[tuple[str, Message, str]] = [
    ("hello", Hello(1, 1), "hello is out of place"),
    ("welcome", Welcome("a", b"", True, 0, {}, {}), "welcome is out of place"),
    ("bye", Bye(1000, ""), "bye is out of place"),
    ("an answer to no call", ReplyMessage(7, 1), "an answer to call 7, which is not under way"),
    (
        "a failure of no call",
        Fail(7, Failure("KeyError", "x")),
        "an answer to call 7, which is not under way",
    ),
    ("an answer to a one-way call", ReplyMessage(0, 1), "an answer to call 0, which is not under way"),
    (
        "a release of what was not lent",
        Release(((0, 1),)),
        "release of 1 loans of handle 0, of which 0 are out",
    ),
    ("an ack of what was not sent", Ack(1), "ack of 1 messages, but 0 were sent"),
]


@pytest.mark.parametrize(
    ("message", "reason"), [case[1:] for case in OUT_OF_PLACE], ids=[case[0] for case in OUT_OF_PLACE]
)
def test_what_is_out_of_place_breaks_the_protocol(two: Two, message: Message, reason: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        two.bob.peer.handle(message)
    assert (caught.value.reason, caught.value.code) == (reason, 1002)


def test_a_second_answer_breaks_the_protocol(two: Two) -> None:
    two.bob.expose(lambda: 1)
    two.call("f")
    with pytest.raises(ProtocolError, match="call 1, which is not under way"):
        two.ann.peer.handle(ReplyMessage(1, 2))


# Writes, acks and the rest


def test_a_write_is_applied_then_counted_then_announced(two: Two) -> None:
    operations = (Set(("a",), share({"b": [1]})), Delete(("x", "y")))
    assert two.ann.peer.write(operations) == 1
    two.settle()
    (applied, written, before), announced = two.bob.told
    assert (applied, before, announced) == ("applied", 0, ("changes", 1))
    assert written == operations


def test_a_function_in_a_write_has_no_address_but_its_place(two: Two) -> None:
    two.ann.peer.write([Set(("f",), print), Set(("d",), Dict({"g": print}))])
    two.ann.peer.write([Set(("yours",), two.ann.named("back"))])
    two.bob.expose(len, "back")
    two.settle()
    written = [operation.value for told in two.bob.told if told[0] == "applied" for operation in told[1]]
    assert written == [THEIRS, {"g": THEIRS}, len]
    assert len(two.ann.peer.lending) == 0


def test_acks_are_told_and_given_at_once_where_wanted(two: Two) -> None:
    two.ann.peer.write([Delete(("x",))])
    two.ann.peer.session.acknowledge(wanted=True)
    two.settle()
    assert two.ann.told == [("acknowledged", 1)]
    assert two.ann.peer.session.in_flight == 0


def test_refusals_and_ready_are_the_hosts_business(two: Two) -> None:
    for message in (Refuse(1, ((0, "no"),)), Ready()):
        two.ann.peer.say(message)
    two.settle()
    assert two.bob.told == [Refuse(1, ((0, "no"),)), "ready"]
    assert two.bob.peer.session.processed == 2


def test_a_call_is_counted_before_the_function_runs(two: Two) -> None:
    two.bob.expose(lambda: two.bob.peer.session.processed)
    assert [two.call("f").result(), two.call("f").result()] == [1, 2]


# The end

GONE = Disconnected("the window passed", 4000)


def test_when_the_session_ends_whoever_waits_is_told(two: Two) -> None:
    two.bob.expose(lambda: 1)
    two.bob.holds_calls = True
    reply = two.call("f")
    two.ann.peer.end(GONE)
    two.ann.peer.end(Disconnected("again"))
    assert repr(reply.exception()) == repr(GONE)
    assert two.ann.peer.ended is GONE
    assert two.ann.peer.outgoing.replies == {}


def test_after_the_end_calls_fail_and_nothing_is_said(two: Two) -> None:
    two.bob.expose(lambda: 1)
    two.bob.expose(lambda: Image, "lent")
    stub = two.call("lent").result()
    two.ann.peer.end(GONE)
    sent = two.ann.peer.session.sent
    assert repr(two.ann.named("f")().exception()) == repr(GONE)
    two.ann.named("f").send()
    del stub
    gc.collect()
    two.ann.peer.release_garbage()
    assert two.ann.peer.session.sent == sent


def test_what_is_still_at_work_at_the_end_answers_nobody(two: Two) -> None:
    two.bob.expose(lambda: Image())
    two.bob.expose(raising(KeyError("x")), "g")
    two.bob.holds_calls = True
    for name in "fg":
        two.call(name)
    two.bob.peer.end(GONE)
    sent = two.bob.peer.session.sent
    for call in two.bob.held:
        call.run()
    assert two.bob.peer.session.sent == sent
    assert two.bob.peer.under_way == 0
