"""What functions say of themselves; and calls that their functions never began."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter as Kinds
from typing import Any, Optional

import pytest

from greennow.core.messages import Call
from greennow.core.signatures import Parameter, Signature, Unresolved, not_begun, signature_of


def add(a: int, b: int = 0) -> int:
    return a + b


def every_kind(a, /, b: str, *c: int, d: float = None, **e: bytes) -> None: ...  # type: ignore[assignment]  # noqa: RUF013


def quoted(a: "Point", b: Nobody) -> "list[Point]": ...  # type: ignore[name-defined]  # noqa: F821, UP037


class Counter:
    def __call__(self, by: int) -> int:
        return by

    def add(self, by: int) -> int:
        return by


@dataclass
class Point:
    x: int


class Plain: ...


def logged(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


counter = Counter()


def test_a_signature_has_the_types_that_the_annotations_mean() -> None:
    assert signature_of(every_kind) == Signature(
        (
            Parameter("a", Kinds.POSITIONAL_ONLY, Any, False),
            Parameter("b", Kinds.POSITIONAL_OR_KEYWORD, str, False),
            Parameter("c", Kinds.VAR_POSITIONAL, int, False),
            Parameter("d", Kinds.KEYWORD_ONLY, Optional[float], True),  # noqa: UP045  as it is made
            Parameter("e", Kinds.VAR_KEYWORD, bytes, False),
        ),
        type(None),
    )


def test_what_is_quoted_is_looked_up_one_by_one() -> None:
    assert signature_of(quoted) == Signature(
        (
            Parameter("a", Kinds.POSITIONAL_OR_KEYWORD, Point, False),
            Parameter(
                "b",
                Kinds.POSITIONAL_OR_KEYWORD,
                Unresolved("Nobody", "name 'Nobody' is not defined"),
                False,
            ),
        ),
        list[Point],
    )


@pytest.mark.parametrize(
    "function", [counter.add, counter, functools.partial(Counter.add, counter), logged(counter.add)]
)
def test_it_is_found_behind_methods_objects_partials_and_decorators(function: Callable[..., Any]) -> None:
    assert signature_of(function) == Signature(
        (Parameter("by", Kinds.POSITIONAL_OR_KEYWORD, int, False),), int
    )


def test_a_function_in_c_may_say_nothing() -> None:
    assert signature_of(max) is None


def call(*args: Any, **kwargs: Any) -> Call:
    return Call(1, ("f",), list(args), kwargs)


def refused(function: Callable[..., Any], given: Call) -> str | None:
    """What the caller is told when the call raises; None if that is the function's own fault."""
    try:
        function(*given.args, **given.kwargs)
    except TypeError as error:
        answer = not_begun(error, function, given.args, given.kwargs)
    assert answer is None or answer.type == "TypeError"
    return answer and answer.message


def fails(a: int) -> None:
    raise TypeError("of its own")


def calls_wrongly(a: int) -> None:
    add()  # type: ignore[call-arg]


def with_database(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        return function("database", *args)

    return wrapper


@with_database
def fails_with_database(database: str, a: int) -> None:
    raise TypeError("of its own")


#: What is called, how, and what the caller is told.
NOT_FITTING: list[tuple[str, Callable[..., Any], Call, str | None]] = [
    ("too few", add, call(), "missing a required argument: 'a'"),
    ("too many", add, call(1, 2, 3), "too many positional arguments"),
    ("an unknown name", add, call(1, c=1), "got an unexpected keyword argument 'c'"),
    ("one twice", add, call(1, a=1), "multiple values for argument 'a'"),
    ("a method", counter.add, call(), "missing a required argument: 'by'"),
    ("an object that can be called", counter, call(), "missing a required argument: 'by'"),
    ("a partial", functools.partial(add, 1, 2), call(3), "too many positional arguments"),
    ("a class", Point, call(), "missing a required argument: 'x'"),
    ("a class that takes nothing", Plain, call(1), "too many positional arguments"),
    ("a decorated function", logged(add), call(), "missing a required argument: 'a'"),
    ("unannotated", lambda: None, call(1), "too many positional arguments"),
    ("one in C", len, call(), "missing a required argument: 'obj'"),
    ("one in C that says nothing", max, call(), None),
    ("one in C that got what it takes", len, call(1), None),
    ("its own error", fails, call(1), None),
    ("its own error in calling", calls_wrongly, call(1), None),
    ("its own error behind a decorator", logged(fails), call(1), None),
    ("its own error, with more arguments than came", fails_with_database, call(1), None),
    ("what cannot be called at all", add(1).real.__class__, call({}), None),
]


@pytest.mark.parametrize(
    ("function", "given", "sentence"), [c[1:] for c in NOT_FITTING], ids=[c[0] for c in NOT_FITTING]
)
def test_too_few_or_too_many_arguments_are_the_callers_fault(
    function: Callable[..., Any], given: Call, sentence: str | None
) -> None:
    assert refused(function, given) == sentence


def test_another_error_is_no_refusal() -> None:
    assert not_begun(ValueError("no"), add, [], {}) is None
