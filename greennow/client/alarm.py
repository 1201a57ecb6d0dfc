"""What the client is to do later, such as to give up calls at their deadlines."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue

from ..core.timers import Timer, Timers
from .clock import Bell, Clock

logger = logging.getLogger("greennow")


class Alarm:
    """Does things later, on a thread of its own, which begins when there is something to be done."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._timers = Timers()
        self._timers.time = clock.time
        self._timers.sooner = lambda: self._bell.put(True)
        #: Held while the timers are changed; never while something is done.
        self._lock = threading.Lock()
        #: Rung when the next thing is to be done earlier than before, or when it is over.
        self._bell: Bell = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._is_over = False

    def later(self, seconds: float, do: Callable[[], None]) -> Timer:
        """Do something in so many seconds, unless it is cancelled. Called by any thread."""
        with self._lock:
            timer = self._timers.later(seconds, do)
            if self._thread is None and not self._is_over:
                self._thread = threading.Thread(target=self._run, name="greennow alarm", daemon=True)
                self._thread.start()
            return timer

    def stop(self, timeout: float) -> None:
        """End; what was to be done later is not. Wait for that at most so many seconds."""
        self._is_over = True
        self._bell.put(True)
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)

    def _run(self) -> None:
        while not self._is_over:
            with self._lock:
                do = self._timers.take_next()
                wait = self._timers.next_due - self._clock.time()
            if do is not None:
                self._do(do)
            else:
                self._clock.wait(self._bell, wait if wait < threading.TIMEOUT_MAX else None)

    def _do(self, do: Callable[[], None]) -> None:
        try:
            do()
        except Exception:  # the others are still due
            logger.exception("what was to be done later failed")
