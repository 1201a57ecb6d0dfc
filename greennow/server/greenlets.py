"""How the server's code runs: greenlets that keep ``this``, replies they can wait for, a clock.

No monkey patching is needed, and it does no harm.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import gevent
from gevent import getcurrent
from gevent.event import Event
from gevent.monkey import get_original
from gevent.pool import Group

from ..core.context import Context
from ..core.production import Production
from ..core.reply import Reply
from ..core.timers import Timers
from ..core.work import Cancellable
from ..hub.audience import Audience
from ..hub.hub import Shell
from .broadcasts import Broadcasts

_THIS = "greennow.this"


class GreenletContext(Context):
    """Remembers the client with the greenlet that runs for it, and with those that it spawns.

    gevent hands ``spawn_tree_locals`` on to spawned greenlets (contextvars it does not); the
    running greenlet gets a dict of its own for each call, so calls do not see each other's.
    """

    def __init__(self, ended: Callable[[], None]) -> None:
        """
        Args:
            ended: called when a block has ended.
        """
        #: The blocks that run now: handlers and calls that have not returned.
        self.under_way: set[Running] = set()
        self.ended = ended

    def get(self) -> Any:
        """Return the client, or None."""
        tree_locals = getattr(getcurrent(), "spawn_tree_locals", None)
        return tree_locals.get(_THIS) if tree_locals else None

    def running(self, client: Any) -> Running:
        """While the block runs, here and in greenlets spawned by it, `get` returns this client."""
        return Running(self, client)


class Running:
    """A block of code that runs for a client. No generator, for each call is one of these."""

    __slots__ = ("_client", "_context", "_saved", "greenlet", "holds_up_stop")

    def __init__(self, context: GreenletContext, client: Any) -> None:
        self._context = context
        self._client = client
        #: Does a server that stops wait for its end?
        self.holds_up_stop = True

    def __enter__(self) -> Running:
        greenlet: Any = getcurrent()
        #: The greenlet that runs the block, and what it handed on before.
        self.greenlet = greenlet
        self._saved = saved = getattr(greenlet, "spawn_tree_locals", None)
        greenlet.spawn_tree_locals = {**saved, _THIS: self._client} if saved else {_THIS: self._client}
        self._context.under_way.add(self)
        return self

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Meanwhile the block is not under way: it waits to be wanted, and is not interrupted."""
        self._context.under_way.discard(self)
        self._context.ended()
        try:
            yield
        finally:
            self._context.under_way.add(self)

    def interrupt(self, error: BaseException) -> None:
        """Raise the error where the block waits, if it is not over. Called by the loop."""
        if self in self._context.under_way:
            self.greenlet.throw(error)

    def __exit__(self, *exc: object) -> None:
        saved, context = self._saved, self._context
        self.greenlet.spawn_tree_locals = {} if saved is None else saved
        context.under_way.discard(self)
        context.ended()


class GreenletReply(Reply):
    """A reply for which greenlets wait; the others go on."""

    def __init__(self) -> None:
        super().__init__()
        #: The greenlets that wait for it.
        self.waiting: tuple[Any, ...] = ()

    def wait_until_done(self, timeout: float | None) -> None:
        """Let other greenlets run until the answer is there, at most so many seconds."""
        answered = Event()
        super().add_done_callback(lambda reply: answered.set())
        here = getcurrent()
        self.waiting = (*self.waiting, here)
        try:
            answered.wait(timeout)
        finally:
            self.waiting = tuple(greenlet for greenlet in self.waiting if greenlet is not here)


class GreenletShell(Shell):
    """What the hub needs of greenlets."""

    def __init__(self) -> None:
        #: The greenlets that were spawned and have not ended.
        self.spawned = Group()
        #: How often something has progressed.
        self.progress = 0
        #: Set when something has progressed; and does anybody wait for it?
        self._has_progressed, self._is_watched = Event(), False
        self._broadcasts = Broadcasts()
        self._thread_id: Callable[[], int] = get_original("_thread", "get_ident")

    def spawn(self, run: Callable[[], None]) -> None:
        """Run something in a greenlet of its own."""
        self.spawned.spawn(run)

    def produce(self, production: Production, within: Callable[[Callable[[], Any]], None]) -> None:
        """Run a generator in one greenlet as long as it lasts: its timeouts and locks are the greenlet's."""
        wanted = Event()
        production.wake = wanted.set
        self.spawned.spawn(within, partial(self._produce, production, wanted))

    def _produce(self, production: Production, wanted: Event) -> None:
        production.block.holds_up_stop = False  # it may never end; who stops closes it
        while production.turn():
            try:
                with production.block.resting():
                    if production.has_to_do:
                        gevent.sleep(0)
                    else:
                        wanted.clear()
                        wanted.wait()
            except BaseException as error:  # a timeout that the generator has set, or the end of the greenlet
                production.thrown = error

    def new_reply(self) -> Reply:
        """Return a reply that greenlets can wait for."""
        return GreenletReply()

    def thread_id(self) -> int:
        """Return what tells the running thread from others; gevent's patched function tells greenlets."""
        return self._thread_id()

    def interrupt(self, work: Cancellable, error: BaseException) -> None:
        """Raise the error where the block of this work waits, soon; do nothing once it is over."""
        self.soon(partial(_interrupt, work, error))

    def soon(self, do: Callable[[], None]) -> None:
        """Do something in the loop, outside of what runs now."""
        gevent.get_hub().loop.run_callback(do)

    def progressed(self) -> None:
        """Whoever waits for quiet looks again."""
        self.progress += 1
        if self._is_watched:
            self._is_watched = False
            self._has_progressed.set()

    def send_soon(self, audience: Audience) -> None:
        """Send an audience what was said to it, and what will be until the turn is over."""
        self._broadcasts.send_soon(audience)

    def send_now(self, audience: Audience) -> None:
        """Send an audience what was said to it."""
        self._broadcasts.send_now(audience)

    def wait_for_progress(self) -> None:
        """Wait until something progresses from now on."""
        self._has_progressed.clear()
        self._is_watched = True
        self._has_progressed.wait()

    def wait_while(self, is_so: Callable[[], Any]) -> None:
        """Wait until something is no longer so; looked at whenever something has progressed."""
        while is_so():
            self.wait_for_progress()


def _interrupt(work: Cancellable, error: BaseException) -> None:
    if work.block is not None:
        work.block.interrupt(error)


class LoopClock:
    """Moves the hub's timers with the loop: one timer of the loop's for all of them."""

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        #: The loop's timer for what is due next.
        self._timer: Any = None
        self._is_running = False
        timers.time = time.monotonic
        timers.sooner = self._arm

    def start(self) -> None:
        """Begin; called on the serving thread."""
        self._is_running = True
        self._arm()

    def stop(self) -> None:
        """End; timers that are not due yet stay undone."""
        self._is_running = False
        self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.close()
            self._timer = None
        wait = self._timers.next_due - self._timers.time()
        if self._is_running and wait < math.inf:
            # ref=False: what is only to be done later keeps no program alive, and hides no deadlock.
            self._timer = gevent.get_hub().loop.timer(max(0.0, wait), ref=False)
            self._timer.start(gevent.spawn, self.tick)

    def tick(self) -> None:
        """Do what is due."""
        try:
            self._timers.advance()
        finally:
            self._arm()  # what one was to do may fail; the others are still due
