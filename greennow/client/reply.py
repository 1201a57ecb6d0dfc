"""The answer to a call, for which threads wait."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from ..core.reply import Reply
from .dispatch import Dispatcher

logger = logging.getLogger("greennow")


class ThreadReply(Reply):
    """A reply that any thread may wait for; one that runs the client's tasks goes on with them meanwhile.

    Done callbacks are tasks too.
    """

    def __init__(self, dispatcher: Dispatcher) -> None:
        super().__init__()
        self._dispatcher = dispatcher

    def wait_until_done(self, timeout: float | None) -> None:
        """Wait until the answer is there, at most so many seconds."""
        self._dispatcher.wait(self, timeout)

    def add_done_callback(self, fn: Callable[[Any], Any]) -> None:
        """Call ``fn`` with this reply when it is done, among the program's other code."""
        super().add_done_callback(lambda reply: self._call_back(fn))

    def _call_back(self, fn: Callable[[Any], Any]) -> None:
        if not self._dispatcher.add(lambda: self._run(fn)):
            self._run(fn)  # the client is closed: there is no other code any more

    def _run(self, fn: Callable[[Any], Any]) -> None:
        try:
            fn(self)
        except Exception:
            logger.exception("a done callback raised")

    def cancel(self) -> bool:
        """Give up the answer, unless it is there: its function is stopped; return whether it is given up."""
        with self._condition:
            is_first = not self.done()
            is_cancelled = Future.cancel(self)
            if is_cancelled and is_first:
                # As an executor would: `concurrent.futures.wait` counts it as done only now.
                self.set_running_or_notify_cancel()
        if is_cancelled:
            self.give_up()  # not under the condition's lock: who answers takes that under the client's
        return is_cancelled
