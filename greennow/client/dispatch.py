"""Where the program's code runs: called functions, handlers, watches, done callbacks.

They are tasks, run one at a time in the order in which they came. The dispatch thread hands each of
them to ``dispatch``, the program's own function, or without one runs it right there. What it hands
over is not the task but `Dispatcher.run_next`: so the order stays whatever becomes of it, and a thread
that waits may run a task ahead of where it was to run, and none is run twice.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeAlias

from ..core.deadline import Within
from .clock import Bell, Clock

logger = logging.getLogger("greennow")

Task: TypeAlias = "Callable[[], Any]"

#: The first and the longest pause after which ``dispatch`` is tried again, in seconds.
_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 0.5

#: After so many tries in vain it is said, once; some five seconds.
_WORTH_A_WORD = 15


class Dispatcher:
    """Runs tasks. `add` and `wait` are for every thread, `run_next` for those that ``dispatch`` chooses."""

    def __init__(
        self,
        dispatch: Callable[[Task], Any] | None,
        clock: Clock,
        exited: Callable[[BaseException], None],
    ) -> None:
        """
        Args:
            dispatch: the program's decision where tasks run; None runs them on the dispatch thread.
            clock: what is waited by.
            exited: called when a task on the dispatch thread raises what ends a program.
        """
        self._dispatch = dispatch or _run_here
        self._clock = clock
        self._exited = exited
        #: What waits to be run.
        self._tasks: deque[Task] = deque()
        #: Rung with True for each task, and with False for the end.
        self._bell: Bell = SimpleQueue()
        #: The bells of threads that wait for a reply and run tasks meanwhile.
        self._waiting: list[Bell] = []
        #: What each thread knows of itself: ``runs_tasks`` on one that has run some.
        self._local = threading.local()
        #: Was `stop` called? Then ``dispatch`` is not tried again, and whoever waits to do so is rung.
        self._is_stopping = False
        self._stopped: Bell = SimpleQueue()
        #: Has the thread ended? Then nothing is taken any more.
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="greennow dispatch", daemon=True)

    def start(self) -> None:
        """Begin to run tasks."""
        if self._dispatch is not _run_here:
            self.add(_nothing)  # so that the thread that ``dispatch`` chooses is known before it first waits
        self._thread.start()

    def stop(self) -> None:
        """End when the tasks that were added are run, or handed over."""
        self._is_stopping = True
        with suppress(ValueError):  # it was run
            self._tasks.remove(_nothing)
        self._stopped.put(True)
        self._bell.put(False)

    def join(self, timeout: float) -> None:
        """Wait at most so many seconds until the thread has ended, unless it may be waiting for this one."""
        if not self.is_here:
            self._thread.join(timeout)

    @property
    def is_here(self) -> bool:
        """Does this thread run tasks?"""
        return getattr(self._local, "runs_tasks", False) or threading.current_thread() is self._thread

    def add(self, task: Task) -> bool:
        """Have the task run after those added before; return whether it will be."""
        # Without a lock: a destructor may add one while its thread is in the midst of adding another.
        self._tasks.append(task)
        self._bell.put(True)
        for bell in list(self._waiting):
            if bell.empty():
                bell.put(True)
        if self._is_over:
            try:
                self._tasks.remove(task)
            except ValueError:
                return True  # the thread took it with its last breath
            return False
        return True

    def run_next(self) -> bool:
        """Run the next task, here and now; return whether there was one."""
        try:
            task = self._tasks.popleft()
        except IndexError:
            return False  # a thread that waited has run it
        self._local.runs_tasks = True
        task()
        return True

    def wait(self, reply: Future[Any], timeout: float | None) -> None:
        """Wait until the reply is done, at most so many seconds; on a thread that runs tasks, run them."""
        if self.is_here:
            self._run_until(reply, timeout)
        else:
            with suppress(FutureTimeoutError, CancelledError):
                Future.exception(reply, timeout)

    def _run_until(self, reply: Future[Any], timeout: float | None) -> None:
        bell: Bell = SimpleQueue()
        self._waiting.append(bell)
        # Future's own, for a reply's runs the callback as a task.
        Future.add_done_callback(reply, lambda _: bell.put(True))
        until = None if timeout is None else self._clock.time() + timeout
        try:
            while not reply.done():
                left = None if until is None else until - self._clock.time()
                if left is not None and left <= 0:
                    return
                with Within():  # a deadline of who waits here is none of theirs
                    has_run = self.run_next()
                if not has_run:
                    self._clock.wait(bell, left)
        finally:
            self._waiting.remove(bell)

    # On the dispatch thread.

    def _run(self) -> None:
        while self._bell.get():
            self._hand_over()
        self._is_over = True
        for _ in range(len(self._tasks)):
            self._hand_over()

    def _hand_over(self) -> None:
        """Give ``dispatch`` the next task, as often as it takes until it accepts that."""
        pause = _FIRST_PAUSE
        tries = 0
        while self._tasks:
            try:
                self._dispatch(self.run_next)
            except (KeyboardInterrupt, SystemExit) as error:
                self._exited(error)
            except Exception as error:
                tries += 1
                if tries == _WORTH_A_WORD:
                    logger.warning("dispatch does not accept tasks, and is tried again: %r", error)
                if not self._is_stopping and not self._clock.wait(self._stopped, pause):
                    pause = min(2 * pause, _LONGEST_PAUSE)
                    continue
            return


def _run_here(task: Task) -> None:
    task()


def _nothing() -> None:
    pass
