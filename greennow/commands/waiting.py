"""Waiting that Ctrl-C ends, whenever it comes.

Python takes note of a signal between two steps of its own. One that comes after the last step ahead of a wait
in the operating system is seen when that wait is over; so no single wait is a long one.
"""

from __future__ import annotations

import math
import time
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from ..core.reply import Reply

Item = TypeVar("Item")

#: How long one wait lasts, in seconds.
_STRETCH = 0.5


def taken(queue: SimpleQueue[Item]) -> Item:
    """Return the next of a queue."""
    while True:
        with suppress(Empty):
            return queue.get(timeout=_STRETCH)


def result_of(reply: Reply, timeout: float | None = None) -> Any:
    """Return what a function returned, or raise its error.

    Raises:
        TimeoutError: there was no answer within so many seconds.
    """
    until = math.inf if timeout is None else time.monotonic() + timeout
    while not reply.done():
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"no answer within {timeout:g} s")
        with suppress(TimeoutError):
            reply.exception(min(left, _STRETCH))
    return reply.result()
