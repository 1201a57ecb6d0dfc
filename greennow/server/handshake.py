"""The server's half of RFC 6455's opening handshake, without I/O; 4.2.1 and the like are its sections."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Accepted(NamedTuple):
    """An upgrade to be answered with 101 and these headers; ``protocol`` is "" where none was asked for."""

    headers: list[tuple[str, str]]
    protocol: str


class HandshakeError(Exception):
    """A request that cannot be upgraded, as the plain answer that says why.

    Attributes:
        status: code and phrase, as ``start_response`` takes them.
        headers: all of the answer's.
        body: a sentence for people, encoded.
    """

    def __init__(self, status: str, reason: str, *headers: tuple[str, str]) -> None:
        super().__init__(status, reason)
        self.status = status
        self.body = f"{reason}\n".encode()
        size = str(len(self.body))
        self.headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", size), *headers]


def check_upgrade(environ: Mapping[str, Any], protocols: Sequence[str]) -> Accepted:
    """Judge a request to open a WebSocket (4.2.1); whether its origin is welcome is for others to say.

    Args:
        environ: the request, as WSGI has it.
        protocols: the subprotocols spoken here, best first; unless there are none, one has to be offered.

    Raises:
        HandshakeError: the request cannot be upgraded.
    """
    _check_request(environ)
    accept = _accept(environ.get("HTTP_SEC_WEBSOCKET_KEY", ""))
    headers = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept)]
    protocol = _choose(protocols, environ.get("HTTP_SEC_WEBSOCKET_PROTOCOL", ""))
    if protocol:
        headers.append(("Sec-WebSocket-Protocol", protocol))
    return Accepted(headers, protocol)


def _check_request(environ: Mapping[str, Any]) -> None:
    upgrade = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13")]
    if environ["REQUEST_METHOD"] != "GET":
        raise HandshakeError("405 Method Not Allowed", "A WebSocket is opened with GET.", ("Allow", "GET"))
    if environ["SERVER_PROTOCOL"] != "HTTP/1.1":
        raise HandshakeError("400 Bad Request", "A WebSocket is opened over HTTP/1.1.")
    # What one server on the way takes for a body, another takes for frames.
    if environ.get("CONTENT_LENGTH", "") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in environ:
        raise HandshakeError("400 Bad Request", "A request to open a WebSocket has no body.")
    if not _has_token(environ, "HTTP_UPGRADE", "websocket"):
        raise HandshakeError("426 Upgrade Required", "This address speaks WebSocket only.", *upgrade)
    if not _has_token(environ, "HTTP_CONNECTION", "upgrade"):
        raise HandshakeError("400 Bad Request", "The header Connection does not say Upgrade.")
    if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13":
        raise HandshakeError("426 Upgrade Required", "This server speaks version 13 of WebSocket.", *upgrade)


def _accept(key: str) -> str:
    """Return the proof that the key was read (4.2.2); the key has to be the base64 of 16 bytes."""
    try:
        nonce = base64.b64decode(key, validate=True)
    except ValueError:
        nonce = b""
    if len(nonce) != 16:
        raise HandshakeError("400 Bad Request", "The header Sec-WebSocket-Key is not 16 bytes in base64.")
    proof = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode(), usedforsecurity=False)
    return base64.b64encode(proof.digest()).decode()


def _choose(protocols: Sequence[str], header: str) -> str:
    if header in protocols:
        return header  # mostly one is offered
    offered = _tokens(header)
    chosen = [protocol for protocol in protocols if protocol in offered]
    if protocols and not chosen:
        # What was offered is not repeated: a browser's bearer token may be in it.
        raise HandshakeError("400 Bad Request", f"Offer one of these subprotocols: {', '.join(protocols)}.")
    return chosen[0] if chosen else ""


def _has_token(environ: Mapping[str, Any], name: str, token: str) -> bool:
    """Is the token, in lower case, among those of a header? Mostly it is alone."""
    value = environ.get(name, "").lower()
    return value == token or token in _tokens(value)


def _tokens(header: str) -> list[str]:
    return [token.strip(" \t") for token in header.split(",")]
