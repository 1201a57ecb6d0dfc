"""Fields of messages: each is of the kind that it has to be, or the message is malformed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from .errors import ProtocolError
from .paths import MAX_INTEGER, PROTOTYPE

#: The kinds of data that hold no other.
SCALARS = frozenset({type(None), bool, int, float, str, bytes, datetime})


def check_scalar(value: Any) -> None:
    """It is data that holds no other, or a function."""
    if type(value) not in SCALARS and not callable(value):
        raise ProtocolError(f"a value of an unknown kind: {value!r:.40}")


def is_duration(value: Any) -> bool:
    """Is it a number of seconds? A JavaScript end has no larger integers."""
    if type(value) is float:
        return math.isfinite(value)
    return type(value) is int and abs(value) <= MAX_INTEGER


def check_keys(mapping: dict[Any, Any]) -> None:
    """Its keys are texts that are allowed."""
    for key in mapping:
        if type(key) is not str:
            raise ProtocolError("the keys of a mapping are text")
    if PROTOTYPE in mapping:
        raise ProtocolError(f"the key {PROTOTYPE} is refused")


def length(shape: Sequence[Any], least: int, most: int) -> None:
    """The message has so many elements."""
    if not least <= len(shape) <= most:
        raise ProtocolError(f"a message of kind {shape[0]!r:.20} has the wrong shape")


def array(value: Any, name: str) -> list[Any]:
    """Return it, which is an array."""
    if type(value) is not list:
        raise ProtocolError(f"{name}: an array is missing")
    return value


def integer(value: Any, name: str) -> int:
    """Return it, which is a count or a number of something."""
    if type(value) is not int or not 0 <= value <= MAX_INTEGER:
        raise ProtocolError(f"{name}: a whole number from 0 to 2**53-1 is missing")
    return value


def text(value: Any, name: str) -> str:
    """Return it, which is a text."""
    if type(value) is not str:
        raise ProtocolError(f"{name}: a text is missing")
    return value


def optional_text(value: Any, name: str) -> str | None:
    """Return it, which is a text or missing."""
    return None if value is None else text(value, name)
