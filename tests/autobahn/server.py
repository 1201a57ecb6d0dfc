"""The endpoint that Autobahn talks to: greennow's own links, but every message comes back."""

from __future__ import annotations

from typing import Any

from gevent.pywsgi import WSGIHandler, WSGIServer

from greennow import Now
from greennow.hub.user import User
from greennow.server import websocket
from greennow.server.link import Link
from greennow.server.wsgi import Serving


class EchoLink(Link):
    """A link that knows no protocol above frames: it sends each message back as it came, texts as well."""

    def open(self) -> None:
        """Begin to read; no hello is waited for, nor for its limit."""
        self._timer.cancel()
        self._frames.max_message = self._hub.limits.max_incoming
        super().open()

    def _take_event(self, event: websocket.Event) -> None:
        if isinstance(event, websocket.Message):
            opcode = websocket.TEXT if event.text else websocket.BINARY
            # Pings that came before it are answered before it, as before what a program answers.
            self._transmit(self._pongs.take() + websocket.frame(event.data, opcode))
        else:
            super()._take_event(event)


class EchoHandler(WSGIHandler):
    """Makes an echo of every request for a WebSocket."""

    server: EchoServer

    def run_application(self) -> None:
        """Answer the request, and stay with it until the link is closed."""
        try:
            accepted = websocket.check_upgrade(self.environ, [])
        except websocket.HandshakeError as error:
            self.start_response(error.status, error.headers)
            self.write(error.body)
            return
        self.start_response("101 Switching Protocols", accepted.headers)
        self.write(b"")
        self.close_connection = True
        self.server.echo(self.socket).closed.wait()


class EchoServer(WSGIServer):
    """Listens at a free port of this machine; ``max_message`` is the most bytes of a message."""

    #: Its handler needs none.
    application = None

    def __init__(self, max_message: int) -> None:
        self._now = Now(max_message=max_message)
        self._serving = Serving()
        super().__init__(("127.0.0.1", 0), handler_class=EchoHandler, log=None)

    def echo(self, socket: Any) -> Link:
        """Begin to send back what comes."""
        link = EchoLink(self._now, socket, User, lambda link: None)
        link.open()
        return link
