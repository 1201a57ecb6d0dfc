"""Finds what holds up the loop: the option ``debug``."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Any

import gevent
from gevent.monkey import get_original

logger = logging.getLogger("greennow")

#: How long a turn of the loop may take, in seconds.
STALL = 0.1

# A watch that looks while the loop stands still has to be a thread, with the system's own clock.
_start_thread: Callable[..., int] = get_original("_thread", "start_new_thread")
_sleep: Callable[[float], None] = get_original("time", "sleep")
_clock: Callable[[], float] = get_original("time", "monotonic")


class StallWatch:
    """A thread that looks how long the loop has been in its present turn, and logs where it stands.

    The serving thread says when a turn begins and ends; each of the two attributes is written by one
    thread alone.
    """

    def __init__(self, thread_id: int) -> None:
        #: The thread whose loop is watched.
        self._thread_id = thread_id
        #: When the present turn began; None while the loop waits for something to happen.
        self._turn: float | None = None
        self._is_over = False
        self._watchers: list[Any] = []

    def start(self) -> None:
        """Begin; called on the serving thread."""
        loop: Any = gevent.get_hub().loop
        begins, ends = loop.check(ref=False), loop.prepare(ref=False, priority=loop.MINPRI)
        begins.start(self._begin_turn)
        ends.start(self._end_turn)  # after the callbacks of the loop, which are run at its priority 0
        self._watchers = [begins, ends]
        # The present turn is not watched: its end may have been told already, and the loop be about to wait.
        _start_thread(self._watch, ())

    def stop(self) -> None:
        """End."""
        self._is_over = True
        for watcher in self._watchers:
            watcher.close()

    def _begin_turn(self) -> None:
        self._turn = _clock()

    def _end_turn(self) -> None:
        self._turn = None

    def _watch(self) -> None:
        logged: float | None = None
        while not self._is_over:
            _sleep(STALL / 2)
            turn = self._turn
            if turn is not None and turn != logged and _clock() - turn > STALL:
                logged = turn
                frame = sys._current_frames().get(self._thread_id)
                if frame is not None and self._turn == turn:
                    _log(frame)


def _log(frame: FrameType) -> None:
    line = traceback.extract_stack(frame)[-1]
    logger.warning(
        "the loop has stood still for more than %s s, and every client with it, at %s:%s in %s: %s\n%s",
        STALL,
        line.filename,
        line.lineno,
        line.name,
        line.line,
        "".join(traceback.format_stack(frame)),
    )
