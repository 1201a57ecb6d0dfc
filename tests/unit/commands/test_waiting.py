"""Waiting in stretches, and what comes of it."""

from __future__ import annotations

from queue import Empty
from typing import Any

import pytest

from greennow.commands.waiting import result_of, taken
from greennow.core.errors import RemoteError
from greennow.core.reply import Reply


class Later(Reply):
    """A reply that is there when it was waited for so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.left = times
        self.waits: list[float | None] = []

    def wait_until_done(self, timeout: float | None) -> None:
        self.waits.append(timeout)
        self.left -= 1
        if not self.left:
            self.resolve("here")


def test_a_reply_is_waited_for_in_stretches() -> None:
    reply = Later(3)
    assert (result_of(reply), reply.waits) == ("here", [0.5, 0.5, 0.5])


def test_the_last_stretch_is_as_short_as_the_timeout() -> None:
    reply = Later(1)
    assert result_of(reply, 0.25) == "here"
    (waited,) = reply.waits
    assert waited is not None
    assert 0 < waited <= 0.25


def test_a_reply_that_does_not_come_is_a_timeout() -> None:
    with pytest.raises(TimeoutError, match=r"^no answer within 0\.001 s$"):
        result_of(Later(1_000_000_000), 0.001)


def test_an_error_is_raised() -> None:
    reply = Reply()
    reply.reject(RemoteError("no"))
    with pytest.raises(RemoteError, match=r"^no$"):
        result_of(reply)


class Slow:
    """A queue that has something when it was asked so many times."""

    def __init__(self, times: int) -> None:
        self.left = times

    def get(self, timeout: float) -> int:
        self.left -= 1
        if self.left:
            raise Empty
        return 7


def test_the_next_of_a_queue_is_waited_for_in_stretches() -> None:
    queue: Any = Slow(3)
    assert (taken(queue), queue.left) == (7, 0)
