"""What the server is told of the waits of a client's work, and when."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from greennow.client.waits import ToldWaits
from greennow.core.incoming import IncomingCall
from greennow.core.messages import Call, Message, Waiting
from greennow.core.reply import Asked, Reply
from greennow.core.timers import Timer, Timers


class End:
    """A client's end of a session, whose clock the test moves."""

    ended = None
    other_end = "the server"

    def __init__(self, *, stacked: bool) -> None:
        self.host: Any = self
        self.incoming: dict[int, IncomingCall] = {}
        self.awaited: dict[int, Reply] = {}
        self.said: list[Message] = []
        self._time = 0.0
        self._timers = Timers()
        self._timers.time = lambda: self._time
        self.waits = ToldWaits(self, stacked=stacked)

    @contextmanager
    def step(self) -> Iterator[None]:
        yield

    def later(self, seconds: float, do: Callable[[], None]) -> Timer:
        return self._timers.later(seconds, do)

    def say(self, message: Message) -> int:
        self.said.append(message)
        return len(self.said)

    def passes(self, seconds: float) -> list[Message]:
        """Return what was said in so many seconds."""
        self._time += seconds
        self._timers.advance()
        said, self.said = self.said, []
        return said

    def work(self, number: int) -> IncomingCall:
        answering: Any = self
        work = self.incoming[number] = IncomingCall(answering, Call(number, ("f",), [], {}), print)
        return work

    def call(self, number: int) -> Reply:
        reply = Reply()
        reply.is_under_way(None, lambda: None, Asked(self, number, ("g",)))
        return reply


@pytest.fixture
def end() -> End:
    return End(stacked=True)


def test_a_wait_that_lasts_is_told_and_one_that_does_not_is_not(end: End) -> None:
    work = end.work(1)
    end.waits.begin(work, end.call(10))
    assert end.passes(0.5) == []
    end.waits.end(work)
    assert end.passes(5) == []
    end.waits.begin(work, end.call(11))
    assert end.passes(5) == [Waiting((1,), 11)]


def test_what_waits_below_is_told_to_wait_for_the_same_and_for_its_own_when_that_is_over(end: End) -> None:
    below, above = end.work(1), end.work(2)
    end.waits.begin(below, end.call(10))
    assert end.passes(1) == [Waiting((1,), 10)]
    end.waits.begin(above, end.call(11))
    assert end.passes(1) == [Waiting((1, 2), 11)]
    end.waits.end(above)
    assert end.passes(0) == [Waiting((1,), 10)]


def test_a_short_wait_above_changes_nothing(end: End) -> None:
    below, above = end.work(1), end.work(2)
    end.waits.begin(below, end.call(10))
    assert end.passes(1) == [Waiting((1,), 10)]
    end.waits.begin(above, end.call(11))
    end.waits.end(above)
    assert end.passes(5) == []


def test_on_another_thread_nothing_waits_below(end: End) -> None:
    """`dispatch` may have tasks run on several threads: none of those holds up the others."""
    end.waits.begin(end.work(1), end.call(10))
    elsewhere = threading.Thread(target=end.waits.begin, args=(end.work(2), end.call(11)))
    elsewhere.start()
    elsewhere.join()
    assert end.passes(1) == [Waiting((1,), 10), Waiting((2,), 11)]


def test_where_work_does_not_stand_on_other_work_each_waits_for_its_own() -> None:
    end = End(stacked=False)
    end.waits.begin(end.work(1), end.call(10))
    above = end.work(2)
    end.waits.begin(above, end.call(11))
    assert end.passes(1) == [Waiting((1,), 10), Waiting((2,), 11)]
    end.waits.end(above)
    assert end.passes(5) == []
