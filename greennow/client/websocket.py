"""websocket-client's WebSocket, bounded, and safe for one thread that reads and one that writes.

websocket-client bounds no message, and leaves the reader and the writer of a TLS connection to
meet in OpenSSL, which forbids it. So the socket never blocks: whoever has to wait for it waits in
``poll``, outside the lock, and `abort` frees both at once.
"""

from __future__ import annotations

import select
import socket as sockets
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

import websocket
from websocket import ABNF, frame_buffer

from ..core.errors import ProtocolError
from .address import Address

SUBPROTOCOL = "greennow.1"

#: How much is read at once, in bytes.
_PIECE = 65_536

#: The most that a control frame may hold (RFC 6455, 5.5), in bytes.
_MAX_CONTROL = 125

#: The code that stands for a close frame without one (RFC 6455, 7.1.5).
NO_CODE = 1005

#: What a close frame's reason may take, in bytes.
_MAX_REASON = _MAX_CONTROL - 2

#: After so long the listener is told that the network takes nothing, in milliseconds.
_PATIENCE = 1_000

#: Where websocket-client keeps, of a frame's header, whether it is whole, its kind, how its length is given.
_IS_FINAL, _OPCODE, _LENGTH = 0, 4, 6

#: What is too short for a length that is given in two bytes, or in eight.
_SHORTER = {126: 126, 127: 1 << 16}

#: The close codes that say the same as a status.
_CODES = {401: 4401, 403: 4403}

_CONTROL = (ABNF.OPCODE_CLOSE, ABNF.OPCODE_PING, ABNF.OPCODE_PONG)


