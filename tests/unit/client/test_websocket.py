"""Frames from a server, byte by byte, over a pair of sockets; the server's side is played here."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greennow.client.websocket import Closed, WebSocket
from greennow.core.errors import ProtocolError
from greennow.server.websocket import Closed as ClosedByServer
from greennow.server.websocket import Event, FrameReader, Message

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
    ("a message that is too large", b"\x82\x65", ["a message that is too large (code 1009)"]),
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
    ("the longest ping", frame(PING, b"a" * 125) + frame(BINARY, b"a"), [b"a", GONE]),
    *(
        (f"fragments of a {name}", frame(opcode, fin=False), ["a control frame in fragments (code 1002)"])
        for name, opcode in (("close", CLOSE), ("ping", PING), ("pong", PONG))
    ),
    *(
        (name, head + b"a" * 9, ["a length that is not in its shortest form (code 1002)"])
        for name, head in (
            ("a short length in two bytes", b"\x82\x7e\0\x7d"),
            ("a short length in eight bytes", b"\x82\x7f" + (100).to_bytes(8, "big")),
            ("a length of two bytes in eight", b"\x82\x7f" + (65_535).to_bytes(8, "big")),
            ("a ping's length in two bytes", b"\x89\x7e\0\x05"),
        )
    ),
    (
        "a close reason that is no text",
        frame(CLOSE, b"\x03\xe8\xff"),
        ["the reason of a close frame is not UTF-8 (code 1007)"],
    ),
    ("half a close code", frame(CLOSE, b"\x03"), ["not a WebSocket: Invalid close frame. (code 1002)"]),
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


@pytest.mark.parametrize("code", [0, 999, *range(1000, 1017), 2999, 3000, 4999, 5000, 65535])
def test_both_ends_take_the_same_close_codes(code: int) -> None:
    assert_both_judge_alike(frame(CLOSE, code.to_bytes(2, "big")))


data_frames = st.builds(
    frame,
    st.sampled_from([CONT, BINARY]),
    st.binary(max_size=40),
    fin=st.booleans(),
    rsv=st.sampled_from([0, 0, 1]),
)
control_frames = st.builds(
    frame,
    st.sampled_from([CLOSE, PING, PONG, 3, 11]),
    st.binary(max_size=4),
    fin=st.sampled_from([True, True, False]),
)


@given(st.lists(st.one_of(data_frames, control_frames, st.binary(max_size=12)), max_size=6).map(b"".join))
def test_both_ends_judge_frames_alike(data: bytes) -> None:
    # What is no frame follows, for the client judges some of a frame only when all of it has come.
    assert_both_judge_alike(data + b"\xff" * 130)


def assert_both_judge_alike(data: bytes) -> None:
    """What a client makes of the bytes is what the server's parser makes of them, but for texts.

    Of two faults of one frame, the one may see the size first, and the other the order.
    """
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    websocket = WebSocket(MAX, Told())
    websocket.sock = ours
    with theirs:
        theirs.sendall(data)
    *messages, end = received(websocket)
    websocket.shutdown()
    code = code_of(end)
    if code != 1003:
        by_server, code_by_server = read_by_server(data)
        assert messages == by_server
        assert code == code_by_server or {code, code_by_server} == {1002, 1009}


def code_of(end: object) -> int:
    """The code with which it ended."""
    return end[0] if isinstance(end, tuple) else int(str(end)[-5:-1])


def read_by_server(data: bytes) -> tuple[list[bytes], int]:
    """The messages, and the code with which it ends."""
    reader = FrameReader(max_message=MAX, masked=False)
    events: list[Event] = []
    with suppress(ProtocolError):
        events = reader.feed(data)
    codes = [event.code for event in events if isinstance(event, ClosedByServer)]
    if reader.fault is not None:
        codes.append(reader.fault.code)
    return [event.data for event in events if isinstance(event, Message)], [*codes, GONE[0]][0]


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
