"""The answer to a call, which comes later."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import Any, NamedTuple

from .deadline import ends_work, present_work
from .errors import Cancelled, Disconnected, RemoteError
from .messages import Target
from .paths import Path, path_text

logger = logging.getLogger("greennow")


class Asked(NamedTuple):
    """Which call it is that a reply answers: to whom, under which id, and what was called."""

    peer: Any
    call_id: int
    target: Target
    #: Does it have to be answered in time?
    has_deadline: bool = False


class Reply(Future[Any]):
    """The answer to a call of a function at the other end.

    A `concurrent.futures.Future`. Each shell (greenlets, threads) subclasses it to say how its
    code waits; waiting never blocks the connection.
    """

    def __init__(self) -> None:
        super().__init__()
        #: Has the program asked how it ended? An error that nobody asked for is reported instead.
        self._asked = False
        #: Who is told of such an error, once the reply is garbage.
        self._report: Callable[[BaseException], None] | None = None
        #: Tells the other end that nobody waits any more; None once it was told or has answered.
        self._give_up: Callable[[], None] | None = None
        #: The call of the other end's on whose behalf this one was made.
        self._work: Any = None
        #: The call that it answers, until it has.
        self.asked: Asked | None = None

    def wait_until_done(self, timeout: float | None) -> None:
        """Wait at most ``timeout`` seconds for the answer; overridden by each shell."""

    def result(self, timeout: float | None = None) -> Any:
        """Return what the function returned.

        Args:
            timeout: how long to wait, in seconds; None waits as long as the session lives.

        Raises:
            RemoteError: the function raised, or there was none.
            Disconnected: the session ended before the answer.
            TimeoutError: it did not come in time.
        """
        self._wait(timeout)
        try:
            return super().result(0)
        finally:
            # The error that is raised has this frame in its trace: through it the reply would hold itself.
            del self

    def __iter__(self) -> Iterator[Any]:
        """Iterate over what the function returned, such as the items of a generator; waits like `result`."""
        try:
            return iter(self.result())
        finally:
            del self  # as in `result`

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Return the error that `result` would raise, or None. Waits like `result`."""
        self._wait(timeout)
        return super().exception(0)

    def add_done_callback(self, fn: Callable[[Any], Any]) -> None:
        """Call ``fn`` with this reply when it is done; at once if it is."""
        self._asked = True
        super().add_done_callback(fn)

    def _wait(self, timeout: float | None) -> None:
        self._asked = True
        if not self.done():
            self._wait_until_done(timeout)
        if not self.done():
            raise TimeoutError(f"no answer within {timeout} s")

    def _wait_until_done(self, timeout: float | None) -> None:
        """Wait; where the wait of a handler has no end of its own, it is known who waits for whom."""
        work = present_work()
        waits = None if work is None or timeout is not None else self.waits_of(work)
        if waits is None:
            self.wait_until_done(timeout)
            return
        waits.begin(work, self)
        try:
            self.wait_until_done(None)
        finally:
            waits.end(work)

    def waits_of(self, work: Any) -> Any:
        """Return the `Waits` to be told that this work waits for the answer; None if that ends anyway."""
        asked = self.asked  # another thread may answer meanwhile
        if asked is None or asked.has_deadline or work.until is not None:
            return None
        return asked.peer.waits

    def report_to(self, report: Callable[[BaseException], None]) -> None:
        """Say who is told of an error that nobody asked for, once the reply is garbage."""
        self._report = report

    def cancel(self) -> bool:
        """Give the answer up, unless it is there: its function is stopped; return whether it is given up."""
        is_cancelled = super().cancel()
        if is_cancelled:
            self.give_up()
        return is_cancelled

    def is_under_way(self, work: Any, give_up: Callable[[], None], asked: Asked | None = None) -> None:
        """The call was made, on behalf of this one of the other end's, if any. Called by the peer."""
        self.asked = asked
        self._give_up = give_up
        self._work = work
        if work is not None:
            work.calls.add(self)

    def give_up(self) -> None:
        """Nobody waits for the answer any more: say so to the other end, once, if it has not come."""
        give_up = self._give_up
        self._over()
        if give_up is not None:
            give_up()

    def _over(self) -> None:
        self.asked = self._give_up = None
        work, self._work = self._work, None
        if work is not None:
            work.calls.discard(self)

    def resolve(self, value: Any) -> None:
        """The answer has come. Called by the peer."""
        self._over()
        with suppress(InvalidStateError):  # it was cancelled
            self.set_result(value)

    def reject(self, error: BaseException) -> None:
        """The answer will not come, or is an error. Called by the peer."""
        self._over()
        with suppress(InvalidStateError):
            self.set_exception(error.again() if isinstance(error, Disconnected) else error)

    def __del__(self) -> None:
        if self._asked or self._report is None or not self.done() or self.cancelled():
            return
        error = super().exception(0)
        if error is not None:
            self._report(error)


def run_at_once(reply: Reply, function: Callable[..., Any], args: Any, kwargs: Any, path: Path) -> Reply:
    """Run a function of our own, at ``path``, and return ``reply``, finished with what came of it."""
    try:
        value = function(*args, **kwargs)
    except RemoteError as error:
        reply.reject(error)
    except Exception as error:
        if ends_work(error):
            raise
        logger.exception("%s() raised", path_text(path))
        failed = RemoteError(str(error), type(error).__name__, path)
        failed.__cause__ = error
        reply.reject(failed)
    else:
        if isinstance(value, Reply):
            return value
        reply.resolve(value)
    return reply


def is_quiet(error: BaseException) -> bool:
    """Is this error, uncollected, worth only a DEBUG line? The end of a session is no news."""
    return isinstance(error, (Disconnected, Cancelled))
