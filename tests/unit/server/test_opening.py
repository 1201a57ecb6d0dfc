"""Plain requests for a link: the same environ as pywsgi's, and what is left to it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from gevent.pywsgi import WSGIHandler, WSGIServer
from hypothesis import given
from hypothesis import strategies as st

from greennow.server.opening import Opening

SERVER = WSGIServer(("127.0.0.1", 0), environ={"SERVER_NAME": "localhost", "SERVER_PORT": "8080"})

ADDRESS = ("127.0.0.1", 50_000)

FIRST = "GET /nowjs/ws HTTP/1.1"

HOST = "Host: localhost:8080"


def head(first: str, *headers: str) -> bytes:
    return "\r\n".join([first, *headers, "", ""]).encode("latin-1")


def opening(request: bytes, address: Any = ADDRESS) -> dict[str, Any] | None:
    return Opening(request, SERVER, address).environ()


def by_pywsgi(request: bytes, address: Any = ADDRESS) -> dict[str, Any]:
    handler: Any = WSGIHandler(None, address, SERVER, rfile=BytesIO(request))
    assert handler.read_request(handler.read_requestline())
    environ: dict[str, Any] = handler.get_environ()
    return {key: value for key, value in environ.items() if not key.startswith("wsgi.input")}


PLAIN = [
    ("one header", head(FIRST, HOST)),
    ("a query", head("GET /nowjs/ws?a=%20b&c=?d HTTP/1.1", HOST)),
    ("an empty query", head("GET /nowjs/ws? HTTP/1.1", HOST)),
    ("spaces around a value", head(FIRST, "Host:localhost", "X-A:  b \t", "X-B:", "X-C: \t")),
    ("colons and commas in a value", head(FIRST, HOST, 'Cookie: a="b:c"; d=e,f', "Authorization: Bearer x")),
    ("names in whatever case", head(FIRST, "hOST: a", "upgrade: websocket", "x-FORWARDED-for: b", "a.b!: c")),
]


@pytest.mark.parametrize(("name", "request_"), PLAIN, ids=[case[0] for case in PLAIN])
@pytest.mark.parametrize("address", [ADDRESS, ("::1", 50_000, 0, 0), ""])
def test_the_environ_of_a_plain_request_is_that_of_pywsgi(name: str, request_: bytes, address: Any) -> None:
    assert opening(request_, address) == by_pywsgi(request_, address)


#: What is not asked for here: anything in which two servers might not be of one mind.
NOT_PLAIN = [
    ("another method", head("POST /nowjs/ws HTTP/1.1", HOST)),
    ("another version", head("GET /nowjs/ws HTTP/1.0", HOST)),
    ("no version", head("GET /nowjs/ws", HOST)),
    ("a whole URL", head("GET http://localhost/nowjs/ws HTTP/1.1", HOST)),
    ("a path that is escaped", head("GET /nowjs/w%73 HTTP/1.1", HOST)),
    ("two spaces", head("GET  /nowjs/ws HTTP/1.1", HOST)),
    ("no headers", head(FIRST)),
    ("a header that is given twice", head(FIRST, HOST, "Cookie: a=b", "cookie: c=d")),
    ("a header that is given twice, once with underscores", head(FIRST, HOST, "X-A: b", "X_A: c")),
    ("a name with an underscore", head(FIRST, HOST, "X_A: b")),
    ("a length", head(FIRST, HOST, "Content-Length: 0")),
    ("a type", head(FIRST, HOST, "Content-Type: text/plain")),
    ("an encoding", head(FIRST, HOST, "Transfer-Encoding: chunked")),
    ("an expectation", head(FIRST, HOST, "Expect: 100-continue")),
    ("a value that goes on in the next line", head(FIRST, HOST, "X-A: b", " c")),
    ("a space ahead of the colon", head(FIRST, HOST, "X-A : b")),
    ("no name", head(FIRST, HOST, ": b")),
    ("no colon", head(FIRST, HOST, "X-A")),
    ("what is not ASCII", head(FIRST, HOST, "X-A: \xe9")),
    ("a control character", head(FIRST, HOST, "X-A: \x0b")),
    ("a bare CR", head(FIRST, HOST, "X-A: b\rX-B: c")),
    ("lines that end with LF alone", head(FIRST, HOST).replace(b"\r\n", b"\n")),
    ("a line that ends with LF alone", head(FIRST, HOST + "\nX-A: b")),
    ("the beginning of a head", head(FIRST, HOST)[:-2]),
    ("more than a head", head(FIRST, HOST) + b"x"),
    ("nothing", b""),
]


@pytest.mark.parametrize(("name", "request_"), NOT_PLAIN, ids=[case[0] for case in NOT_PLAIN])
def test_what_is_not_plain_is_left_to_pywsgi(name: str, request_: bytes) -> None:
    assert opening(request_) is None


PIECES = st.sampled_from(
    ["GET ", "/", "nowjs", "?", "%41", " ", "HTTP/1.1", "\r\n", "\n", "\r", "Host", "cookie", ":", "a", "_",
     "-", "\t", "\xe9", "\x85", "\x1c", "Content-Length", "1", ",", "\0", "é"]
)  # fmt: skip


@given(st.lists(PIECES).map("".join), st.lists(st.tuples(PIECES, PIECES, PIECES)))
def test_whatever_is_taken_for_plain_is_to_pywsgi_what_it_is_here(
    target: str, headers: list[tuple[str, str, str]]
) -> None:
    lines = [f"{name}{more}: {value}" for name, more, value in headers]
    request = head(f"GET /{target} HTTP/1.1", HOST, *lines)
    environ = opening(request)
    if environ is not None:
        assert environ == by_pywsgi(request)
