"""What is checked, and what a fuzzer begins with: the protocol's vectors, and a few frames."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import cbor2

from greennow.core.cbor import FUNCTION_TAG, STREAM_TAG
from greennow.server.websocket import CLOSE, CONTINUATION, PING, TEXT, frame, masked_frame

from . import codec, frames, messages

PROTOCOL = Path(__file__).parent.parent.parent / "protocol"

#: What the link takes of what the session has to send.
TAKE = b"\x03"

#: Messages that ask for more than each limit, one after the other.
FLOODS: list[list[Any]] = [
    [[4, []], *([5, number, ["wait"], []] for number in range(1, 10)), [8, 3], [5, 20, ["wait"], []]],
    [[4, []], *([5, 0, ["wait"], []] for _ in range(10))],
    [[4, []], *([5, number, ["many"], []] for number in range(1, 6)), [11, [0, 1]], [5, 9, ["many"], []]],
    [[4, []], [5, 1, ["wait"], []], *([5, number, ["table"], []] for number in range(2, 6))],
    [[4, []], *([5, number, ["rows"], [1]] for number in range(1, 10)), [10, 1, 9], [10, 2, 0]],
    [[4, []], *([5, 0, ["keep"], [cbor2.CBORTag(FUNCTION_TAG, [0, number])]] for number in range(12))],
    [[4, []], *([5, 0, ["keep"], [cbor2.CBORTag(STREAM_TAG, number)]] for number in range(1, 12))],
    [[4, []], *([5, 0, ["join"], [str(number)]] for number in range(5)), [5, 0, ["leave"], ["0"]]],
    [
        *([4, [[[str(ten + one)], 0] for one in range(10)]] for ten in range(0, 60, 10)),
        [4, [[["0"]], [["data", "list"], 0, 1, [7]]]],
    ],
    [[4, [[["mine"], cbor2.CBORTag(FUNCTION_TAG, None)]]], [5, 1, ["join"], []], [14, [1], 1], [6, 1, None]],
    [[4, []], *([5, number, ["big"], []] for number in range(1, 60)), [2, 3], [2, 0, True]],
]


def check_of(target: str) -> Callable[[bytes], None]:
    """Return what checks one input."""
    if target == "messages":
        return messages.World().check
    return frames.check if target == "frames" else codec.check


def seeds_of(target: str) -> Iterator[bytes]:
    """Yield inputs to begin with."""
    if target == "codec":
        yield from vectors()
    elif target == "frames":
        yield from (bytes([masked, 7]) + seed for masked, seed in frames_to_begin_with())
    else:
        # Said as they are, behind what each kind of message is made of by choices.
        yield from (bytes([5, len(vector)]) + vector for vector in vectors() if len(vector) < 256)
        yield from (bytes([6, kind, *range(20)]) * 4 for kind in range(16))
        for flood in FLOODS:
            yield said(flood)
            yield said(flood, TAKE)


def vectors() -> Iterator[bytes]:
    """Yield the messages of the protocol's vectors, good ones and hostile ones."""
    for name in ("messages.json", "hostile.json"):
        for vector in json.loads((PROTOCOL / name).read_text("utf-8"))["vectors"]:
            yield bytes.fromhex(vector["hex"])


def said(shapes: Iterable[Any], after_each: bytes = b"") -> bytes:
    """Return the input for which a client says these messages as they are, and does something after each."""
    encoded = [cbor2.dumps(shape) for shape in shapes]
    return b"".join(bytes([5, len(data)]) + data + after_each for data in encoded)


def frames_to_begin_with() -> Iterator[tuple[int, bytes]]:
    """Yield frames, and what says of which end they are."""
    text = "κόσμε".encode()
    for masked, made in ((0, masked_frame), (1, frame)):
        fragments = made(text[:3], TEXT), made(b"?", PING), made(text[3:], CONTINUATION)
        first, ping, last = map(bytearray, fragments)
        first[0] &= 0x7F
        yield masked, bytes(first + ping + last + made(b"\x03\xe8bye", CLOSE))
        for vector in (bytes(126), bytes(1000), *vectors()):
            yield masked, bytes(made(vector))
