"""What is to happen later happens in the order of its time, when it is time, and once."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greennow.core.timers import Timers


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers = Timers()
        self.timers.time = lambda: self.now
        self.timers.sooner = self._sooner
        self.did: list[str] = []
        #: How often something became due earlier than all before.
        self.earlier = 0

    def _sooner(self) -> None:
        self.earlier += 1

    def note(self, what: str) -> Callable[[], None]:
        return lambda: self.did.append(what)

    def advance(self, seconds: float) -> list[str]:
        """What is done while so many seconds pass."""
        self.did.clear()
        self.now += seconds
        self.timers.advance()
        return list(self.did)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_nothing_is_done_before_its_time(clock: Clock) -> None:
    clock.timers.later(2, clock.note("a"))
    assert clock.advance(1.9) == []
    assert clock.advance(0.2) == ["a"]
    assert clock.advance(9) == []


def test_what_is_due_is_done_in_the_order_of_time_and_of_asking(clock: Clock) -> None:
    for seconds, what in [(3, "d"), (1, "a"), (2, "b"), (2, "c")]:
        clock.timers.later(seconds, clock.note(what))
    assert clock.advance(5) == ["a", "b", "c", "d"]


def test_what_is_cancelled_is_not_done(clock: Clock) -> None:
    timer = clock.timers.later(1, clock.note("a"))
    clock.timers.later(1, clock.note("b"))
    timer.cancel()
    timer.cancel()
    assert clock.advance(2) == ["b"]


def test_cancelling_what_was_done_does_nothing(clock: Clock) -> None:
    timer = clock.timers.later(1, clock.note("a"))
    clock.advance(2)
    assert timer.do is None
    timer.cancel()


def test_it_knows_when_the_next_is_due(clock: Clock) -> None:
    assert clock.timers.next_due == math.inf
    late, soon = clock.timers.later(5, clock.note("late")), clock.timers.later(2, clock.note("soon"))
    assert clock.timers.next_due == 102
    soon.cancel()
    assert clock.timers.next_due == 105
    late.cancel()
    assert clock.timers.next_due == math.inf


def test_it_says_when_something_is_due_earlier_than_all_before(clock: Clock) -> None:
    for seconds, earlier in [(5, 1), (6, 1), (5, 1), (2, 2)]:
        clock.timers.later(seconds, clock.note(""))
        assert clock.earlier == earlier


def test_what_is_done_may_ask_for_more_and_what_is_due_at_once_is_done_too(clock: Clock) -> None:
    def again() -> None:
        clock.did.append("again")
        clock.timers.later(0, clock.note("at once"))
        clock.timers.later(1, clock.note("later"))

    clock.timers.later(1, again)
    assert clock.advance(1) == ["again", "at once"]
    assert clock.advance(1) == ["later"]


def test_what_is_done_may_cancel_what_is_due_with_it(clock: Clock) -> None:
    clock.timers.later(1, lambda: second.cancel())
    second = clock.timers.later(1, clock.note("second"))
    assert clock.advance(1) == []


def test_one_that_raises_is_done_and_the_others_are_not_lost(clock: Clock) -> None:
    clock.timers.later(1, lambda: 1 / 0)  # type: ignore[arg-type, return-value]
    clock.timers.later(1, clock.note("b"))
    with pytest.raises(ZeroDivisionError):
        clock.advance(1)
    assert clock.advance(0) == ["b"]


def test_without_a_clock_it_is_always_the_beginning() -> None:
    timers = Timers()
    done: list[int] = []
    timers.later(1, lambda: done.append(1))
    timers.later(0, lambda: done.append(0))
    timers.advance()
    assert done == [0]


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans())), st.lists(st.integers(0, 4), max_size=9))
def test_each_is_done_once_at_the_first_look_at_or_after_its_time(
    asked: list[tuple[int, bool]], steps: list[int]
) -> None:
    clock = Clock()
    for number, (seconds, is_cancelled) in enumerate(asked):
        timer = clock.timers.later(seconds, clock.note(f"{seconds} {number:03}"))
        if is_cancelled:
            timer.cancel()
    expected = sorted((seconds, number) for number, (seconds, cancelled) in enumerate(asked) if not cancelled)
    passed = 0
    for step in steps:
        passed += step
        due = [f"{seconds} {number:03}" for seconds, number in expected if seconds <= passed]
        expected = expected[len(due) :]
        assert clock.advance(step) == due


def test_what_is_done_every_so_often_is_done_again_also_when_it_has_failed(clock: Clock) -> None:
    def fail() -> None:
        clock.did.append("a")
        raise ValueError("no")

    clock.timers.every(2, fail)
    assert clock.advance(1.9) == []
    for _ in range(3):
        clock.did.clear()
        clock.now += 2
        with pytest.raises(ValueError, match="no"):
            clock.timers.advance()
        assert clock.did == ["a"]
        assert clock.advance(0) == []
