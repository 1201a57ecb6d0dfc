"""Handlers are called with as many arguments as they take, in the order in which they came."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from greennow.core.events import Events

NAMES = {"join": "join", "leave": "leave", "connect": "join"}


@pytest.fixture
def events() -> Events:
    return Events(NAMES)


def fire(events: Events, event: str, *args: Any) -> list[Any]:
    return [handler(*args) for handler in events.handlers(event)]


def test_handlers_are_called_in_the_order_in_which_they_came(events: Events) -> None:
    events.on("join", lambda: 1)
    events.on("join", lambda: 2)
    assert fire(events, "join") == [1, 2]
    assert fire(events, "leave") == []


def test_an_older_name_means_the_newer(events: Events) -> None:
    events.on("connect", lambda: 1)
    assert fire(events, "join") == [1]
    assert fire(events, "connect") == []


def test_on_returns_what_ends_it(events: Events) -> None:
    end = events.on("join", lambda: 1)
    events.on("join", lambda: 2)
    assert end() is None
    assert fire(events, "join") == [2]
    end()
    assert fire(events, "join") == [2]


def test_the_same_handler_twice_is_called_twice_and_ended_one_by_one(events: Events) -> None:
    def handler() -> int:
        return 1

    first, second = events.on("join", handler), events.on("join", handler)
    second()
    assert fire(events, "join") == [1]
    first()
    assert fire(events, "join") == []


def test_as_a_decorator_it_returns_the_function_itself(events: Events) -> None:
    def handler() -> int:
        return 1

    assert events.on("join")(handler) is handler
    assert fire(events, "join") == [1]


class Handlers:
    def method(self, a: Any) -> Any:
        return a

    @classmethod
    def of_class(cls, a: Any) -> Any:
        return a

    def __call__(self, a: Any) -> Any:
        return a


TAKES: list[tuple[str, Callable[..., Any], Any]] = [
    ("none", lambda: (), ()),
    ("one", lambda a: (a,), (1,)),
    ("both", lambda a, b: (a, b), (1, 2)),
    ("any number", lambda *args: args, (1, 2)),
    ("one and any number", lambda a, *args: (a, args), (1, (2,))),
    ("more, with defaults", lambda a, b, c=3: (a, b, c), (1, 2, 3)),
    ("by position only", lambda a, /: (a,), (1,)),
    ("a keyword only", lambda a, *, c=3: (a, c), (1, 3)),
    ("any keywords", lambda a, **kwargs: (a, kwargs), (1, {})),
    ("a method", Handlers().method, 1),
    ("a method of the class", Handlers.of_class, 1),
    ("an object", Handlers(), 1),
    ("a partial", functools.partial(lambda a, b: (a, b), 0), (0, 1)),
    ("a built-in function without a signature", max, 2),
]


@pytest.mark.parametrize(
    ("handler", "returned"), [case[1:] for case in TAKES], ids=[case[0] for case in TAKES]
)
def test_a_handler_that_takes_fewer_gets_fewer(
    events: Events, handler: Callable[..., Any], returned: Any
) -> None:
    events.on("join", handler)
    assert fire(events, "join", 1, 2) == [returned]


def test_a_handler_may_end_itself_and_others_while_they_run(events: Events) -> None:
    """Those of the moment are called: what changes meanwhile counts for the next event."""
    ran: list[str] = []

    def first() -> None:
        ran.append("first")
        end_first()
        end_second()
        events.on("join", lambda: ran.append("third"))

    end_first = events.on("join", first)
    end_second = events.on("join", lambda: ran.append("second"))
    fire(events, "join")
    assert ran == ["first", "second"]
    fire(events, "join")
    assert ran == ["first", "second", "third"]


def test_it_knows_whether_anybody_listens(events: Events) -> None:
    assert not events
    assert not events.has("join")
    end = events.on("join", lambda: None)
    assert events
    assert (events.has("join"), events.has("leave")) == (True, False)
    end()
    assert not events
    assert not events.has("join")


@pytest.mark.parametrize("with_handler", [True, False])
def test_an_unknown_event_is_refused_at_the_line(events: Events, with_handler: bool) -> None:
    with pytest.raises(ValueError, match="there is no event") as caught:
        events.on("jion", print) if with_handler else events.on("jion")
    assert str(caught.value) == "there is no event 'jion'; there are: connect, join, leave"


def test_a_handler_is_a_function(events: Events) -> None:
    with pytest.raises(TypeError) as caught:
        events.on("join", 7)  # type: ignore[call-overload]
    assert str(caught.value) == "a handler of 'join' is a function, not 7"


def test_what_a_handler_raises_goes_to_the_caller(events: Events) -> None:
    events.on("join", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        fire(events, "join")


def test_the_handlers_of_a_moment_can_be_put_back(events: Events) -> None:
    """As a test harness does with those of the program."""
    end = events.on("join", lambda: 1)
    moment = events.copied()
    end()
    events.on("join", lambda: 2)
    events.on("leave", lambda: 3)
    events.put_back(moment)
    assert fire(events, "join") == [1]
    assert fire(events, "leave") == []
    end()
    assert fire(events, "join") == []


def test_all_handlers_end_at_once_and_others_may_follow(events: Events) -> None:
    end = events.on("join", lambda: 1)
    events.clear()
    assert not events
    events.on("join", lambda: 2)
    end()
    assert fire(events, "join") == [2]
