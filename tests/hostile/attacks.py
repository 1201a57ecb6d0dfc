"""What others have tried on servers like this one, and what becomes of it: a table, which the documents show.

``python -m tests.hostile.attacks`` writes it into ``docs/reference/attacks.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import cbor2

from greennow.core.escaping import one_line
from greennow.core.messages import Ack, Bye, Call, Fail, Failure, Hello, Welcome
from greennow.hub import buffers
from greennow.server import entrance, handler, websocket

from ..net.raw import RawClient
from .attacker import Attacker

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "attacks.md"
BEGIN = "<!-- What follows is made of tests/hostile/attacks.py, which the tests try. -->\n"
END = "<!-- So much is made. -->\n"

#: The mask of a frame that is made by hand.
MASK = b"\1\2\3\4"

Act = Callable[[Attacker], str]


class Attack(NamedTuple):
    """Something that is tried, and the answer to it."""

    #: What is sent, in words.
    name: str
    #: Does it, and returns what came back.
    act: Act
    #: What has to come back.
    answer: str
    #: The lines in the log; None for that of a link that is closed for what came over it.
    log: list[str] | None = None
    #: Options of the server that it is tried on.
    options: dict[str, Any] = {}  # noqa: RUF012, it is never changed


class Section(NamedTuple):
    """Attacks of one kind."""

    title: str
    about: str
    attacks: list[Attack]


# What is done, in short words.


def origin(value: str, **further: str) -> Act:
    """A page of this origin opens a link."""
    return lambda a: a.upgrade(
        {"Origin": value, **{name.replace("_", "-"): it for name, it in further.items()}}
    )


def get(path: str, *headers: str) -> Act:
    """Ask for this over HTTP."""
    return lambda a: a.get(path, *headers)


def http(request: bytes) -> Act:
    """Send this over HTTP."""
    return lambda a: a.http(request)


def frames(data: bytes) -> Act:
    """Be a client, then send these bytes."""

    def act(a: Attacker) -> str:
        client = a.ready()
        client.send(data)
        return a.closed(client)

    return act


def says(*shapes: Any) -> Act:
    """Be a client, then send these messages; be closed."""

    def act(a: Attacker) -> str:
        client = a.ready()
        a.send(client, *shapes)
        return a.closed(client)

    return act


def first(*shapes: Any) -> Act:
    """Send these ahead of hello."""

    def act(a: Attacker) -> str:
        client = a.client()
        a.send(client, *shapes)
        return a.closed(client)

    return act


def stranger(data: bytes) -> Act:
    """Send these bytes ahead of hello."""

    def act(a: Attacker) -> str:
        client = a.client()
        client.send(data)
        return a.closed(client)

    return act


def calls(path: Any, *args: Any) -> Act:
    """Call this."""
    return lambda a: a.answered(a.ready(), path, *args)


def writes(*operations: Any) -> Act:
    """Write this."""
    return lambda a: a.refused(a.ready(), *operations)


def goes_on(*shapes: Any) -> Act:
    """Send these, and call a function: it is answered as if nothing had been."""

    def act(a: Attacker) -> str:
        client = a.ready()
        a.send(client, *shapes)
        return a.answered(client, ["add"], 1, 2)

    return act


def tag(number: int, content: Any) -> Any:
    """A CBOR tag in an argument of a call."""
    return [5, 1, ["add"], [cbor2.CBORTag(number, content)]]


def refusal(page: str) -> list[str]:
    """The line about a page that may not connect."""
    return [f"refused a page of origin '{page}' at host 'HOST'; see allowed_origins"]


def deep(levels: int) -> bytes:
    """A reply whose value is nested so deep."""
    return b"\x83\x06\x01" + b"\x81" * levels + b"\xf6"


# What takes several steps.


def slow_head(a: Attacker) -> str:
    """Begin a head, and never end it."""
    a.monkeypatch.setattr(handler, "HEAD_TIME", 0.05)
    return a.http(b"GET /nowjs/ws HTTP/1.1\r\nHost: HOST\r\nX-")


def silence(a: Attacker) -> str:
    """Connect, and say nothing."""
    a.monkeypatch.setattr(entrance, "HEAD_TIME", 0.05)
    return a.http(b"")


def slow_hello(a: Attacker) -> str:
    """Say half of hello, and wait."""
    client = a.client()
    client.send(websocket.masked_frame(client.codec.encode(Hello(1, 1)))[:5])
    a.h.advance(10)
    return a.closed(client)


def never_answers(a: Attacker) -> str:
    """Never answer a heartbeat."""
    client = a.ready()
    for _ in range(6):
        a.h.advance(10)
    return a.closed(client)


def never_reads(a: Attacker) -> str:
    """Ask for much, and read nothing of it."""
    client = a.ready()
    for number in range(1, 200):
        a.send(client, [5, number, ["echo"], [b"x" * 60_000]])
    a.h.advance(0.1)
    return a.closed(client)


def flood(shape: Callable[[int], Any], count: int) -> Act:
    """Send so many messages, each made of its number."""
    return says(*(shape(number) for number in range(1, count + 1)))


def pings(a: Attacker) -> str:
    """Send pings."""
    client = a.ready()
    client.send(websocket.masked_frame(b"", websocket.PING) * 100)
    return a.closed(client)


def waiting_calls(a: Attacker) -> str:
    """Call what waits, more often than may be."""
    client = a.ready()
    a.send(client, *([5, number, ["wait"], []] for number in range(1, 12)))
    answer = a.answer(client)
    a.send(client, *([8, number] for number in range(1, 11)))
    return answer


def unanswered(a: Attacker) -> str:
    """Answer no call of the server's."""
    client = a.ready()
    a.send(client, [4, [[["f"], cbor2.CBORTag(33000, None)]]], [5, 1, ["ask_often"], [170]])
    return a.closed(client)


