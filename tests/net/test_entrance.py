"""How connections come in: who says nothing, who says it in pieces, and who comes while a server stops."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from typing import Any

import gevent
import pytest
from gevent.event import Event
from gevent.pool import Pool
from gevent.pywsgi import WSGIServer

from greennow import Now
from greennow.server import entrance
from greennow.server.requests import requests_of
from greennow.testing.link import connected

from .raw import address
from .test_opening import HELLO, UPGRADED, Opened, request
from .test_stopping import GET, read_all

ANSWER = b"an answer"


def site(environ: dict[str, Any], respond: Any) -> list[bytes]:
    respond("200 OK", [("Content-Length", str(len(ANSWER)))])
    return [ANSWER]


class Served:
    """A site and a `now` on a server of this kind. A context manager."""

    def __init__(self, kind: str, now: Now, **options: Any) -> None:
        self.now = now
        if kind == "start":
            self.server: Any = now.start(site, port=0)
            self.own = self.server._server
        else:
            self.server = self.own = WSGIServer(("127.0.0.1", 0), site, log=None, **options)
            now.initialize(self.server)
            self.server.start()
        self.url = f"http://127.0.0.1:{self.own.server_port}"

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *exc: object) -> None:
        self.server.stop(0)

    def stranger(self) -> Any:
        """A connection that the server has accepted, and over which nothing was said."""
        stranger = connected(address(self.url))
        gevent.idle()
        return stranger

    def wait_until_nobody_is_there(self) -> None:
        """Return when no connection is open that is no link."""
        assert requests_of(self.own)._is_empty.wait(5)


@pytest.fixture(params=["start", "initialize"])
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    with Served(request.param, Now()) as it:
        yield it


@pytest.fixture
def spawned() -> Iterator[list[Any]]:
    """The greenlets that are spawned."""
    greenlets: list[Any] = []
    gevent.Greenlet.add_spawn_callback(greenlets.append)
    yield greenlets
    gevent.Greenlet.remove_spawn_callback(greenlets.append)


def test_a_plain_request_spawns_no_greenlet(served: Served, spawned: list[Any]) -> None:
    with Opened(served.url) as client:
        assert client.head() == UPGRADED
        client.socket.sendall(HELLO)
        client.welcome()
    assert spawned == []


def test_neither_does_a_stranger_who_says_nothing(served: Served, spawned: list[Any]) -> None:
    with served.stranger():
        assert spawned == []


def test_an_odd_request_gets_a_greenlet_of_its_own(served: Served, spawned: list[Any]) -> None:
    with Opened(served.url, "odd") as client:
        assert client.head() == UPGRADED
        assert len(spawned) == 1


def test_a_request_may_come_byte_by_byte(served: Served) -> None:
    with served.stranger() as client:
        for byte in request(served.url):
            client.sendall(bytes([byte]))
            gevent.idle()
        with Opened.over(client) as opened:
            assert opened.head() == UPGRADED
            client.sendall(HELLO)
            opened.welcome()


def test_hello_may_have_come_with_the_request(served: Served) -> None:
    with served.stranger() as client:
        client.sendall(request(served.url) + HELLO)
        with Opened.over(client) as opened:
            assert opened.head() == UPGRADED
            opened.welcome()


def test_a_stranger_who_was_taken_to_have_spoken_still_may(served: Served) -> None:
    with served.stranger() as client:
        (stranger,) = requests_of(served.own)._connections
        gevent.get_hub().loop.run_callback(stranger._heard)  # type: ignore[attr-defined]
        gevent.idle()
        client.sendall(request(served.url))
        with Opened.over(client) as opened:
            assert opened.head() == UPGRADED


def test_anything_else_is_the_sites(served: Served) -> None:
    with served.stranger() as client:
        for _ in range(2):
            client.sendall(GET)
            answer = b""
            while not answer.endswith(ANSWER):
                answer += client.recv(1_000)


def test_who_says_nothing_is_cut_in_a_while(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrance, "HEAD_TIME", 0.01)
    with served.stranger() as client:
        assert read_all(client) == b""
    served.wait_until_nobody_is_there()


def test_who_is_gone_at_once_leaves_nothing(
    served: Served, spawned: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    connected(address(served.url)).close()
    served.stranger().close()
    broken = served.stranger()
    broken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    broken.close()
    gevent.idle()
    served.wait_until_nobody_is_there()
    assert spawned == []
    assert capsys.readouterr().err == ""


def test_a_server_that_stops_waits_for_no_stranger(served: Served) -> None:
    with served.stranger() as client:
        served.server.stop(30)
        client.settimeout(5)
        assert read_all(client) == b""
    served.wait_until_nobody_is_there()


@pytest.mark.parametrize("kind", ["start", "initialize"])
def test_who_speaks_while_it_stops_is_answered(kind: str) -> None:
    now, goes_on = Now(), Event()
    now.on("stop", goes_on.wait)
    with Served(kind, now) as served, served.stranger() as page, served.stranger() as client:
        stopping = gevent.spawn(served.server.stop, 30)
        gevent.idle()
        page.sendall(GET)
        client.sendall(request(served.url))
        gevent.idle()
        goes_on.set()
        assert read_all(page).endswith(ANSWER)
        assert read_all(client).startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        stopping.get()


class Doubt:
    """An `authenticate` that takes its time."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.began, self.may_answer = Event(), Event()

    def __call__(self, environ: dict[str, Any]) -> str:
        self.asked.append(gevent.getcurrent())
        self.began.set()
        self.may_answer.wait()
        return "ann"


@pytest.mark.parametrize("kind", ["start", "initialize"])
def test_a_server_that_stops_waits_for_who_is_being_let_in(kind: str) -> None:
    doubt = Doubt()
    with Served(kind, Now(authenticate=doubt)) as served, Opened(served.url) as client:
        doubt.began.wait()
        stopping = gevent.spawn(served.server.stop, 30)
        gevent.idle()
        assert not stopping.dead
        doubt.may_answer.set()
        assert client.head() == UPGRADED
        assert client.rest() == b"\x88\x1a\x03\xe9the server is going away"
        stopping.get()


@pytest.mark.parametrize("kind", ["start", "initialize"])
def test_but_no_longer_than_it_has_time(kind: str) -> None:
    doubt = Doubt()
    with Served(kind, Now(authenticate=doubt)) as served, Opened(served.url) as client:
        doubt.began.wait()
        served.server.stop(0.05)
        with pytest.raises(ConnectionResetError):  # its request was only looked at
            client.rest()


def test_authenticate_runs_in_a_greenlet_of_its_own() -> None:
    """What it leaves there, such as variables of a greenlet's, is nobody else's."""
    doubt = Doubt()
    doubt.may_answer.set()
    with Served("start", Now(authenticate=doubt)) as served:
        for _ in range(2):
            with Opened(served.url) as client:
                client.head()
        one, other = doubt.asked
        assert one is not other


def test_a_pool_of_the_programs_holds_every_connection() -> None:
    pool = Pool(2)
    with Served("initialize", Now(), spawn=pool) as served, served.stranger(), Opened(served.url) as client:
        assert client.head() == UPGRADED
        gevent.idle()
        assert len(pool) == 1  # the stranger


def test_so_does_what_a_program_spawns_connections_with() -> None:
    spawned: list[Any] = []

    def spawn(*args: Any) -> None:
        spawned.append(gevent.spawn(*args))

    with Served("initialize", Now(), spawn=spawn) as served, Opened(served.url) as client:
        assert client.head() == UPGRADED
        assert len(spawned) == 1
