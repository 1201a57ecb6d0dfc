"""How a client's program code runs in greenlets: one piece after the other, in their order.

Waiting for a reply lets the pieces that come later run meanwhile, as in the threaded client.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import gevent

from ..server.greenlets import GreenletReply, GreenletShell


class Dispatcher:
    """Runs a client's tasks."""

    def __init__(self, shell: GreenletShell) -> None:
        #: Told when a task has ended.
        self._shell = shell
        self._tasks: deque[Callable[[], None]] = deque()
        #: The greenlet that takes tasks now.
        self._runner: Any = None
        #: The greenlets at a task.
        self.running: set[Any] = set()

    def dispatch(self, task: Callable[[], None]) -> None:
        """Run a task after those given before."""
        self._tasks.append(task)
        self._go_on()

    def new_reply(self) -> GreenletReply:
        """Return a reply that tasks can wait for."""
        return ClientReply(self)

    def step_aside(self) -> None:
        """The greenlet that runs will wait for a reply: if it is at a task, later ones run meanwhile."""
        if self._runner is gevent.getcurrent():
            self._runner = None
            self._go_on()

    def kill(self) -> None:
        """Drop what waits, and end what runs."""
        self._tasks.clear()
        gevent.killall(list(self.running))

    def _go_on(self) -> None:
        if self._runner is None and self._tasks:
            self._runner = gevent.spawn(self._run)

    def _run(self) -> None:
        here = gevent.getcurrent()
        self.running.add(here)
        try:
            while self._tasks and self._runner is here:
                self._tasks.popleft()()
                self._shell.progressed()
        finally:
            self.running.discard(here)
            if self._runner is here:
                self._runner = None
                self._go_on()


class ClientReply(GreenletReply):
    """A reply to a call of a client's."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        super().__init__()
        self._dispatcher = dispatcher

    def wait_until_done(self, timeout: float | None) -> None:
        """Let other greenlets run until the answer is there, at most so many seconds."""
        self._dispatcher.step_aside()
        super().wait_until_done(timeout)
