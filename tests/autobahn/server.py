"""The endpoint that Autobahn talks to: greennow's own links, but every message comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gevent.pywsgi import WSGIHandler, WSGIServer

from greennow import Now
from greennow.hub.user import User
from greennow.server import handshake, websocket
from greennow.server.inbox import Inbox
from greennow.server.link import Link
from greennow.server.readers import Readers
from greennow.server.wsgi import Serving


class EchoLink(Link):
    """A link that knows no protocol above frames: it sends each message back as it came, texts as well."""

    def open(self) -> None:
        """Begin to read; no hello is waited for, nor for its limit."""
        self._timer.cancel()
        self._inbox = EchoInbox(self._hub.limits.max_incoming, self._echo)
        super().open()

    def _echo(self, event: websocket.Message | websocket.Ping | websocket.Pong) -> None:
        if isinstance(event, websocket.Message):
            opcode = websocket.TEXT if event.text else websocket.BINARY
            # Pings that came before it are answered before it, as before what a program answers.
            self._transmit(self._pongs.take() + websocket.frame(event.data, opcode))
        else:
            self._take_control(event)


class EchoInbox(Inbox):
    """An inbox that keeps nothing but a close frame."""

    def __init__(self, max_message: int, echo: Callable[[Any], None]) -> None:
        super().__init__(max_message)
        self._echo = echo

    def add(self, data: bytes) -> list[websocket.Ping | websocket.Pong]:
        """Take more bytes; have the messages sent back, and the pings answered in their place."""
        for event in self._frames.feed(data):
            if isinstance(event, websocket.Closed):
                self._received.append(event)
            else:
                self._echo(event)
        self._fault = self._frames.fault
        return []


class EchoHandler(WSGIHandler):
    """Makes an echo of every request for a WebSocket."""

    server: EchoServer

    def run_application(self) -> None:
        """Answer the request, and stay with it until the link is closed."""
        try:
            accepted = handshake.check_upgrade(self.environ, [])
        except handshake.HandshakeError as error:
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
        self._readers = Readers()
        super().__init__(("127.0.0.1", 0), handler_class=EchoHandler, log=None)

    def echo(self, socket: Any) -> Link:
        """Begin to send back what comes."""
        link = EchoLink(self._now, socket, User, self._readers, lambda link: None)
        link.open()
        return link
