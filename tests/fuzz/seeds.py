"""What is checked, and what a fuzzer begins with: the protocol's vectors, and a few frames."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from greennow.server.websocket import CLOSE, CONTINUATION, PING, TEXT, frame, masked_frame

from . import codec, frames, messages

PROTOCOL = Path(__file__).parent.parent.parent / "protocol"


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


def vectors() -> Iterator[bytes]:
    """Yield the messages of the protocol's vectors, good ones and hostile ones."""
    for name in ("messages.json", "hostile.json"):
        for vector in json.loads((PROTOCOL / name).read_text("utf-8"))["vectors"]:
            yield bytes.fromhex(vector["hex"])


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
