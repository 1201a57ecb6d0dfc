"""What is said of an error, and what becomes of it at the other end."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greennow.core.codec import Codec
from greennow.core.errors import Cancelled, Disconnected, LimitExceeded, NoSuchFunction, Refused, RemoteError
from greennow.core.failures import error_of, failure_of
from greennow.core.limits import Limits
from greennow.core.messages import Fail, Failure
from greennow.core.paths import Path
from greennow.core.referring import NoFunctions

LIMITS = Limits()


def raised(error: BaseException, *causes: BaseException | None) -> BaseException:
    """The error as it is caught: raised from the first cause, which was raised from the next."""
    try:
        if causes:
            cause = causes[0] and raised(causes[0], *causes[1:])
            raise error from cause
        raise error
    except BaseException as caught:
        return caught


class Speechless(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


SAID: list[tuple[str, BaseException, Path | None, Failure]] = [
    ("an error", KeyError("x"), ("f",), Failure("KeyError", "'x'", ("f",))),
    ("an error of a callback", KeyError("x"), None, Failure("KeyError", "'x'")),
    (
        "one of greennow's",
        LimitExceeded("max_depth", 3),
        ("f",),
        Failure("LimitExceeded", "the limit max_depth=3 was passed", ("f",)),
    ),
    ("one that was given up", Cancelled("enough"), ("f",), Failure("Cancelled", "enough", ("f",))),
    ("an answer", RemoteError("no"), ("f",), Failure("RemoteError", "no", ("f",))),
    (
        "an answer that was another's",
        RemoteError("no", "KeyError", ("g",)),
        ("f",),
        Failure("KeyError", "no", ("f",)),
    ),
    (
        "an answer that was another's, to a callback",
        RemoteError("no", "KeyError", ("g",)),
        None,
        Failure("KeyError", "no"),
    ),
    (
        "a function that was not there",
        NoSuchFunction("gone", "departed", ("g",)),
        ("f",),
        Failure("NoSuchFunction", "gone", ("g",), "departed"),
    ),
    (
        "an error that cannot be said",
        Speechless(),
        None,
        Failure("Speechless", "<an error that cannot say what it is>"),
    ),
    ("a lone surrogate", ValueError("\ud800"), None, Failure("ValueError", "?")),
    ("texts that are none", RemoteError(5, None), None, Failure("None", "5")),  # type: ignore[arg-type]
    ("a path that is none", KeyError("x"), (), Failure("KeyError", "'x'")),
    ("a path that is refused", KeyError("x"), ("__proto__",), Failure("KeyError", "'x'")),
    ("a path too long to be quoted", KeyError("x"), ("a" * 300,), Failure("KeyError", "'x'")),
    ("a path too deep", KeyError("x"), ("a",) * 33, Failure("KeyError", "'x'")),
    ("a path of something else", KeyError("x"), ("a", None), Failure("KeyError", "'x'")),  # type: ignore[arg-type]
    ("a path that begins with an index", KeyError("x"), (0,), Failure("KeyError", "'x'")),
    ("a path with an index", KeyError("x"), ("a", 0), Failure("KeyError", "'x'", ("a", 0))),
]


@pytest.mark.parametrize(
    ("error", "path", "said"), [case[1:] for case in SAID], ids=[case[0] for case in SAID]
)
def test_what_is_said_of(error: BaseException, path: Path | None, said: Failure) -> None:
    assert failure_of(error, LIMITS, path) == said


# Causes


def test_causes_that_the_program_gave_are_said_each_behind_the_one_before() -> None:
    error = raised(ValueError("bad row"), KeyError("x"), RemoteError("no", "OSError", ("db", "read")))
    assert failure_of(error, LIMITS, ("f",)) == Failure(
        "ValueError",
        "bad row",
        ("f",),
        cause=Failure("KeyError", "'x'", cause=Failure("OSError", "no", ("db", "read"))),
    )


def test_what_happened_to_be_under_way_is_no_cause() -> None:
    error = ValueError("bad row")
    error.__context__ = KeyError("secret")
    assert failure_of(error, LIMITS) == Failure("ValueError", "bad row")


def test_a_path_of_what_is_no_answer_is_not_that_of_a_function() -> None:
    error = raised(ValueError("no"), Refused("never", ("a",)))
    assert failure_of(error, LIMITS) == Failure("ValueError", "no", cause=Failure("Refused", "now.a: never"))


def test_at_most_five_causes_are_said() -> None:
    error = raised(*[ValueError(str(number)) for number in range(9)])
    assert messages_of(failure_of(error, LIMITS)) == ["0", "1", "2", "3", "4", "5"]


def test_causes_in_a_circle_are_said_once() -> None:
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    assert messages_of(failure_of(first, LIMITS)) == ["first", "second"]
    first.__cause__ = first
    assert messages_of(failure_of(first, LIMITS)) == ["first"]


def messages_of(failure: Failure | None) -> list[str]:
    messages = []
    while failure is not None:
        messages.append(failure.message)
        failure = failure.cause
    return messages


def test_causes_are_the_causes_at_the_other_end() -> None:
    error = error_of(
        Failure(
            "ValueError",
            "bad row",
            ("f",),
            cause=Failure("KeyError", "'x'", cause=Failure("N", "gone", missing="released")),
        )
    )
    cause = error.__cause__
    assert type(cause) is RemoteError
    assert (str(error), str(cause)) == ("now.f() failed: ValueError: bad row", "KeyError: 'x'")
    assert type(cause.__cause__) is NoSuchFunction
    assert (cause.__cause__.missing, cause.__cause__.__cause__) == ("released", None)


# Bounds


TEXTS = st.text(max_size=20) | st.sampled_from(
    ["x" * 5_000, "é" * 5_000, "\U0001f600" * 5_000, "\ud800" * 5_000]
)
KEYS = st.text(max_size=3) | st.sampled_from(["\U0001f600" * 150, "\x00" * 190]) | st.integers(0, 2**53 - 1)


@st.composite
def errors(draw: Any) -> BaseException:
    """Errors with causes, whose texts are as long as one likes."""
    kinds: list[Callable[[], BaseException]] = [
        lambda: ValueError(draw(TEXTS)),
        lambda: type("X" * 5_000, (Exception,), {})(draw(TEXTS)),
        lambda: RemoteError(draw(TEXTS), draw(TEXTS), draw(PATHS)),
        lambda: NoSuchFunction(draw(TEXTS), draw(TEXTS), draw(PATHS)),
    ]
    chain = [draw(st.sampled_from(kinds))() for _ in range(draw(st.integers(1, 8)))]
    return raised(*chain)


PATHS = st.none() | st.builds(
    lambda first, rest: (first, *rest), st.text(max_size=3), st.lists(KEYS, max_size=31)
)


@given(errors(), PATHS, st.integers(1_024, 20_000), st.integers(2, 32), st.booleans())
def test_whatever_the_error_its_message_can_be_sent_and_read(
    error: BaseException, path: Path | None, max_message: int, max_depth: int, traced: bool
) -> None:
    limits = Limits(max_message=max_message, max_depth=max_depth)
    fail = Fail(2**53 - 1, failure_of(error, limits, path, traced=traced))
    codec = Codec(NoFunctions(), limits)
    (read,) = codec.decode(codec.encode(fail))
    assert read == fail
    texts = list(texts_of(fail.failure))
    assert sum(len(text.encode()) for text in texts) <= max_message // 2
    assert all(len(text.encode()) <= 8_192 for text in texts)


def texts_of(failure: Failure | None) -> Iterator[str]:
    while failure is not None:
        yield from (failure.type, failure.message, failure.missing or "", failure.trace or "")
        failure = failure.cause


def test_a_text_is_cut_at_a_character() -> None:
    said = failure_of(raised(ValueError("é" * 5_000), ValueError("x" * 5_000)), LIMITS)
    assert messages_of(said) == ["é" * 2_000, "x" * 4_000]


def test_paths_take_room_like_texts() -> None:
    gone = [NoSuchFunction("gone", "never", ("\U0001f600" * 150,)) for _ in range(6)]
    limits = Limits(max_message=4_000)
    codec = Codec(NoFunctions(), limits)
    said = failure_of(raised(*gone), limits)
    assert said.path == gone[0].path
    assert len(codec.encode(Fail(1, said))) < 2_400


def test_where_there_is_no_room_for_more_no_more_causes_are_said() -> None:
    error = raised(ValueError("x" * 5_000), KeyError("y"), KeyError("z"))
    said = failure_of(error, Limits(max_message=1_024))
    assert said == Failure("ValueError", "x" * 502)


# Tracebacks


def program() -> Any:
    """A program's functions, in a file of the program's."""
    source = "\n".join(
        [
            "def fail():",
            "    deeper()",
            "",
            "def deeper():",
            "    raise ValueError('bad row')",
            "",
            "def through(function):",
            "    function()",
        ]
    )
    names: dict[str, Any] = {}
    exec(compile(source, "shop.py", "exec"), names)  # its frames are of that file
    return SimpleNamespace(**names)


def caught(function: Callable[..., Any], *args: Any) -> BaseException:
    with pytest.raises(BaseException) as info:  # noqa: PT011  whatever it is
        function(*args)
    info.value.__traceback__ = info.tb.tb_next  # the frame of this test is none of the program's
    return info.value


TRACE = """\
Traceback (most recent call last):
  File "shop.py", line 2, in fail
  File "shop.py", line 5, in deeper