def many_names(a: Attacker) -> str:
    """Write more names than may be."""
    return a.refused(a.ready(), *([[f"n{number}"], number] for number in range(101)))


def long_lists(a: Attacker) -> str:
    """Change a long list often."""
    client = a.ready()
    a.send(client, [4, [[["l"], [None] * 100_000]]])
    return a.refused(client, *([["l"], 0, 0, [None]] for _ in range(200)))


def heavy_lists(a: Attacker) -> str:
    """Make a list longer and longer."""
    client = a.ready()
    a.send(client, [4, [[["l"], []]]])
    for _ in range(20):
        a.send(client, [4, [[["l"], 0, 0, ["x" * 900] * 10]]])
    return a.refused(client)


def near_names(a: Attacker) -> str:
    """Call what is not there, and have near names looked for."""
    client = a.ready()
    a.send(client, *([5, number, ["ad"], []] for number in range(1, 101)))
    answers = [a.answer(client) for _ in range(100)]
    return f"{sum('did you mean now.add?' in answer for answer in answers)} of 100 answers say what was perhaps meant"


def comes_back(a: Attacker) -> str:
    """Send at once what was said while the line was broken."""
    first = a.ready()
    first.socket.close()
    a.h.advance(10)
    client = a.client()
    client.hello(attempt=2, token=first.welcome.token)  # type: ignore[attr-defined]
    a.send(client, *([4, []] for _ in range(500)))
    return a.answered(client, ["add"], 1, 2)


def replays(a: Attacker) -> str:
    """Come with a token that has been used."""
    old = a.ready()
    token = old.welcome.token  # type: ignore[attr-defined]
    old.socket.close()
    resumed = a.client()
    resumed.hello(attempt=2, token=token)
    resumed.say(Ack(0, True))
    resumed.message(Ack)
    thief = a.client()
    thief.hello(attempt=3, token=token)
    return "resumed" if thief.message(Welcome).resumed else "a session of its own"


def steals(a: Attacker) -> str:
    """Come with the token of somebody else."""
    victim = a.ready({"Authorization": "Bearer ann"})
    thief = a._keep(type(victim)(a.h.url, {"Authorization": "Bearer mallory"}))
    thief.hello(attempt=2, token=victim.welcome.token)  # type: ignore[attr-defined]
    welcome = thief.message(Welcome)
    assert a.answered(victim, ["add"], 1, 2) == "answered: 3"
    return "resumed" if welcome.resumed else "a session of its own"


def too_late(a: Attacker) -> str:
    """Come with the number of an older link."""
    client, late = a.ready(), a.client()
    late.hello(attempt=1, token=client.welcome.token)  # type: ignore[attr-defined]
    return a.closed(late)


def guesses(token: bytes) -> Act:
    """Come with this token."""

    def act(a: Attacker) -> str:
        client = a.client()
        client.hello(token=token)
        return "resumed" if client.message(Welcome).resumed else "a session of its own"

    return act


def lies(a: Attacker) -> str:
    """Resume, and have received more than was sent."""
    client, again = a.ready(), a.client()
    again.hello(attempt=2, token=client.welcome.token, received=1_000)  # type: ignore[attr-defined]
    return "resumed" if again.message(Welcome).resumed else "a session of its own"


def storm(a: Attacker) -> str:
    """Connect again and again, and go before saying anything."""
    for _ in range(50):
        a.client().socket.close()
    return a.answered(a.ready(), ["add"], 1, 2)


