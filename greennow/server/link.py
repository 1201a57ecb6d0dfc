"""A link: one WebSocket, its frames, and the greenlet that reads it.

Who runs what. An idle link has no greenlet: a read watcher of the loop wakes one. That greenlet
reads, parses, and runs the client's calls itself. If one of them waits, a callback that was queued on
the loop before the batch finds the greenlet still at it, and another greenlet goes on with the
same batch: programs see what they would see with a greenlet a call, at a fraction of the cost. A reader
with much to do yields in between, so that it starves nobody.

Writing never waits. What is said in one turn of the loop leaves as one WebSocket message; what
the kernel does not take waits for the socket to be writable, and the session conflates.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import gevent
from gevent.event import Event

from ..core.codec import Codec, NoFunctions
from ..core.errors import Disconnected, ProtocolError
from ..core.escaping import one_line
from ..core.messages import Bye, Hello
from ..core.messages import Message as PeerMessage
from ..hub.client import Client
from ..hub.hub import Hub
from ..hub.user import User
from . import websocket
from .pongs import Pongs
from .sockets import WOULD_BLOCK, address_of, prepare, say_no_more

#: How much is read at once, in bytes.
_PIECE = 65_536

#: After so many messages a reader lets the others run.
_TURN = 100

#: How long a closing link may take to say its last, in seconds.
_CLOSING_TIME = 2.0

#: How long a link may take to say hello, in seconds.
HELLO_TIMEOUT = 10.0


class Link:
    """One WebSocket to a client. Used by the serving thread only."""

    def __init__(
        self, hub: Hub, socket: Any, make_user: Callable[[], User], flush_soon: Callable[[Link], None]
    ) -> None:
        self._hub, self._socket, self._make_user = hub, socket, make_user
        #: Sends as many bytes as the kernel takes now: bound once, for broadcasts.
        self.send: Callable[[bytes], int] = socket.send
        #: Has `flush` called at the end of this turn of the loop.
        self._flush_soon = flush_soon
        self._frames = websocket.FrameReader(max_message=hub.limits.max_incoming)
        #: The client, from its hello on.
        self.client: Client | None = None
        #: Decodes the hello, and encodes what is said before there is a client.
        self._codec = Codec(NoFunctions(), hub.limits)
        #: What was wrong with what was read after them.
        self._fault: ProtocolError | None = None
        #: WebSocket messages read and not yet handled; None for the close frame.
        self._inbox: deque[bytes | None] = deque()
        #: The messages of the one that is being handled.
        self._messages: Iterator[PeerMessage] = iter(())
        #: Stands for the greenlet that reads now; replaced when another takes over.
        self._reader: object = None
        #: What finds the reader still at its batch.
        self._watcher: Any = None
        #: Was a reader left at its work because a check may not be overtaken?
        self._was_passed_over = False
        #: Frames that the kernel has not taken yet; the answers to pings that are not among them.
        self._unsent, self._pongs = b"", Pongs()
        #: Is a flush at the end of this turn coming?
        self._is_awake = False
        #: The code of the client's close frame, once it has come. Was ours sent? Then nothing more is.
        self._their_close, self._is_closing = websocket.NO_CODE, False
        #: Set when the socket is closed.
        self.closed = Event()
        #: Has anything been heard, or said, since the last look? See `Heartbeats`.
        self.has_heard = self.has_said = True
        loop = gevent.get_hub().loop
        self._readable = loop.io(socket.fileno(), 1)
        self._writable = loop.io(socket.fileno(), 2)
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
        self._reader = None
        if not self.closed.is_set():
            self._readable.start(self._wake_reader)

    def _wake_reader(self) -> None:
        self._readable.stop()
        self._start_reader()

    def _start_reader(self, *, goes_on: bool = False) -> None:
        self._reader = reader = object()
        gevent.spawn(self._read, reader, goes_on)

    def _read(self, reader: object, goes_on: bool = False) -> None:
        """Handle what comes, until nothing does or another reader takes over.

        Args:
            reader: stands for this reader.
            goes_on: another reader has left some of what it received, to be handled first.
        """
        try:
            if goes_on or self._receive():
                while self._handle_batch(reader) and self._receive():
                    gevent.sleep(0)  # a link that always has more must not starve the others
        except ProtocolError as error:
            self._break(error)
        except Exception as error:
            self._complain("the server failed at a message of %s", error=error)
            self._break(ProtocolError("a fault of the server's", 1011))
        finally:
            if self._reader is reader:
                self._wait_for_more()

    def _receive(self) -> bool:
        """Read once into the inbox. Return whether to go on: is there more, now?"""
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
            return True  # nothing is handled any more; only the end is waited for
        self.has_heard = True
        for event in self._frames.feed(data):
            self._take_event(event)
        if self._pongs and not self._unsent:
            self._transmit(self._pongs.take())
        # What came before a fault is handled first.
        self._fault = self._fault or self._frames.fault
        return not self.closed.is_set()

    def _take_event(self, event: websocket.Event) -> None:
        if isinstance(event, websocket.Message):
            if event.text:
                self._fault = self._fault or ProtocolError("a text message; this protocol is binary", 1003)
            elif self._fault is None:
                self._inbox.append(event.data)
        elif isinstance(event, websocket.Closed):
            self._their_close = event.code
            self._inbox.append(None)  # in its place: what came before is handled first
        else:
            if self.client is not None:
                self._hub.charge(self.client, event)
            if isinstance(event, websocket.Ping):
                self._pongs.owe(event.data, newest_only=bool(self._unsent))

    def _handle_batch(self, reader: object) -> bool:
        """Handle all that was read; return False if another reader has taken over."""
        if not self._handle_all(reader):
            return False
        # Here nothing refers to the messages any more, nor to the functions in them.
        self.flush()
        return True

    def _handle_all(self, reader: object) -> bool:
        self._watch(reader)
        try:
            for handled, message in enumerate(self._incoming(), 1):
                self._handle(message)
                if self._reader is not reader:
                    return False
                if handled % _TURN == 0:
                    self._watcher.stop()
                    gevent.sleep(0)
                    self._watch(reader)
        finally:
            if self._reader is reader:
                self._watcher.stop()
        return True

    def _watch(self, reader: object) -> None:
        """Have another reader take over if this one is still at its batch in the next turn of the loop."""
        self._watcher = gevent.get_hub().loop.run_callback(self._take_over, reader)

    def checked(self) -> None:
        """A check that no later message may overtake is over: from now on its reader is watched again."""
        if self._was_passed_over:
            self._was_passed_over = False
            self._watch(self._reader)

    def _incoming(self) -> Iterator[PeerMessage]:
        """Yield what was read, each message after the one before has been started.

        What is not handled here any more is not decoded either: it will be sent again on the next
        link, and a function in it counts as lent once.
        """
        while self._is_in_use:
            message = next(self._messages, None)
            if message is not None:
                yield message
            elif self._inbox:
                self._open_next()
            elif self._fault is not None:
                raise self._fault
            else:
                return

    @property
    def _is_in_use(self) -> bool:
        """Is what comes over this link still handled?"""
        is_ours = self.client is None or self.client.link is self
        return is_ours and not self._is_closing and not self.closed.is_set()

    def _open_next(self) -> None:
        data = self._inbox.popleft()
        if data is None:
            self._answer_close()
            return
        if not data:
            raise ProtocolError("a WebSocket message holds one message at least")
        codec = self._codec
        if self.client is not None:
            self.client.peer.arrived(len(data))
            codec = self.client.peer.codec
        self._messages = codec.decode(data)

    def _take_over(self, reader: object) -> None:
        """Called by the loop while ``reader`` is still at a batch: a call waits. Go on without it."""
        if self._reader is not reader:
            return
        if self.client is not None and self.client.writes.is_checking:
            self._was_passed_over = True
            return
        self.flush()
        self._start_reader(goes_on=True)

    def _handle(self, message: PeerMessage) -> None:
        client = self.client
        if client is None:
            self._greet(message)
        elif isinstance(message, Bye):
            client.end(Disconnected(one_line(message.reason) or "the client said goodbye", message.code))
            self.close(1000, "")
        else:
            if client.rate is not None:
                self._hub.charge(client, message)
            if client.previous_token:
                self._hub.tokens.arrived(client)
            client.peer.handle(message)
            if client.peer.session.owes_ack:
                self._hub.acknowledge_later(client)

    def _greet(self, message: PeerMessage) -> None:
        if not isinstance(message, Hello):
            raise ProtocolError("hello comes first")
        if message.version != 1:
            raise ProtocolError(f"version {message.version} of the protocol is not spoken here, 1 is")
        self._timer.cancel()
        # What makes the bag holds the whole request, with its buffers: let go of it.
        make_user, self._make_user = self._make_user, User
        client = self._hub.hello(message, self, make_user)
        if client is not None and client.link is self:
            self.client = client
            if self._unsent:
                client.peer.session.block()

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
            self._flush_soon(self)
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
        while session.has_to_send and not self._unsent:
            if data := session.take():
                self._transmit(websocket.frame(data))

    def say(self, message: PeerMessage) -> None:
        """Send an uncounted message, after what the session has to send."""
        self.flush()
        codec = self._codec if self.client is None else self.client.peer.codec
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
            sent = self._socket.send(data)
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
        self._complain("closing the link of %s: %s", error)
        closes = self if self.client is None or self.client.link is not self else self.client
        closes.close(error.code, error.reason)

    def _complain(self, what: str, *details: object, error: Exception | None = None) -> None:
        whose = self.client or "an unknown client"
        self._hub.complaints.log(address_of(self._socket), what, whose, *details, error=error)

    def _answer_close(self) -> None:
        """The other end closes: the session stays until the resume window has passed."""
        if self.client is not None:
            self.client.link_lost(self)
        self.close(self._their_close, "")

    def lost(self, reason: str) -> None:
        """The line is gone."""
        self._close_socket()
        if self.client is not None:
            self.client.link_lost(self)

    def _close_socket(self) -> None:
        if self.closed.is_set():
            return
        self.closed.set()
        self._timer.cancel()
        self._readable.close()
        self._writable.close()
        self._unsent = b""
        self._socket.close()
        self._hub.shell.progressed()
