"""The endpoint that Autobahn|Testsuite talks to, and how its verdicts are judged; it is run by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from greennow.server import websocket
from greennow.server.websocket import (
    CLOSE,
    CONTINUATION,
    PING,
    TEXT,
    Message,
    Pong,
    masked_frame,
)

from ..autobahn import suite
from ..autobahn.server import EchoServer
from .raw import RawClient

LIMIT = 2_000_000


@pytest.fixture
def client() -> Iterator[RawClient]:
    server = EchoServer(LIMIT)
    server.start()
    with RawClient(f"http://127.0.0.1:{server.server_port}") as client:
        yield client
    server.stop()


def test_every_message_comes_back_as_it_was_sent(client: RawClient) -> None:
    fragment = b"\x01" + masked_frame(b"\xe2\x82", TEXT)[1:]
    client.send(
        masked_frame(b"\xff") + fragment + masked_frame(b"?", PING) + masked_frame(b"\xac", CONTINUATION)
    )
    assert [client.event() for _ in range(3)] == [
        Message(b"\xff", False),
        Pong(b"?"),
        Message("€".encode(), True),
    ]
    client.send(masked_frame(bytes(LIMIT)))
    assert client.event() == Message(bytes(LIMIT), False)


@pytest.mark.parametrize(
    ("name", "sent", "expected"),
    [
        ("a code comes back", websocket.close_payload(3333, "bye"), (3333, "")),
        ("none is answered by none", b"", (websocket.NO_CODE, "")),
        ("half a code", b"\x03", (1002, "a close frame has no proper code")),
        ("a code that is not for the wire", b"\x03\xee", (1002, "a close frame has no proper code")),
        ("a reason that is no text", b"\x03\xe8\xff", (1007, "the reason of a close frame is not UTF-8")),
    ],
)
def test_a_close_frame_is_answered(
    client: RawClient, name: str, sent: bytes, expected: tuple[int, str]
) -> None:
    client.send(masked_frame(sent, CLOSE) + masked_frame(b"after it", TEXT))
    assert client.closed() == expected


def test_a_fault_closes_after_what_came_before_it(client: RawClient) -> None:
    client.send(masked_frame(b"before", TEXT) + masked_frame(b"\xff", TEXT) + masked_frame(b"after", TEXT))
    assert client.event() == Message(b"before", True)
    assert client.closed() == (1007, "a text message is not UTF-8")


# Verdicts


def index(**changed: dict[str, str]) -> dict[str, Any]:
    """What the suite writes when all is well, but for these cases."""
    good = {"behavior": "OK", "behaviorClose": "OK"}
    cases = {
        f"{group}.{number}": good for group, count in suite.CASES.items() for number in range(1, count + 1)
    }
    return {"greennow": cases | {case.replace("_", "."): said for case, said in changed.items()}}


@pytest.mark.parametrize(
    ("case", "behavior", "close", "expected"),
    [
        ("1.1", "OK", "OK", []),
        ("1.2", "NON-STRICT", "INFORMATIONAL", []),
        ("7.1", "FAILED", "OK", ["case 7.1: FAILED, closing OK"]),
        ("7.2", "OK", "UNCLEAN", ["case 7.2: OK, closing UNCLEAN"]),
        ("7.3", "OK", "WRONG CODE", ["case 7.3: OK, closing WRONG CODE"]),
        ("7.4", "UNIMPLEMENTED", "UNIMPLEMENTED", ["case 7.4: UNIMPLEMENTED"]),
        ("7.5", "OK", "NON-STRICT", ["case 7.5: OK, closing NON-STRICT"]),
    ],
)
def test_a_verdict_is_judged(case: str, behavior: str, close: str, expected: list[str]) -> None:
    said = index(**{case: {"behavior": behavior, "behaviorClose": close}})
    assert list(suite.faults(suite.verdicts_in(said, "greennow"))) == expected


def test_a_case_that_was_not_run_is_a_fault() -> None:
    said = index()
    del said["greennow"]["9.54"]
    del said["greennow"]["10.1"]
    assert list(suite.faults(suite.verdicts_in(said, "greennow"))) == [
        "group 9: 53 cases were run, not 54",
        "group 10: 0 cases were run, not 1",
    ]
