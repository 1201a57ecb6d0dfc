"""Links and HTTP as the network sees them: good and bad frames, refusals, files, TLS.

For the rules of these tests see ``test_harness.py``.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cbor2
import gevent
import gevent.ssl
import pytest
from gevent.event import Event

from greennow import ConnectError, Now, this
from greennow.core.messages import Ack, Bye, Call, Fail, Failure, Hello, Ready, Release, Reply, Welcome, Write
from greennow.core.tree import Set
from greennow.server import websocket
from greennow.testing import Harness
from greennow.testing.link import connected
from greennow.version import __version__

from .raw import Answer, RawClient, address, request

CERTIFICATE = str(Path(__file__).parent.parent / "data" / "localhost.pem")


@pytest.fixture
def h() -> Iterator[Harness]:
    with Harness(Now()) as harness:
        yield harness


def ready(client: RawClient) -> Welcome:
    """Say hello, and what a client says first."""
    client.hello()
    welcome: Welcome = client.message(Welcome)
    client.say(Write(()))
    client.message(Ready)
    return welcome


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.levelno >= logging.WARNING]


# Who breaks the rules.

MASK = b"\1\2\3\4"

#: What is sent once the client is ready, and how the link is closed for it.
BROKEN: list[tuple[str, bytes, int, str]] = [
    (
        "a text message",
        websocket.masked_frame(b"{}", websocket.TEXT),
        1003,
        "a text message; this protocol is binary",
    ),
    ("a frame that is not masked", websocket.frame(b"\x82\x02\x00"), 1002, "a frame is not masked"),
    ("a reserved bit", b"\xc2\x80" + MASK, 1002, "a reserved bit is set"),
    ("a reserved opcode", b"\x83\x80" + MASK, 1002, "the opcode 3 is reserved"),
    ("nothing to continue", b"\x80\x80" + MASK, 1002, "nothing to continue"),
    (
        "a message too large",
        b"\x82\xff" + (1 << 40).to_bytes(8, "big") + MASK,
        1009,
        f"a message is longer than {Now().limits.max_incoming} bytes",
    ),
]

#: Messages, as bytes, that a client that is ready may not send.
BAD_MESSAGES: list[tuple[str, bytes]] = [
    ("no CBOR", b"\xff"),
    ("no array", b"\x01"),
    ("an empty array", b"\x80"),
    ("an unknown kind", b"\x81\x18\x63"),
    ("a reserved kind", b"\x82\x09\x01"),
    ("a message cut off", b"\x82\x04"),
    ("a second hello", b"\x82\x00\xa2\x67version\x01\x67attempt\x01"),
    ("an ack of what was never sent", b"\x82\x02\x18\x64"),
    ("an answer to no call", b"\x83\x06\x05\xf6"),
    ("ready, which only a server is", b"\x81\x0d"),
    ("refuse, which only a server does", b"\x83\x0c\x01\x80"),
    ("a release of what was not lent", b"\x82\x0b\x82\x00\x01"),
    ("undefined", b"\x82\x04\x81\x82\x81\x61x\xf7"),
    ("a key __proto__", b"\x82\x04\x81\x82\x81\x69__proto__\x01"),
]


@pytest.mark.parametrize(("name", "data", "code", "reason"), BROKEN, ids=[case[0] for case in BROKEN])
def test_a_broken_frame_closes_that_one_link_with_a_code_and_one_line_in_the_log(
    h: Harness, caplog: pytest.LogCaptureFixture, name: str, data: bytes, code: int, reason: str
) -> None:
    ann = h.connect()
    with RawClient(h.url) as client:
        welcome = ready(client)
        client.send(data)
        assert client.message(Bye) == Bye(code, reason)
        assert client.closed() == (code, reason)
    h.settle()
    assert warnings(caplog) == [
        f"closing the link of <Client {welcome.client_id} online>: {reason} (code {code})"
    ]
    assert h.everyone.get_users() == [ann.client_id]
    assert ann.online


@pytest.mark.parametrize(("name", "data"), BAD_MESSAGES, ids=[case[0] for case in BAD_MESSAGES])
def test_a_bad_message_closes_that_one_link_with_1002_and_one_line_in_the_log(
    h: Harness, caplog: pytest.LogCaptureFixture, name: str, data: bytes
) -> None:
    ann = h.connect()
    with RawClient(h.url) as client:
        ready(client)
        client.send(websocket.masked_frame(data))
        assert client.message(Bye).code == 1002
        assert client.closed()[0] == 1002
    h.settle()
    assert len(warnings(caplog)) == 1
    assert h.everyone.get_users() == [ann.client_id]


def test_a_bad_message_closes_the_link_also_where_what_is_wrong_with_it_would_fill_a_message() -> None:
    key = b"\x79\x75\x30" + b"k" * 30_000
    with Harness(Now(), max_message=2_000) as h, RawClient(h.url) as client:
        ready(client)
        client.send(websocket.masked_frame(b"\x83\x06\x01\xa2" + key + b"\0" + key + b"\0"))
        bye = client.message(Bye)
        assert bye.code == 1002
        assert len(bye.reason) < 300
        assert client.closed()[0] == 1002


def test_what_came_before_a_broken_frame_is_done(h: Harness) -> None:
    called: list[int] = []
    h.everyone.expose("call")(called.append)
    with RawClient(h.url) as client:
        ready(client)
        good = b"".join(
            websocket.masked_frame(client.codec.encode(Call(0, ("call",), [number]))) for number in range(3)
        )
        client.send(good + b"\xff\xff")
        assert client.closed()[0] == 1002
    assert called == [0, 1, 2]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (Ack(0), "hello comes first"),
        (Write(()), "hello comes first"),
        (Hello(2, 1), "version 2 of the protocol is not spoken here, 1 is"),
    ],
)
def test_a_link_begins_with_a_proper_hello(h: Harness, message: Any, reason: str) -> None:
    with RawClient(h.url) as client:
        client.say(message)
        assert client.closed() == (1002, reason)


def hello_of(size: int) -> bytes:
    """A hello of so many bytes, with a field of a later version."""
    room = size - len(cbor2.dumps([0, {"version": 1, "attempt": 1, "later": b"x" * 1_000}])) + 1_000
    return cbor2.dumps([0, {"version": 1, "attempt": 1, "later": b"x" * room}])


def test_hello_has_room_for_4096_bytes_and_what_follows_welcome_for_as_many_as_may_be(h: Harness) -> None:
    with RawClient(h.url) as client:
        client.send(websocket.masked_frame(hello_of(4_096)))
        welcome = client.message(Welcome)
        client.say(Write((Set(("x",), b"x" * 1_000_000),)))
        client.message(Ready)
        assert len(h.now.get_client(welcome.client_id).now.x) == 1_000_000


def test_a_longer_hello_is_not_waited_for(h: Harness) -> None:
    with RawClient(h.url) as client:
        client.send(websocket.masked_frame(hello_of(4_097))[:8])
        assert client.closed() == (1009, "a message is longer than 4096 bytes")


def test_a_link_without_hello_is_closed_in_time(h: Harness) -> None:
    with RawClient(h.url) as client:
        h.advance(9.9)
        assert len(h.now.serving.links) == 1
        h.advance(0.1)
        assert client.closed() == (4003, "no hello in time")


def test_a_fault_of_the_servers_closes_with_1011(
    h: Harness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with RawClient(h.url) as client:
        welcome = ready(client)
        monkeypatch.setattr(h.now.get_client(welcome.client_id).peer, "handle", lambda message: [].pop())
        client.say(Ack(0))
        assert client.closed() == (1011, "a fault of the server's")
    assert "the server failed at a message of" in caplog.text


def test_a_client_that_never_closes_is_cut_off(h: Harness) -> None:
    with RawClient(h.url) as client:
        ready(client)
        client.send(b"\xff\xff")
        assert client.closed()[0] == 1002
        assert len(h.now.serving.links) == 1
        h.advance(2)
        assert len(h.now.serving.links) == 0


# Links come and go.


def test_a_newer_link_takes_over_and_an_older_one_comes_too_late(h: Harness) -> None:
    with RawClient(h.url) as first, RawClient(h.url) as second, RawClient(h.url) as late:
        first.hello(attempt=1)
        welcome = first.message(Welcome)
        second.hello(attempt=3, token=welcome.token)
        again = second.message(Welcome)
        assert (again.client_id, again.resumed) == (welcome.client_id, True)
        assert first.closed() == (4001, "a newer link has taken over")
        late.hello(attempt=2, token=again.token)
        assert late.closed() == (4001, "a newer link has taken over")
        h.settle()
        assert h.now.get_client(welcome.client_id).online


@pytest.mark.parametrize(("attempts", "winner"), [((2, 3), 1), ((3, 2), 0)])
def test_of_two_links_that_resume_at_once_the_newer_has_the_session(
    h: Harness, attempts: tuple[int, int], winner: int
) -> None:
    with RawClient(h.url) as first, RawClient(h.url) as one, RawClient(h.url) as other:
        welcome = ready(first)
        for client, attempt in zip((one, other), attempts, strict=True):
            client.hello(attempt=attempt, token=welcome.token, received=1)
        won, lost = (one, other)[winner], (one, other)[1 - winner]
        again = won.message(Welcome)
        assert (again.client_id, again.resumed) == (welcome.client_id, True)
        assert {first.closed(), lost.closed()} == {(4001, "a newer link has taken over")}
        won.say(Ack(0, True))
        won.message(Ack)
        assert list(h.now.clients) == [welcome.client_id]


def test_a_token_is_good_until_the_next_one_has_arrived(h: Harness) -> None:
    with RawClient(h.url) as first:
        welcome = ready(first)
    with RawClient(h.url) as second:  # whose welcome is never read
        second.hello(attempt=2, token=welcome.token)
    with RawClient(h.url) as third:
        third.hello(attempt=3, token=welcome.token)
        assert third.message(Welcome).resumed
        third.say(Ack(0, True))
        third.message(Ack)
    with RawClient(h.url) as fourth:
        fourth.hello(attempt=4, token=welcome.token)
        assert not fourth.message(Welcome).resumed


def test_a_wrong_token_begins_a_new_session(h: Harness) -> None:
    with RawClient(h.url) as client:
        client.hello(token=b"x" * 16)
        welcome = client.message(Welcome)
        assert (welcome.resumed, welcome.now, welcome.received) == (False, {}, 0)


def test_what_was_not_acknowledged_is_sent_again(h: Harness) -> None:
    with RawClient(h.url) as first:
        welcome = ready(first)
        client = h.now.get_client(welcome.client_id)
        for number in range(3):
            client.now.x = number
    h.settle()
    with RawClient(h.url) as second:
        second.hello(attempt=2, token=welcome.token, received=2)
        assert second.message(Welcome).resumed
        assert [second.message(Write).operations for _ in range(2)] == [(Set(("x",), 1),), (Set(("x",), 2),)]


def test_what_a_lost_link_left_unhandled_lends_nothing(h: Harness) -> None:
    """It is sent again on the next link, and counts once."""

    @h.everyone.expose
    def cut() -> None:
        this.client.link.lost("cut by the test")

    h.everyone.expose("take")(lambda function: None)
    calls = [[5, 1, ["cut"], []]], [[5, 2, ["take"], [cbor2.CBORTag(33000, [0, 4])]]]
    frames = [websocket.masked_frame(b"".join(map(cbor2.dumps, messages))) for messages in calls]
    with RawClient(h.url) as first:
        welcome = ready(first)
        first.send(b"".join(frames))
        assert first.event() is None
    with RawClient(h.url) as second:
        second.hello(attempt=2, token=welcome.token, received=1)
        assert second.message(Welcome).received == 2
        second.send(frames[1])
        assert second.message(Release).loans == ((4, 1),)


def test_bye_ends_the_session_at_once(h: Harness) -> None:
    gone: list[str] = []
    h.now.on("disconnect", gone.append)
    with RawClient(h.url) as client:
        welcome = ready(client)
        client.say(Bye(1000, "enough"))
        assert client.closed() == (1000, "")
    h.settle()
    assert gone == [welcome.client_id]


@pytest.mark.parametrize("code", [1000, 1001, 4321, websocket.NO_CODE])
def test_a_close_frame_is_answered_and_the_session_waits_for_the_client(h: Harness, code: int) -> None:
    with RawClient(h.url) as client:
        welcome = ready(client)
        client.send(websocket.masked_frame(websocket.close_payload(code), websocket.CLOSE))
        assert client.closed() == (code, "")
    h.settle()
    assert not h.now.get_client(welcome.client_id).online
    h.advance(15)
    assert h.everyone.count() == 0


def test_a_ping_is_answered(h: Harness) -> None:
    with RawClient(h.url) as client:
        client.send(websocket.masked_frame(b"?", websocket.PING))
        assert client.event() == websocket.Pong(b"?")


def test_pings_that_come_together_are_all_answered_in_their_order(h: Harness) -> None:
    pings = [str(number).encode() for number in range(300)]
    with RawClient(h.url) as client:
        client.send(b"".join(websocket.masked_frame(ping, websocket.PING) for ping in pings))
        assert [client.event() for _ in pings] == [websocket.Pong(ping) for ping in pings]


def test_of_pings_that_come_while_a_client_does_not_read_the_newest_is_answered() -> None:
    with Harness(Now(), max_message=20_000_000) as h, RawClient(h.url) as client:
        h.everyone.now.large = bytes(10_000_000)
        client.hello()
        first = client.socket.recv(1)
        for number in range(3):
            client.send(websocket.masked_frame(str(number).encode(), websocket.PING))
            h.settle()
        rest = client.socket.recv(1 << 16)
        client.send(websocket.masked_frame(b"newest", websocket.PING))
        h.settle()
        client.take(first + rest)
        assert isinstance(client.event(), websocket.Message)
        assert client.event() == websocket.Pong(b"newest")
        client.send(websocket.masked_frame(b"now", websocket.PING))
        assert client.event() == websocket.Pong(b"now")


def test_the_server_asks_quiet_clients_for_a_sign_of_life(h: Harness) -> None:
    with RawClient(h.url) as client:
        ready(client)
        h.advance(20)
        assert client.message(Ack) == Ack(1, True)


def test_what_was_kept_for_many_goes_some_seconds_after_they_have_acknowledged_it(h: Harness) -> None:
    with RawClient(h.url) as client:
        ready(client)
        client.say(Ack(1))
        h.everyone.now.x = 1
        client.message(Write)
        client.say(Ack(2))
        h.settle()
        audience = h.everyone.audiences.all()
        assert audience.size_since(0) > 0
        h.advance(5)
        assert audience._log.size == 0


def test_messages_of_one_turn_leave_as_one_websocket_message(h: Harness) -> None:
    with RawClient(h.url) as client:
        welcome = ready(client)
        for number in range(50):
            h.everyone.now.x = number
        event = client.event()
        assert isinstance(event, websocket.Message)
        assert len(list(client.codec.decode(event.data))) == 50
        assert h.now.get_client(welcome.client_id).online


def test_calls_are_answered_as_the_protocol_says(h: Harness) -> None:
    h.everyone.expose("add")(lambda a, b: a + b)
    with RawClient(h.url) as client:
        ready(client)
        client.say(Call(1, ("add",), [1, 2]), Call(2, ("nothing",), []), Call(3, ("add",), [1], {"b": 5}))
        assert client.message(Reply) == Reply(1, 3)
        assert client.message(Fail) == Fail(
            2, Failure("NoSuchFunction", "now.nothing is not a function here", ("nothing",), "never")
        )
        assert client.message(Reply) == Reply(3, 6)


# HTTP.


def test_health_tells_the_clients_and_the_version(h: Harness) -> None:
    h.connect()
    answer = request(h.url, "/nowjs/health")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json() == {"clients": 1, "version": __version__, "draining": False}


def test_health_says_so_while_the_server_drains() -> None:
    now = Now()
    answers: list[Answer] = []
    with Harness(now) as h:
        socket = connected(address(h.url))
        ask = b"GET /nowjs/health HTTP/1.1\r\nHost: localhost\r\n\r\n"

        def asked() -> Answer:
            socket.sendall(ask)
            with HTTPResponse(socket) as response:
                response.begin()
                return Answer(response.status, {}, response.read())

        assert asked().status == 200
        now.on("stop", lambda: answers.append(asked()))
    socket.close()
    assert (answers[0].status, answers[0].json()["draining"]) == (503, True)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("now.js", "text/javascript; charset=utf-8"),
        ("now.mjs", "text/javascript; charset=utf-8"),
        ("now.d.ts", "text/plain; charset=utf-8"),
        ("now.js.map", "application/json"),
    ],
)
def test_files_are_served_with_a_tag(h: Harness, name: str, kind: str) -> None:
    answer = request(h.url, f"/nowjs/{name}")
    assert (answer.status, answer.headers["Content-Type"]) == (200, kind)
    assert answer.body
    assert answer.headers["Cache-Control"] == "no-cache"
    again = request(h.url, f"/nowjs/{name}", {"If-None-Match": answer.headers["ETag"]})
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", answer.headers["ETag"])
    assert request(h.url, f"/nowjs/{name}", {"If-None-Match": '"another"'}).status == 200


def test_what_everyones_now_holds_is_served_as_declarations(h: Harness) -> None:
    def add(a: int, b: int = 0) -> int:
        """Adds."""
        return a + b

    assert request(h.url, "/nowjs/api.d.ts").body.endswith(b"export interface Api {\n}\n")
    h.everyone.expose(add)
    answer = request(h.url, "/nowjs/api.d.ts")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert answer.body.endswith(b"export interface Api {\n  add(a: number, b?: number): number;\n}\n")
    again = request(h.url, "/nowjs/api.d.ts", {"If-None-Match": answer.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    h.everyone.now.score = 1
    changed = request(h.url, "/nowjs/api.d.ts", {"If-None-Match": answer.headers["ETag"]})
    assert changed.body.endswith(b"number;\n  score: number;\n}\n")


def test_docstrings_are_served_to_those_who_develop() -> None:
    def add() -> None:
        """Adds."""

    now = Now()
    now.everyone.expose(add)
    with Harness(now) as h:
        assert b"Adds." not in request(h.url, "/nowjs/api.d.ts").body
    with Harness(now, debug=True) as h:
        assert b"  /** Adds. */\n  add(): void;\n" in request(h.url, "/nowjs/api.d.ts").body


def test_declarations_are_for_those_who_may_connect() -> None:
    def authenticate(environ: dict[str, Any]) -> str | None:
        return "ann" if environ["greennow.token"] == "secret" else None

    with Harness(Now(), authenticate=authenticate) as h:
        assert request(h.url, "/nowjs/api.d.ts").status == 401
        bearer = {"Authorization": "Bearer secret"}
        assert request(h.url, "/nowjs/api.d.ts", bearer).status == 200
        page = {**bearer, "Origin": "https://other.example"}
        assert request(h.url, "/nowjs/api.d.ts", page).status == 403


def test_no_file_is_served_where_the_option_says_so() -> None:
    with Harness(Now(), serve_client=False) as h:
        assert request(h.url, "/nowjs/now.js").status == 404
        assert request(h.url, "/nowjs/api.d.ts").status == 404
        assert request(h.url, "/nowjs/health").status == 200


def test_other_paths_are_the_sites(h: Harness) -> None:
    def site(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["PATH_INFO"].encode()]

    with Harness(Now(), site) as served:
        assert request(served.url, "/nowjsx").body == b"/nowjsx"
        assert request(served.url, "/").body == b"/"
        assert request(served.url, "/nowjs/else").status == 404
    assert b"greennow is running" in request(h.url, "/").body


def test_a_module_may_be_loaded_by_pages_of_allowed_origins() -> None:
    with Harness(Now(), allowed_origins=["https://page.example"]) as h:
        allowed = request(h.url, "/nowjs/now.mjs", {"Origin": "https://page.example"})
        assert allowed.headers["Access-Control-Allow-Origin"] == "https://page.example"
        other = request(h.url, "/nowjs/now.mjs", {"Origin": "https://other.example"})
        assert "Access-Control-Allow-Origin" not in other.headers


def test_a_request_for_the_websocket_that_asks_for_none_is_told_so(h: Harness) -> None:
    answer = request(h.url, "/nowjs/ws")
    assert (answer.status, answer.headers["Upgrade"]) == (426, "websocket")


# Who is let in.

#: Options, headers of the request, and whether it passes.
ORIGINS: list[tuple[str, dict[str, Any], dict[str, str], bool]] = [
    ("no origin, as scripts send none", {}, {}, True),
    ("the same host and port", {}, {"Origin": "http://HOST"}, True),
    ("the scheme is not compared", {}, {"Origin": "https://HOST"}, True),
    ("another port", {}, {"Origin": "http://127.0.0.1:1"}, False),
    ("another host", {}, {"Origin": "http://evil.example"}, False),
    ("no host", {}, {"Origin": "null"}, False),
    ("all allowed", {"allowed_origins": "*"}, {"Origin": "http://evil.example"}, True),
    ("listed", {"allowed_origins": ["http://a.example"]}, {"Origin": "http://a.example:80"}, True),
    ("not listed", {"allowed_origins": ["http://a.example"]}, {"Origin": "http://HOST"}, False),
    ("no host, another listed", {"allowed_origins": ["http://a.example"]}, {"Origin": "null"}, False),
    ("no host, and listed", {"allowed_origins": ["null"]}, {"Origin": "null"}, True),
    (
        "a trusted proxy's host",
        {"trusted_proxies": ["127.0.0.1"]},
        {"Origin": "https://a.example", "X-Forwarded-Host": "a.example:443"},
        True,
    ),
    (
        "the host of a proxy that is not trusted",
        {},
        {"Origin": "https://a.example", "X-Forwarded-Host": "a.example:443"},
        False,
    ),
]


@pytest.mark.parametrize(("name", "options", "headers", "passes"), ORIGINS, ids=[case[0] for case in ORIGINS])
def test_a_link_is_for_pages_of_allowed_origins(
    caplog: pytest.LogCaptureFixture,
    name: str,
    options: dict[str, Any],
    headers: dict[str, str],
    passes: bool,
) -> None:
    with Harness(Now(), **options) as h:
        host = urlsplit(h.url).netloc
        headers = {key: value.replace("HOST", host) for key, value in headers.items()}
        if passes:
            h.connect(headers=headers)
            return
        with pytest.raises(ConnectError, match="403 Forbidden: this origin is not allowed") as caught:
            h.connect(headers=headers)
        assert caught.value.code == 4403
        assert warnings(caplog) == [
            f"refused a page of origin {headers['Origin']!r} at host {host!r}; see allowed_origins"
        ]


def test_authenticate_gives_the_identity_or_refuses(caplog: pytest.LogCaptureFixture) -> None:
    def authenticate(environ: dict[str, Any]) -> Any:
        if environ["greennow.token"] == "broken":
            raise ValueError("no such token")
        return {"good": "ann"}.get(environ["greennow.token"])

    with Harness(Now(), authenticate=authenticate) as h:
        assert h.connect(headers={"Authorization": "Bearer good"}).this.user.identity == "ann"
        for headers in ({}, {"Authorization": "Bearer bad"}, {"Authorization": "Bearer broken"}):
            with pytest.raises(ConnectError, match="401 Unauthorized: authenticate refused"):
                h.connect(headers=headers)
    assert warnings(caplog) == ["authenticate raised; the client is refused"]


def test_a_browser_brings_its_token_as_a_subprotocol() -> None:
    seen: list[Any] = []
    with Harness(Now(), authenticate=lambda environ: seen.append(environ["greennow.token"]) or 1) as h:
        offered = {"Sec-WebSocket-Protocol": "greennow.1, greennow.token.w6ktdG9rZW4"}
        with RawClient(h.url, offered):
            assert seen == ["é-token"]


def test_hello_comes_once_also_while_the_first_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = Event()

    class Waits(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "another identity" in record.getMessage():
                closed.wait()

    monkeypatch.setattr(logging.getLogger("greennow"), "handlers", [Waits()])
    with (
        Harness(Now(), authenticate=lambda environ: environ["HTTP_X_NAME"]) as h,
        RawClient(h.url, {"X-Name": "ann"}) as ann,
        RawClient(h.url, {"X-Name": "eve"}) as eve,
    ):
        welcome = ready(ann)
        eve.say(Hello(1, 1, welcome.token), Hello(1, 2))
        assert eve.closed() == (1002, "hello comes once")
        ann.say(Ack(1))
        closed.set()
        h.settle()
        assert [client.user.identity for client in h.everyone] == ["ann"]


def test_nothing_is_handled_after_what_breaks_the_rules_while_that_is_logged(
    h: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged = Event()

    class Waits(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logged.wait()

    monkeypatch.setattr(logging.getLogger("greennow"), "handlers", [Waits()])
    called: list[int] = []
    h.everyone.now.f = lambda number: (called.append(number), logged.set())
    with RawClient(h.url) as client:
        ready(client)
        call = client.codec.encode(Call(0, ("f",), [1]))
        client.send(websocket.masked_frame(b"\xff") + websocket.masked_frame(call))
        assert client.closed()[0] == 1002
        logged.set()
    assert called == []


def test_no_token_stands_in_a_log_or_on_the_screen(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    in_base64 = base64.urlsafe_b64encode(b"hush!").decode().rstrip("=")
    ways = (
        {"Authorization": "Bearer hush!"},
        {"Sec-WebSocket-Protocol": f"greennow.1, greennow.token.{in_base64}"},
    )
    tokens: list[bytes] = []
    with Harness(Now(), authenticate=lambda environ: allowed and environ["greennow.token"]) as h:
        for headers in ways:
            allowed = True
            with RawClient(h.url, headers) as client:
                tokens.append(ready(client).token)
                client.send(websocket.masked_frame(b"\xff"))
                assert client.closed()[0] == 1002
            with (
                RawClient(h.url, {"Authorization": "Bearer other"}) as thief,
                RawClient(h.url, headers) as one,
            ):
                tokens.append(ready(one).token)
                thief.hello(token=tokens[-1])
                tokens.append(thief.message(Welcome).token)
            allowed = None
            with pytest.raises(ConnectError):
                RawClient(h.url, headers)
        h.settle()
    said = "".join((caplog.text, *capsys.readouterr()))
    assert "another identity came with the token of" in said
    for secret in (
        "hush!",
        in_base64,
        *(form for token in tokens for form in (repr(token)[2:-1], token.hex())),
    ):
        assert secret not in said


def test_rights_are_checked_again_when_a_client_comes_back() -> None:
    allowed = [True]
    with Harness(Now(), authenticate=lambda environ: "ann" if allowed else None) as h:
        ann = h.connect()
        h.drop(ann)
        allowed.clear()
        h.settle()
        assert ann.closed is not None
        assert ann.closed.code == 4401


def test_no_more_clients_than_allowed_are_let_in() -> None:
    with Harness(Now(), max_clients=1) as h:
        ann = h.connect()
        with pytest.raises(ConnectError, match="the server is full") as caught:
            h.connect()
        assert caught.value.code == 1013
        h.drop(ann)
        h.settle()
        assert ann.online, "who comes back was counted already"


def test_the_session_option_gives_the_users_session() -> None:
    with Harness(Now(), session=lambda environ: {"cart": environ["HTTP_COOKIE"]}) as h:
        assert h.connect(cookies={"a": "1"}).this.user.session == {"cart": "a=1"}


def test_a_subprotocol_has_to_be_offered(h: Harness) -> None:
    with pytest.raises(
        ConnectError, match=r"400 Bad Request: Offer one of these subprotocols: greennow\.1\."
    ):
        RawClient(h.url, {"Sec-WebSocket-Protocol": "chat"})


# Several on one server, and TLS.


def test_several_nest_on_one_server() -> None:
    outer, inner = Now(), Now()
    started: list[str] = []
    inner.on("start", lambda: started.append("inner"))
    inner.on("stop", lambda: started.append("stopped"))
    site = inner.wsgi(path="/b", scope="window.b")
    inner.everyone.now.where = "inner"
    outer.everyone.now.where = "outer"
    with Harness(outer, site) as h:
        h.settle()
        assert started == ["inner"]
        assert h.connect().now.where == "outer"
        with RawClient(h.url, path="/b/ws") as client:
            assert ready(client).now == {"where": "inner"}
            assert (inner.everyone.count(), outer.everyone.count()) == (1, 1)
        assert request(h.url, "/b/health").json()["clients"] == 1
        assert b"window.b" in request(h.url, "/b/now.js").body
    assert started == ["inner", "stopped"]
    assert (inner.clients, inner.thread) == ({}, None)


def test_tls_carries_large_messages_both_ways() -> None:
    now = Now()
    now.everyone.expose("echo")(lambda data: data)
    with now.start(port=0, certfile=CERTIFICATE) as server:
        assert server.url.startswith("https://127.0.0.1:")
        context = gevent.ssl.SSLContext(gevent.ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(CERTIFICATE)
        host, port = address(server.url)
        socket = context.wrap_socket(connected((host, port)), server_hostname="localhost")
        with RawClient(server.url, socket=socket) as client:
            ready(client)
            data = bytes(range(256)) * 2_000
            for number in (1, 2):
                client.say(Call(number, ("echo",), [data]))
                assert client.message(Reply) == Reply(number, data)


def test_a_stopped_server_can_be_started_again() -> None:
    now = Now()
    for _ in range(2):
        with now.start(port=0) as server, RawClient(server.url) as client:
            ready(client)
            stopping = gevent.spawn(server.stop)
            assert client.closed() == (1001, "the server is going away")
            client.socket.close()
            stopping.get()
        assert (now.clients, now.thread, now.timers.next_due) == ({}, None, float("inf"))
