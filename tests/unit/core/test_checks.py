"""Calls from the wire against what functions say: which arguments are checked, and who is told what."""

from __future__ import annotations

import functools
import gc
import logging
import subprocess
import sys
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, Protocol, TypeVar
from weakref import ref

import pytest

from greennow.core.checks import Checks
from greennow.core.errors import RemoteError
from greennow.core.messages import Call

P = ParamSpec("P")
T = TypeVar("T")


def call(*args: Any, **kwargs: Any) -> Call:
    return Call(1, ("f",), list(args), kwargs)


def add(a: int, b: int = 0) -> int:
    return a + b


def everything(a: int, /, b: int, *rest: int, c: int = 0, **named: int) -> None: ...


def unannotated(a, b=None): ...


def loose(a: Any, b, c: int): ...


def optional(a: int = None): ...  # type: ignore[assignment]  # noqa: RUF013  as people write it


@typing.no_type_check
def left_alone(a: int): ...


class Counter:
    limit: int = 3

    def __call__(self, by: int) -> int:
        return by

    def add(self, by: int) -> int:
        return by

    @classmethod
    def make(cls, start: int) -> int:
        return start

    @staticmethod
    def twice(number: int) -> int:
        return 2 * number


@dataclass
class Point:
    x: int


def logged(function: Callable[P, T]) -> Callable[P, T]:
    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        return function(*args, **kwargs)

    return wrapper


class Sized(Protocol):
    def __len__(self) -> int: ...


counter = Counter()

#: What is called, a call that passes, one that does not, and what is said of that.
CALLABLES: list[tuple[str, Callable[..., Any], Call, Call, str]] = [
    ("a function", add, call(1, 2), call(1, "2"), "argument b: expected int, got str"),
    ("one argument left out", add, call(1), call("1"), "argument a: expected int, got str"),
    ("by name", add, call(1, b=2), call(1, b="2"), "argument b: expected int, got str"),
    ("by position only", everything, call(1, 2), call("1", 2), "argument a: expected int, got str"),
    ("the rest", everything, call(1, 2, 3), call(1, 2, 3, "4"), "argument rest[1]: expected int, got str"),
    ("by name only", everything, call(1, 2, c=3), call(1, 2, c="3"), "argument c: expected int, got str"),
    ("the named rest", everything, call(1, 2, d=3), call(1, 2, d="3"), "argument d: expected int, got str"),
    ("beside unchecked ones", loose, call("1", [], 1), call(1, 1, "1"), "argument c: expected int, got str"),
    (
        "none where it is the default",
        optional,
        call(None),
        call("1"),
        "argument a: expected int | None, got str",
    ),
    ("a method", counter.add, call(1), call("1"), "argument by: expected int, got str"),
    ("a method of the class", Counter.make, call(1), call("1"), "argument start: expected int, got str"),
    ("a static method", counter.twice, call(1), call("1"), "argument number: expected int, got str"),
    ("an object that can be called", counter, call(1), call("1"), "argument by: expected int, got str"),
    ("a class", Point, call(1), call("1"), "argument x: expected int, got str"),
    ("a partial", functools.partial(add, 1), call(1), call("1"), "argument b: expected int, got str"),
    ("of a method", functools.partial(counter.add), call(1), call("1"), "argument by: expected int, got str"),
    ("a decorated function", logged(add), call(1), call("1"), "argument a: expected int, got str"),
    ("a cached one", functools.cache(add), call(1), call("1"), "argument a: expected int, got str"),
]


@pytest.mark.parametrize(
    ("function", "passing", "failing", "sentence"), [c[1:] for c in CALLABLES], ids=[c[0] for c in CALLABLES]
)
def test_arguments_are_checked(
    function: Callable[..., Any], passing: Call, failing: Call, sentence: str
) -> None:
    checks = Checks()
    for _ in range(2):  # the second time from what is remembered
        assert checks.checked(function, passing) == passing
        with pytest.raises(RemoteError) as raised:
            checks.checked(function, failing)
        assert (raised.value.message, raised.value.type) == (sentence, "TypeError")


