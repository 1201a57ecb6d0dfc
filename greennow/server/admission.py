"""What becomes a link: a request that plainly asks for one, and what is done when its 101 is out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import BytesIO
from typing import Any

import gevent

from ..hub.user import User
from .handshake import HandshakeError, check_upgrade
from .link import Link
from .opening import Opening
from .wsgi import SUBPROTOCOL, NowApplication

#: In the head of every plain request for a WebSocket, as browsers and our own clients write it.
_MARK = b"\r\nUpgrade: websocket\r\n"


class Admission:
    """Stands for the WebSocket of a request until the 101 is out; then it is called with the socket.

    A page is not told the status of a refused upgrade and would try again for ever. So one that
    `authenticate` refuses gets its WebSocket, closed at once with the code that says so.
    """

    closed = True

    def __init__(
        self, application: NowApplication, environ: dict[str, Any], opening: Opening | None = None
    ) -> None:
        self._application = application
        try:
            self._make: Callable[[], User] | HandshakeError = application.check(environ, opening)
        except HandshakeError as error:
            if not (error.status.startswith("401") and "HTTP_ORIGIN" in environ):
                raise
            self._make = error

    def __call__(self, socket: Any) -> Link:
        """Begin to speak over the socket, or close it."""
        if isinstance(self._make, HandshakeError):
            return self._application.refuse(socket, self._make)
        return self._application.take_over(socket, self._make)


class PlainRequest:
    """A request for a link of which the form was judged, and no more."""

    __slots__ = ("_answer", "_environ", "_opening", "_server", "application", "head")

    def __init__(
        self,
        head: bytes,
        server: Any,
        application: NowApplication,
        environ: dict[str, Any],
        opening: Opening,
        headers: list[tuple[str, str]],
    ) -> None:
        #: The request; it was looked at, and not taken from its connection.
        self.head = head
        self._server = server
        #: Whose link it is for.
        self.application = application
        self._environ, self._opening = environ, opening
        #: What it is answered with, if the client is let in.
        self._answer = head_of("101 Switching Protocols", headers)

    def judge(self) -> Admission:
        """Return what begins the link. Runs code of the program's.

        Raises:
            HandshakeError: it is refused.
        """
        environ = self._environ
        environ["wsgi.input"], environ["wsgi.input_terminated"] = BytesIO(), True
        try:
            return Admission(self.application, environ, self._opening)
        except gevent.Timeout:  # no Exception: one that `authenticate` or `session` let pass
            hidden = self._server.secure_environ_class(environ)  # its repr tells no cookie and no token
            self._server.loop.handle_error(hidden, *sys.exc_info())
            raise HandshakeError("500 Internal Server Error", "the server failed") from None

    def go_on(self, socket: Any, admission: Admission) -> None:
        """Answer, and begin the link; do nothing more if the line is broken.

        Args:
            socket: the connection, which waits for nothing.
            admission: what `judge` returned.
        """
        try:
            socket.recv(len(self.head))  # what was only looked at
            socket.send(self._answer)  # nothing was sent before: there is room for it
        except OSError:
            socket.close()
            return
        admission(socket)


def plain_request(begun: bytes, server: Any, address: Any) -> PlainRequest | None:
    """Return the request for a link that a connection begins with; None if that is not plainly what it is.

    Args:
        begun: the first that came.
        server: pywsgi's, that it came to.
        address: where it came from.
    """
    head = begun[: begun.find(b"\r\n\r\n") + 4]
    if _MARK not in head:
        return None
    opening = Opening(head, server, address)
    environ = opening.environ()
    ours = server.application.find(environ["PATH_INFO"]) if environ is not None else None
    if environ is None or ours is None:
        return None
    try:
        accepted = check_upgrade(environ, [SUBPROTOCOL])
    except HandshakeError:
        return None
    return PlainRequest(head, server, ours, environ, opening, accepted.headers)


def head_of(status: str, headers: list[tuple[str, str]]) -> bytes:
    """Return the head of an answer."""
    lines = [f"HTTP/1.1 {status}", *map(": ".join, headers), "\r\n"]
    return "\r\n".join(lines).encode("latin-1")
