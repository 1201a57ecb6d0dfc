"""Any bytes, as messages: understood, and then written so again, or refused with a `ProtocolError`."""

from __future__ import annotations

from typing import Any

from greennow.core.codec import Codec
from greennow.core.errors import ProtocolError
from greennow.core.limits import Limits
from greennow.core.messages import Message
from greennow.core.values import Streamed

from ..unit.core.referring import ByContent

#: The codes that say what was wrong.
CODES = {1002, 4008}

#: How long a reason may get: it goes to the log and into a close frame.
MAX_REASON = 300


class Numbered(Streamed):
    """A stream, by its number."""

    def __init__(self, number: int) -> None:
        self.number = number


class Anything(ByContent):
    """Functions and streams that only say what their tags hold."""

    def stream(self, number: int) -> Numbered:
        return Numbered(number)

    def lend_stream(self, items: Any) -> int:
        number: int = items.number
        return number


CODEC = Codec(Anything(), Limits())


def check(data: bytes) -> None:
    """Fail if the bytes do anything that they must not."""
    understood: list[Message] = []
    fault: ProtocolError | None = None
    try:
        understood.extend(CODEC.decode(data))
    except ProtocolError as error:
        fault = error
    assert fault is None or (fault.code in CODES and len(fault.reason) <= MAX_REASON)
    for message in understood:
        encoded = CODEC.encode(message)
        (again,) = CODEC.decode(encoded)
        assert CODEC.encode(again) == encoded
