"""`initialize` attaches to an existing HTTP server, whose own requests go on; it returns `everyone`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from gevent.pywsgi import WSGIServer
from geventwebsocket.handler import WebSocketHandler

from greennow import Now, Server

from ..chromium import Pages
from ..net.serving import ServerThread
from .site import SCRIPT, html, run


def own_site(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The site that was there before: it tells what it was asked."""
    path = environ["PATH_INFO"]
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
    start_response("200 OK", [("Content-Type", "text/html"), ("X-Own", "yes")])
    return [(html(SCRIPT) if path == "/" else f"{environ['REQUEST_METHOD']} {path} {body}").encode()]


class Initialized(ServerThread):
    """A `gevent.pywsgi.WSGIServer` that `initialize` has attached to."""

    def _start(self) -> Server:
        server = WSGIServer(("127.0.0.1", 0), own_site, log=None)
        assert self.now.initialize(server, client_options={"color": "red"}) is self.now.everyone
        server.start()
        return Server([self.now], server, "http")


class Wrapped(ServerThread):
    """The site as WSGI middleware, under gevent-websocket's own handler."""

    def _start(self) -> Server:
        application = self.now.wsgi(own_site, client_options={"color": "red"})
        server = WSGIServer(("127.0.0.1", 0), application, handler_class=WebSocketHandler, log=None)
        server.start()
        return Server([self.now], server, "http")


class Served(ServerThread):
    """The site served by greennow's own server."""

    def _start(self) -> Server:
        return self.now.start(own_site, port=0, client_options={"color": "red"})


@pytest.fixture(params=[Initialized, Wrapped, Served], ids=["initialize", "wsgi", "serve"])
def server(now: Now, request: pytest.FixtureRequest) -> Iterator[ServerThread]:
    now.everyone.expose("add")(lambda a, b: a + b)
    with request.param(now) as server:
        yield server


def test_now_is_there_and_the_sites_own_requests_go_on(server: ServerThread, pages: Pages) -> None:
    page = pages.open(server.url)
    run(page, "await now.ready()")
    assert run(page, "return [await now.add(1, 2), now.core.options]") == [3, {"color": "red"}]

    own = HTTPConnection(urlsplit(server.url).netloc)
    for method, path, body in [
        ("GET", "/anything", ""),
        ("POST", "/form", "a=1"),
        ("GET", "/nowjs-and-more", ""),
        ("GET", "/nowjs", ""),
        ("POST", "/", ""),
    ]:
        own.request(method, path, body)
        answer = own.getresponse()
        text = answer.read().decode()
        assert answer.headers["X-Own"] == "yes"
        assert path == "/" or text == f"{method} {path} {body}"
    own.close()
