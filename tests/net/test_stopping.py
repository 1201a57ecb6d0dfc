"""A server that stops lets the requests finish that it is at, and closes connections that wait for one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gevent
import pytest
from gevent.event import Event
from gevent.pywsgi import WSGIServer

from greennow import Now
from greennow.client import connect
from greennow.testing import Harness
from greennow.testing.link import connected

from .raw import address
from .serving import DEADLINE, ServerThread

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Site:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.began, self.may_answer = Event(), Event()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        self.began.set()
        self.may_answer.wait()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "6")])
        yield b"answer"


def read_all(socket: Any) -> bytes:
    """What comes until the other end closes."""
    return b"".join(iter(lambda: socket.recv(65_536), b""))


@pytest.fixture(params=["start", "initialize"])
def served(request: pytest.FixtureRequest) -> Iterator[tuple[Site, Any, str]]:
    """A site and a server of each kind."""
    site = Site()
    if request.param == "start":
        server: Any = Now().start(site, port=0)
        url = server.url
    else:
        server = WSGIServer(("127.0.0.1", 0), site, log=None)
        Now().initialize(server)
        server.start()
        url = f"http://127.0.0.1:{server.server_port}"
    yield site, server, url
    server.stop(0)


def test_a_request_under_way_is_answered_and_then_the_connection_closed(served: Any) -> None:
    site, server, url = served
    socket = connected(address(url))
    socket.sendall(GET)
    site.began.wait()
    stopping = gevent.spawn(server.stop, 30)
    gevent.idle()
    assert not stopping.dead
    site.may_answer.set()
    assert read_all(socket).endswith(b"answer")
    stopping.get()
    socket.close()


def test_a_connection_that_waits_for_a_request_is_closed_at_once(served: Any) -> None:
    site, server, url = served
    site.may_answer.set()
    socket = connected(address(url))
    socket.sendall(GET)
    answer = b""
    while not answer.endswith(b"answer"):
        answer += socket.recv(65_536)
    server.stop(30)
    assert read_all(socket) == b""
    socket.close()


def test_a_request_that_takes_too_long_is_cut(served: Any) -> None:
    site, server, url = served
    socket = connected(address(url))
    socket.sendall(GET)
    site.began.wait()
    server.stop(0.05)
    assert b"answer" not in read_all(socket)
    socket.close()


def test_clients_are_told_to_come_back_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("greennow.server.serve._CLOSED_AT_ONCE", 2)
    monkeypatch.setattr("greennow.server.serve._CLOSED_A_SECOND", 1e-6)
    now = Now()
    with Harness(now) as h:
        clients = [h.connect() for _ in range(6)]
        stopping = gevent.spawn(now.drain, 1e6)
        h.advance(0)
        assert sum(client.online for client in clients) == 4
        stopping.kill()


def test_a_server_that_stops_keeps_to_its_time_however_many_clients_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("greennow.server.serve._CLOSED_AT_ONCE", 1)
    monkeypatch.setattr("greennow.server.serve._CLOSED_A_SECOND", 1e-6)
    now = Now()
    with Harness(now) as h:
        clients = [h.connect() for _ in range(6)]
        now.drain(0.1)
        h.advance(0)
        assert not any(client.online for client in clients)


def test_it_may_be_served_again_in_another_thread() -> None:
    now = Now()
    now.everyone.expose("add")(lambda a, b: a + b)
    for number in range(2):
        with ServerThread(now) as server, connect(server.url) as client:
            assert client.now.add(1, number).result(DEADLINE) == 1 + number
