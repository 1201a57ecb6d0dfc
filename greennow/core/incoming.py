"""Calls of the other end's: work to be done, which may be given up."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any, Protocol

from .calls import name_of
from .checks import Checks
from .deadline import Bounds, Within
from .errors import Cancelled, RemoteError
from .functions import Function
from .messages import Call
from .reply import Reply
from .signatures import WrongArguments, not_begun
from .timers import Timer

logger = logging.getLogger("greennow")


class Workplace(Protocol):
    """Where calls are worked on: the end that a peer is the peer of."""

    #: What calls are checked against.
    checks: Checks

    def report(self, error: BaseException, what: str) -> None:
        """Log the error with its traceback, and tell who listens."""

    def interrupt(self, work: IncomingCall, error: Cancelled, replies: Sequence[Reply]) -> None:
        """End the work on a call at the next point where it waits; these are the answers it waits for."""


class Answering(Protocol):
    """What sends answers: the peer."""

    @property
    def host(self) -> Workplace:
        """The end that it is the peer of."""

    def answer(self, work: IncomingCall, value: Any) -> None:
        """Send what the call returned."""

    def answer_error(self, work: IncomingCall, error: BaseException) -> None:
        """Send what the call raised."""


class IncomingCall:
    """A call of the other end's: run it once, anywhere; it answers by itself.

    It may be cancelled at any time. Before it runs, its function is not called at all. While it runs it is
    interrupted at the next point where it waits, and the calls that it made are cancelled in turn.
    """

    __slots__ = ("block", "call", "calls", "cancelled", "function", "peer", "runs", "timer", "until")

    def __init__(self, peer: Answering, call: Call, function: Function) -> None:
        self.peer = peer
        self.call = call
        #: The function that is meant; and what is called for it: itself, or what the host put around it.
        self.function = function
        self.runs = function
        #: The answers that it, or its answer, waits for.
        self.calls: set[Reply] = set()
        #: Why it was given up, if it was.
        self.cancelled: Cancelled | None = None
        #: When it has to be answered; None if there is no such time. And what gives it up then.
        self.until = None if call.deadline is None else time.monotonic() + call.deadline
        self.timer: Timer | None = None
        #: Where it runs: whatever the host knows it by.
        self.block: Any = None

    @property
    def name(self) -> str:
        """What is called, for logs: ``now.add()``."""
        return name_of(self.call.target)

    def run(self) -> None:
        """Call the function and send what comes of it. Raises only what ends the program."""
        if self.cancelled is not None:
            self.peer.answer_error(self, self.cancelled)
            return
        try:
            with Within(Bounds(self.until, self if self.call.id else None)):
                call = self.peer.host.checks.checked(self.function, self.call)
                value = self.runs(*call.args, **call.kwargs)
        except WrongArguments as error:
            self._refuse(error)
        except (RemoteError, Cancelled) as error:
            self.peer.answer_error(self, error)
        except BaseException as error:
            wrong = not_begun(error, self.function, self.call.args, self.call.kwargs)
            if wrong is not None:
                self._refuse(wrong)
                return
            if self.call.id:
                logger.error("%s raised", self.name, exc_info=True)
            else:
                self.peer.host.report(error, f"{self.name} raised")
            self.peer.answer_error(self, error)
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                raise
        else:
            self.peer.answer(self, value)

    def _refuse(self, error: WrongArguments) -> None:
        """The fault is the caller's, who is told; of a call that asks for no answer, the log is."""
        if not self.call.id:
            logger.warning("%s was not called: %s", self.name, error.message)
        self.peer.answer_error(self, error)

    def cancel(self, reason: str) -> None:
        """Give it up: nobody waits for its answer any more."""
        if self.cancelled is not None:
            return
        self.cancelled = error = Cancelled(reason)
        replies = list(self.calls)
        for reply in replies:
            reply.give_up()
        self.peer.host.interrupt(self, error, replies)

    def ended(self) -> None:
        """It is answered."""
        if self.timer is not None:
            self.timer.cancel()
