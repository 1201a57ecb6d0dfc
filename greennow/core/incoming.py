"""Calls of the other end's: work to be done, which may be given up."""

from __future__ import annotations

import time
from typing import Any, Protocol

from .calls import name_of
from .checks import Checks
from .deadline import bind, unbind
from .errors import Cancelled, RemoteError
from .functions import Function
from .messages import Call
from .signatures import WrongArguments, not_begun
from .timers import Timer
from .work import Cancellable, Workplace


class Office(Workplace, Protocol):
    """Where calls are worked on: the end that a peer is the peer of."""

    #: What calls are checked against.
    checks: Checks


class Answering(Protocol):
    """What sends answers: the peer."""

    @property
    def host(self) -> Office:
        """The end that it is the peer of."""

    def answer(self, work: IncomingCall, value: Any) -> None:
        """Send what the call returned."""

    def answer_error(self, work: IncomingCall, error: BaseException) -> None:
        """Send what the call raised."""


class IncomingCall(Cancellable):
    """A call of the other end's: run it once, anywhere; it answers by itself.

    It may be cancelled at any time. Before it runs, its function is not called at all.
    """

    __slots__ = ("call", "function", "peer", "runs", "timer")

    def __init__(self, peer: Answering, call: Call, function: Function) -> None:
        super().__init__(peer.host, None if call.deadline is None else time.monotonic() + call.deadline)
        self.peer = peer
        self.call = call
        #: The function that is meant; and what is called for it: itself, or what the host put around it.
        self.function = function
        self.runs = function
        #: What gives it up when it has to be answered, if there is such a time.
        self.timer: Timer | None = None

    @property
    def work(self) -> IncomingCall | None:
        """Itself, if somebody waits for the answer: else nobody will give it up."""
        return self if self.call.id else None

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
            # No `with Within`, for each call comes by here: it would cost as much as looking the function up.
            token = bind(self)
            try:
                call = self.peer.host.checks.checked(self.function, self.call)
                # To pass on no names costs as much as all the rest of this.
                value = self.runs(*call.args, **call.kwargs) if call.kwargs else self.runs(*call.args)
            finally:
                unbind(token)
        except WrongArguments as error:
            self._refuse(error)
        except (RemoteError, Cancelled) as error:
            self.peer.answer_error(self, error)
            # Nobody logs it. What holds it, the reply that it came with or this call, may stand in the frames
            # of its trace; with them the arguments would stay, functions of the other end's too.
            error.__traceback__ = None
        except BaseException as error:
            wrong = not_begun(error, self.function, self.call.args, self.call.kwargs)
            if wrong is not None:
                self._refuse(wrong)
                return
            if self.call.id:
                self.place.log(f"{self.name} raised", error)
            else:
                self.place.report(error, f"{self.name} raised")
            self.peer.answer_error(self, error)
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                raise
        else:
            self.peer.answer(self, value)

    def _refuse(self, error: WrongArguments) -> None:
        """The fault is the caller's, who is told; of a call that asks for no answer, the log is."""
        if not self.call.id:
            self.place.log(f"{self.name} was not called: {error.message}")
        self.peer.answer_error(self, error)

    def ended(self) -> None:
        """It is answered. What it waited for may call back to it: they hold each other no longer."""
        if self.calls:
            self.calls.clear()
        self.waits_for = None
        if self.timer is not None:
            self.timer.cancel()
