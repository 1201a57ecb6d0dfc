"""A link: one WebSocket to the server, and the thread that writes to it.

Who runs what. The client's *reader* thread opens the link, receives from it and shuts it. The link's own
thread, the *writer*, sends: what was said since it last looked leaves as one WebSocket message, and no thread
of the program ever waits for the network. `wake`, `finish` and `give_up` are for every thread, also under the
client's lock.
"""

from __future__ import annotations

import logging
import threading
from queue import SimpleQueue
from typing import Protocol

from websocket import WebSocketException

from .address import Address
from .clock import Bell, Clock
from .websocket import NO_CODE, Closed, WebSocket

logger = logging.getLogger("greennow")

#: How often a link that has nothing to send looks whether it still works, in seconds.
TICK = 1.0

#: So often the server is told what was processed, in seconds.
ACKNOWLEDGE_EVERY = 5.0

#: How long the server may take to close after us, in seconds.
CLOSING_TIME = 2.0


class Owner(Protocol):
    """What a link sends for."""

    def take(self, link: Link) -> bytes:
        """Return what is to be sent now as one WebSocket message; empty if nothing."""

    def tick(self, link: Link) -> None:
        """Nothing was sent for a while."""

    def patience(self, link: Link) -> float:
        """Return after how many seconds of silence the link is given up."""


class Link:
    """One WebSocket to the server."""

    def __init__(self, owner: Owner, clock: Clock, max_message: int, address: Address) -> None:
        self._owner = owner
        self._clock = clock
        self._address = address
        self._websocket = WebSocket(max_message, self, address.ssl)
        self._writer = threading.Thread(target=self._write, name="greennow writer", daemon=True)
        #: Rung for the writer.
        self._bell: Bell = SimpleQueue()
        #: Has it been rung for what the session has to send? Then once is enough.
        self._is_awake = False
        #: What is to be sent first.
        self._first = b""
        #: What is to be sent last, then the code and reason to close with; None while there is more to come.
        self._last: tuple[bytes, int, str] | None = None
        #: A ping's data that has not been answered yet.
        self._ping: bytes | None = None
        #: When bytes arrived last.
        self._heard_at = 0.0
        #: When the server was to be told what was processed.
        self._ticked_at = clock.time()
        #: Will nothing more be received?
        self._has_ended = False
        #: Why it was given up, if it was.
        self._given_up: str | None = None
        #: How it ended.
        self.code = 1006
        self.reason = "the line broke"

    def __repr__(self) -> str:
        state = f"ended: {self.reason}" if self._has_ended else "open"
        return f"<Link to {self._address.url}, {state}>"

    # For every thread.

    def wake(self) -> None:
        """The session has something to take."""
        if not self._is_awake:
            self._is_awake = True
            self._bell.put(None)

    def finish(self, last: bytes, code: int, reason: str) -> None:
        """Send what the session has, then ``last``, then close with this code."""
        if self._last is None:
            self._last = (last, code, reason)
            self._bell.put(None)

    def give_up(self, reason: str) -> None:
        """End it at once."""
        if self._given_up is None:
            self._given_up = reason
        self._websocket.abort()

    # For the reader.

    def open(self, timeout: float) -> None:
        """Connect; ``timeout`` bounds, in seconds, each wait for the network.

        Raises:
            CannotOpen: there is no WebSocket to be had.
        """
        self._websocket.open(self._address, timeout)
        self.heard()

    def start(self, first: bytes) -> None:
        """Begin to write, this first."""
        self._first = first
        self._writer.start()

    def receive(self) -> bytes | None:
        """Wait for the next message and return it; None if there will be none.

        Raises:
            ProtocolError: the server broke the rules.
        """
        try:
            return self._websocket.receive()
        except Closed as closed:
            self.code, self.reason = closed.code, closed.reason
            if self._given_up is not None:
                self.code, self.reason = 1006, self._given_up
            return None

    def shut(self) -> None:
        """Nothing is received any more: let the writer end, and close the socket."""
        self._has_ended = True
        self._bell.put(None)
        if self._writer.ident is not None:
            self._writer.join(CLOSING_TIME)
            self._websocket.abort()
            self._writer.join()
        self._websocket.shutdown()

    # What the WebSocket tells.

    def heard(self) -> None:
        """Bytes have arrived."""
        self._heard_at = self._clock.time()

    def pinged(self, data: bytes) -> None:
        """A ping has arrived; the writer answers."""
        # Only the last one need be answered (RFC 6455, 5.5.3).
        self._ping = data
        self._bell.put(None)

    def stalled(self) -> None:
        """Nothing could be sent for a while, or nothing was to be."""
        if self._clock.time() - self._heard_at > self._owner.patience(self):
            self.give_up("nothing was heard for too long")

    # On the writer's thread.

    def _write(self) -> None:
        try:
            self._websocket.send_binary(self._first)
            while not self._has_ended and self._last is None:
                self._wait()
                self._send_waiting()
            self._say_goodbye()
        except (OSError, WebSocketException) as error:
            self.give_up(f"the line broke: {error}")
        except Exception:
            logger.exception("the client failed to write to its link")
            self.give_up("a fault of the client's")

    def _wait(self) -> None:
        self._clock.wait(self._bell, TICK)
        # Before anything is taken: what is said from now on rings again.
        self._is_awake = False
        if self._clock.time() - self._ticked_at >= ACKNOWLEDGE_EVERY:
            self._ticked_at = self._clock.time()
            self._owner.tick(self)
        self.stalled()

    def _send_waiting(self) -> None:
        ping, self._ping = self._ping, None
        if ping is not None:
            self._websocket.pong(ping)
        while data := self._owner.take(self):
            self._websocket.send_binary(data)

    def _say_goodbye(self) -> None:
        if self._last is None:
            self._websocket.send_goodbye(1000 if self.code in (NO_CODE, 1006) else self.code, "")
            return
        self._send_waiting()
        last, code, reason = self._last
        self._websocket.send_binary(last)
        self._websocket.send_goodbye(code, reason)
        until = self._clock.time() + CLOSING_TIME
        while not self._has_ended and self._clock.wait(self._bell, until - self._clock.time()):
            pass
        self._websocket.abort()
