"""Any bytes, as frames: however they were cut, the same comes of them, events and at most one fault."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from greennow.core.errors import ProtocolError
from greennow.server.websocket import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    Closed,
    Event,
    FrameReader,
    Message,
    Ping,
    close_payload,
    frame,
    masked_frame,
)

from .choices import Choices

#: The most bytes of a message here: little, so that limits are met.
MAX_MESSAGE = 1000

#: What a reader keeps beside its message: less than the longest header and control frame.
MAX_REST = 14 + 125

#: The codes that say what was wrong.
CODES = {1002, 1007, 1009}


class Heard(NamedTuple):
    """What a reader made of some pieces: events with their kinds, and the fault."""

    events: list[tuple[Any, ...]]
    fault: tuple[str, int] | None


def check(data: bytes) -> None:
    """Fail if the bytes, after two that say how they arrive, do anything that they must not."""
    choices = Choices(data)
    masked, size = choices.number(2) == 0, 1 + choices.number(64)
    stream = choices.rest()
    events, heard = listen([stream], masked)
    assert heard.fault is None or heard.fault[1] in CODES, heard.fault
    assert listen(cut(stream, size), masked)[1] == heard
    # What was heard is heard again when it is said anew.
    again = b"".join(said(event, masked) for event in events)
    assert listen([again], masked)[1] == Heard(heard.events, None)


def cut(stream: bytes, size: int) -> Iterator[bytes]:
    """Yield the bytes in pieces of this size."""
    return (stream[at : at + size] for at in range(0, len(stream), size))


def listen(pieces: Iterable[bytes], masked: bool) -> tuple[list[Event], Heard]:
    """Return what a reader makes of the pieces, and the same with the events' kinds."""
    reader = FrameReader(max_message=MAX_MESSAGE, masked=masked)
    events: list[Event] = []
    for piece in pieces:
        try:
            events += reader.feed(piece)
        except ProtocolError:
            break
        assert len(reader._data) <= MAX_MESSAGE
        assert len(reader._rest) < MAX_REST
    fault = reader.fault and (reader.fault.reason, reader.fault.code)
    return events, Heard([(type(event).__name__, *event) for event in events], fault)


def said(event: Event, masked: bool) -> bytes:
    """Return the frame that says this."""
    if isinstance(event, Closed):
        opcode, payload = CLOSE, close_payload(*event)
    elif isinstance(event, Message):
        opcode, payload = TEXT if event.text else BINARY, event.data
    else:
        opcode, payload = PING if isinstance(event, Ping) else PONG, event.data
    return masked_frame(payload, opcode, b"mask") if masked else frame(payload, opcode)
