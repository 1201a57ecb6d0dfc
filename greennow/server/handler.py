"""The requests of one connection: bounded in size and time, and upgraded to a WebSocket where one is meant.

`Handler` is gevent-websocket's, with the upgrade done our way: all checks before the 101, so that who is
refused gets an HTTP answer.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from http.client import HTTPException
from typing import Any

import gevent
import gevent.socket
import gevent.ssl
from gevent.pywsgi import Input
from geventwebsocket.handler import WebSocketHandler

from ..hub.user import User
from .handshake import HandshakeError, check_upgrade
from .head import HEAD_TIME, IDLE_TIME, BadHead, HeadLines
from .link import Link
from .requests import requests_of
from .wsgi import SUBPROTOCOL, NowApplication


class Handler(WebSocketHandler):  # type: ignore[misc]  # gevent-websocket has no types
    """gevent-websocket's handler, whose upgrade for our path is done here, whole.

    It lets the server know whether it is at a request, so that stopping cuts none. A head that is too large,
    too slow or malformed is answered and the connection closed.
    """

    #: Whether it waits for the next request.
    is_idle = False

    #: Whether a request of this connection was answered.
    has_answered = False

    #: What ends the wait for the rest of a head.
    head_timer: Any = None

    def handle(self) -> None:
        """Handle the requests of one connection."""
        requests = requests_of(self.server)
        self.greenlet = gevent.getcurrent()
        requests.begin(self)
        try:
            super().handle()
        finally:
            requests.end(self)

    def handle_one_request(self) -> Any:
        """Handle one; return True for the next, None to close, or an answer to close with."""
        try:
            result = super().handle_one_request()
        except gevent.Timeout as expired:
            if expired is not self.head_timer:
                raise
            return self._handle_client_error(
                BadHead("408 Request Timeout", f"the head of a request took more than {HEAD_TIME:g} s")
            )
        except EOFError:
            return None
        finally:
            self._end_head()
        self.has_answered = True
        return result

    def read_requestline(self) -> Any:
        """Wait for the next request."""
        if requests_of(self.server).is_stopping:
            return ""  # as if the other end had closed
        begun = b""
        self.is_idle = True
        try:
            seconds = IDLE_TIME if self.has_answered else HEAD_TIME
            with gevent.Timeout(seconds, False):  # type: ignore[arg-type]  # False: end the block quietly
                begun = self.rfile.peek(1)
        finally:
            self.is_idle = False
        if not begun:
            return ""
        self.head_timer = gevent.Timeout.start_new(HEAD_TIME)
        return super().read_requestline()

    def MessageClass(self, file: Any, *args: Any) -> Any:  # noqa: N802, the name is gevent's
        """Read the headers."""
        return super().MessageClass(HeadLines(file), *args)

    def read_request(self, first_line: str) -> Any:
        """Read the rest of the head."""
        try:
            return super().read_request(first_line)
        finally:
            self._end_head()

    def _end_head(self) -> None:
        if self.head_timer is not None:
            self.head_timer.close()

    def _handle_client_error(self, error: Exception) -> tuple[str, bytes]:
        """Return the answer to a request that cannot be read, and log it. (gevent's hook for that.)"""
        if isinstance(error, (EOFError, OSError)):
            raise EOFError from None
        if isinstance(error, HTTPException):
            error = BadHead("431 Request Header Fields Too Large", "there are too many headers")
        elif not isinstance(error, BadHead):
            error = BadHead("400 Bad Request", "the request cannot be read")
        self.log_error("refused a request: %s", str(error))
        return error.status, error.answer

    def log_error(self, message: str, *details: Any) -> None:
        """Log what was wrong with a request, not too often."""
        hub = getattr(self.server.application, "hub", None)
        if hub is None:
            super().log_error(message, *details)
        else:
            hub.complaints.log(self.client_address[0] if self.client_address else None, message, *details)

    def get_environ(self) -> Any:
        """Return the request; nobody waits for the body of one that is for us, which would have no end."""
        environ = super().get_environ()
        owns = getattr(self.server.application, "owns", None)
        if owns is not None and owns(environ["PATH_INFO"]) and (self.content_length or self._is_chunked):
            self.close_connection = True
            self.wsgi_input = environ["wsgi.input"] = Input(self.rfile, 0)
        return environ

    @property
    def _is_chunked(self) -> bool:
        return "chunked" in self.headers.get("transfer-encoding", "").lower()

    def upgrade_websocket(self) -> Any:
        """Upgrade, or answer why not; requests that are not for our WebSocket go the usual way."""
        find = getattr(self.application, "find", None)
        ours = find(self.environ.get("PATH_INFO", "")) if find is not None else None
        if ours is None:
            return super().upgrade_websocket()
        try:
            accepted = check_upgrade(self.environ, [SUBPROTOCOL])
            go_on = _GoOn(ours, self.environ)
        except HandshakeError as error:
            self.start_response(error.status, error.headers)
            return [error.body]
        self.websocket: Any = go_on
        self.environ["wsgi.websocket"] = self.websocket
        self.start_response("101 Switching Protocols", accepted.headers)
        return None

    def run_websocket(self) -> None:
        """The 101 is out: hand the socket over."""
        go_on: Any = self.websocket
        if not isinstance(go_on, _GoOn):
            super().run_websocket()
            return
        self.websocket = self.environ["wsgi.websocket"] = None
        self.close_connection = True
        if isinstance(self.socket, (ssl.SSLSocket, gevent.ssl.SSLSocket)):
            # The descriptor of a TLS connection cannot be taken out of it: this greenlet stays with it.
            go_on(self.socket).closed.wait()
            return
        # With the descriptor taken out no greenlet need stay, and what the server closes is an empty shell.
        family, kind = self.socket.family, self.socket.type
        socket = gevent.socket.socket(family, kind, fileno=self.socket.detach())
        go_on(socket)


class _GoOn:
    """Stands for the WebSocket of a request until the 101 is out; then it is called with the socket.

    A page is not told the status of a refused upgrade and would try again for ever. So one that
    `authenticate` refuses gets its WebSocket, closed at once with the code that says so.
    """

    closed = True

    def __init__(self, application: NowApplication, environ: dict[str, Any]) -> None:
        self._application = application
        try:
            self._make: Callable[[], User] | HandshakeError = application.check(environ)
        except HandshakeError as error:
            if not (error.status.startswith("401") and "HTTP_ORIGIN" in environ):
                raise
            self._make = error

    def __call__(self, socket: Any) -> Link:
        """Begin to speak over the socket, or close it."""
        if isinstance(self._make, HandshakeError):
            return self._application.refuse(socket, self._make)
        return self._application.take_over(socket, self._make)
