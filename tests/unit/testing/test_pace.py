"""One direction of a connection: what comes out of it, in which order, and when."""

from __future__ import annotations

import math
from collections.abc import Iterator

import gevent
import gevent.event
import pytest

from greennow.core.timers import Timers
from greennow.testing.pace import Pace


class Line:
    """A pace, a clock that is moved by hand, and what came out, each with its time."""

    def __init__(self) -> None:
        self.time = 0.0
        self._timers = Timers()
        self._timers.time = lambda: self.time
        self.out: list[tuple[float, bytes]] = []
        self.pace = Pace(self._timers, self._take)

    def _take(self, piece: bytes) -> None:
        self.out.append((round(self.time, 6), piece))

    def be(self, delay: float = 0.0, rate: float = math.inf, is_held: bool = False) -> None:
        self.pace.change(delay=delay, rate=rate, is_held=is_held)

    def advance(self, seconds: float) -> None:
        until = self.time + seconds
        while (due := self._timers.next_due) <= until:
            self.time = due
            self._timers.advance()
            gevent.idle()
        self.time = until


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    line.pace.clear()


def test_on_a_line_without_faults_all_comes_out_at_once(line: Line) -> None:
    for data in (b"one", b"two", b""):
        line.pace.put(data)
    assert line.out == [(0, b"one"), (0, b"two"), (0, b"")]


def test_what_is_delayed_comes_out_so_much_later_and_the_end_behind_it(line: Line) -> None:
    line.be(delay=2)
    line.pace.put(b"one")
    line.advance(0.5)
    line.pace.put(b"two")
    line.pace.put(b"")
    line.advance(1.4)
    assert line.out == []
    line.advance(10)
    assert line.out == [(2, b"one"), (2.5, b"two"), (2.5, b"")]


def test_a_slow_line_lets_a_tenth_of_a_second_s_worth_out_at_a_time(line: Line) -> None:
    line.be(rate=20)
    line.pace.put(b"abcde")
    line.advance(1)
    line.pace.put(b"f")
    line.advance(1)
    assert line.out == [(0.1, b"ab"), (0.2, b"cd"), (0.25, b"e"), (1.05, b"f")]


def test_a_slow_line_may_have_a_delay_too_which_does_not_make_it_slower(line: Line) -> None:
    line.be(delay=3, rate=10)
    line.pace.put(b"ab")
    line.advance(10)
    assert line.out == [(3.1, b"a"), (3.2, b"b")]


def test_a_slow_line_takes_a_second_s_worth_ahead(line: Line) -> None:
    line.be(rate=1_000)
    assert line.pace.room == 1_000
    line.pace.put(b"x" * 700)
    assert line.pace.room == 300
    line.pace.put(b"x" * 700)
    assert line.pace.room == 0
    line.advance(1)
    assert line.pace.room == 600


def test_even_the_slowest_line_takes_a_byte(line: Line) -> None:
    line.be(rate=0.5)
    assert line.pace.room == 1
    line.pace.put(b"x")
    line.advance(2)
    assert line.out == [(2, b"x")]


def test_what_is_held_comes_out_when_it_is_held_no_more(line: Line) -> None:
    line.be(is_held=True)
    line.pace.put(b"one")
    line.pace.put(b"two")
    line.advance(100)
    assert line.out == []
    line.be()
    assert line.out == [(100, b"one"), (100, b"two")]


def test_what_is_on_its_way_when_the_line_changes_begins_anew_in_its_order(line: Line) -> None:
    line.be(delay=5)
    line.pace.put(b"one")
    line.advance(4)
    line.be(delay=2)
    line.pace.put(b"two")
    line.advance(1.9)
    assert line.out == []
    line.advance(0.1)
    assert line.out == [(6, b"one"), (6, b"two")]


def test_what_is_cleared_never_comes_out(line: Line) -> None:
    line.be(delay=1, rate=10)
    line.pace.put(b"one")
    line.pace.clear()
    line.advance(10)
    assert (line.out, line.pace.room) == ([], 10)


def test_the_order_is_kept_where_letting_out_waits(line: Line) -> None:
    taken: list[bytes] = []
    opened = gevent.event.Event()

    def take(piece: bytes) -> None:
        opened.wait()
        taken.append(piece)

    pace = Pace(Timers(), take)
    first = gevent.spawn(pace.put, b"one")
    gevent.idle()
    pace.put(b"two")
    assert taken == []
    opened.set()
    first.join()
    assert taken == [b"one", b"two"]