class Closed(Exception):
    """The server closed the WebSocket, or the line is gone.

    Attributes:
        code: the close code; 1006 where the line is gone.
        reason: what was said, for people.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class CannotOpen(Exception):
    """There is no WebSocket to be had.

    Attributes:
        reason: why, for people.
        code: the close code that would have said it.
        is_answer: was it an answer, which the next try would get as well?
    """

    def __init__(self, reason: str, *, code: int = 1006, is_answer: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.is_answer = is_answer


class Listener(Protocol):
    """What a WebSocket tells of besides its messages."""

    def heard(self) -> None:
        """Bytes have arrived."""

    def pinged(self, data: bytes) -> None:
        """A ping has arrived; the writer is to send a pong with this."""

    def stalled(self) -> None:
        """The network has taken nothing for a while."""


class WebSocket(websocket.WebSocket):
    """A WebSocket to the server.

    `open` and `receive` are the reader's, `send_binary` and `send_close` the writer's; `abort` is anybody's.
    """

    def __init__(self, max_message: int, listener: Listener, context: ssl.SSLContext | None = None) -> None:
        """
        Args:
            max_message: bytes of the largest message that is taken.
            listener: what is told of things that are no messages.
            context: what judges the server's certificate; None takes the system's certificates.
        """
        sslopt = {"context": context} if context is not None else {}
        super().__init__(sslopt=sslopt, skip_utf8_validation=True)
        self.frame_buffer = self._frames = _Frames(self._recv, max_message)
        self._max_message = max_message
        self._listener = listener
        #: Read and not yet taken apart, and how far that has come.
        self._unread = b""
        self._offset = 0
        #: Held while the socket is used, never while it is waited for.
        self._turn = threading.Lock()
        #: Was `abort` called?
        self._is_aborted = False

    # Opening.

    def open(self, address: Address, timeout: float) -> None:
        """Connect and shake hands; ``timeout`` bounds, in seconds, each wait for the network.

        Raises:
            CannotOpen: there is no WebSocket to be had.
        """
        try:
            self._shake_hands(address, timeout)
        except websocket.WebSocketBadStatusException as error:
            raise _refused(error) from None
        except (ssl.SSLCertVerificationError, UnicodeError) as error:
            raise CannotOpen(str(error), is_answer=True) from error
        except (websocket.WebSocketException, OSError) as error:
            raise self._failed(error) from error
        assert self.sock is not None
        self.sock.setblocking(False)
        if self._is_aborted:
            self.abort()

    def _shake_hands(self, address: Address, timeout: float) -> None:
        self.connect(  # type: ignore[no-untyped-call]  # websocket-client has some types
            address.url,
            timeout=timeout,
            header=list(address.headers),
            cookie=address.cookie,
            subprotocols=[SUBPROTOCOL],
            # A page's address: a script has none.
            suppress_origin=True,
            # A token is for this host; where it redirects to may be anybody's.
            redirect_limit=0,
            **address.proxy,
        )

    def _failed(self, error: Exception) -> CannotOpen:
        answer = self.handshake_response
        if answer is not None and answer.status != 101:
            return CannotOpen(f"it redirects to {answer.headers.get('location')}", is_answer=True)
        if type(error) is websocket.WebSocketException:
            return CannotOpen(f"it is no greennow server: {error}", is_answer=True)
        return CannotOpen(str(error))

    # Reading.

    def receive(self) -> bytes:
        """Wait for the next message, and return it.

        Raises:
            Closed: there will be none.
            ProtocolError: the server broke the rules, or the message is too large.
        """
        parts: list[bytes] = []
        while True:
            frame = self._frame()
            if frame.opcode in _CONTROL:
                self._control(frame)
                continue
            if frame.opcode == ABNF.OPCODE_TEXT:
                raise ProtocolError("a text message; this protocol is binary", 1003)
            if bool(parts) != (frame.opcode == ABNF.OPCODE_CONT):
                raise ProtocolError("fragments of messages out of order")
            parts.append(frame.data)
            # An empty fragment counts too: there shall be no end of them either.
            self._frames.room -= len(frame.data) or 1
            if frame.fin:
                self._frames.room = self._max_message
                return parts[0] if len(parts) == 1 else b"".join(parts)

    def _frame(self) -> Any:
        try:
            return self._frames.recv_frame()
        except websocket.WebSocketProtocolException as error:
            raise ProtocolError(f"not a WebSocket: {error}") from error

    def _control(self, frame: Any) -> None:
        if frame.opcode == ABNF.OPCODE_PING:
            self._listener.pinged(frame.data)
        elif frame.opcode == ABNF.OPCODE_CLOSE:
            code = struct.unpack("!H", frame.data[:2])[0] if frame.data else NO_CODE
            raise Closed(code, _reason(frame.data[2:]))

    def _recv(self, bufsize: int) -> bytes:
        """Return at least one byte and at most so many; called by websocket-client."""
        if self._offset == len(self._unread):
            self._unread, self._offset = self._receive(), 0
        start, self._offset = self._offset, min(self._offset + bufsize, len(self._unread))
        return self._unread[start : self._offset]

    def _receive(self) -> bytes:
        try:
            data: bytes = self._use(lambda socket: socket.recv(_PIECE), select.POLLIN)
        except OSError as error:
            raise Closed(1006, f"the line broke: {error}") from error
        if not data:
            raise Closed(1006, "the line broke")
        self._listener.heard()
        return data

    # Writing.

    def send_goodbye(self, code: int, reason: str) -> None:
        """Send a close frame, after which nothing may be sent."""
        self.send_close(code, reason.encode()[:_MAX_REASON].decode("utf-8", "ignore"))

    def _send(self, data: str | bytes) -> int:
        """Send some of the bytes, and return how many; called by websocket-client."""
        sent: int = self._use(lambda socket: socket.send(data), select.POLLOUT)
        return sent

    # Both.

    def _use(self, use: Callable[[Any], Any], event: int) -> Any:
        """Use the socket as soon as it can be used; ``event`` tells when that is."""
        while True:
            socket = self.sock
            if socket is None:
                raise OSError("it is closed")
            try:
                with self._turn:
                    return use(socket)
            except ssl.SSLWantReadError:
                self._wait(socket, select.POLLIN)
            except ssl.SSLWantWriteError:
                self._wait(socket, select.POLLOUT)
            except BlockingIOError:
                self._wait(socket, event)

    def _wait(self, socket: sockets.socket, event: int) -> None:
        poll = select.poll()
        poll.register(socket, event)
        if event == select.POLLIN:
            poll.poll()
        elif not poll.poll(_PATIENCE):
            self._listener.stalled()

    def shutdown(self) -> None:
        """Close the socket, which nobody uses any more."""
        super().shutdown()  # type: ignore[no-untyped-call]  # websocket-client has some types

    def abort(self) -> None:
        """End it at once; whoever waits for the socket is told. Any thread may call this."""
        self._is_aborted = True
        socket = self.sock
        if socket is not None:
            # Not SSLSocket's own, which would take the TLS away under the other threads.
            with suppress(OSError):
                sockets.socket.shutdown(socket, sockets.SHUT_RDWR)


class _Frames(frame_buffer):
    """Frames from bytes, judged by their headers, before memory is spent on them."""

    def __init__(self, receive: Callable[[int], bytes], room: int) -> None:
        super().__init__(receive, skip_utf8_validation=True)
        #: How many bytes the message may still have.
        self.room = room

    def recv_length(self) -> None:
        """Read how long the frame is; called by websocket-client ahead of the frame's data."""
        super().recv_length()
        assert self.length is not None
        assert self.header is not None
        if self.has_mask():
            raise ProtocolError("a masked frame from a server")
        if self.length < _SHORTER.get(self.header[_LENGTH], 0):
            raise ProtocolError("a length that is not in its shortest form")
        if self.header[_OPCODE] not in _CONTROL:
            if self.length > self.room:
                raise ProtocolError("a message that is too large", 1009)
        elif self.length > _MAX_CONTROL:
            raise ProtocolError("a control frame that is too long")
        elif not self.header[_IS_FINAL]:
            raise ProtocolError("a control frame in fragments")


def _reason(encoded: bytes) -> str:
    try:
        return encoded.decode()
    except UnicodeDecodeError:
        raise ProtocolError("the reason of a close frame is not UTF-8", 1007) from None


def _refused(error: websocket.WebSocketBadStatusException) -> CannotOpen:
    status = error.status_code
    said = (error.resp_body or b"").decode("utf-8", "replace").strip()
    is_text = (error.resp_headers or {}).get("content-type", "").startswith("text/plain")
    reason = f"it refused with {status} {error.status_message}"
    if said and is_text:
        reason += f": {said:.200}"
    return CannotOpen(reason, code=_CODES.get(status, 1006), is_answer=status < 500)
