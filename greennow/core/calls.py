"""Calls: those of ours as messages, those of theirs as work to be done."""

from __future__ import annotations

import logging
from typing import Any, Protocol

from .errors import RemoteError
from .functions import Function
from .messages import Call, Target
from .paths import path_text
from .values import share

logger = logging.getLogger("greennow")


class Reporting(Protocol):
    """What is told of errors that nobody will catch."""

    def report(self, error: BaseException, what: str) -> None:
        """Log the error with its traceback, and tell who listens."""


class Answering(Protocol):
    """What sends answers: the peer."""

    @property
    def host(self) -> Reporting:
        """The end that it is the peer of."""

    def answer(self, call: Call, value: Any) -> None:
        """Send what the call returned."""

    def answer_error(self, call: Call, error: BaseException) -> None:
        """Send what the call raised."""


class IncomingCall:
    """A call of the other end's: run it once, anywhere; it answers by itself."""

    __slots__ = ("call", "function", "peer")

    def __init__(self, peer: Answering, call: Call, function: Function) -> None:
        self.peer = peer
        self.call = call
        self.function = function

    @property
    def name(self) -> str:
        """What is called, for logs: ``now.add``."""
        return name_of(self.call.target)

    def run(self) -> None:
        """Call the function and send what comes of it. Raises only what ends the program."""
        try:
            value = self.function(*self.call.args, **self.call.kwargs)
        except RemoteError as error:
            self.peer.answer_error(self.call, error)
        except BaseException as error:
            if self.call.id:
                logger.error("%s raised", self.name, exc_info=True)
            else:
                self.peer.host.report(error, f"{self.name} raised")
            self.peer.answer_error(self.call, error)
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                raise
        else:
            self.peer.answer(self.call, value)


def make_call(
    call_id: int, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any], max_depth: int
) -> Call:
    """Return the call, its arguments copied and checked."""
    name = name_of(target)
    return Call(
        call_id,
        target,
        [
            share(arg, root=f"argument {index} of {name}", max_depth=max_depth)
            for index, arg in enumerate(args, 1)
        ],
        {
            key: share(arg, root=f"argument {key} of {name}", max_depth=max_depth)
            for key, arg in kwargs.items()
        },
    )


def name_of(target: Target) -> str:
    """Return what is called, for people: ``now.add()``."""
    return f"function {target}" if isinstance(target, int) else f"{path_text(target)}()"
