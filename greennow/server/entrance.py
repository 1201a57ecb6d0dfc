"""Where connections come in: the usual ones become links without a greenlet and a socket of gevent's.

gevent's server spawns a greenlet for each connection that it accepts. Here a connection over which nothing
was said yet is a socket that the loop looks at. When its first bytes have come they are looked at, and not
taken: where they plainly ask for a link, a greenlet that is used again opens it. Anything else goes the way
that it goes in gevent's server, and nothing was decided about it here.
"""

from __future__ import annotations

import _socket
from functools import partial
from socket import MSG_PEEK
from typing import Any

import gevent
import gevent.socket
from gevent.pywsgi import WSGIServer

from .admission import PlainRequest, plain_request
from .handler import Handler, has_plain_links
from .handshake import HandshakeError
from .head import HEAD_TIME
from .opening import MAX_PLAIN
from .readers import Readers
from .requests import requests_of

#: What a server runs its connections with, unless the program gives it something else, such as a pool.
_SPAWN = gevent.Greenlet.spawn


def make_entrance(server: WSGIServer) -> None:
    """Have a server's connections come in here; one of which the program has made another is left alone."""
    if type(server) is WSGIServer and "handle" not in vars(server) and not server.ssl_enabled:
        Entrance(server)


class Entrance:
    """Lets the connections of one server in."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._requests = requests_of(server)
        #: Opens links.
        self._readers = Readers()
        #: How gevent goes on with a connection.
        self._handle_usually = server.do_handle
        server.do_read, server.do_handle = self.accept, self.let_in

    def accept(self) -> tuple[Any, Any] | None:
        """Return a connection and where it came from; None if none waits. Called by gevent's server."""
        listener = self._server.socket
        try:
            descriptor, address = listener._accept()
        except BlockingIOError:
            return None
        return _socket.socket(listener.family, listener.type, listener.proto, fileno=descriptor), address

    def let_in(self, socket: Any, address: Any) -> None:
        """Go on with a connection. Called by gevent's server."""
        if not self._decides:
            self._handle_usually(_gevents(socket), address)
            return
        socket.settimeout(0.0)
        if not self.look(socket, address):
            self._requests.begin(Stranger(self, socket, address))

    @property
    def _decides(self) -> bool:
        """Does nobody else say how connections are handled, how many at once, or by what?"""
        server = self._server
        return server.handler_class is Handler and server._spawn == _SPAWN and has_plain_links(server)

    def look(self, socket: Any, address: Any) -> bool:
        """Go on with what was said first; return False if nothing was."""
        try:
            begun = socket.recv(MAX_PLAIN, MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            begun = b""
        if not begun:
            socket.close()
            return True
        asked = plain_request(begun, self._server, address)
        if asked is None or asked.application.asks_program:
            self._pass_on(socket, address, asked)
        else:
            self._readers.run(partial(self._open_link, socket, address, asked))
        return True

    def forget(self, stranger: Stranger) -> None:
        """A connection is no stranger's any more."""
        self._requests.end(stranger)

    def _open_link(self, socket: Any, address: Any, asked: PlainRequest) -> None:
        """Run by a reader, for what is refused is logged, and the program's handlers of logs may wait."""
        try:
            admission = asked.judge()
        except HandshakeError as error:
            self._pass_on(socket, address, asked, error)
        else:
            asked.go_on(socket, admission)

    def _pass_on(
        self,
        socket: Any,
        address: Any,
        asked: PlainRequest | None,
        refused: HandshakeError | None = None,
    ) -> None:
        """Have a greenlet handle the requests of a connection.

        Not by the server's `do_handle`: one that stops has none, and those who came before may still ask.
        """
        gevent.spawn(self._handle, _gevents(socket), address, asked, refused)

    def _handle(
        self, socket: Any, address: Any, asked: PlainRequest | None, refused: HandshakeError | None
    ) -> None:
        try:
            handler = Handler(socket, address, self._server)
            handler.was_looked_at, handler.asked = True, asked
            if asked is not None and refused is not None:
                handler.refuse(asked, refused)
            handler.handle()
        finally:
            socket.close()


class Stranger:
    """A connection over which nothing has been said yet."""

    __slots__ = ("_address", "_entrance", "_readable", "_socket", "_timer")

    #: A server that stops need not wait for it.
    is_idle = True

    def __init__(self, entrance: Entrance, socket: Any, address: Any) -> None:
        self._entrance, self._socket, self._address = entrance, socket, address
        loop = gevent.get_hub().loop
        self._readable = loop.io(socket.fileno(), 1)
        self._readable.start(self._heard)
        #: Ends the wait.
        self._timer = loop.timer(HEAD_TIME)
        self._timer.start(self.cut)

    def _heard(self) -> None:
        """Something was said, or the line is broken; the kernel may also be mistaken (select(2))."""
        self._readable.stop()
        if self._entrance.look(self._socket, self._address):
            self._stop_waiting()
        else:
            self._readable.start(self._heard)

    def cut(self) -> None:
        """Close the connection."""
        self._stop_waiting()
        self._socket.close()

    def _stop_waiting(self) -> None:
        self._readable.close()
        self._timer.close()
        self._entrance.forget(self)


def _gevents(socket: Any) -> Any:
    """Return gevent's kind of socket with the descriptor of this one, for those that wait."""
    family, kind, protocol = socket.family, socket.type, socket.proto
    return gevent.socket.socket(family, kind, protocol, fileno=socket.detach())
