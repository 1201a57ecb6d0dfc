"""Random schedules of reading, closing, losing lines and sessions, against what a stream has to be.

Every item arrives once and in its order, no more is out than may be, and whatever happened, the generator is
closed in the end and nothing is kept of it.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from greennow.core.errors import Disconnected, RemoteError
from greennow.core.limits import Limits
from greennow.core.stream import WINDOW, Stream

from ..unit.core.ends import Host, Two

#: What may be out and not made up for, in bytes.
BYTES_OUT = 65_536

#: How many items each stream has: more than may be out.
ITEMS = 300


class Read:
    """One stream, both ends of it, and what is known of it."""

    def __init__(self, two: Two, sizes: list[int], fails: bool) -> None:
        self._sizes = sizes
        self._fails = fails
        self.produced = self.taken = 0
        self.closed = 0
        self.has_begun = False
        #: How the reader's iteration ended, if it has.
        self.end: BaseException | None = None
        self.was_closed = False
        two.bob.expose(self._items)
        self.stream: Stream = two.call("f").result()

    def _items(self) -> Iterator[tuple[int, bytes]]:
        self.has_begun = True
        try:
            for number in range(ITEMS):
                self.produced += 1
                yield number, bytes(self._sizes[number % len(self._sizes)])
            if self._fails:
                raise RemoteError("no more")
        finally:
            self.closed += 1

    def take(self, most: int) -> None:
        """Read what has come, without waiting; ask for more where there is none."""
        for _ in range(most):
            if not self.stream._items and self.stream._end is None:
                with self.stream._source.step():
                    if not self.stream._waiting:
                        self.stream._ask()
                return
            try:
                number, data = next(self.stream)
            except BaseException as error:
                self.end = self.end or error
                return
            assert (number, len(data)) == (self.taken, self._sizes[self.taken % len(self._sizes)])
            self.taken += 1

    def close(self) -> None:
        self.was_closed = True
        self.stream.close()

    def check(self) -> None:
        """No more is out than was asked for, and than 64 KiB or one item beyond."""
        if not self.was_closed:
            assert self.produced - self.taken <= WINDOW
            out = [self._sizes[number % len(self._sizes)] for number in range(self.taken, self.produced)]
            assert sum(out) <= BYTES_OUT + max(self._sizes)


def cut(two: Two, losers: list[Host]) -> None:
    """The line breaks, what these have sent is lost, and the session goes on over another."""
    for host in losers:
        host.peer.session.take()
    for host in (two.ann, two.bob):
        host.peer.session.detach()
    for host, other in ((two.ann, two.bob), (two.bob, two.ann)):
        assert host.peer.session.can_resume(other.peer.session.processed)
        host.peer.session.attach(host, other.peer.session.processed)


STEPS = st.one_of(
    st.tuples(st.just("take"), st.integers(0, 1), st.sampled_from([1, 3, 50, 128, 300])),
    st.tuples(st.just("close"), st.integers(0, 1)),
    st.tuples(st.just("deliver"), st.sampled_from(["ann", "bob"])),
    st.tuples(st.just("turn")),
    st.tuples(st.just("cut"), st.lists(st.sampled_from(["ann", "bob"]), unique=True)),
    st.tuples(st.just("end")),
)


def do(two: Two, streams: list[Read], step: tuple[Any, ...]) -> None:
    ends = {"ann": (two.ann, two.bob), "bob": (two.bob, two.ann)}
    match step:
        case ("take", which, most):
            streams[which].take(most)
        case ("close", which):
            streams[which].close()
        case ("deliver", who):
            ends[who][0].send_waiting(ends[who][1])
        case ("turn",):
            two.go_on()
        case ("cut", losers):
            cut(two, [ends[who][0] for who in losers])
        case ("end",):
            for host in (two.ann, two.bob):
                host.peer.session.detach()
                host.peer.end(Disconnected("gone"))


def finish(two: Two, streams: list[Read], way: str) -> None:
    """Read everything, close everything, or keep nothing."""
    go_on = two.settle if two.ann.peer.ended is None else two.go_on
    go_on()
    for read in streams:
        if way == "read":
            while read.end is None:
                read.take(100)
                go_on()
        elif way == "close":
            read.close()
        else:
            del read.stream
    gc.collect()
    go_on()


@given(
    st.lists(st.sampled_from([0, 10, 300, 5_000, 20_000]), min_size=1, max_size=4),
    st.booleans(),
    st.lists(STEPS, max_size=40),
    st.sampled_from(["read", "close", "forget"]),
)
def test_every_schedule(sizes: list[int], fails: bool, steps: list[tuple[Any, ...]], way: str) -> None:
    two = Two(Limits())
    streams = [Read(two, sizes, fails), Read(two, sizes[:1], fails=False)]
    for step in steps:
        if two.ann.peer.ended is not None and step[0] not in ("take", "close", "turn"):
            continue
        do(two, streams, step)
        for read in streams:
            read.check()
    finish(two, streams, way)
    for read in streams:
        read.check()
        assert read.closed == int(read.has_begun)
        if way == "read" and not read.was_closed:
            ended = RemoteError if fails and read is streams[0] else StopIteration
            assert isinstance(read.end, Disconnected) or (isinstance(read.end, ended) and read.taken == ITEMS)
            assert isinstance(read.end, ended) or two.ann.peer.ended is not None
    for host in (two.ann, two.bob):
        assert (host.peer.under_way, host.peer.streams._ours) == (0, {})
        assert list(host.peer.streams._theirs) == []
