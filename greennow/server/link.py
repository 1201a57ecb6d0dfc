"""A link: one WebSocket, its frames, and the greenlet that reads it.

Who runs what. An idle link has no greenlet: a read watcher of the loop switches to one that has
nothing to do. That greenlet reads, parses, and runs the client's calls itself. If one of them waits, the
loop finds the greenlet still at its work, and another goes on with what is left: programs see what
they would see with a greenlet a call, at a fraction of the cost. A link that always has more
is read in turns, so that it starves nobody.

Writing never waits. What is said in one turn of the loop leaves as one WebSocket message; what
the kernel does not take waits for the socket to be writable, and the session conflates.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import gevent

from ..core.errors import Disconnected, ProtocolError
from ..core.escaping import one_line
from ..core.messages import Bye, Hello, Message
from ..hub.client import Client
from ..hub.hub import Hub
from ..hub.user import User
from . import websocket
from .inbox import Inbox
from .once import Once
from .pongs import Pongs
from .sockets import WOULD_BLOCK, address_of, bare, prepare, say_no_more
from .websocket import Closed, Ping, Pong

if TYPE_CHECKING:
    from .wsgi import Serving

#: How much is read at once, in bytes.
_PIECE = 65_536

#: After so many messages a reader lets the others run.
_TURN = 100

#: How long a closing link may take to say its last, and a new one to say hello, in seconds.
_CLOSING_TIME, HELLO_TIMEOUT = 2.0, 10.0

#: The most bytes of a message ahead of welcome. A hello takes 70; the rest is for fields of later versions.
HELLO_ROOM = 4_096


class Link:
    """One WebSocket to a client. Used by the serving thread only."""

    def __init__(self, hub: Hub, socket: Any, make_user: Callable[[], User], serving: Serving) -> None:
        self._hub, self._socket = hub, socket
        #: Makes the client's bag; None once a hello was taken, of which there is one.
        self._make_user: Callable[[], User] | None = make_user
        #: What all links share: who reads, and who flushes at the end of this turn of the loop.
        self._serving = serving
        #: Sends as many bytes as the kernel takes now: bound once, for broadcasts.
        self.send: Callable[[bytes], int] = bare(socket).send
        self._inbox = Inbox(HELLO_ROOM)
        #: The client, from its hello on.
        self.client: Client | None = None
        #: The greenlet that handles what was read; another takes over from one that waits.
        self._reader: object = None
        #: Does the loop look for more to read?
        self._is_watching = False
        #: Was a reader left at its work because a check may not be overtaken?
        self._was_passed_over = False
        #: Frames that the kernel has not taken yet; the answers to pings that are not among them.
        self._unsent, self._pongs = b"", Pongs()
        #: Is a flush at the end of this turn coming?
        self._is_awake = False
        #: Was a close frame of ours sent? Then nothing more is.
        self._is_closing = False
        #: Set when the socket is closed.
        self.closed = Once()
        #: Has anything been heard, or said, since the last look? See `Heartbeats`.
        self.has_heard = self.has_said = True
        self._readable = gevent.get_hub().loop.io(socket.fileno(), 1)
        #: Tells when the kernel takes more; most links never have to know.
        self._writable: Any = None
        #: Ends a link that says no hello, later one that does not close.
        self._timer = hub.timers.later(HELLO_TIMEOUT, lambda: self.close(4003, "no hello in time"))

    def __repr__(self) -> str:
        return f"<Link of {self.client or 'nobody yet'}>"

    def open(self) -> None:
        """Begin to read."""
        prepare(self._socket)
        self._wait_for_more()

    # Reading.

    def _wait_for_more(self) -> None:
        if not self._is_watching and not self.closed.is_set():
            self._is_watching = True
            self._readable.start(self._read_on, True)

    def _stop_waiting(self) -> None:
        if self._is_watching:
            self._is_watching = False
            self._readable.stop()

    def _read_on(self, receives: bool) -> None:
        """Have a reader handle what has come; while it waits, another what is left. Called by the loop.

        Args:
            receives: may there be more than what was received already?
        """
        if self._reader is None:  # else one that waits is taken over from, unless it is at a check
            self._serving.readers.run(self._receive_and_handle if receives else self._handle_turn)
        while self._reader is not None:
            self.flush()
            if self.client is not None and self.client.writes.is_checking:
                self._was_passed_over = True
                self._stop_waiting()
                return
            self._serving.readers.run(self._handle_turn)

    def _take_over(self, reader: object) -> None:
        """Called by the loop: if ``reader`` is still at what it was at, it waits. Go on without it."""
        if self._reader is reader:
            self._read_on(False)

    def checked(self) -> None:
        """A check that no later message may overtake is over: from now on its reader is watched again."""
        if self._was_passed_over:
            self._was_passed_over = False
            gevent.get_hub().loop.run_callback(self._take_over, self._reader)

    def _receive_and_handle(self) -> None:
        self._work(receives=True)

    def _handle_turn(self) -> None:
        self._work(receives=False)

    def _work(self, *, receives: bool) -> None:
        """Handle what there is, as far as one reader does in one turn. Run by a reader."""
        self._reader = reader = gevent.getcurrent()
        # What is said meanwhile goes out at the end.
        self._is_awake = True
        try:
            if not receives or self._receive():
                self._handle_messages(reader)
            if self._reader is reader:
                # Here nothing refers to the messages any more, nor to the functions in them.
                self.flush()
        except ProtocolError as error:
            self._break(error)
        except Exception as error:
            complain = self._complaint("the server failed at a message of %s", error=error)
            self._break(ProtocolError("a fault of the server's", 1011))
            complain()
        finally:
            if self._reader is reader:
                self._reader = None
                if self._is_awake:  # what ends the program came through
                    self._serving.flush_soon(self)
                self._look_further()

    def _look_further(self) -> None:
        """What is left is for the next turn, so that a link that always has more starves nobody."""
        if not self._inbox or self._is_closing or (self.client and self.client.link is not self):
            self._wait_for_more()
        else:
            self._stop_waiting()
            gevent.get_hub().loop.run_callback(self._read_on, False)

    def _receive(self) -> bool:
        """Read once into the inbox. Return whether anything came.

        The loop calls again while there is more. A piece is larger than any record of TLS, so none is
        left over in the socket, where the loop would not see it.
        """
        try:
            data = self._socket.recv(_PIECE)
        except WOULD_BLOCK:
            return False
        except OSError as error:
            self.lost(f"the line broke: {error}")
            return False
        if not data:
            self.lost("the line broke")
            return False
        if self._is_closing:
            return False  # nothing is handled any more; only the end is waited for
        self.has_heard = True
        if self.client is not None:
            self.client.peer.session.arrived(len(data))
        for event in self._inbox.add(data):
            self._take_control(event)
        if self._pongs and not self._unsent:
            self._transmit(self._pongs.take())
        return True

    def _take_control(self, event: Ping | Pong) -> None:
        if self.client is not None:
            self._hub.charge(self.client, event)
        if isinstance(event, Ping):
            self._pongs.owe(event.data, newest_only=bool(self._unsent))

    def _handle_messages(self, reader: object) -> None:
        """Handle what was received, until that is all, the turn is over, or another reader has taken over.

        What is not handled here any more is not decoded either: it will be sent again on the next
        link, and a function in it counts as lent once.
        """
        for _ in range(_TURN):
            client = self.client
            # Is what comes over this link still handled, and by this reader?
            if self._reader is not reader or self._is_closing or (client and client.link is not self):
                return
            message = self._inbox.next(client.peer.codec if client else self._hub.plain_codec)
            if message is None:
                return
            self._handle(message)

    def _handle(self, message: Message | Closed) -> None:
        client = self.client
        if client is None:
            self._greet(message)
        elif isinstance(message, (Closed, Bye)):
            self._take_leave(client, message)
        else:
            if client.rate is not None:
                self._hub.charge(client, message)
            if client.previous_token:
                self._hub.tokens.arrived(client)
            client.peer.handle(message)

    def _take_leave(self, client: Client, message: Closed | Bye) -> None:
        if isinstance(message, Closed):
            self._answer_close(message.code)
        else:
            client.end(Disconnected(one_line(message.reason) or "the client said goodbye", message.code))
            self.close(1000, "")

    def _greet(self, message: Message | Closed) -> None:
        if isinstance(message, Closed):
            self._answer_close(message.code)
            return
        if not isinstance(message, Hello):
            raise ProtocolError("hello comes first")
        # What makes the bag holds the whole request, with its buffers: let go of it.
        make_user, self._make_user = self._make_user, None
        if make_user is None:  # a handler of logs waits, and the first hello with it
            raise ProtocolError("hello comes once")
        if message.version != 1:
            raise ProtocolError(f"version {message.version} of the protocol is not spoken here, 1 is")
        self._timer.cancel()
        client = self._hub.hello(message, self, make_user)
        if client is not None and client.link is self:
            self.client = client
            self._inbox.max_message = self._hub.limits.max_incoming
            if self._unsent:
                client.peer.session.block()
            if self.closed.is_set():  # since it has waited
                client.link_lost(self)

    # Writing.

    @property
    def unsent(self) -> int:
        """How many bytes the kernel has not taken yet."""
        return len(self._unsent)

    def wake(self) -> None:
        """The session has something to send: it goes at the end of this turn of the loop.

        Much goes at once, or what is said in one turn would fill the session's buffer though the
        kernel would take it; and if it does not, the session conflates from then on.
        """
        if not self._is_awake:
            self._is_awake = True
            self._serving.flush_soon(self)
        elif self.client is not None and self.client.peer.session.much_waits:
            self.flush()

    def flush(self) -> None:
        """Send what the session has, as far as the kernel takes it."""
        self._is_awake = False
        client = self.client
        if client is None or client.link is not self or self._is_closing:
            return
        client.peer.release_garbage()
        session = client.peer.session
        while not self._unsent and (data := session.take()):
            self._transmit(websocket.frame(data))

    def say(self, message: Message) -> None:
        """Send an uncounted message, after what the session has to send."""
        self.flush()
        codec = self._hub.plain_codec if self.client is None else self.client.peer.codec
        self._transmit(websocket.frame(codec.encode(message)))

    def _transmit(self, data: bytes) -> None:
        """Send bytes, or keep them until the socket is writable. Never waits."""
        if self.closed.is_set():
            return
        self.has_said = True
        if self._unsent:
            self._unsent += data
            return
        try:
            sent = self.send(data)
        except WOULD_BLOCK:
            sent = 0
        except OSError as error:
            self.lost(f"the line broke: {error}")
            return
        if sent < len(data):
            self.keep_unsent(data[sent:])

    def keep_unsent(self, data: bytes) -> None:
        """The kernel has not taken this: keep it until the socket is writable."""
        self._unsent = data
        if self.client is not None and self.client.link is self:
            self.client.peer.session.block()
        self._writable = self._writable or gevent.get_hub().loop.io(self._socket.fileno(), 2)
        self._writable.start(self._send_rest)

    def _send_rest(self) -> None:
        self._writable.stop()
        data, self._unsent = self._unsent, b""
        self._transmit(data)
        if self._pongs and not self._unsent and not self._is_closing:
            self._transmit(self._pongs.take())
        if self._unsent or self.closed.is_set():
            return
        if self._is_closing:
            self._shut()
        elif self.client is not None and self.client.link is self:
            self.client.peer.session.is_blocked = False
            self.flush()

    # Ending.

    def close(self, code: int, reason: str) -> None:
        """Say why, and close when that is out."""
        if self._is_closing or self.closed.is_set():
            return
        self._transmit(websocket.close_frame(code, reason))
        self._is_closing = True
        if self.client is not None and self.client.link is self:
            self.client.peer.session.block()  # nothing more is sent
        self._timer.cancel()
        self._timer = self._hub.timers.later(_CLOSING_TIME, self._close_socket)
        if not self._unsent:
            self._shut()

    def _shut(self) -> None:
        """All is sent: let the other end close first, so that it reads all of it."""
        if not say_no_more(self._socket):
            self._close_socket()

    def _break(self, error: ProtocolError) -> None:
        """The other end broke the rules: say so to it, once to the log, and to nobody else."""
        complain = self._complaint("closing the link of %s: %s", error)
        closes = self if self.client is None or self.client.link is not self else self.client
        closes.close(error.code, error.reason)
        complain()  # handlers of logs may wait: nothing more is handled by now

    def _complaint(self, what: str, *details: object, error: Exception | None = None) -> Callable[[], None]:
        """Return what logs this of the link as it is now."""
        address, whose = address_of(self._socket), str(self.client or "an unknown client")
        return partial(self._hub.complaints.log, address, what, whose, *details, error=error)

    def _answer_close(self, code: int) -> None:
        """The other end closes: the session stays until the resume window has passed."""
        if self.client is not None:
            self.client.link_lost(self)
        self.close(code, "")

    def lost(self, reason: str) -> None:
        """The line is gone."""
        self._close_socket()
        if self.client is not None:
            self.client.link_lost(self)

    def _close_socket(self) -> None:
        if self.closed.is_set():
            return
        self.closed.set()
        self._is_closing = True
        self._timer.cancel()
        self._readable.close()
        if self._writable is not None:
            self._writable.close()
        self._unsent = b""
        self._socket.close()
        self._serving.closed(self)
        self._hub.shell.progressed()