@pytest.mark.parametrize(
    "function", [unannotated, lambda a: a, len, max, print, left_alone, counter.limit.bit_count]
)
def test_what_says_nothing_takes_anything(function: Callable[..., Any]) -> None:
    given = call("a", {}, c=[])
    assert Checks().checked(function, given) is given


def test_arguments_become_what_the_annotations_say() -> None:
    def move(point: Point, *others: Point, last: Point) -> None: ...

    move.__annotations__ = dict.fromkeys(("point", "others", "last"), Point)
    at = [Point(number) for number in range(4)]
    given = call({"x": 0}, {"x": 1}, {"x": 2}, last={"x": 3})
    assert Checks().checked(move, given) == call(at[0], at[1], at[2], last=at[3])
    assert given == call({"x": 0}, {"x": 1}, {"x": 2}, last={"x": 3})


def test_the_method_and_the_function_behind_it_are_told_apart() -> None:
    checks = Checks()
    assert checks.checked(counter.add, call(1)) == call(1)
    assert checks.checked(Counter.add, call(counter, 1)) == call(counter, 1)
    with pytest.raises(RemoteError, match="argument by: expected int, got str"):
        checks.checked(Counter.add, call(counter, "1"))


class Kept:
    """A decorator that is a class: each of its objects stands in front of another function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self.function = function

    def __call__(self, *args: Any) -> Any:
        return self.function(*args)


def test_objects_of_a_decorator_are_checked_each_by_the_function_that_it_stands_in_front_of() -> None:
    def name(text: str) -> str:
        return text

    checks, first, second = Checks(), Kept(add), Kept(name)
    for _ in range(2):  # the second time from what is remembered
        assert checks.checked(first, call(1)) == call(1)
        assert checks.checked(second, call("a")) == call("a")
        with pytest.raises(RemoteError, match="argument text: expected str, got int"):
            checks.checked(second, call(1))


def test_a_method_made_of_an_object_that_can_be_called_is_checked_as_that() -> None:
    class Adding:
        def __call__(self, counter: Counter, by: int) -> int:
            return by

    checks, method = Checks(), types.MethodType(Adding(), counter)
    assert checks.checked(method, call(1)) == call(1)
    with pytest.raises(RemoteError, match="argument by: expected int, got str"):
        checks.checked(method, call("1"))


def test_an_annotation_that_means_nothing_is_said_once_and_not_checked(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def make() -> Callable[..., Any]:
        def on_done(who: Nobody, count: int, size: Sized) -> None: ...  # type: ignore[name-defined]  # noqa: F821

        return on_done

    checks = Checks()
    for function in (make(), make()):
        assert checks.checked(function, call("ann", 1, [])) == call("ann", 1, [])
        with pytest.raises(RemoteError):
            checks.checked(function, call("ann", "1", []))
    name = "test_an_annotation_that_means_nothing_is_said_once_and_not_checked.<locals>.make.<locals>.on_done"
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (
            logging.WARNING,
            f"{name}(): not checked: who (Nobody: name 'Nobody' is not defined); "
            "size (Sized is a protocol that is not runtime_checkable)",
        )
    ]


def test_nothing_that_was_called_is_kept() -> None:
    checks = Checks()

    def called() -> Any:
        def on_done(count: int) -> None: ...

        checks.checked(on_done, call(1))
        bound = Counter()
        checks.checked(bound.add, call(1))
        checks.checked(bound, call(1))
        partial = functools.partial(on_done)
        checks.checked(partial, call(1))
        return [ref(on_done), ref(bound), ref(partial)]

    gone = called()
    gc.collect()
    assert [weak() for weak in gone] == [None, None, None]


def test_the_validator_is_loaded_when_it_is_needed() -> None:
    probe = """
import sys, greennow.client
from greennow.core.checks import Checks
from greennow.core.messages import Call
def plain(a): ...
def typed(a: int): ...
Checks().checked(plain, Call(1, ("f",), [1], {}))
assert "msgspec" not in sys.modules
Checks().checked(typed, Call(1, ("f",), [1], {}))
assert "msgspec" in sys.modules
"""
    subprocess.run([sys.executable, "-W", "error", "-c", probe], check=True, timeout=60)
