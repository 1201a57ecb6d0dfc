"""Requests for a link: in one packet and of the plainest kind, as nearly all are, and any other."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import gevent
import pytest
from gevent.event import Event
from gevent.pywsgi import WSGIServer

from greennow import Now
from greennow.core.codec import Codec
from greennow.core.limits import Limits
from greennow.core.messages import Hello, Welcome
from greennow.core.referring import NoFunctions
from greennow.server import websocket
from greennow.server.wsgi import SUBPROTOCOL
from greennow.testing import Harness
from greennow.testing.link import connected

from .raw import address

CODEC = Codec(NoFunctions(), Limits())

HELLO = websocket.masked_frame(CODEC.encode(Hello(1, 1)))

UPGRADED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: greennow.1\r\n\r\n"
)

#: A header, in front of the end of a head, with which a request is none of the plainest kind.
ODD = "X_Odd: for CGI, X-Odd\r\n"

WAYS = ["plain", "odd", "in two pieces"]


@pytest.fixture
def h() -> Iterator[Harness]:
    with Harness(Now()) as harness:
        yield harness


def request(url: str, *headers: str) -> bytes:
    """A plain request for a link."""
    lines = (
        "GET /nowjs/ws HTTP/1.1", f"Host: {urlsplit(url).netloc}", "Upgrade: websocket",
        "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        f"Sec-WebSocket-Protocol: {SUBPROTOCOL}", *headers, "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode()


class Opened:
    """A connection over which a link was asked for. A context manager."""

    def __init__(self, url: str, way: str = "plain", *headers: str) -> None:
        self.socket = connected(address(url))
        whole = request(url, *headers)
        if way == "odd":
            whole = whole[:-2] + ODD.encode() + whole[-2:]
        if way == "in two pieces":
            self.socket.sendall(whole[:20])
            gevent.idle()  # the server has looked at what is there
            whole = whole[20:]
        self.socket.sendall(whole)

    @classmethod
    def over(cls, socket: Any) -> Opened:
        """The same over a connection at which all was said."""
        opened = cls.__new__(cls)
        opened.socket = socket
        return opened

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *exc: object) -> None:
        self.socket.close()

    def head(self) -> bytes:
        """The head of the answer."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.socket.recv(1)
        return head

    def rest(self) -> bytes:
        """All that comes until the server closes."""
        return b"".join(iter(lambda: self.socket.recv(65_536), b""))

    def welcome(self) -> Welcome:
        """The answer to hello."""
        frames = websocket.FrameReader(max_message=1 << 20, masked=False)
        events: list[Any] = []
        while not events:
            events = frames.feed(self.socket.recv(1 << 20))
        (welcome,) = CODEC.decode(events[0].data)
        assert isinstance(welcome, Welcome)
        return welcome


def test_of_a_plain_request_nothing_but_its_head_is_taken(h: Harness) -> None:
    with Opened(h.url) as client:
        client.socket.sendall(HELLO)  # before the answer: no browser does that, and nothing goes astray
        assert client.head() == UPGRADED
        client.welcome()


@pytest.mark.parametrize("way", WAYS)
def test_the_bag_tells_of_the_request_however_it_came(h: Harness, way: str) -> None:
    with Opened(h.url, way, "X-Name: ann", "Cookie: a=b") as client:
        assert client.head().startswith(b"HTTP/1.1 101 ")
        client.socket.sendall(HELLO)
        user = h.now.get_client(client.welcome().client_id).user
        assert (user.cookies, user.headers["X-Name"]) == ({"a": "b"}, "ann")
        assert user.environ["REMOTE_PORT"] == str(client.socket.getsockname()[1])
        assert user.environ["greennow.token"] is None
        assert "wsgi.input" not in user.environ


@pytest.mark.parametrize("way", WAYS)
def test_what_a_program_writes_into_the_request_stays_there(way: str) -> None:
    def authenticate(environ: dict[str, Any]) -> str:
        environ["name"] = "ann"
        return "ann"

    with Harness(Now(authenticate=authenticate)) as h, Opened(h.url, way) as client:
        client.head()
        client.socket.sendall(HELLO)
        user = h.now.get_client(client.welcome().client_id).user
        assert (user.identity, user.environ["name"]) == ("ann", "ann")


