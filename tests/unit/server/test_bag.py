"""What a bag tells of the request: the same, be it kept as an environ or as it came."""

from __future__ import annotations

from typing import Any

import pytest

from greennow.server.bag import Bag
from greennow.server.opening import Opening

HEAD = (
    b"GET /nowjs/ws HTTP/1.1\r\nHost: localhost\r\nCookie: a=b; c=d\r\nX-Room: 7\r\n"
    b"Authorization: Bearer secret\r\n\r\n"
)


class Server:
    """Gives the part of an environ that all requests share."""

    def get_environ(self) -> dict[str, Any]:
        return {"wsgi.url_scheme": "http"}


OPENING = Opening(HEAD, Server(), ("127.0.0.1", 50_000))

ENVIRON = {
    "wsgi.url_scheme": "http",
    "REQUEST_METHOD": "GET",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "SCRIPT_NAME": "",
    "PATH_INFO": "/nowjs/ws",
    "QUERY_STRING": "",
    "REMOTE_ADDR": "127.0.0.1",
    "REMOTE_PORT": "50000",
    "HTTP_HOST": "localhost",
    "HTTP_COOKIE": "a=b; c=d",
    "HTTP_X_ROOM": "7",
    "HTTP_AUTHORIZATION": "Bearer secret",
    "greennow.token": "secret",
}

BUFFERS = {"wsgi.input": object(), "wsgi.input_terminated": True, "wsgi.websocket": object()}

BAGS = {
    "as it came": lambda: Bag("ann", {"n": 1}, {}, OPENING),
    "as an environ": lambda: Bag("ann", {"n": 1}, {**ENVIRON, **BUFFERS}),
}


@pytest.mark.parametrize("kept", BAGS)
def test_a_bag_tells_of_its_request(kept: str) -> None:
    bag = BAGS[kept]()
    assert bag.cookies == {"a": "b", "c": "d"}
    assert bag.headers == {
        "Host": "localhost", "Cookie": "a=b; c=d", "X-Room": "7", "Authorization": "Bearer secret"
    }  # fmt: skip
    assert bag.environ == ENVIRON
    assert (bag.identity, bag.session) == ("ann", {"n": 1})


@pytest.mark.parametrize("kept", BAGS)
@pytest.mark.parametrize("name", ["environ", "headers", "cookies"])
def test_what_is_changed_in_it_stays(kept: str, name: str) -> None:
    bag = BAGS[kept]()
    getattr(bag, name)["mine"] = "too"
    assert getattr(bag, name)["mine"] == "too"
    setattr(bag, name, {"all": "mine"})
    assert getattr(bag, name) == {"all": "mine"}


def test_nothing_of_a_request_is_kept_that_nobody_asked_for() -> None:
    bag = BAGS["as it came"]()
    assert bag.cookies
    assert set(vars(bag)) == {"identity", "session", "_opening", "cookies"}
