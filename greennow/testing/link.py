"""A WebSocket of a client's in greenlets: one reads it, one writes."""

from __future__ import annotations

import base64
import math
import os
from collections.abc import Callable, Mapping
from http.client import HTTPResponse
from typing import Any

import gevent
import gevent.socket
from gevent.event import Event

from ..client.end import MAX_INCOMING, ClientEnd
from ..core.errors import ConnectError, Disconnected, ProtocolError
from ..core.timers import Timer, Timers
from ..server import websocket
from ..server.wsgi import SUBPROTOCOL
from .faults import NO_FAULTS, Faults
from .pace import Pace
from .wire import Address, Wire

#: The kernel's own buffer would hold megabytes for a client that has stopped reading.
_KERNEL_BUFFER = 65_536

#: The close codes that stand for HTTP's answers.
_CODES = {401: 4401, 403: 4403}


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
        self, end: ClientEnd, timers: Timers, socket: Any, wire: Wire, lost: Callable[[Disconnected], None]
    ) -> None:
        self._end = end
        self._timers = timers
        self._socket = socket
        #: Where the bytes are counted.
        self.wire = wire
        #: Told why, once the connection is closed.
        self._lost = lost
        #: What the line does to the client.
        self._faults = NO_FAULTS
        self._frames = websocket.FrameReader(max_message=MAX_INCOMING, masked=False)
        #: Read and not handled; said and not sent.
        self._received = Pace(timers, self._handle)
        self._sent = Pace(timers, self._send)
        #: When something was heard last, what looks whether that is too long ago, and for how long it may be.
        self._heard_at = timers.time()
        self._listening: Timer | None = None
        self._patience = 0.0
        #: Was all said? Then what comes is not handled any more, and the end is waited for.
        self._is_closing = False
        #: Set when there is something to send; when the client may read; when the socket is closed.
        self._awake = Event()
        self._may_read = Event()
        self.closed = Event()

    def open(self, faults: Faults) -> None:
        """Say hello, and begin to read and write."""
        self.change(faults)
        gevent.spawn(self._write)
        gevent.spawn(self._read)
        self._transmit(websocket.masked_frame(self._end.hello()))
        self._listen()

    def change(self, faults: Faults) -> None:
        """Have these faults, and do what may be done now."""
        self._faults = faults
        self.wire.is_half_open = self.wire.is_half_open or faults.half_open
        keeps_received = faults.stalled or faults.holds_received or self.wire.is_half_open
        self._received.change(delay=faults.delay, rate=faults.rate, is_held=keeps_received)
        self._sent.change(delay=faults.delay, rate=faults.rate, is_held=self.wire.is_half_open)
        self._read_or_not()
        self.wake()

    # Reading.

    def _read_or_not(self) -> None:
        """See to it that the client reads what it may read now."""
        stays = self._faults.stalled or self.wire.is_half_open
        self.wire.client_reads = not stays and self._received.room > 0
        if self.wire.client_reads or self.closed.is_set():
            self._may_read.set()
        else:
            self._may_read.clear()

    def _read(self) -> None:
        while not self.wire.client_read_end:
            self._may_read.wait()
            if self.closed.is_set():
                return
            try:
                data = self._socket.recv(self._received.room)
            except OSError:
                data = b""
            self.wire.read_by_client += len(data)
            self.wire.client_read_end = not data
            if not self.closed.is_set():
                self._received.put(data)
                self._read_or_not()
            self.wire.shell.progressed()

    def _handle(self, data: bytes) -> None:
        if not data:
            self.close(Disconnected("the line broke"))
            return
        self._heard_at = self._timers.time()
        try:
            self._take_all(data)
        except ProtocolError as error:
            self.say_goodbye(Disconnected(error.reason, error.code))
        if self._end.patience(self) != self._patience and not self.closed.is_set():
            self._listen()  # the server has said welcome
        self._read_or_not()
        self.wire.shell.progressed()

    def _listen(self) -> None:
        """Give the line up where nothing was heard for too long."""
        self._stop_listening()
        self._patience = self._end.patience(self)
        until = self._heard_at + self._patience
        if until <= self._timers.time():
            self.close(Disconnected("nothing was heard for too long"))
        else:
            self._listening = self._timers.later(until - self._timers.time(), self._listen)

    def _stop_listening(self) -> None:
        if self._listening is not None:
            self._listening.cancel()

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
        """Send what the session has, but for what is kept, and for what a slow line does not take yet."""
        while not (self._faults.holds_sent or self._is_closing or self.closed.is_set()) and self._sent.room:
            data = self._end.take(self)
            if not data:
                return
            self._transmit(websocket.masked_frame(data))

    def _transmit(self, data: bytes) -> None:
        """Put a frame on the line; none is the end."""
        if not self.wire.is_half_open:
            self._sent.put(data)

    def _send(self, data: bytes) -> None:
        if not data:
            self._socket.shutdown(gevent.socket.SHUT_WR)
            return
        self.wire.sent_by_client += len(data)
        self.wire.shell.progressed()
        try:
            self._socket.sendall(data)
        except OSError as error:
            self.close(Disconnected(f"the line broke: {error}"))
        if self._faults.rate < math.inf:
            self.wake()

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
            self._transmit(b"")

    def cut(self) -> None:
        """Cut the wire: what is on its way is lost, in both directions, and both ends are told."""
        self.wire.is_cut = True
        self.wire.is_half_open = False
        self.close(Disconnected("the harness has cut the line"))
        self._close_socket()  # given up while it was half-open, it is still there

    def close(self, reason: Disconnected) -> None:
        """The connection is of no use any more. Of a half-open one the server is not told."""
        if self.closed.is_set():
            return
        self.closed.set()
        self._received.clear()
        self._sent.clear()
        self._stop_listening()
        self._awake.set()
        self._may_read.set()
        if not self.wire.is_half_open:
            self._close_socket()
        self._end.link_lost(self, reason.code, reason.reason)
        self.wire.shell.progressed()
        self._lost(reason)

    def _close_socket(self) -> None:
        self._socket.close()
        self.wire.client_closed = True


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
