"""As much of CBOR as the vectors need, written without any package that the vectors are to test.

A shape is made of Python's own values, and of these where they do not say it:
`Tag`, `Raw` (bytes that say something else than a value would), `Moment`, `Function`, `Stream`.
"""

from __future__ import annotations

import math
import struct
from typing import Any, NamedTuple


class Tag(NamedTuple):
    """A tagged item."""

    number: int
    content: Any


class Raw(NamedTuple):
    """Bytes as they are, in hex."""

    hex: str


class Moment(NamedTuple):
    """A moment in time, as its text."""

    text: str


class Function(NamedTuple):
    """A function, by the content of its tag."""

    content: Any


class Stream(NamedTuple):
    """A stream, by the content of its tag."""

    content: Any


def encode(value: Any) -> bytes:
    """Return the value as an encoder of greennow's writes it: shortest heads, floats of eight bytes."""
    match value:
        case None | False | True:
            return {None: b"\xf6", False: b"\xf4", True: b"\xf5"}[value]
        case Raw():
            return bytes.fromhex(value.hex)
        case Tag():
            return head(6, value.number) + encode(value.content)
        case Moment():
            return encode(Tag(0, value.text))
        case Function():
            return encode(Tag(33000, value.content))
        case Stream():
            return encode(Tag(33001, value.content))
        case int():
            return _integer(value)
        case float():
            return b"\xfb" + struct.pack(">d", value)
        case str():
            return head(3, len(value.encode())) + value.encode()
        case bytes():
            return head(2, len(value)) + value
        case list():
            return head(4, len(value)) + b"".join(map(encode, value))
        case dict():
            return head(5, len(value)) + b"".join(encode(key) + encode(item) for key, item in value.items())
    raise TypeError(f"{value!r} has no place in a vector")


def head(major: int, size: int) -> bytes:
    """Return the first bytes of an item: its major type and its size."""
    if size < 24:
        return bytes([major << 5 | size])
    for info, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if size < 1 << 8 * width:
            return bytes([major << 5 | info]) + size.to_bytes(width, "big")
    raise ValueError(f"{size} is too large for a head")


def _integer(value: int) -> bytes:
    negative = value < 0
    size = -1 - value if negative else value
    if size < 1 << 64:
        return head(negative, size)
    return encode(Tag(2 + negative, size.to_bytes((size.bit_length() + 7) // 8, "big")))


def notation(value: Any) -> Any:
    """Return the value in the JSON notation that ``README.md`` describes."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) < 1 << 53 else {"$integer": str(value)}
        case float():
            return {"$float": _float_text(value)} if not math.isfinite(value) or value.is_integer() else value
        case bytes():
            return {"$bytes": value.hex()}
        case Moment():
            return {"$moment": value.text}
        case Function():
            return {"$function": value.content}
        case Stream():
            return {"$stream": value.content}
        case list():
            return [notation(item) for item in value]
        case dict() if any(key.startswith("$") for key in value):
            return {"$mapping": [[key, notation(item)] for key, item in value.items()]}
        case dict():
            return {key: notation(item) for key, item in value.items()}
    raise TypeError(f"{value!r} has no notation")


def _float_text(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return repr(value).replace("inf", "Infinity")
