"""A stream of the other end's: items that come as they are asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from types import TracebackType
from typing import Any, Protocol

from .deadline import present_work, time_left
from .errors import ProtocolError
from .reply import Reply
from .timers import Timer
from .values import Streamed

#: How many items a stream is ahead of who reads it, at most.
WINDOW = 256


class Source(Protocol):
    """What a stream is read through: its session's `Streams`."""

    def step(self) -> AbstractContextManager[None]:
        """Make what is done within it one step, whichever thread it comes from."""

    def demand(self, number: int, count: int) -> None:
        """Ask for so many items more; 0 closes the stream."""

    def drop(self, number: int) -> None:
        """A stream that has not ended is garbage. Called by a destructor, wherever that runs."""

    def new_reply(self) -> Reply:
        """Return a reply that this end's code can wait for."""

    def later(self, seconds: float, do: Callable[[], None]) -> Timer:
        """Do something in so many seconds."""


class Stream(Streamed):
    """What a generator at the other end yields: iterate over it, once. Any thread may.

    The generator runs only as far as it is read, and some items ahead. When this is closed, or is garbage,
    the generator is closed; an error that it raised comes after the items before it.
    """

    __slots__ = ("__weakref__", "_awaited", "_end", "_items", "_number", "_room", "_source", "_waiting")

    def __init__(self, source: Source, number: int) -> None:
        self._source = source
        self._number = number
        #: The items that have come and were not taken.
        self._items: deque[Any] = deque()
        #: How many were asked for and have not come; and for how many more there is room.
        self._awaited = 0
        self._room = WINDOW
        #: What ends the iteration after these items; None as long as there may be more.
        self._end: BaseException | None = None
        #: Those who wait for the next one.
        self._waiting: list[Reply] = []

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        """Return the next item; wait for it.

        Raises:
            StopIteration: there is none.
            RemoteError: the generator raised.
            Disconnected: the session ended before the next item.
            TimeoutError: the item did not come within the ``deadline`` around the loop.
        """
        while True:
            with self._source.step():
                if self._items:
                    return self._take()
                if self._end is not None:
                    raise self._take_end()  # no name here holds it: it would hold this frame in turn
                waiting = self._ask()
            try:
                self._wait(waiting)
            finally:
                del waiting  # it holds the error that is raised, which has this frame in its trace

    def close(self) -> None:
        """Read no further: the generator at the other end is closed. May be called again."""
        with self._source.step():
            if self._end is None:
                self._source.demand(self._number, 0)
            self._items.clear()
            self.end(StopIteration())

    def __enter__(self) -> Stream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if self._end is None:
            self._source.drop(self._number)

    def __repr__(self) -> str:
        return f"<stream {self._number} of the other end's>"

    def _take(self) -> Any:
        self._room += 1
        if self._room >= WINDOW // 2 and self._end is None:
            self._demand()
        return self._items.popleft()

    def _take_end(self) -> BaseException:
        end, self._end = self._end, StopIteration()
        assert end is not None
        return end

    def _demand(self) -> None:
        count, self._room = self._room, 0
        self._awaited += count
        self._source.demand(self._number, count)

    def _ask(self) -> Reply:
        """Have items come; the reply is done when some have."""
        # The other end may hold items back until it hears that those which came are used up.
        if self._room:
            self._demand()
        waiting = self._source.new_reply()
        self._waiting.append(waiting)
        return waiting

    def _wait(self, waiting: Reply) -> None:
        time = time_left()
        timer = None
        if time.seconds is not None and not time.is_the_works:
            left = max(0.0, time.seconds)
            timer = self._source.later(left, partial(waiting.reject, _late(left)))
        waiting.is_under_way(present_work(), _interrupted)
        try:
            waiting.result()
        except BaseException:
            waiting.give_up()
            self.close()
            raise
        finally:
            if timer is not None:
                timer.cancel()
            del waiting  # as in `__next__`; nor does the error itself stand in a name here

    # What comes of it, within a step.

    @property
    def waiting(self) -> list[Reply]:
        """What is done when the next items have come, for each who waits for them."""
        return self._waiting

    def arrived(self, items: list[Any]) -> None:
        """These items have come.

        Raises:
            ProtocolError: they are more than were asked for.
        """
        if len(items) > self._awaited:
            raise ProtocolError(
                f"{len(items)} items of stream {self._number}, of which {self._awaited} are awaited"
            )
        self._awaited -= len(items)
        self._items.extend(items)
        self._wake()

    def end(self, end: BaseException) -> None:
        """No more items will come; this is raised after those that have."""
        if self._end is None:
            self._end = end
        self._wake()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for reply in waiting:
            reply.resolve(None)


def _late(seconds: float) -> TimeoutError:
    return TimeoutError(f"the next item of a stream has not come within {seconds:.3g} s")


def _interrupted() -> None:
    """Who waits is given up: it is interrupted, and closes the stream then. The stream is not at its end."""