def fills_buffers(a: Attacker) -> str:
    """Have many sessions, each with much to be sent again, and go away."""
    a.monkeypatch.setattr(buffers, "KEPT_IN_ALL", 2_000_000)
    for _ in range(5):
        client = a.ready()
        client_id = client.welcome.client_id  # type: ignore[attr-defined]
        client.socket.close()
        a.h.settle()
        a.h.now.get_client(client_id).peer.session.send(b"x" * 900_000)
    a.h.advance(1)
    return f"{len(a.h.now.clients) - 1} of 5 sessions are left"


def forges_errors(a: Attacker) -> str:
    """Fail, with a text that looks like a log."""
    client = a.ready()
    a.send(client, [4, [[["f"], cbor2.CBORTag(33000, None)]]], [5, 1, ["ask_and_forget"], []])
    call = client.message(Call)
    client.say(Fail(call.id, Failure("Error", "no\nERROR root: the disk is full\x1b[2J")))
    return a.answer(client)


def forges_goodbye(a: Attacker) -> str:
    """Say goodbye, with a text that looks like a log."""
    client = a.ready()
    client.say(Bye(1000, "x\nERROR root: the disk is full" * 1_000))
    return a.closed(client)


def twice(a: Attacker) -> str:
    """Call twice under one number."""
    client = a.ready()
    a.send(client, [5, 1, ["wait"], []], [5, 1, ["wait"], []])
    return a.closed(client)


def voters(a: Attacker, count: int = 1) -> list[RawClient]:
    """Be so many clients with a function `vote`, as the innocent one has."""
    clients = [a.ready() for _ in range(count)]
    for client in clients:
        a.send(client, [4, [[["vote"], cbor2.CBORTag(33000, None)]]])
        a.answered(client, ["add"], 1, 2)
    return clients


def gathered(answers: Mapping[str, Any]) -> list[str]:
    """What the program has of those that it asked, in order."""
    return sorted(
        type(answer).__name__ if isinstance(answer, BaseException) else str(answer)
        for answer in dict(answers).values()
    )


def never_vote(a: Attacker) -> str:
    """Be many, and answer nothing."""
    voters(a, 20)
    answers = a.h.everyone.now.vote.gather(timeout=5)
    a.h.advance(5)
    found = gathered(answers)
    return (
        f"{found.count('TimeoutError')} of {len(found)} have not answered in time, the last says {found[-1]}"
    )


def never_votes(a: Attacker) -> str:
    """Let one question after the other pass."""
    (client,) = voters(a)
    for _ in range(170):
        answers = a.h.everyone.now.vote.gather(timeout=0.1)
        a.h.advance(0.1)
        assert "yes" in gathered(answers)
    return a.closed(client)


def votes_unasked(a: Attacker) -> str:
    """Answer what others were asked."""
    client = a.ready()
    answers = a.h.everyone.now.vote.gather()
    a.send(client, [6, 1, "forged"])
    answer = a.closed(client)
    assert gathered(answers) == ["yes"]
    return answer


def votes(*shown: Any, counts: str) -> Act:
    """Answer with each of these; the program has what counts, and the innocent one's answer."""

    def act(a: Attacker) -> str:
        (client,) = voters(a)
        answers = a.h.everyone.now.vote.gather()
        call = client.message(Call)
        a.send(client, *([6, call.id, value] for value in shown))
        answer = a.closed(client)
        assert gathered(answers) == sorted([counts, "yes"])
        return answer

    return act


#: What is said of the key that is there twice.
LONG_REASON = "malformed CBOR: CBORDecodeError: " + one_line(
    f"error decoding map: Duplicate map key: '{'a' * 500_000}'"
)

IN_APP = {"allowed_origins": ["https://app.example"]}
NOT_ALLOWED = "403 Forbidden: this origin is not allowed"
WITH_TOKEN = {"authenticate": lambda environ: environ["greennow.token"]}
SECRET = {"authenticate": lambda environ: "ann" if environ["greennow.token"] == "secret" else None}
TOO_LONG_A_HELLO = "closed with 1009: a message is longer than 4096 bytes"
LONG_HELLO = ["closing the link of an unknown client: a message is longer than 4096 bytes (code 1009)"]
NO_HEADER = "400: a line of the head is no header"
REFUSED_REQUEST = ["refused a request: a line of the head is no header"]

