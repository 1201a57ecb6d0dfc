"""A stream by itself: what it asks for and when, who waits for it, how it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from greennow.core.deadline import deadline
from greennow.core.errors import Disconnected, ProtocolError
from greennow.core.reply import Reply
from greennow.core.stream import WINDOW, Stream
from greennow.core.timers import Timer, Timers


class WaitingReply(Reply):
    """Waiting calls what the test has happen meanwhile."""

    def __init__(self, meanwhile: Callable[[], Any]) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    def wait_until_done(self, timeout: float | None) -> None:
        self._meanwhile()


class Source:
    """What it is read through; tells what it was asked."""

    def __init__(self) -> None:
        self.demands: list[int] = []
        self.dropped: list[int] = []
        self.timers = Timers()
        self.meanwhile: Callable[[], Any] = lambda: None
        self.is_stepping = False

    def step(self) -> AbstractContextManager[None]:
        return self._step()

    @contextmanager
    def _step(self) -> Iterator[None]:
        assert not self.is_stepping
        self.is_stepping = True
        try:
            yield
        finally:
            self.is_stepping = False

    def demand(self, number: int, count: int) -> None:
        assert self.is_stepping, "what is said is said within a step"
        self.demands.append(count)

    def drop(self, number: int) -> None:
        self.dropped.append(number)

    def new_reply(self) -> Reply:
        return WaitingReply(self.meanwhile)

    def later(self, seconds: float, do: Callable[[], None]) -> Timer:
        return self.timers.later(seconds, do)


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def stream(source: Source) -> Stream:
    return Stream(source, 5)


def comes(source: Source, stream: Stream, *items: Any) -> None:
    """These arrive when somebody waits."""

    def arrive() -> None:
        with source.step():
            stream.arrived(list(items))

    source.meanwhile = arrive


def test_nothing_is_asked_for_until_it_is_read(source: Source, stream: Stream) -> None:
    assert source.demands == []
    comes(source, stream, "a")
    assert next(stream) == "a"
    assert source.demands == [WINDOW]


def test_it_asks_for_more_when_half_is_used_up(source: Source, stream: Stream) -> None:
    comes(source, stream, *range(WINDOW))
    assert [next(stream) for _ in range(WINDOW // 2 - 1)] == list(range(WINDOW // 2 - 1))
    assert source.demands == [WINDOW]
    next(stream)
    assert source.demands == [WINDOW, WINDOW // 2]


def test_and_when_all_that_came_is_used_up(source: Source, stream: Stream) -> None:
    comes(source, stream, 1, 2, 3)
    assert [next(stream) for _ in range(3)] == [1, 2, 3]
    comes(source, stream, 4)
    assert next(stream) == 4
    assert source.demands == [WINDOW, 3]


def test_more_than_was_asked_for_breaks_the_protocol(source: Source, stream: Stream) -> None:
    comes(source, stream, *range(WINDOW + 1))
    with pytest.raises(
        ProtocolError, match=r"^257 items of stream 5, of which 256 are awaited \(code 1002\)$"
    ):
        next(stream)


def test_all_who_wait_are_woken_and_one_of_them_has_the_item(source: Source, stream: Stream) -> None:
    taken: list[Any] = []

    def read_too() -> None:
        comes(source, stream, "a", "b")
        taken.append(next(stream))

    source.meanwhile = read_too
    assert next(stream) == "b"
    assert taken == ["a"]
    assert stream.waiting == []


def test_an_error_is_raised_once_and_after_the_items(source: Source, stream: Stream) -> None:
    def arrive() -> None:
        with source.step():
            stream.arrived([1])
            stream.end(Disconnected("gone"))

    source.meanwhile = arrive
    assert next(stream) == 1
    with pytest.raises(Disconnected):
        next(stream)
    assert list(stream) == []


def test_closed_while_somebody_waits_it_is_at_its_end_for_him(source: Source, stream: Stream) -> None:
    source.meanwhile = stream.close
    assert list(stream) == []
    assert source.demands == [WINDOW, 0]


def test_what_came_is_dropped_by_closing(source: Source, stream: Stream) -> None:
    comes(source, stream, 1, 2)
    next(stream)
    with stream:
        pass
    stream.close()
    assert list(stream) == []
    assert source.demands == [WINDOW, 0]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_whatever_ends_the_waiting_closes_it(
    source: Source, stream: Stream, error: type[BaseException]
) -> None:
    def fail() -> None:
        raise error

    source.meanwhile = fail
    with pytest.raises(error):
        next(stream)
    assert source.demands == [WINDOW, 0]
    assert (stream.waiting, list(stream)) == ([], [])


def test_late_items_raise_and_close_it(source: Source, stream: Stream) -> None:
    def wait() -> None:
        source.timers.time = lambda: 3.0
        source.timers.advance()

    source.meanwhile = wait
    with (
        deadline(2),
        pytest.raises(TimeoutError, match=r"^the next item of a stream has not come within 2 s$"),
    ):
        next(stream)
    assert source.demands == [WINDOW, 0]


def test_items_that_came_in_time_need_none(source: Source, stream: Stream) -> None:
    comes(source, stream, 1, 2)
    with deadline(5):
        next(stream)
    with deadline(0):
        assert next(stream) == 2
    assert source.timers.cancelled == 1


def test_one_that_has_not_ended_is_dropped_as_garbage_and_no_other(source: Source) -> None:
    Stream(source, 7)
    ended, closed = Stream(source, 8), Stream(source, 9)
    ended.end(StopIteration())
    closed.close()
    del ended, closed
    assert source.dropped == [7]


def test_it_says_what_it_is(stream: Stream) -> None:
    assert repr(stream) == "<stream 5 of the other end's>"


def test_two_threads_share_the_items_of_one(source: Source) -> None:
    """Each item is had by one of them; in the client the step is a lock."""
    lock = threading.RLock()
    source.step = lambda: lock  # type: ignore[method-assign,assignment,return-value]
    source.is_stepping = True
    stream = Stream(source, 1)
    total = 20_000
    sent = 0

    def arrive() -> None:
        nonlocal sent
        with lock:
            asked, sent_before = sum(source.demands), sent
            sent = min(total, asked)
            stream.arrived(list(range(sent_before, sent)))
            if sent == total:
                stream.end(StopIteration())

    source.meanwhile = arrive
    taken: list[list[int]] = [[], []]
    threads = [threading.Thread(target=mine.extend, args=(stream,)) for mine in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken[0] + taken[1]) == list(range(total))
    assert all(mine == sorted(mine) for mine in taken)
