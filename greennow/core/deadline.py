"""How long calls may take, and on whose behalf they are made."""

from __future__ import annotations

import math
import time
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, NamedTuple, Protocol


class Bounding(Protocol):
    """What bounds the calls that are made now: `Bounds`, or the call of the other end's itself."""

    @property
    def until(self) -> float | None:
        """When they have to be answered, by `time.monotonic`; None if there is no such time."""

    @property
    def work(self) -> Any:
        """What is being worked on for the other end: when that is cancelled, they are too."""


class Bounds(NamedTuple):
    """Bounds that are given one by one."""

    until: float | None = None
    work: Any = None


_UNBOUNDED = Bounds()

# A thread has a context of its own, and so has a greenlet.
_bounds: ContextVar[Bounding] = ContextVar("greennow_bounds", default=_UNBOUNDED)

#: From now on calls are made within these bounds, in this context; gives what `unbind` takes.
bind = _bounds.set

#: From now on calls are made within the bounds that were there before `bind`.
unbind = _bounds.reset


class Within:
    """While the block runs, calls are made within these bounds."""

    __slots__ = ("_bounds", "_token")

    def __init__(self, bounds: Bounding = _UNBOUNDED) -> None:
        self._bounds = bounds
        self._token: Token[Bounding] | None = None

    def __enter__(self) -> None:
        self._token = _bounds.set(self._bounds)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._token is not None
        _bounds.reset(self._token)


class deadline(Within):  # noqa: N801  # it reads as a function
    """Calls that are made within the block have to be answered by then.

    ::

        with greennow.deadline(2):
            name = this.now.ask("who are you?").result()

    A call that is not answered by then raises `TimeoutError`, and its function is stopped at the other
    end. What that function calls has no more time either. One within another never makes more of it.
    """

    __slots__ = ()

    def __init__(self, seconds: float) -> None:
        """
        Args:
            seconds: how long, from now on.

        Raises:
            TypeError, ValueError: it is no number, or not a finite one.
        """
        super().__init__(within(checked(seconds)))


def checked(seconds: float) -> float:
    """Return a duration that a program gave; the other end would break off at one that is none.

    Raises:
        TypeError, ValueError: it is no number, or not a finite one.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise TypeError(f"a timeout is a number of seconds, not {seconds!r}")
    if not math.isfinite(seconds):
        raise ValueError(f"a timeout is a finite number of seconds, not {seconds!r}")
    return float(seconds)


def within(seconds: float) -> Bounds:
    """Return the present bounds with so many seconds at most."""
    until = time.monotonic() + seconds
    bounds = _bounds.get()
    return Bounds(until if bounds.until is None else min(until, bounds.until), bounds.work)


def present_work() -> Any:
    """Return the call of the other end's on whose behalf the running code calls, or None."""
    return _bounds.get().work


def ends_work(error: BaseException) -> bool:
    """Is it the error by which the call is given up that is being worked on? It is to pass all guards."""
    work = _bounds.get().work
    return work is not None and error is work.cancelled


class TimeLeft(NamedTuple):
    """How long a call may take that is made now.

    Attributes:
        seconds: how long; None if it may take any time.
        is_the_works: whether that is the time of the work within which it is made. Then it needs no end of
            its own: when that time is over the work is given up, and the call with it.
    """

    seconds: float | None
    is_the_works: bool = False


def time_left(timeout: float | None = None) -> TimeLeft:
    """Return how long a call may take that is made now, and is to take ``timeout`` seconds at most."""
    if timeout is not None:
        timeout = checked(timeout)
    bounds = _bounds.get()
    if bounds.until is None:
        return TimeLeft(timeout)
    left = bounds.until - time.monotonic()
    if timeout is not None and timeout < left:
        return TimeLeft(timeout)
    return TimeLeft(left, bounds.work is not None and bounds.until == bounds.work.until)
