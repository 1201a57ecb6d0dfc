"""Frames from a server, byte by byte, over a pair of sockets; the server's side is played here."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greennow.client.websocket import Closed, WebSocket
from greennow.core.errors import ProtocolError

from .clocks import DEADLINE

MAX = 100
CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def frame(opcode: int, data: bytes = b"", *, fin: bool = True, mask: bool = False, rsv: int = 0) -> bytes:
    """What a server sends, rules or not."""
    size = len(data)
    length = bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big")
    length = bytes([length[0] | mask << 7]) + length[1:] + b"\0\0\0\0" * mask
    return bytes([fin << 7 | rsv << 4 | opcode]) + length + data


def announced(size: int) -> bytes:
    """The header of a frame, and nothing of its data."""
    return b"\x82\x7f" + size.to_bytes(8, "big")


class Told:
    """Listens."""

    def __init__(self) -> None:
        self.pings: list[bytes] = []
        self.heard_count = 0
        self.has_stalled = threading.Event()

    def heard(self) -> None:
        self.heard_count += 1

    def pinged(self, data: bytes) -> None:
        self.pings.append(data)

    def stalled(self) -> None:
        self.has_stalled.set()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def ends(told: Told) -> Iterator[tuple[WebSocket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    websocket = WebSocket(MAX, told)
    websocket.sock = ours
    with theirs:
        yield websocket, theirs
    websocket.shutdown()


def received(websocket: WebSocket) -> list[object]:
    """All messages, and how it ended."""
    messages: list[object] = []
    try:
        while True:
            messages.append(websocket.receive())
    except Closed as closed:
        return [*messages, (closed.code, closed.reason)]
    except ProtocolError as error:
        return [*messages, str(error)]


GONE = (1006, "the line broke")

CASES: list[tuple[str, bytes, list[object]]] = [
    ("a message", frame(BINARY, b"abc"), [b"abc", GONE]),
    ("an empty message", frame(BINARY), [b"", GONE]),
    ("messages back to back", frame(BINARY, b"a") + frame(BINARY, b"b"), [b"a", b"b", GONE]),
    ("the largest message", frame(BINARY, b"a" * MAX), [b"a" * MAX, GONE]),
    (
        "fragments, with a ping between them",
        frame(BINARY, b"a", fin=False) + frame(PING) + frame(CONT, b"b", fin=False) + frame(CONT, b"c"),
        [b"abc", GONE],
    ),
    ("a pong", frame(PONG) + frame(BINARY, b"a"), [b"a", GONE]),
    ("a close", frame(CLOSE, b"\x0f\xa0away"), [(4000, "away")]),
    ("a close without a code", frame(CLOSE), [(1005, "")]),
    ("nothing", b"", [GONE]),
    ("half a frame", frame(BINARY, b"abc")[:3], [GONE]),
    ("a text", frame(TEXT, b"abc"), ["a text message; this protocol is binary (code 1003)"]),
    ("a message that is too large", announced(MAX + 1), ["a message that is too large (code 1009)"]),
    ("a message without end", announced(2**62), ["a message that is too large (code 1009)"]),
    (
        "fragments that are too large together",
        frame(BINARY, b"a" * 60, fin=False) + frame(CONT, b"a" * 60)[:2],
        ["a message that is too large (code 1009)"],
    ),
    (
        "the room is a message's own",
        frame(BINARY, b"a" * 60, fin=False) + frame(CONT, b"a" * 40) + frame(BINARY, b"a" * MAX),
        [b"a" * MAX, b"a" * MAX, GONE],
    ),
    (
        "empty fragments without end",
        frame(BINARY, fin=False) + frame(CONT, fin=False) * MAX + frame(CONT, b"a"),
        ["a message that is too large (code 1009)"],
    ),
    ("a fragment of nothing", frame(CONT, b"a"), ["fragments of messages out of order (code 1002)"]),
    (
        "a message within another",
        frame(BINARY, b"a", fin=False) + frame(BINARY, b"a"),
        ["fragments of messages out of order (code 1002)"],
    ),
    ("a masked frame", frame(BINARY, b"a", mask=True), ["a masked frame from a server (code 1002)"]),
    ("a ping that is too long", frame(PING, b"a" * 126), ["a control frame that is too long (code 1002)"]),
    ("reserved bits", frame(BINARY, rsv=4), ["not a WebSocket: rsv is not implemented, yet (code 1002)"]),
    ("a kind that is none", frame(3), ["not a WebSocket: Invalid opcode 3 (code 1002)"]),
    (
        "a close code that is none",
        frame(CLOSE, b"\x03\xec"),
        ["not a WebSocket: Invalid close opcode 1004 (code 1002)"],
    ),
]


@pytest.mark.parametrize(("name", "data", "expected"), CASES, ids=[case[0] for case in CASES])
def test_what_comes_of_frames_whole_and_byte_by_byte(
    name: str, data: bytes, expected: list[object], told: Told
) -> None:
    for pieces in ([data], [data[i : i + 1] for i in range(len(data))]):
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        websocket = WebSocket(MAX, told)
        websocket.sock = ours

        def send(theirs: socket.socket = theirs, pieces: list[bytes] = pieces) -> None:
            with theirs:
                for piece in pieces:
                    theirs.sendall(piece)

        sender = threading.Thread(target=send)
        sender.start()
        assert received(websocket) == expected
        sender.join(DEADLINE)
        websocket.shutdown()


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_close(data: bytes) -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    websocket = WebSocket(MAX, Told())
    websocket.sock = ours
    with theirs:
        theirs.sendall(data)
    received(websocket)
    websocket.shutdown()


def test_the_listener_is_told_of_pings_and_of_every_sign_of_life(
    ends: tuple[WebSocket, socket.socket], told: Told
) -> None:
    websocket, theirs = ends
    theirs.sendall(frame(PING, b"you?") + frame(BINARY, b"a"))
    assert websocket.receive() == b"a"
    assert told.pings == [b"you?"]
    assert told.heard_count == 1


def test_the_listener_is_told_when_the_network_takes_nothing_and_abort_frees_the_writer(
    ends: tuple[WebSocket, socket.socket], told: Told
) -> None:
    websocket, _ = ends
    raised = []

    def write() -> None:
        try:
            websocket.send_binary(b"a" * 10_000_000)
        except OSError as error:
            raised.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    assert told.has_stalled.wait(DEADLINE)
    websocket.abort()
    writer.join(DEADLINE)
    assert len(raised) == 1


def test_abort_frees_the_reader(ends: tuple[WebSocket, socket.socket]) -> None:
    websocket, _ = ends
    threading.Timer(0, websocket.abort).start()
    assert received(websocket) == [GONE]
    websocket.abort()


def test_a_reason_is_cut_to_what_a_close_frame_holds(ends: tuple[WebSocket, socket.socket]) -> None:
    websocket, theirs = ends
    websocket.send_goodbye(1000, "é" * 100)
    header = theirs.recv(2)
    assert header == bytes([0x80 | CLOSE, 0x80 | 2 + 122])


def test_a_closed_one_cannot_be_used(ends: tuple[WebSocket, socket.socket]) -> None:
    websocket, _ = ends
    websocket.shutdown()
    with pytest.raises(OSError, match="it is closed"):
        websocket.send_binary(b"a")
    websocket.abort()
