"""A WebSocket of a client's in greenlets: one reads it, one writes."""

from __future__ import annotations

import base64
import os
from collections import deque
from collections.abc import Callable, Mapping
from http.client import HTTPResponse
from typing import Any, Protocol

import gevent
import gevent.socket
from gevent.event import Event
from gevent.lock import RLock

from ..client.end import MAX_INCOMING, ClientEnd
from ..core.errors import ConnectError, Disconnected, ProtocolError
from ..server import websocket
from ..server.wsgi import SUBPROTOCOL
from .wire import Address, Wire

#: How much is read at once, in bytes.
_PIECE = 65_536

#: The kernel's own buffer would hold megabytes for a client that has stopped reading.
_KERNEL_BUFFER = 65_536

#: The close codes that stand for HTTP's answers.
_CODES = {401: 4401, 403: 4403}


class Faults(Protocol):
    """What a link does not do for the moment."""

    #: Does the client read nothing?
    is_stalled: bool
    #: Is what it receives, or sends, kept?
    holds_received: bool
    holds_sent: bool


def upgrade(socket: Any, host: str, path: str, headers: Mapping[str, str]) -> None:
    """Make a WebSocket of the connection.

    Raises:
        ConnectError: the server refuses.
    """
    asked = {
        "Host": host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Protocol": SUBPROTOCOL,
        **headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in asked.items())
    socket.sendall(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())
    # The server says nothing behind its answer until it hears hello; so nothing is lost with the response.
    with HTTPResponse(socket) as response:
        response.begin()
        if response.status != 101:
            said = response.read().decode("utf-8", "replace").strip()
            code = _CODES.get(response.status, 1006)
            raise ConnectError(f"{response.status} {response.reason}: {said}", code)


class ClientLink:
    """The `Link` of a client's session. Made and used in greenlets of one thread."""

    def __init__(
        self, end: ClientEnd, faults: Faults, socket: Any, wire: Wire, lost: Callable[[Disconnected], None]
    ) -> None:
        self._end = end
        self._faults = faults
        self._socket = socket
        #: Where the bytes are counted.
        self.wire = wire
        #: Told why, once the connection is closed.
        self._lost = lost
        self._frames = websocket.FrameReader(max_message=MAX_INCOMING, masked=False)
        #: Read and not handled.
        self._kept: deque[bytes] = deque()
        #: Held while a frame is written.
        self._writing = RLock()
        #: Was all said? Then what comes is not handled any more, and the end is waited for.
        self._is_closing = False
        #: Set when there is something to send; when the client may read; when the socket is closed.
        self._awake = Event()
        self._may_read = Event()
        self.closed = Event()

    def open(self) -> None:
        """Say hello, and begin to read and write."""
        gevent.spawn(self._write)
        gevent.spawn(self._read)
        self._transmit(websocket.masked_frame(self._end.hello()))
        self.let_go()

    def let_go(self) -> None:
        """Faults have changed: do what may be done now."""
        if self._faults.is_stalled:
            self._may_read.clear()
            return
        self._may_read.set()
        self._handle_kept()
        self.wake()

    # Reading.

    def _read(self) -> None:
        while not self.closed.is_set():
            self._may_read.wait()
            try:
                data = self._socket.recv(_PIECE)
            except OSError:
                data = b""
            self._kept.append(data)
            self._handle_kept()
            if not data:
                return

    def _handle_kept(self) -> None:
        while self._kept and not self._faults.is_stalled and not self._faults.holds_received:
            self._handle(self._kept.popleft())

    def _handle(self, data: bytes) -> None:
        if not data:
            self.close(Disconnected("the line broke"))
            return
        self.wire.read_by_client += len(data)
        try:
            self._take_all(data)
        except ProtocolError as error:
            self.say_goodbye(Disconnected(error.reason, error.code))
        self.wire.shell.progressed()

    def _take_all(self, data: bytes) -> None:
        if self._is_closing:
            return
        for event in self._frames.feed(data):
            self._take(event)
        if self._frames.fault is not None:
            raise self._frames.fault

    def _take(self, event: websocket.Event) -> None:
        if isinstance(event, websocket.Message):
            self._end.receive(self, event.data)
        elif isinstance(event, websocket.Ping):
            self._transmit(websocket.masked_frame(event.data, websocket.PONG))
        elif isinstance(event, websocket.Closed):
            self._transmit(websocket.masked_frame(websocket.close_payload(event.code), websocket.CLOSE))
            self.close(Disconnected(event.reason, event.code))

    # Writing.

    def wake(self) -> None:
        """The session has something to send."""
        self._awake.set()

    def _write(self) -> None:
        while not self.closed.is_set():
            self._awake.wait()
            self._awake.clear()
            self.flush()

    def flush(self) -> None:
        """Send what the session has, but for what is kept."""
        while not (self._faults.holds_sent or self._is_closing or self.closed.is_set()):
            data = self._end.take(self)
            if not data:
                return
            self._transmit(websocket.masked_frame(data))

    def _transmit(self, data: bytes) -> None:
        self.wire.sent_by_client += len(data)
        self.wire.shell.progressed()
        try:
            with self._writing:
                self._socket.sendall(data)
        except OSError as error:
            self.close(Disconnected(f"the line broke: {error}"))

    # Ending.

    def say_goodbye(self, reason: Disconnected) -> None:
        """End the session, tell the server why, and let it close."""
        self.flush()
        self._is_closing = True
        self._transmit(websocket.masked_frame(self._end.bye(reason)))
        self._end.end(reason)
        self._transmit(
            websocket.masked_frame(websocket.close_payload(reason.code, reason.reason), websocket.CLOSE)
        )
        if not self.closed.is_set():
            self._socket.shutdown(gevent.socket.SHUT_WR)

    def cut(self) -> None:
        """Cut the wire: what is on its way is lost, in both directions."""
        self.wire.is_cut = True
        self._kept.clear()
        self.close(Disconnected("the harness has cut the line"))

    def close(self, reason: Disconnected) -> None:
        """The connection is of no use any more."""
        if self.closed.is_set():
            return
        self.closed.set()
        self._awake.set()
        self._may_read.set()
        self._socket.close()
        self.wire.client_closed = True
        self._end.link_lost(self, reason.code, reason.reason)
        self.wire.shell.progressed()
        self._lost(reason)


def connected(address: Address) -> Any:
    """Return a socket that is connected to the server.

    Raises:
        ConnectError: nobody listens there.
    """
    socket = gevent.socket.socket()
    socket.setsockopt(gevent.socket.SOL_SOCKET, gevent.socket.SO_RCVBUF, _KERNEL_BUFFER)
    try:
        socket.connect(address)
    except OSError as error:
        socket.close()
        raise ConnectError(f"cannot connect to {address[0]}:{address[1]}: {error.strerror}") from None
    return socket