"""


def test_a_traceback_is_said_only_where_that_is_asked_for() -> None:
    error = caught(program().fail)
    assert failure_of(error, LIMITS, traced=True) == Failure("ValueError", "bad row", trace=TRACE)
    assert failure_of(error, LIMITS) == Failure("ValueError", "bad row")


def test_the_frames_of_greennow_are_none_of_the_programs() -> None:
    from greennow.core.reply import Reply  # noqa: PLC0415  only its frames are wanted

    reply = Reply()
    reply.set_exception(caught(program().fail))
    error = caught(program().through, reply.result)
    trace = failure_of(error, LIMITS, traced=True).trace
    assert trace is not None
    assert "shop.py" in trace
    assert "greennow" not in trace.replace("tests", "")


def test_an_error_that_was_raised_nowhere_in_the_program_has_no_traceback() -> None:
    assert failure_of(LimitExceeded("max_depth", 3), LIMITS, traced=True).trace is None


def test_a_cause_has_its_own_traceback() -> None:
    cause = caught(program().fail)
    error = ValueError("bad table")
    error.__cause__ = cause
    said = failure_of(error, LIMITS, traced=True)
    assert (said.trace, said.cause) == (None, Failure("ValueError", "bad row", trace=TRACE))


def test_of_a_long_traceback_the_end_is_said() -> None:
    source = "\n".join(f"def f{number}():\n    f{number + 1}()" for number in range(300)) + "\nf0()"
    error = caught(exec, compile(source, "x" * 60 + ".py", "exec"), {})
    trace = failure_of(error, LIMITS, traced=True).trace
    assert trace is not None
    assert len(trace.encode()) <= 8_192
    assert trace.endswith(", line 600, in f299\n")
    assert len(error_of(Failure("T", "m", trace="x" * 10_000)).trace or "") == 8_192


def test_a_traceback_from_afar_is_shown_beside_the_error_and_is_no_part_of_its_text() -> None:
    error = error_of(Failure("ValueError", "bad row", ("f",), trace=TRACE + "\x1b[31m\u2028INFO forged\n"))
    assert error.trace == TRACE + "\x1b[31m\u2028INFO forged\n"
    assert str(error) == "now.f() failed: ValueError: bad row"
    if sys.version_info >= (3, 11):
        assert traceback.format_exception_only(error)[1:] == [
            "At the other end:\n",
            "  | Traceback (most recent call last):\n",
            '  |   File "shop.py", line 2, in fail\n',
            '  |   File "shop.py", line 5, in deeper\n',
            "  | \\x1b[31m\n",
            "  | INFO forged\n",
        ]


def test_an_error_without_a_traceback_is_shown_as_ever() -> None:
    error = error_of(Failure("ValueError", "bad row"))
    assert error.trace is None
    assert not hasattr(error, "__notes__")


def test_the_end_of_a_session_is_said_as_any_error() -> None:
    assert failure_of(Disconnected("gone", 4000), LIMITS) == Failure("Disconnected", "gone (code 4000)")
