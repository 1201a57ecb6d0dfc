"""Calls of ours under way: answered, failed, given up, out of time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from .calls import name_of
from .deadline import TimeLeft, present_work
from .errors import Disconnected, ProtocolError
from .failures import error_of
from .messages import Fail, Target
from .messages import Reply as Answer
from .reply import Asked, Reply
from .timers import Timer

#: The type of the error that a call fails with which was given up.
CANCELLED = "Cancelled"


class Asking(Protocol):
    """A peer, as far as calls of ours need it."""

    def give_up(self, call_id: int) -> None:
        """Tell the other end that nobody waits for the answer to this call."""

    def answered(self, call_id: int) -> None:
        """The other end has answered this call."""

    def later(self, seconds: float, do: Callable[[], None]) -> Timer:
        """Do something in so many seconds."""


class OutgoingCalls:
    """Calls of ours that wait for their answers, by id.

    Each is answered once, be it given up or not: who is told that nobody waits says so. Hence a call
    stays here until its answer comes.
    """

    __slots__ = ("_peer", "_timers", "replies")

    def __init__(self, peer: Asking) -> None:
        #: Who is called.
        self._peer = peer
        #: The answers to come.
        self.replies: dict[int, Reply] = {}
        #: What ends the wait for those that have a deadline.
        self._timers: dict[int, Timer] = {}

    def add(self, call_id: int, reply: Reply, target: Target, time: TimeLeft) -> None:
        """A call was made, which may take so long."""
        self.replies[call_id] = reply
        asked = Asked(self._peer, call_id, target, time.seconds is not None)
        reply.is_under_way(present_work(), partial(self._peer.give_up, call_id), asked)
        if time.seconds is not None and not time.is_the_works:
            late = partial(self._late, call_id, target, time.seconds)
            self._timers[call_id] = self._peer.later(time.seconds, late)

    def _late(self, call_id: int, target: Target, seconds: float) -> None:
        reply = self.replies.get(call_id)
        if reply is not None:
            reply.give_up()
            reply.reject(late(target, seconds))

    def answered(self, answer: Answer) -> None:
        """The answer has come."""
        self._take(answer.id).resolve(answer.value)

    def failed(self, fail: Fail) -> None:
        """The answer is an error."""
        has_deadline = fail.id in self._timers
        reply = self._take(fail.id)
        if fail.failure.type == CANCELLED and has_deadline:
            reply.reject(TimeoutError(fail.failure.message))
        else:
            reply.reject(error_of(fail.failure))

    def _take(self, call_id: int) -> Reply:
        reply = self.replies.pop(call_id, None)
        if reply is None:
            raise ProtocolError(f"an answer to call {call_id}, which is not under way")
        self._forget_timer(call_id)
        self._peer.answered(call_id)
        return reply

    def _forget_timer(self, call_id: int) -> None:
        timer = self._timers.pop(call_id, None)
        if timer is not None:
            timer.cancel()

    def end(self, reason: Disconnected) -> None:
        """No answer will come any more."""
        replies, self.replies = self.replies, {}
        for call_id, reply in replies.items():
            self._forget_timer(call_id)
            reply.reject(reason)


def late(target: Target, seconds: float) -> TimeoutError:
    """Return the error of a call that was not answered in time."""
    return TimeoutError(f"{name_of(target)} has not answered within {seconds:.3g} s")
