from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greennow.server.handshake import Accepted, HandshakeError, check_upgrade

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPTED = [
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
]


def request(**changes: str | None) -> dict[str, str]:
    """The RFC's own request, as WSGI has it, with these changes; None leaves a name out."""
    environ = {
        "REQUEST_METHOD": "GET",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "server.example.com",
        "HTTP_UPGRADE": "websocket",
        "HTTP_CONNECTION": "Upgrade",
        "HTTP_SEC_WEBSOCKET_KEY": KEY,
        "HTTP_SEC_WEBSOCKET_VERSION": "13",
        "HTTP_SEC_WEBSOCKET_PROTOCOL": "greennow.1",
    } | changes
    return {name: value for name, value in environ.items() if value is not None}


@pytest.mark.parametrize(
    ("name", "environ"),
    [
        ("the RFC's own", request()),
        ("another case", request(HTTP_UPGRADE="WebSocket", HTTP_CONNECTION="upgrade")),
        ("lists", request(HTTP_UPGRADE="h2c, websocket", HTTP_CONNECTION="keep-alive,Upgrade")),
        ("an empty body", request(CONTENT_LENGTH="")),
        ("a body of length 0", request(CONTENT_LENGTH="0")),
        ("an extension, which is not taken", request(HTTP_SEC_WEBSOCKET_EXTENSIONS="permessage-deflate")),
        ("more subprotocols", request(HTTP_SEC_WEBSOCKET_PROTOCOL="chat,\tgreennow.1 , greennow.token.eA")),
    ],
)
def test_a_proper_request_is_accepted(name: str, environ: dict[str, str]) -> None:
    expected = Accepted([*ACCEPTED, ("Sec-WebSocket-Protocol", "greennow.1")], "greennow.1")
    assert check_upgrade(environ, ["greennow.1"]) == expected


@pytest.mark.parametrize(
    ("spoken", "offered", "chosen"),
    [
        (["greennow.2", "greennow.1"], "greennow.1, greennow.2", "greennow.2"),
        (["greennow.2", "greennow.1"], "greennow.1", "greennow.1"),
    ],
)
def test_the_best_subprotocol_of_both_is_chosen(spoken: list[str], offered: str, chosen: str) -> None:
    assert check_upgrade(request(HTTP_SEC_WEBSOCKET_PROTOCOL=offered), spoken).protocol == chosen


@pytest.mark.parametrize("offered", [None, "", "chat"])
def test_a_server_that_speaks_no_subprotocol_asks_for_none(offered: str | None) -> None:
    assert check_upgrade(request(HTTP_SEC_WEBSOCKET_PROTOCOL=offered), []) == Accepted(ACCEPTED, "")


BAD = "400 Bad Request"
UPGRADE = "426 Upgrade Required"
NOT_GET = ("405 Method Not Allowed", "A WebSocket is opened with GET.")
NOT_11 = (BAD, "A WebSocket is opened over HTTP/1.1.")
BODY = (BAD, "A request to open a WebSocket has no body.")
NO_UPGRADE = (UPGRADE, "This address speaks WebSocket only.")
NO_CONNECTION = (BAD, "The header Connection does not say Upgrade.")
NOT_13 = (UPGRADE, "This server speaks version 13 of WebSocket.")
NO_KEY = (BAD, "The header Sec-WebSocket-Key is not 16 bytes in base64.")
NO_PROTOCOL = (BAD, "Offer one of these subprotocols: greennow.1.")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (request(REQUEST_METHOD="POST"), NOT_GET),
        (request(REQUEST_METHOD="get"), NOT_GET),
        (request(SERVER_PROTOCOL="HTTP/1.0"), NOT_11),
        (request(CONTENT_LENGTH="5"), BODY),
        (request(CONTENT_LENGTH="x"), BODY),
        (request(HTTP_TRANSFER_ENCODING="chunked"), BODY),
        (request(HTTP_UPGRADE=None), NO_UPGRADE),
        (request(HTTP_UPGRADE="h2c"), NO_UPGRADE),
        (request(HTTP_UPGRADE="websockets"), NO_UPGRADE),
        (request(HTTP_CONNECTION=None), NO_CONNECTION),
        (request(HTTP_CONNECTION="keep-alive"), NO_CONNECTION),
        (request(HTTP_CONNECTION="upgraded"), NO_CONNECTION),
        *(
            (request(HTTP_SEC_WEBSOCKET_VERSION=version), NOT_13)
            for version in (None, "", "0", "7", "8", "12", "14", "013", "13, 8", "x")
        ),
        *(
            (request(HTTP_SEC_WEBSOCKET_KEY=key), NO_KEY)
            for key in (
                None,
                "",
                "x",
                "é" * 22 + "==",
                KEY[:-1],
                KEY[:-2],
                KEY + "=",
                f"{KEY}, {KEY}",
                f" {KEY}",
                "AAAAAAAAAAAAAAAAAAAA",
                "AAAAAAAAAAAAAAAAAAAAAAA=",
                "AAAAAAAAAAAAAAAAAAAAAAAA",
                "AAAAAAAAAAA AAAAAAAAAA==",
                "AAAAAAAAAAA-AAAAAAAAAA==",
                "AAAAAAAAAAA=AAAAAAAAAA==",
            )
        ),
        *(
            (request(HTTP_SEC_WEBSOCKET_PROTOCOL=offered), NO_PROTOCOL)
            for offered in (
                None,
                "",
                "chat",
                "greennow.10",
                "xgreennow.1",
                "Greennow.1",
                "greennow.1;q=1",
                "greennow",
            )
        ),
    ],
)
def test_any_other_request_is_refused_with_a_sentence(
    environ: dict[str, str], expected: tuple[str, str]
) -> None:
    with pytest.raises(HandshakeError) as caught:
        check_upgrade(environ, ["greennow.1"])
    assert (caught.value.status, caught.value.body.decode()) == (expected[0], expected[1] + "\n")


UPGRADE_HEADERS = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13")]


@pytest.mark.parametrize(
    ("environ", "more"),
    [
        (request(HTTP_SEC_WEBSOCKET_KEY="x"), []),
        (request(REQUEST_METHOD="PUT"), [("Allow", "GET")]),
        (request(HTTP_UPGRADE=None), UPGRADE_HEADERS),
        (request(HTTP_SEC_WEBSOCKET_VERSION="8"), UPGRADE_HEADERS),
    ],
)
def test_a_refusal_has_all_its_headers(environ: dict[str, str], more: list[tuple[str, str]]) -> None:
    with pytest.raises(HandshakeError) as caught:
        check_upgrade(environ, ["greennow.1"])
    plain = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(caught.value.body)))]
    assert caught.value.headers == plain + more


def test_a_token_that_was_offered_is_not_repeated() -> None:
    with pytest.raises(HandshakeError) as caught:
        check_upgrade(request(HTTP_SEC_WEBSOCKET_PROTOCOL="greennow.token.c2VjcmV0"), ["greennow.1"])
    assert "c2VjcmV0" not in f"{caught.value} {caught.value.body!r} {caught.value.headers}"


@given(
    st.dictionaries(
        st.sampled_from([name for name in request() if name.startswith("HTTP_")]),
        st.text(st.characters(max_codepoint=255)),
    )
)
def test_headers_of_any_kind_are_refused_or_accepted(headers: dict[str, str]) -> None:
    with contextlib.suppress(HandshakeError):
        assert check_upgrade(request(**headers), ["greennow.1"]).protocol == "greennow.1"