@pytest.mark.parametrize("way", ["plain", "odd"])
def test_who_is_refused_is_asked_for_once_and_told_why(way: str) -> None:
    asked: list[str] = []

    def authenticate(environ: dict[str, Any]) -> None:
        asked.append(environ["PATH_INFO"])

    with Harness(Now(authenticate=authenticate)) as h, Opened(h.url, way, "Connection2: close") as client:
        head = client.head()
        assert head.startswith(b"HTTP/1.1 401 Unauthorized\r\n")
        assert client.socket.recv(100) == b"authenticate refused\n"
        assert asked == ["/nowjs/ws"]


def test_a_connection_whose_plain_request_is_refused_is_closed() -> None:
    with Harness(Now(authenticate=lambda environ: None)) as h, Opened(h.url) as client:
        assert client.rest() == (
            b"HTTP/1.1 401 Unauthorized\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 21\r\n"
            b"Connection: close\r\n\r\nauthenticate refused\n"
        )


@pytest.mark.parametrize("way", ["plain", "odd"])
def test_a_refusal_stands_in_the_log_of_requests(way: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "geventwebsocket.handler")
    with Harness(Now(authenticate=lambda environ: None)) as h, Opened(h.url, way) as client:
        client.head()
        gevent.idle()
        (logged,) = [record.message for record in caplog.records if record.name == "geventwebsocket.handler"]
        assert logged.partition('"')[2].startswith('GET /nowjs/ws HTTP/1.1" 401 ')


def test_a_hook_of_gevent_websockets_server_is_still_asked_first() -> None:
    asked: list[str] = []
    now = Now()
    server = WSGIServer(("127.0.0.1", 0), lambda environ, respond: [], log=None)
    server.pre_start_hook = lambda handler: asked.append(handler.path)
    now.initialize(server)
    server.start()
    try:
        with Opened(f"http://127.0.0.1:{server.server_port}") as client:
            assert client.head().startswith(b"HTTP/1.1 101 ")
            assert asked == ["/nowjs/ws"]
    finally:
        server.stop()


@pytest.mark.parametrize("way", ["plain", "odd"])
def test_there_are_no_more_than_a_hundred_headers(h: Harness, way: str) -> None:
    with Opened(h.url, way, *(f"X-{number}:" for number in range(150))) as client:
        assert client.head().startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("way", ["plain", "odd"])
def test_a_timeout_of_the_programs_own_answers_500(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[tuple[object, type]] = []
    monkeypatch.setattr(
        gevent.get_hub(), "handle_error", lambda context, kind, *rest: reported.append((context, kind))
    )

    def authenticate(environ: dict[str, Any]) -> None:
        raise gevent.Timeout

    with Harness(Now(authenticate=authenticate)) as h, Opened(h.url, way, "Cookie: secret") as client:
        assert client.head().startswith(b"HTTP/1.1 500 ")
    ((context, kind),) = reported
    assert kind is gevent.Timeout
    assert "secret" not in repr(context)


@pytest.mark.parametrize("way", ["plain", "odd"])
def test_who_is_gone_before_the_refusal_leaves_nothing_in_the_log(
    way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answered = Event()

    def authenticate(environ: dict[str, Any]) -> None:
        answered.wait()

    with Harness(Now(authenticate=authenticate)) as h:
        with Opened(h.url, way) as client:
            gevent.idle()
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        answered.set()
        gevent.idle()
    assert capsys.readouterr().err == ""


def test_a_timeout_that_the_programs_server_gives_its_sockets_stays() -> None:
    class Server(WSGIServer):
        def handle(self, sock: Any, address: Any) -> None:
            sock.settimeout(123)
            super().handle(sock, address)

    seen: list[float | None] = []

    def site(environ: dict[str, Any], respond: Any) -> list[bytes]:
        seen.append(environ["wsgi.input"].rfile.raw._sock.gettimeout())
        respond("200 OK", [])
        return [b""]

    server = Server(("127.0.0.1", 0), site, log=None)
    Now().initialize(server)
    server.start()
    try:
        with Opened(f"http://127.0.0.1:{server.server_port}") as client:
            client.head()
        with connected(("127.0.0.1", server.server_port)) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
            client.recv(100)
    finally:
        server.stop()
    assert seen == [123]
