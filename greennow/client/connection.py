"""The connection: one link after the other to the server, until it is over.

Who runs what. `run` and what it calls are the *reader* thread's, which opens links, receives from them,
and waits between them; `open`, `close` and the end's `Shell` are for every thread.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager, suppress
from queue import SimpleQueue
from random import Random
from typing import Any

from ..core.errors import ConnectError, Disconnected, ProtocolError
from ..core.timers import Timer
from .address import Address
from .alarm import Alarm
from .backoff import Backoff
from .clock import Bell, Clock
from .dispatch import Dispatcher, Task
from .end import FINAL, ClientEnd
from .link import CLOSING_TIME, Link
from .reply import ThreadReply
from .shared import MAX_INCOMING
from .websocket import CannotOpen

logger = logging.getLogger("greennow")

#: How long each wait for the network may take while a link is opened, in seconds.
_OPENING_TIME = 10.0

#: A link that lived for so long was good: after it, pauses are short again. In seconds.
_GOOD_LINK = 5.0


class Connection:
    """What keeps a client's end linked to the server: the end's `Shell`."""

    def __init__(
        self,
        address: Address,
        *,
        reconnect: bool | int,
        dispatch: Callable[[Task], Any] | None,
        clock: Clock,
        random: Random,
    ) -> None:
        """
        Args:
            address: where the server is.
            reconnect: how many tries there are after a link was lost; True: as many as it takes.
            dispatch: where the program's code runs; see `Dispatcher`.
            clock: what is waited by.
            random: what jitters the pauses between tries.
        """
        self.address = address
        self._clock = clock
        self._backoff = Backoff(random)
        self._allowed_tries = math.inf if reconnect is True else int(reconnect)
        self.has_one_thread = True
        #: Makes each step of the end's one.
        self.lock: AbstractContextManager[Any] = threading.RLock()
        self.dispatcher = Dispatcher(dispatch, clock, self._exit)
        self._alarm = Alarm(clock)
        self.end = ClientEnd(self)
        #: Done when the server is ready for the first time, or cannot be.
        self.opened = ThreadReply(self.dispatcher)
        #: Done when it is over for good.
        self.over = ThreadReply(self.dispatcher)
        self._reader = threading.Thread(target=self._run, name="greennow reader", daemon=True)
        #: Rung when the reader is to wait no longer.
        self._bell: Bell = SimpleQueue()
        #: The link that is opened or open.
        self._link: Link | None = None
        #: Was `close` called?
        self._is_closing = False
        #: Tries that failed since there was a link, and what the last one met.
        self._tries = 0
        self._last_failure = "the server has not answered"
        #: When trying to open the first link makes no sense any more; and when the session is given up.
        self._open_until = math.inf
        self._resume_until = math.inf

    # The end's shell.

    def dispatch(self, task: Task) -> None:
        """Run a piece of the program's code, after those given before."""
        self.dispatcher.add(task)

    def new_reply(self) -> ThreadReply:
        """Return a reply that threads can wait for."""
        return ThreadReply(self.dispatcher)

    def later(self, seconds: float, do: Callable[[], None]) -> Timer:
        """Do something in so many seconds, unless it is cancelled."""
        return self._alarm.later(seconds, do)

    def give_up_link(self, reason: str) -> None:
        """End the link at once; the reader makes another."""
        link = self._link
        if link is not None:
            link.give_up(reason)

    # Beginning and ending.

    def open(self, timeout: float | None) -> None:
        """Begin, and wait until the server is ready, at most so many seconds.

        Raises:
            ConnectError: it is not, and why.
        """
        self._open_until = math.inf if timeout is None else self._clock.time() + timeout
        is_opened: Bell = SimpleQueue()
        Future.add_done_callback(self.opened, lambda _: is_opened.put(None))
        self.dispatcher.start()
        self._reader.start()
        if not self._clock.wait(is_opened, timeout):
            raise self._not_in_time()
        self.opened.result()

    def close(self) -> None:
        """Say goodbye and end; what was to be sent is taken along."""
        self._ask_to_close()
        self._reader.join(2 * CLOSING_TIME)
        self.end.end(_closed())
        self.dispatcher.stop()
        self.dispatcher.join(CLOSING_TIME)
        self._alarm.stop(CLOSING_TIME)

    def _ask_to_close(self) -> None:
        with self.lock:
            self._is_closing = True
            link = self._link
        self._bell.put(None)
        if link is not None and self.end.link is link:
            reason = _closed()
            link.finish(self.end.bye(reason), reason.code, reason.reason)
        elif link is not None:
            link.give_up("the client was closed")

    def _exit(self, error: BaseException) -> None:
        """The program's code wants the program to end: so does whoever waits for the client."""
        logger.info("the client is closed: the program's code raised %r", error)
        self._ask_to_close()

    def _not_in_time(self) -> ConnectError:
        if self.end.link is not None:
            return ConnectError(
                f"{self.address.url} was not ready in time: its connect handlers have not returned"
            )
        tries = "1 try" if self._tries == 1 else f"{self._tries} tries"
        return ConnectError(f"{self.address.url} was not there in time, in {tries}: {self._last_failure}")

    # On the reader's thread.

    def _run(self) -> None:
        try:
            while not self._is_over():
                self._try_link()
                if not self._is_over():
                    self._pause()
        except Exception:
            logger.exception("the client failed")
        finally:
            self.end.end(_closed() if self._is_closing else Disconnected("a fault of the client's", 1011))
            closed = self.end.closed or _closed()
            if self.opened.done() and closed.code != 1000:
                logger.warning("the client of %s has ended: %s", self.address.url, closed)
            self.opened.reject(ConnectError(f"{self.address.url}: {closed.reason}", closed.code))
            self.over.resolve(None)
            self.dispatcher.stop()
            self._alarm.stop(0)

    def _is_over(self) -> bool:
        return self._is_closing or self.end.closed is not None

    def _try_link(self) -> None:
        """Open a link, and stay with it as long as it lives."""
        link = Link(self.end, self._clock, MAX_INCOMING, self.address)
        with self.lock:
            self._link = link
        if self._is_closing:
            return
        self._tries += 1
        try:
            link.open(self._opening_time())
        except CannotOpen as error:
            self._last_failure = str(error)
            # What it answers may change while a server is restarted; to begin with, it will not.
            if error.code in FINAL or (error.is_answer and not self.opened.done()):
                self.end.end(Disconnected(str(error), error.code))
        else:
            self._stay_with(link)

    def _opening_time(self) -> float:
        # Neither `open` nor calls are to wait for longer than they may.
        until = min(self._resume_until, math.inf if self.opened.done() else self._open_until)
        return max(0.1, min(_OPENING_TIME, until - self._clock.time()))

    def _stay_with(self, link: Link) -> None:
        opened_at = self._clock.time()
        self._give_up_if_late()
        try:
            link.start(self.end.hello())
            self._receive_all(link)
        except ProtocolError as error:
            self._break(link, error)
        finally:
            link.shut()
            self._lost(link)
        if self._clock.time() - opened_at > _GOOD_LINK:
            self._backoff.reset()

    def _receive_all(self, link: Link) -> None:
        while (data := link.receive()) is not None:
            self.end.receive(link, data)
            if self.end.link is link:
                self._tries = 0
                self._resume_until = math.inf
            if self.end.is_ready and not self.opened.done():
                self.opened.resolve(None)

    def _break(self, link: Link, error: ProtocolError) -> None:
        """The server broke the rules: say so to it, and end."""
        logger.error("closing the link to %s: %s", self.address.url, error)
        reason = Disconnected(error.reason, error.code)
        link.finish(self.end.bye(reason), reason.code, reason.reason)
        self.end.end(reason)
        with suppress(ProtocolError):
            while link.receive() is not None:
                """The server had more to say; the writer bounds for how long."""

    def _lost(self, link: Link) -> None:
        self._last_failure = link.reason
        if self._is_closing:
            self.end.end(_closed())
        else:
            logger.info("the link to %s is lost: %s (code %s)", self.address.url, link.reason, link.code)
        self.end.link_lost(link, link.code, link.reason)
        if self.end.peer is not None and self._resume_until == math.inf:
            self._resume_until = self._clock.time() + self.end.resume_window

    # On the reader's thread, between links.

    def _pause(self) -> None:
        """Wait before the next try, or end if there is to be none."""
        is_opened = self.opened.done()
        left = math.inf if is_opened else self._open_until - self._clock.time()
        if is_opened and self._tries >= self._allowed_tries:
            if self._tries:
                self.end.events.fire("reconnect_failed")
            self.end.end(Disconnected(self._last_failure))
        elif left <= 0:
            self.opened.reject(self._not_in_time())
            self.end.end(Disconnected(self._last_failure))
        else:
            self._wait(min(self._backoff.pause(), left))

    def _wait(self, seconds: float) -> None:
        until = self._clock.time() + seconds
        while not self._is_over():
            self._give_up_if_late()
            left = until - self._clock.time()
            if left <= 0:
                return
            self._clock.wait(self._bell, min(left, self._resume_until - self._clock.time()))

    def _give_up_if_late(self) -> None:
        """The server has forgotten the session by now: calls need not wait for it any longer."""
        if self._clock.time() >= self._resume_until:
            self._resume_until = math.inf
            window = self.end.resume_window
            self.end.give_up_session(
                Disconnected(f"the line was down for longer than the resume window, {window} s")
            )


def _closed() -> Disconnected:
    return Disconnected("the client was closed", 1000)