SECTIONS = [
    Section(
        "Pages of others",
        "A page that its visitor's browser has loaded from elsewhere, and that opens a link with the visitor's "
        "cookies. `https://app.example` stands in `allowed_origins` where the table says *listed*.",
        [
            Attack("another site's origin", origin("https://evil.example", Cookie="session=1"),
                   NOT_ALLOWED, refusal("https://evil.example")),
            Attack("`null`, of a page in a sandbox", origin("null"), NOT_ALLOWED, refusal("null")),
            Attack("an empty one", origin(""), NOT_ALLOWED, refusal("")),
            Attack("the same host, another port", origin("http://127.0.0.1:1"), NOT_ALLOWED, refusal("http://127.0.0.1:1")),
            Attack("ours, ahead of an `@`", origin("http://HOST@evil.example"), NOT_ALLOWED, refusal("http://HOST@evil.example")),
            Attack("ours, behind an `@`", origin("http://evil.example@HOST"), NOT_ALLOWED, refusal("http://evil.example@HOST")),
            Attack("the listed one in upper case", origin("HTTPS://APP.EXAMPLE"), "let in", [], IN_APP),
            Attack("the listed one with a dot at its end", origin("https://app.example."), NOT_ALLOWED, refusal("https://app.example."), IN_APP),
            Attack("one that begins as the listed one does", origin("https://app.example.evil.example"), NOT_ALLOWED, refusal("https://app.example.evil.example"), IN_APP),
            Attack("one that ends as the listed one does", origin("https://evil-app.example"), NOT_ALLOWED, refusal("https://evil-app.example"), IN_APP),
            Attack("the listed one by `http`", origin("http://app.example"), NOT_ALLOWED, refusal("http://app.example"), IN_APP),
            Attack("the listed one with a path", origin("https://app.example/x"), NOT_ALLOWED, refusal("https://app.example/x"), IN_APP),
            Attack("two in one header", origin("https://app.example, https://evil.example"), NOT_ALLOWED, refusal("https://app.example, https://evil.example"), IN_APP),
            Attack("an address of IPv6", origin("http://[::1]:8080"), NOT_ALLOWED, refusal("http://[::1]:8080")),
            Attack("a port beyond all ports", origin("http://127.0.0.1:99999999"), NOT_ALLOWED, refusal("http://127.0.0.1:99999999")),
            Attack("an `X-Forwarded-Host` of its own", origin("https://evil.example", X_Forwarded_Host="evil.example"), NOT_ALLOWED, refusal("https://evil.example")),
            Attack("colours and line breaks for the log", origin("http://\x1b[2J\x7f"), NOT_ALLOWED, refusal("http://\\x1b[2J\\x7f")),
            Attack("the types of `now`, of another origin", get("/nowjs/api.d.ts", "Origin: https://evil.example"), "403: this origin is not allowed", refusal("https://evil.example")),
        ],
    ),
    Section(
        "Strangers",
        "Where `authenticate` asks for a token.",
        [
            Attack("no token", lambda a: a.upgrade({}), "401 Unauthorized: authenticate refused", [], SECRET),
            Attack("a wrong one", lambda a: a.upgrade({"Authorization": "Bearer x"}), "401 Unauthorized: authenticate refused", [], SECRET),
            Attack("the right one in the URL", lambda a: a.upgrade({}, "/nowjs/ws?token=secret"), "401 Unauthorized: authenticate refused", [], SECRET),
            Attack("a page's that is no base64", lambda a: a.upgrade({"Sec-WebSocket-Protocol": "greennow.1, greennow.token.%%%"}), "401 Unauthorized: authenticate refused", [], SECRET),
        ],
    ),
    Section(
        "Requests",
        "HTTP, ahead of the WebSocket.",
        [
            Attack("half a head, and then nothing", slow_head, "408: the head of a request took more than 0.05 s", ["refused a request: the head of a request took more than 0.05 s"]),
            Attack("a connection, and nothing", silence, "closed without an answer", []),
            Attack("headers of 40 KiB", get("/nowjs/ws", *[f"X-{number}: {'x' * 1_000}" for number in range(40)]), "431: the headers take more than 32768 bytes", ["refused a request: the headers take more than 32768 bytes"]),
            Attack("101 headers", get("/nowjs/ws", *[f"X-{number}: x" for number in range(101)]), "431: there are too many headers", ["refused a request: there are too many headers"]),
            Attack("an address of 9 KB", get("/" + "x" * 9_000), "414", []),
            Attack("a value that goes on in the next line", get("/nowjs/ws", "X: a\r\n Origin: b"), NO_HEADER, REFUSED_REQUEST),
            Attack("a header behind a bare CR", get("/nowjs/ws", "X: a\rOrigin: b"), NO_HEADER, REFUSED_REQUEST),
            Attack("a NUL", get("/nowjs/ws", "X: a\0b"), NO_HEADER, REFUSED_REQUEST),
            Attack("a space ahead of the colon", get("/nowjs/ws", "Origin : b"), NO_HEADER, REFUSED_REQUEST),
            Attack("a version that is none", http(b"GET / HTTP/x\r\nHost: HOST\r\n\r\n"), "400: the request cannot be read", ["refused a request: the request cannot be read"]),
            Attack("a length that is none", get("/nowjs/health", "Content-Length: 1e9"), "400: the request cannot be read", ["refused a request: the request cannot be read"]),
            Attack("an upgrade with a body that never comes", http(b"GET /nowjs/ws HTTP/1.1\r\nHost: HOST\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 1000000000\r\n\r\n"), "400: A request to open a WebSocket has no body.", []),
            Attack("an upgrade by POST", http(b"POST /nowjs/ws HTTP/1.1\r\nHost: HOST\r\nUpgrade: websocket\r\nConnection: close\r\n\r\n"), "405: A WebSocket is opened with GET.", []),
            Attack("HEAD for a page that is not there", http(b"HEAD /nothing HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n"), "404", []),
            Attack("HEAD, to have a body taken for the next answer", http(b"HEAD /nowjs/health HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n"), "200", []),
            Attack("cookies made to take long", lambda a: a.upgrade({"Cookie": 'a="' + '\\"' * 15_000 + '"'}), "let in", []),
            Attack("`/nowjs/../secret.txt`", get("/nowjs/../secret.txt"), "404: there is no such file of greennow's", []),
            Attack("`/nowjs/%2e%2e/__init__.py`", get("/nowjs/%2e%2e/__init__.py"), "404: there is no such file of greennow's", []),
            Attack("`/../secret.txt` beside a folder that is served", get("/../secret.txt"), "404: there is nothing here", []),
            Attack("`/%2e%2e%2fsecret.txt`", get("/%2e%2e%2fsecret.txt"), "404: there is nothing here", []),
            Attack("`//etc/passwd`", get("//etc/passwd"), "404: there is nothing here", []),
            Attack("a symbolic link out of the folder", get("/link.txt"), "404: there is nothing here", []),
            Attack("a hidden file", get("/.env"), "404: there is nothing here", []),
            Attack("a file's name with a NUL in it", get("/index.html%00.txt"), "404: there is nothing here", []),
            Attack("a name longer than names are", get("/" + "x" * 300), "404: there is nothing here", []),
        ],
    ),
    Section(
        "Frames",
        "What is no WebSocket as RFC 6455 has it, or more of it than there may be.",
        [
            Attack("a frame that is not masked", frames(websocket.frame(b"\x82\x02\x00")), "closed with 1002: a frame is not masked"),
            Attack("a text", frames(websocket.masked_frame(b"{}", websocket.TEXT)), "closed with 1003: a text message; this protocol is binary"),
            Attack("an empty message", frames(websocket.masked_frame(b"")), "closed with 1002: a WebSocket message holds one message at least"),
            Attack("a reserved bit", frames(b"\xc2\x80" + MASK), "closed with 1002: a reserved bit is set"),
            Attack("a reserved kind", frames(b"\x83\x80" + MASK), "closed with 1002: the opcode 3 is reserved"),
            Attack("a length of a terabyte", frames(b"\x82\xff" + (1 << 40).to_bytes(8, "big") + MASK), "closed with 1009: a message is longer than 1048640 bytes"),
            Attack("a length beyond all lengths", frames(b"\x82\xff" + b"\xff" * 8 + MASK), "closed with 1002: the top bit of a length is set"),
            Attack("a message inside another", frames((b"\x02\x80" + MASK) * 2), "closed with 1002: a message inside another"),
            Attack("the end of a message that never began", frames(b"\x80\x80" + MASK), "closed with 1002: nothing to continue"),
            Attack("a message in 131,073 pieces", frames(b"\x02\x80" + MASK + (b"\x00\x80" + MASK) * 131_072), "closed with 1009: a message has more than 131072 fragments"),
            Attack("a ping in pieces", frames(b"\x09\x80" + MASK), "closed with 1002: a control frame is fragmented"),
            Attack("a ping of 126 bytes", frames(b"\x89\xfe\x00\x7e" + MASK), "closed with 1002: a control frame is too long"),
            Attack("a close code that means that none came", frames(websocket.masked_frame(b"\x03\xed", websocket.CLOSE)), "closed with 1002: a close frame has no proper code"),
            Attack("the reason of a close that is no UTF-8", frames(websocket.masked_frame(b"\x03\xe8\xff", websocket.CLOSE)), "closed with 1007: the reason of a close frame is not UTF-8"),
            Attack("100 pings where 50 messages a second may be", pings, "closed with 4008: more than max_rate=50 messages a second", None, {"max_rate": 50}),
            Attack("a megabyte announced ahead of hello", stranger(websocket.header(1_000_000, masked=True) + MASK), TOO_LONG_A_HELLO, LONG_HELLO),
            Attack("4,097 bytes ahead of hello, in pieces", stranger(b"\x02\xfe\x08\x00" + MASK + bytes(2_048) + b"\x80\xfe\x08\x01" + MASK), TOO_LONG_A_HELLO, LONG_HELLO),
            Attack("hello with a token of a megabyte", first([0, {"version": 1, "attempt": 1, "token": b"x" * 1_000_000}]), TOO_LONG_A_HELLO, LONG_HELLO),
            Attack("half of hello, and then nothing", slow_hello, "closed with 4003: no hello in time", []),
            Attack("no answer to heartbeats", never_answers, "the line is cut", []),
            Attack("12 MB asked for, and nothing read", never_reads, "closed with 4002: too slow: send_buffer is full", []),
        ],
    ),
    Section(
        "Values",
        "CBOR that is malformed, or made to cost much.",
        [
            Attack("a million levels", says(deep(1_000_000)), "closed with 1002: malformed CBOR: CBORDecodeError: maximum container nesting depth (38) exceeded"),
            Attack("one level too many", says([5, 1, ["add"], [cbor2.loads(b"\x81" * 33 + b"\xf6")]]), "closed with 1002: nested deeper than max_depth=32"),
            Attack("a list that claims a billion elements", says(b"\x83\x06\x01\x9a\x3b\x9a\xca\x00"), "closed with 1002: malformed CBOR: CBORDecodeEOF: premature end of stream (expected to read at least 1 bytes, got 0 instead)"),
            Attack("a text of a length without end", says(b"\x83\x06\x01\x7f\x61a\xff"), "closed with 1002: malformed CBOR: CBORDecodeError: error decoding text string: encountered indefinite length but it has been disabled"),
            Attack("a pattern (tag 35)", says(tag(35, "(a+)+$")), "closed with 1002: malformed CBOR: this tag is not allowed"),
            Attack("a value that holds itself (tags 28 and 29)", says(tag(28, [cbor2.CBORTag(29, 0)])), "closed with 1002: malformed CBOR: this tag is not allowed"),
            Attack("a fraction of billions of digits (tag 4)", says(tag(4, [10**9, 1])), "closed with 1002: malformed CBOR: this tag is not allowed"),
            Attack("an integer of 8 million bits as a number of a call", says([5, 1 << 8_000_000, ["add"], []]), "closed with 1002: id: a whole number from 0 to 2**53-1 is missing"),
            Attack("an integer of 40,000 bits as data", calls(["echo"], 1 << 40_000), "answered: an integer of 40001 bits", []),
            Attack("one name twice", says(b"\x82\x04\x81\x82\x81\x61x\xa2\x61a\x01\x61a\x02"), "closed with 1002: malformed CBOR: CBORDecodeError: error decoding map: Duplicate map key: 'a'"),
            Attack("a name of 500 KB twice, to fill the log", says(b"\x82\x04\x81\x82\x81\x61x\xa2" + 2 * (cbor2.dumps("a" * 500_000) + b"\x01")), f"closed with 1002: {LONG_REASON[:123]}", [f"closing the link of <Client online>: {one_line(LONG_REASON + ' (code 1002)')}"]),
            Attack("keys that are numbers, all with one hash", says(b"\x83\x06\x01\xb9\x03\xe8" + b"".join(cbor2.dumps(number * ((1 << 61) - 1)) + b"\xf6" for number in range(1, 1_001))), "closed with 1002: malformed CBOR: CBORDecodeError: error decoding map: map key must be a text string or byte string, not int"),
            Attack("a key of bytes", says(b"\x82\x04\x81\x82\x81\x61x\xa1\x41a\x01"), "closed with 1002: the keys of a mapping are text"),
            Attack("half a character", says(b"\x82\x04\x81\x82\x81\x61x\x63\xed\xa0\x80"), "closed with 1002: malformed CBOR: UnicodeDecodeError: 'utf-8' codec can't decode byte 0xed in position 0: invalid continuation byte"),
            Attack("`undefined`", says(b"\x82\x04\x81\x82\x81\x61x\xf7"), "closed with 1002: a value of an unknown kind: undefined"),
            Attack("a moment in the month 99", says(tag(0, "2020-99-01T00:00:00Z")), "closed with 1002: malformed CBOR: ValueError: month must be in 1..12"),
            Attack("a deadline that is no number", says([5, 1, ["add"], [], {"deadline": float("nan")}]), "closed with 1002: call: deadline is a number of seconds"),
            Attack("a deadline at the end of time", lambda a: goes_on([5, 7, ["wait_a_turn"], [], {"deadline": 1e308}])(a), "answered: None", []),
            Attack("garbage behind a message", says([4, []], b"\xff\xff"), "closed with 1002: malformed CBOR: CBORDecodeError: break code encountered where a data item was expected"),
        ],
    ),
    Section(
        "Messages out of place",
        "Of the right shape, and not the sender's to say.",
        [
            Attack("a call ahead of hello", first([5, 1, ["add"], [1, 2]]), "closed with 1002: hello comes first", ["closing the link of an unknown client: hello comes first (code 1002)"]),
            Attack("another version of the protocol", first([0, {"version": 2, "attempt": 1}]), "closed with 1002: version 2 of the protocol is not spoken here, 1 is", ["closing the link of an unknown client: version 2 of the protocol is not spoken here, 1 is (code 1002)"]),
            Attack("hello a second time", says([0, {"version": 1, "attempt": 2}]), "closed with 1002: hello is out of place"),
            Attack("welcome", says([1, {"client_id": "x", "token": b"x", "resumed": True, "limits": {}, "options": {}}]), "closed with 1002: welcome is out of place"),
            Attack("ready", says([13]), "closed with 1002: ready is out of place"),
            Attack("refuse", says([12, 1, []]), "closed with 1002: refuse is out of place"),
            Attack("an ack of what was never sent", says([2, 1_000]), "closed with 1002: ack of 1000 messages, but 1 were sent"),
            Attack("an answer to no call", says([6, 5, None]), "closed with 1002: an answer to call 5, which is not under way"),
            Attack("items of a stream that was not sent", says([9, 5, [1], False]), "closed with 1002: items of stream 5, which was not sent"),
            Attack("demand of a stream that was not sent", says([10, 5, 1]), "closed with 1002: demand of stream 5, which was not sent"),
            Attack("the return of what was not lent", says([11, [0, 1]]), "closed with 1002: release of 1 loans of handle 0, of which 0 are out"),
            Attack("two calls under one number", twice, "closed with 1002: call 1 is under way already"),
            Attack("a number beyond 2^53", says([5, 1 << 53, ["add"], [1, 2]]), "closed with 1002: id: a whole number from 0 to 2**53-1 is missing"),
            Attack("the highest number there is", lambda a: goes_on([8, (1 << 53) - 1])(a), "answered: 3", []),
            Attack("10,000 cancellations of no call", goes_on(*[[8, number] for number in range(10_000)]), "answered: 3", []),
            Attack("waiting for 100,000 calls that are none", goes_on([14, list(range(100_000)), 1]), "answered: 3", []),
            Attack("goodbye, with lines for the log", forges_goodbye, "closed with 1000: ", []),
        ],
    ),
    Section(
        "Names and functions",
        "What is not the client's, or never was there.",
        [
            Attack("a call of `__class__`", calls(["__class__"]), "failed: NoSuchFunction: now.__class__ is not a function here", []),
            Attack("a call of `add.__globals__`", calls(["add", "__globals__"]), "failed: NoSuchFunction: now.add.__globals__ is not a function here", []),
            Attack("a call of `add.__call__`", calls(["add", "__call__"], 1, 2), "failed: NoSuchFunction: now.add.__call__ is not a function here", []),
            Attack("a path with `__proto__` in it", says([5, 1, ["__proto__", "x"], []]), "closed with 1002: the key __proto__ is refused"),
            Attack("a key `__proto__` in data", says([4, [[["x"], {"__proto__": 1}]]]), "closed with 1002: the key __proto__ is refused"),
            Attack("names that JavaScript knows", writes([["constructor"], 1], [["then"], 2], [["toJSON"], 3], [["hasOwnProperty"], 4]), "written", []),
            Attack("a write over a function of the server's", writes([["add"], 1]), "refused: functions of the server are not writable by clients", []),
            Attack("a write over what holds one", writes([["tools"], {}]), "refused: functions of the server are not writable by clients", []),
            Attack("its deletion", writes([["add"]]), "refused: functions of the server are not writable by clients", []),
            Attack("a write below it", writes([["add", "x"], 1]), "refused: functions of the server are not writable by clients", []),
            Attack("a write to `core`", writes([["core"], 1]), "refused: this name belongs to the page", []),
            Attack("a write to `ready`", writes([["ready"], 1]), "refused: this name belongs to the page", []),
            Attack("a call of a handle that was never given out", calls(4), "failed: NoSuchFunction: function 4 was never lent", []),
            Attack("a call of one that was lent to others", calls(1), "failed: NoSuchFunction: function 1 was never lent", []),
            Attack("a function that is called with other arguments", calls(["add"], [], {}), "failed: TypeError: argument a: expected int, got list", []),
        ],
    ),
    Section(
        "Sessions of others",
        "",
        [
            Attack("a guessed token", guesses(b"x" * 16), "a session of its own", []),
            Attack("a token of a thousand bytes", guesses(b"x" * 1_000), "a session of its own", []),
            Attack("a token that has been used", replays, "a session of its own", []),
            Attack("the token of somebody else", steals, "a session of its own", ["another identity came with the token of <Client online>"], WITH_TOKEN),
            Attack("the number of an older link", too_late, "closed with 4001: a newer link has taken over", []),
            Attack("more received than was sent", lies, "a session of its own", []),
        ],
    ),
    Section(
        "Floods",
        "The limits are lower here than by default, so that little has to be sent.",
        [
            Attack("more messages than `max_rate=50`", flood(lambda number: [4, []], 100), "closed with 4008: more than max_rate=50 messages a second", None, {"max_rate": 50}),
            Attack("acks that say nothing new", flood(lambda number: [2, 0], 100), "closed with 4008: more than max_rate=50 messages a second", None, {"max_rate": 50}),
            Attack("500 messages when a line was broken for ten seconds, with `max_rate=50`", comes_back, "answered: 3", [], {"max_rate": 50}),
            Attack("calls that wait, more than `max_calls=10`", waiting_calls, "failed: LimitExceeded: the limit max_calls=10 of calls and streams under way was passed", [], {"max_calls": 10}),
            Attack("calls that wait and ask for no answer", flood(lambda number: [5, 0, ["wait"], []], 11), "closed with 4008: more than max_calls=10 calls under way", None, {"max_calls": 10}),
            Attack("more names than `max_names=100`", many_names, "refused: the limit max_names=100 was passed", [], {"max_names": 100}),
            Attack("more functions than `max_callbacks=10`", says([5, 1, ["keep"], [[cbor2.CBORTag(33000, [0, number]) for number in range(0, 22, 2)]]]), "closed with 4008: more than max_callbacks=10 functions lent and not released", None, {"max_callbacks": 10}),
            Attack("a list that grows and grows", heavy_lists, "refused: a client holds at most 16 times max_message=10000 bytes", [], {"max_message": 10_000}),
            Attack("200 changes of a list of 100,000", long_lists, "refused: too many changes of long lists in a second", []),
            Attack("100 calls of names that are nearly there", near_names, "20 of 100 answers say what was perhaps meant", []),
            Attack("no answer to 160 calls of the server's", unanswered, "closed with 4002: too slow: 160 calls are unanswered", [], {"max_calls": 10}),
            Attack("more clients than `max_clients=1`", lambda a: a.upgrade({}), "closed with 1013: the server is full", [], {"max_clients": 1}),
            Attack("50 connections that go at once", storm, "answered: 3", []),
            Attack("five sessions that keep 900 KB each, where 2 MB may be kept in all", fills_buffers, "2 of 5 sessions are left", ["ending the session of <Client offline>, for which 900002 bytes wait: too much waits in all"] * 3),
            Attack("20 members that never answer a group's `gather`", never_vote, "20 of 21 have not answered in time, the last says yes", []),
            Attack("no answer to 160 of them, each with a time limit", never_votes, "closed with 4002: too slow: 160 calls are unanswered", [], {"max_calls": 10}),
            Attack("an answer of one that was not asked", votes_unasked, "closed with 1002: an answer to call 1, which is not under way"),
            Attack("two answers of one member", votes("no", "no", counts="no"), "closed with 1002: an answer to call 1, which is not under way"),
            Attack("an answer larger than `max_message=10_000`", votes(b"x" * 70_000, counts="Disconnected"), "closed with 1009: a message is longer than 65600 bytes", None, {"max_message": 10_000}),
            Attack("an error with lines for the log", forges_errors, "answered: None", ["a call failed, and nobody asked for its reply"]),
        ],
    ),
]  # fmt: skip

ATTACKS = [attack for section in SECTIONS for attack in section.attacks]


def lines() -> Iterator[str]:
    """The tables, line by line."""
    for section in SECTIONS:
        yield f"\n## {section.title}\n\n"
        if section.about:
            yield f"{section.about}\n\n"
        yield "| what is tried | what comes of it |\n| --- | --- |\n"
        for attack in section.attacks:
            options = "".join(
                f", with `{name}={value!r}`"
                for name, value in attack.options.items()
                if isinstance(value, int)
            )
            shown = attack.answer.replace("|", "\\|").replace("<", "&lt;")
            yield f"| {attack.name}{options if '`max_' not in attack.name else ''} | {shown} |\n"
    yield "\n"


def rendered(page: str) -> str:
    """The page with the tables as they are to be."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{''.join(lines())}{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text("utf-8")), "utf-8")
