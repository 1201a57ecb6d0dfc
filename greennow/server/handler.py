"""The requests of one connection: bounded in size and time, and upgraded to a WebSocket where one is meant.

`Handler` is gevent-websocket's, with the upgrade done our way: all checks before the 101, so that who is
refused gets an HTTP answer.
"""

from __future__ import annotations

import _socket
import ssl
from contextlib import suppress
from http.client import HTTPException
from socket import MSG_PEEK
from typing import Any

import gevent
import gevent.ssl
from gevent.pywsgi import Input
from geventwebsocket.handler import WebSocketHandler

from .admission import Admission, PlainRequest, head_of, plain_request
from .handshake import HandshakeError, check_upgrade
from .head import HEAD_TIME, IDLE_TIME, BadHead, HeadLines
from .opening import MAX_PLAIN
from .requests import requests_of
from .wsgi import SUBPROTOCOL

#: The sockets that encrypt: nothing can be looked at ahead of time, and no descriptor be taken out.
_TLS = (ssl.SSLSocket, gevent.ssl.SSLSocket)

_CLOSE = ("Connection", "close")

#: Stands for the file through which requests are read that are none of the plain ones.
_NO_FILE: Any = object()


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

    #: The answer to a first request that may not have a link.
    refusal: tuple[str, bytes] | None = None

    #: Has somebody looked at the first request already, and is it a plain one?
    was_looked_at = False
    asked: PlainRequest | None = None

    def __init__(self, sock: Any, address: Any, server: Any) -> None:
        # Most connections never read through a file: it is made for those that do.
        super().__init__(sock, address, server, rfile=_NO_FILE)

    def handle(self) -> None:
        """Handle the requests of one connection."""
        requests = requests_of(self.server)
        self.greenlet = gevent.getcurrent()
        requests.begin(self)
        try:
            if requests.is_stopping or self.refusal is not None or not self._open_link():
                self.rfile = self.socket.makefile("rb", -1)
                with suppress(OSError):  # an answer that pywsgi sends unguarded: who asked is gone
                    super().handle()
        finally:
            requests.end(self)

    def cut(self) -> None:
        """Close the connection soon, whatever it is at."""
        gevent.killall([self.greenlet], block=False)

    # The usual request for a link.

    def _open_link(self) -> bool:
        """Make the connection a link if that is plainly what its first request is for.

        Returns:
            Is the connection done with? If not, nothing was taken from it.
        """
        try:
            asked = self._plain_request()
        except OSError:
            return True  # it is broken, or has said nothing in time
        if asked is None:
            return False
        try:
            admission = asked.judge()
        except HandshakeError as error:
            self.refuse(asked, error)
            return False
        asked.go_on(_taken_out(self.socket), admission)
        return True

    def _plain_request(self) -> PlainRequest | None:
        if self.was_looked_at:
            return self.asked
        if not has_plain_links(self.server) or type(self) is not Handler or isinstance(self.socket, _TLS):
            return None
        return plain_request(self._peek(), self.server, self.client_address)

    def _peek(self) -> bytes:
        """Return the first that comes, without taking it."""
        socket = self.socket
        usual = socket.gettimeout()  # of the program's own, for what pywsgi reads and sends
        socket.settimeout(HEAD_TIME if usual is None else min(usual, HEAD_TIME))
        self.is_idle = True
        try:
            begun: bytes = socket.recv(MAX_PLAIN, MSG_PEEK)
        finally:
            self.is_idle = False
        socket.settimeout(usual)
        return begun

    def refuse(self, asked: PlainRequest, error: HandshakeError) -> None:
        """Have a plain request answered with a refusal, and the connection closed."""
        self.requestline = asked.head.partition(b"\r\n")[0].decode("latin-1")
        self.refusal = error.status, head_of(error.status, [*error.headers, _CLOSE]) + error.body

    # Any other.

    def handle_one_request(self) -> Any:
        """Handle one; return True for the next, None to close, or an answer to close with."""
        if self.refusal is not None:
            return self.refusal
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
            go_on = Admission(ours, self.environ)
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
        if not isinstance(go_on, Admission):
            super().run_websocket()
            return
        self.websocket = self.environ["wsgi.websocket"] = None
        self.close_connection = True
        if isinstance(self.socket, _TLS):
            # The descriptor of a TLS connection cannot be taken out of it: this greenlet stays with it.
            go_on(self.socket).closed.wait()
            return
        go_on(_taken_out(self.socket))


def has_plain_links(server: Any) -> bool:
    """May first requests be looked at before pywsgi reads them? Not where others have a say in that."""
    return hasattr(server.application, "find") and not getattr(server, "pre_start_hook", None)


def _taken_out(socket: Any) -> Any:
    """Return a socket with the descriptor of this one: no greenlet need stay, and an empty shell is closed.

    The interpreter's own kind, which has no watchers of the loop: links have theirs.
    """
    family, kind = socket.family, socket.type
    return _socket.socket(family, kind, fileno=socket.detach())
