"""How fast one direction of a connection is, by the harness's clock."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

import gevent

from ..core.timers import Timer, Timers

#: A slow line lets so many pieces out in a second.
_STEPS = 10

#: A line that is not slow takes so much at once, in bytes.
_PIECE = 65_536


class Pace:
    """One direction of a connection: what is put in comes out in its order, each piece when it is due.

    A piece is due when the line has carried those before it and itself, at its rate, and the delay has
    passed. On a line without faults that is at once.
    """

    def __init__(self, timers: Timers, let_out: Callable[[bytes], None]) -> None:
        """
        Args:
            timers: tell the time, and when the next piece is due.
            let_out: takes the pieces; an empty one stands for the end. It may wait: what comes next, waits.
        """
        self._timers = timers
        self._let_out = let_out
        #: In seconds, and in bytes a second.
        self._delay = 0.0
        self._rate = math.inf
        #: Does nothing come out?
        self._is_held = False
        #: When each piece is due, and the piece.
        self._pieces: deque[tuple[float, bytes]] = deque()
        #: How many bytes these are.
        self._size = 0
        #: When the line has carried all of them.
        self._free_at = 0.0
        #: Comes when the first of them is due.
        self._timer: Timer | None = None
        #: Is a greenlet letting pieces out? Others leave that to it, or the order would be lost.
        self._is_letting_out = False

    @property
    def room(self) -> int:
        """How many bytes may be put in now: a slow line takes a second's worth ahead."""
        if self._rate == math.inf:
            return _PIECE
        return min(_PIECE, max(0, math.ceil(self._rate) - self._size))

    def put(self, data: bytes) -> None:
        """Take bytes in; empty, they are the end."""
        self._add(data)
        self._go_on()

    def change(self, *, delay: float, rate: float, is_held: bool) -> None:
        """Be as fast as this from now on; what is on its way begins it anew."""
        self._delay, self._rate, self._is_held = delay, rate, is_held
        pieces, self._pieces = self._pieces, deque()
        self._size = 0
        self._free_at = self._timers.time()
        for _, piece in pieces:
            self._add(piece)
        self._go_on()

    def clear(self) -> None:
        """What is on its way is lost."""
        self._pieces.clear()
        self._size = 0
        self._stop()

    def _add(self, data: bytes) -> None:
        step = max(1, int(min(self._rate / _STEPS, len(data))))
        for start in range(0, len(data), step) or (0,):
            piece = data[start : start + step]
            self._free_at = max(self._free_at, self._timers.time()) + len(piece) / self._rate
            self._pieces.append((self._free_at + self._delay, piece))
        self._size += len(data)

    def _go_on(self) -> None:
        if self._is_letting_out:
            return
        self._is_letting_out = True
        try:
            while self._pieces and not self._is_held and self._pieces[0][0] <= self._timers.time():
                piece = self._pieces.popleft()[1]
                self._size -= len(piece)
                self._let_out(piece)
        finally:
            self._is_letting_out = False
        self._wait()

    def _wait(self) -> None:
        self._stop()
        if self._pieces and not self._is_held:
            wait = self._pieces[0][0] - self._timers.time()
            self._timer = self._timers.later(wait, self._go_on_aside)

    def _go_on_aside(self) -> None:
        """Go on in a greenlet of its own: who moves the clock must not wait for a full socket."""
        gevent.spawn(self._go_on)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
