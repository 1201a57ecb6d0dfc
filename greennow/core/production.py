"""A stream of ours: a generator that runs as far as the other end reads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import Context, copy_context
from types import GeneratorType
from typing import Any, Protocol

from .deadline import bind
from .errors import Cancelled, RemoteError
from .paths import Path
from .work import Cancellable, Workplace

#: How many bytes of items may be out that the other end has not asked for more after.
_BYTES_OUT = 65_536

#: After so many items others have their turn.
_TURN = 256


class Studio(Workplace, Protocol):
    """Where generators run: the end that a peer is the peer of."""

    def produce(self, production: Production) -> None:
        """Have `Production.turn` run, soon and among the program's other code.

        Where one thread of control is to run all turns, it sets `Production.wake` and is not asked again.
        """


class Outlet(Protocol):
    """Where items go: the session's `Streams`."""

    def step(self) -> AbstractContextManager[None]:
        """Make what is done within it one step, whichever thread it comes from."""

    def send_item(self, production: Production, item: Any) -> int:
        """Send an item; return its size in bytes. Raises what cannot be sent."""

    def send_end(self, production: Production, error: BaseException | None) -> None:
        """Say that the stream has ended, of itself or by an error."""

    def forget(self, production: Production) -> None:
        """The stream has ended."""


class Production(Cancellable):
    """A generator of ours and what of it the other end has asked for.

    Invariants: no more items are sent than were asked for; while `_BYTES_OUT` bytes of those sent have not
    been made up for by later demands, none is. The generator is at work in one turn at a time, in a context
    of its own; once it is over it is closed, by the turn that is at it or by one more. What is thrown at who
    runs it between turns is thrown where the generator stands; an item that it yields then is kept.
    """

    __slots__ = (
        "_bytes_out", "_context", "_kept", "_outlet", "_sizes", "_studio",
        "credit", "is_done", "is_over", "is_running", "items", "name", "number", "path", "thrown", "wake",
    )  # fmt: skip

    def __init__(
        self, studio: Studio, outlet: Outlet, number: int, items: Any, name: str, path: Path | None
    ) -> None:
        """
        Args:
            studio: where it runs.
            outlet: where its items go.
            number: of the stream.
            items: the generator.
            name: what it is, for logs.
            path: of the function that returned it, if it has one.
        """
        super().__init__(studio)
        self._studio = studio
        self._outlet = outlet
        self.number = number
        self.items = items
        self.name = name
        self.path = path
        #: How many items were asked for and not sent.
        self.credit = 0
        #: The sizes of items sent that were not made up for, and their sum.
        self._sizes: deque[int] = deque()
        self._bytes_out = 0
        #: Items that were yielded and not asked for.
        self._kept: deque[Any] = deque()
        #: The context variables of the generator's code, from its first turn to its last.
        self._context: Context | None = None
        #: Is a turn at work?
        self.is_running = False
        #: Does nobody read it any more? And is its code at its end?
        self.is_over = self.is_done = False
        #: What was thrown between turns, such as a timeout of the generator's.
        self.thrown: BaseException | None = None
        #: Has what runs the turns go on; None if each is to be asked for.
        self.wake: Callable[[], None] | None = None

    @property
    def has_to_do(self) -> bool:
        """Would a turn do something?"""
        is_wanted = self.credit > 0 and self._bytes_out < _BYTES_OUT
        return is_wanted or self.is_over or self.thrown is not None

    # What the other end says, within a step.

    def demanded(self, count: int) -> None:
        """So many items more are wanted."""
        self.credit += count
        for _ in range(min(count, len(self._sizes))):
            self._bytes_out -= self._sizes.popleft()
        self._go_on()

    def close(self, reason: str) -> None:
        """Nobody reads it any more: the generator is closed, or stopped where it waits."""
        if self.is_over:
            return
        self.is_over = True
        self._outlet.forget(self)
        if self.is_running:
            self.cancel(reason)
        else:
            self._go_on()

    def _go_on(self) -> None:
        if self.wake is not None:
            self.wake()
        elif not self.is_running:
            self._studio.produce(self)

    # Where the program's code runs, outside of steps.

    def run(self, turns: Callable[[], Any]) -> None:
        """Call what runs the turns, be it wrapped in something: if that fails or is left early, it ends."""
        try:
            turns()
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            self._raised(error)
            self._close_items()
        else:
            if self.wake is not None and not self.is_done:
                self._finish(None)
                self._close_items()

    def turn(self) -> bool:
        """Run the generator as far as it may, for one turn; return whether it goes on later."""
        with self._outlet.step():
            if self.is_running or self.is_done:  # the turn that waits for something will see what it may do
                return not self.is_done
            self.is_running = True
        if self._context is None:
            self._context = copy_context()
            self._context.run(bind, self)
        try:
            self._context.run(self._produce)
        finally:
            with self._outlet.step():  # what is demanded from here on has another turn
                self.is_running = False
                goes_on = not self.is_done
                if not goes_on:
                    self._context = None  # it holds this in turn
                elif self.has_to_do and self.wake is None:
                    self._studio.produce(self)
        return goes_on

    def _produce(self) -> None:
        for _ in range(_TURN):
            if self.is_over or not self.has_to_do:
                break
            try:
                item = self._next()
            except StopIteration:
                self._finish(None)
                return
            except BaseException as error:
                self._raised(error)
                return
            if self.credit:
                self._send(item)
            else:
                self._kept.append(item)
        if self.is_over:
            self._close_items()

    def _next(self) -> Any:
        error, self.thrown = self.thrown, None
        if error is None:
            return self._kept.popleft() if self._kept else next(self.items)
        if isinstance(self.items, GeneratorType):
            return self.items.throw(error)
        raise error

    def _send(self, item: Any) -> None:
        try:
            with self._outlet.step():
                if self.is_over:
                    return
                self.credit -= 1
                size = self._outlet.send_item(self, item)
                self._sizes.append(size)
                self._bytes_out += size
        except Exception as error:
            self.place.log(f"{self.name} yielded what cannot be sent", error)
            self._finish(error)
            self._close_items()

    def _raised(self, error: BaseException) -> None:
        self.is_done = True
        if self.is_over:
            if error is not self.cancelled:
                self.place.report(error, f"{self.name} raised when it was closed")
        else:
            if not isinstance(error, (RemoteError, Cancelled)):
                self.place.log(f"{self.name} raised", error)
            self._finish(error)
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise error

    def _finish(self, error: BaseException | None) -> None:
        """Say that it has ended, unless the other end has closed it."""
        self.is_done = True
        with self._outlet.step():
            if not self.is_over:
                self.is_over = True
                self._outlet.forget(self)
                self._outlet.send_end(self, error)

    def _close_items(self) -> None:
        self.is_done = True
        self.block = None  # it is closed once: what it does then is not interrupted as well
        try:
            self.items.close()
        except BaseException as error:
            self._raised(error)
