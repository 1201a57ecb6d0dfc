"""The client's end without I/O, threads or greenlets: namespace, replica, sessions, events.

Two shells drive it: the threaded client (``connection.py``) and the test harness's greenlet client. They say
what arrived, when a link was made or lost, and run what `Shell.dispatch` is given.

Every public method may be called from any thread; the shell's lock makes each one step. The program's own
code, log handlers too, never runs under the lock: it goes through `Shell.dispatch`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from ..core.carriers import Link
from ..core.checks import Checks
from ..core.codec import Codec
from ..core.errors import Cancelled, Disconnected, LimitExceeded, ProtocolError, Refused
from ..core.events import Handler
from ..core.functions import Lending
from ..core.incoming import IncomingCall
from ..core.messages import Bye, Hello, Message, Refuse, Welcome
from ..core.paths import Path
from ..core.production import Production
from ..core.references import References
from ..core.referring import NoFunctions
from ..core.reply import Reply
from ..core.timers import Timer
from ..core.tree import Operation, Value, difference, get, list_unit
from ..core.work import Cancellable
from .peer import ClientPeer
from .shared import MAX_INCOMING, Shared, Shell, no_session
from .welcome import DEEPEST, WELCOME_TIME, WelcomedFunctions, told_limits

__all__ = ["FINAL", "MAX_INCOMING", "ClientEnd", "Shell"]

logger = logging.getLogger("greennow")

#: Close codes after which the client does not come back; see the protocol's table.
FINAL = frozenset({1000, 1002, 1003, 1007, 1009, 4000, 4008, 4401, 4403})

#: The close code after which it comes back, but not to the same session.
TOO_SLOW = 4002


class ClientEnd(Shared):
    """The client's half of everything: what is shared, the `Host` of the peer, and links that come and go."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        #: The public id that the server gave this session.
        self.client_id = ""
        #: The server's ``client_options``.
        self.options: dict[str, Any] = {}
        #: Seconds after which the server is asked for a sign of life; and how long a session waits for us.
        self.heartbeat = 20.0
        self.resume_window = 15.0
        #: The link that the server has welcomed.
        self.link: Link | None = None
        #: Have the server's `connect` handlers returned, in this session?
        self.is_ready = False
        #: How often that happened.
        self.ready_count = 0
        #: What the server's calls are checked against.
        self.checks = Checks()
        #: The end of the session that a new link may begin.
        self._next_peer = self._new_peer()
        #: A link of which nothing is taken any more, though it is not closed yet.
        self._left: Link | None = None
        #: Raised with each link; and did the last one ask to resume the session?
        self._attempt = 0
        self._asked_to_resume = False
        #: What resumes the session.
        self._token: bytes | None = None
        #: The limit that a buffer passed; the session is given up when the step is done.
        self._full: str | None = None
        #: Who waits until the server has processed so many of our messages.
        self._flushes: list[tuple[int, Reply]] = []

    @contextmanager
    def step(self) -> Iterator[None]:
        """Make what is done within it one step; a session whose buffer it filled is given up at its end."""
        with self.lock:
            try:
                yield
            finally:
                full, self._full = self._full, None
                if full is not None:
                    self._start_over(self.link, f"too much waits to be sent: {full} is full")

    # The peer's host.

    def apply_theirs(self, operations: tuple[Operation, ...]) -> list[tuple[Path, Any]]:
        """Apply the server's write; return the changes that are seen."""
        paths = []
        before = self.replica.shown
        for operation in operations:
            paths.append(list_unit(self.replica.confirmed, operation) or operation.path)
            self.replica.apply_theirs((operation,))
        after = self.replica.shown
        self.tell_watches(before)
        return [(path, get(after, path)) for path in paths if get(before, path) is not get(after, path)]

    def changed(self, changes: list[tuple[Path, Any]]) -> None:
        """Changes of the server's: `change` handlers are told."""
        if self.events.has("change"):
            for path, value in changes:
                self.events.fire("change", path, self.shown_value(path, value))

    def changed_values(self, paths: Iterable[Path]) -> list[bytes]:
        """A client's writes are not conflated: past the buffer's bound the session is given up."""
        return []

    def start(self, call: IncomingCall) -> None:
        """Run a call of the server's among the program's other code, in its order."""
        self._shell.dispatch(call.run)

    def produce(self, production: Production) -> None:
        """Run a generator among the program's other code, as far as the server has asked for."""
        self._shell.dispatch(production.turn)

    def interrupt(self, work: Cancellable, error: Cancelled, replies: Sequence[Reply]) -> None:
        """End the work where it waits for these answers; a thread cannot be stopped elsewhere."""
        for reply in replies:
            reply.reject(error)

    def later(self, seconds: float, do: Callable[[], None]) -> Timer:
        """Do something in so many seconds."""
        return self._shell.later(seconds, do)

    def acknowledged(self, count: int) -> None:
        """The server has applied our messages up to this one, here."""
        self.replica.acknowledge(count)
        while self._flushes and self._flushes[0][0] <= count:
            self._flushes.pop(0)[1].resolve(None)

    def refused(self, refuse: Refuse) -> None:
        """The server refused operations of ours: they are rolled back and reported."""
        before = self.replica.shown
        for operation, reason in self.replica.refuse(refuse.number, dict(refuse.refusals)):
            self._report_refused(Refused(reason, operation.path))
        self.tell_watches(before)

    def _report_refused(self, error: Refused) -> None:
        self._shell.dispatch(partial(logger.warning, "the server refused a write: %s", error))
        self.events.fire("error", error)

    def ready(self) -> None:
        """The server's `connect` handlers have returned."""
        self.is_ready = True
        self.ready_count += 1
        if self.ready_count == 1:
            self.events.fire("ready")
        else:
            self.events.fire("reconnect", False)

    def overflowed(self, limit: str) -> None:
        """Too much waits to be sent: give the session up when this step is done."""
        self._full = limit

    def lent_elsewhere(self) -> Sequence[Lending]:
        """A client lends in its session only."""
        return ()

    def give_back(self, handle: int, loans: int) -> bool:
        """A client lends in its session only."""
        return False

    # What links send and receive.

    def hello(self) -> bytes:
        """A link was made: return the first thing to send."""
        with self.lock:
            self._attempt += 1
            received = self.peer.session.processed if self.peer is not None else 0
            token = self._token if self.peer is not None else None
            self._asked_to_resume = token is not None
            return self._encode(Hello(1, self._attempt, token, received))

    def bye(self, reason: Disconnected) -> bytes:
        """Return the last thing to send over a link."""
        return self._encode(Bye(reason.code, reason.reason))

    def _encode(self, message: Message) -> bytes:
        return Codec(NoFunctions(), self.limits).encode(message)

    def take(self, link: Link) -> bytes:
        """Return what the link is to send now as one WebSocket message; empty if nothing."""
        with self.step():
            if self.peer is None or self.peer.session.link is not link:
                return b""
            self.peer.release_garbage()
            return self.peer.session.take()

    def tick(self, link: Link) -> None:
        """It is a while since the last time: have the link tell the server what was processed."""
        with self.lock:
            if self.peer is not None and self.peer.session.link is link and self.peer.session.owes_ack:
                self.peer.session.acknowledge()

    def patience(self, link: Link) -> float:
        """Return after how many seconds of silence the link is given up."""
        return 2 * self.heartbeat if link is self.link else WELCOME_TIME

    def receive(self, link: Link, data: bytes) -> None:
        """A WebSocket message arrived over this link.

        Raises:
            ProtocolError: the server broke the rules.
        """
        with self.step():
            if link is self.link and self.peer is not None:
                self.peer.session.arrived(len(data))
            for message in self._codec(link).decode(data):
                if link is self._left or self.closed is not None:
                    return
                self._handle(link, message)

    def _codec(self, link: Link) -> Codec:
        if link is self.link and self.peer is not None:
            return self.peer.codec
        # Welcome may begin a new session: what it holds is decoded with that one's peer, what follows it with
        # the one it is then.
        self._next_peer = self._new_peer()
        functions = WelcomedFunctions(lambda: self._references(link))
        return Codec(functions, self._next_peer.limits)

    def _references(self, link: Link) -> References | None:
        peer = self.peer if link is self.link else self._next_peer
        return None if peer is None else peer.references

    def _new_peer(self) -> ClientPeer:
        limits = self.limits._replace(max_depth=DEEPEST)
        return ClientPeer(self, limits, self.step, has_one_thread=self._shell.has_one_thread)

    def _handle(self, link: Link, message: Message) -> None:
        if link is not self.link:
            if not isinstance(message, Welcome):
                raise ProtocolError("welcome comes first")
            self._welcome(link, message)
        elif isinstance(message, Bye):
            self._take_leave(link, Disconnected(message.reason, message.code))
        elif self.peer is not None:
            self.peer.handle(message)

    def _take_leave(self, link: Link, reason: Disconnected) -> None:
        self._left = link
        if reason.code in FINAL:
            self.end(reason)
        else:
            self.give_up_session(reason)

    # Sessions begin, go on and end.

    def _welcome(self, link: Link, welcome: Welcome) -> None:
        self.limits = told_limits(self.limits, welcome.limits)
        self.heartbeat = welcome.limits["heartbeat"]
        self.resume_window = welcome.limits["resume_window"]
        self.client_id = welcome.client_id
        self.options = welcome.options
        if welcome.resumed:
            self._resume(link, welcome)
        else:
            self._begin(link, welcome)

    def _resume(self, link: Link, welcome: Welcome) -> None:
        if not self._asked_to_resume:
            raise ProtocolError("nothing was to be resumed")
        peer = self.peer
        # It may have been given up since we asked.
        if peer is None or not peer.session.can_resume(welcome.received):
            self._start_over(link, "too much was missed to resume")
            return
        self._token = welcome.token
        self.link = link
        peer.use_limits(self.limits)
        peer.session.attach(link, welcome.received)
        if self._flushes:  # what was asked over the last link may not have arrived
            peer.session.acknowledge(wanted=True)
        if self.is_ready:
            self.events.fire("reconnect", True)

    def _begin(self, link: Link, welcome: Welcome) -> None:
        """A fresh session: calls of the old one fail, our own names are put in place again."""
        before = self.replica.shown
        self.give_up_session(Disconnected("the session could not be resumed"))
        self._token = welcome.token
        self.is_ready = False
        self.link = link
        self.peer = peer = self._next_peer
        peer.use_limits(self.limits)
        again = self.replica.effective(self.replica.reset(welcome.now))
        peer.session.attach(link, 0)
        self._write_again(peer, again)
        if not peer.session.sent:
            peer.write(())  # the server waits for a first message
        self._tell_of(before)

    def _write_again(self, peer: ClientPeer, operations: list[Operation]) -> None:
        """Put names in place in one message, or in several where it would be too large."""
        try:
            number = peer.write(operations)
        except LimitExceeded as error:
            half = len(operations) // 2
            if half:
                self._write_again(peer, operations[:half])
                self._write_again(peer, operations[half:])
            else:
                self._report_refused(Refused(str(error), operations[0].path))
        else:
            self.replica.write(operations, number)

    def _tell_of(self, before: Value) -> None:
        """What is shown is another tree."""
        self.tell_watches(before)
        if self.events.has("change"):
            after = self.replica.shown
            self.changed([(changed.path, get(after, changed.path)) for changed in difference(before, after)])

    def link_lost(self, link: Link, code: int = 1006, reason: str = "the line broke") -> None:
        """The link is gone; if the session is not over, it waits for another."""
        with self.lock:
            gone = Disconnected(reason, code)
            if code in FINAL:
                self.end(gone)
            elif code == TOO_SLOW:
                self.give_up_session(gone)
            if link is self._left:
                self._left = None
            if link is not self.link:
                return
            self.link = None
            if self.peer is not None:
                self.peer.session.detach()
            if self.closed is None:
                self.events.fire("disconnect")

    def _start_over(self, link: Link | None, reason: str) -> None:
        self.give_up_session(Disconnected(reason))
        self._left = link
        self._shell.give_up_link(reason)

    def give_up_session(self, reason: Disconnected) -> None:
        """The session will not be resumed: calls fail; names stay, to be put in place in the next one."""
        with self.lock:
            peer, self.peer = self.peer, None
            self._token = None
            self.replica.abandon()
            if peer is not None:
                peer.session.detach()
                peer.end(reason)
            flushes, self._flushes = self._flushes, []
            for _, waiting in flushes:
                waiting.reject(reason)

    def end(self, reason: Disconnected) -> None:
        """It is over for good."""
        with self.lock:
            if self.closed is None:
                self.closed = reason
                self.give_up_session(reason)
                self.events.fire("close")

    # What the program asks for.

    def flushed(self) -> Reply:
        """Return a reply that is done when everything sent so far has been processed."""
        with self.step():
            reply = self._shell.new_reply()
            if self.peer is None:
                reply.reject(self.closed or no_session())
                return reply
            self.peer.release_garbage()
            if self.peer.session.in_flight == 0:
                reply.resolve(None)
            else:
                self._flushes.append((self.peer.session.sent, reply))
                self.peer.session.acknowledge(wanted=True)
            return reply

    def on(self, event: str, handler: Handler | None = None) -> Any:
        """Call ``handler`` at each such event; without one, return a decorator.

        A handler of `ready` that comes after that is called at once.
        """
        if handler is None:
            return partial(self._on, event)
        with self.lock:
            end: Callable[[], None] = self.events.on(event, handler)
            if event == "ready" and self.is_ready:
                self.events.run(event, handler)
            return end

    def _on(self, event: str, handler: Handler) -> Handler:
        self.on(event, handler)
        return handler
