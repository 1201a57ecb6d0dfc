"""Messages of a client's by decisions: mostly well-formed, with names and numbers that mostly hit."""

from __future__ import annotations

from typing import Any

import cbor2

from greennow.core import cbor, shapes

from .choices import Choices

#: What a client may name: its own functions and data, the server's, and what is there for nobody.
NAMES = (
    "mine", "data", "list", "give", "call", "keep", "wait", "rows", "read", "fail", "join", "leave", "big",
    "odd", "many", "table", "core", "ready", "constructor", "",
)  # fmt: skip

#: Numbers of calls, streams and loans, and such as meet the ends of what is allowed.
NUMBERS = (*range(12), 2**31, 2**53 - 1)

SCALARS = (
    None, True, False, 0, -1, 2**53, -(2**64), 2**70, 0.5, -0.0, float("nan"), float("inf"), "", "text", b"",
    b"bytes",
)  # fmt: skip

#: How deep values nest here.
_DEPTH = 3

#: What an application has no name for.
_OUT_OF_PLACE = ([0, {"version": 1, "attempt": 1}], [1, {}], [12, 1, []], [13], [15], [])


def tagged(choices: Choices) -> cbor2.CBORTag:
    """Return a function or a stream."""
    kind = choices.number(6)
    if kind == 0:
        return cbor2.CBORTag(cbor.STREAM_TAG, choices.pick(NUMBERS))
    if kind == 1:
        return cbor2.CBORTag(cbor.FUNCTION_TAG, None)
    if kind == 2:
        return cbor2.CBORTag(cbor.FUNCTION_TAG, [1, path(choices)])
    return cbor2.CBORTag(cbor.FUNCTION_TAG, [kind & 1, choices.pick(NUMBERS)])


def value(choices: Choices, depth: int = _DEPTH) -> Any:
    """Return data, with functions and streams in it."""
    kind = choices.number(8)
    if kind == 0 and depth:
        return [value(choices, depth - 1) for _ in range(choices.number(4))]
    if kind == 1 and depth:
        return {choices.pick(NAMES): value(choices, depth - 1) for _ in range(choices.number(4))}
    return tagged(choices) if kind in (2, 3) else choices.pick(SCALARS)


def values(choices: Choices) -> list[Any]:
    """Return arguments, items."""
    return [value(choices) for _ in range(choices.number(4))]


def path(choices: Choices) -> list[Any]:
    """Return a path, mostly of one name."""
    below = [choices.pick((*NAMES, 0, 1, 2**53 - 1)) for _ in range(choices.number(8) - 5)]
    return [choices.pick(NAMES), *below]


def target(choices: Choices) -> Any:
    """Return what is called."""
    return choices.pick(NUMBERS) if choices.number(3) == 0 else path(choices)


def operation(choices: Choices) -> list[Any]:
    """Return a change of the tree."""
    kind = choices.number(4)
    if kind == 0:
        return [path(choices)]
    if kind == 1:
        return [path(choices), choices.pick(NUMBERS), choices.pick(NUMBERS), values(choices)]
    return [path(choices), value(choices)]


def call(choices: Choices) -> list[Any]:
    """Return a call, now and then with what it may have beside its arguments."""
    extra = choices.pick(({}, {}, {"kwargs": {"x": 1}}, {"deadline": 0.5}, {"deadline": -1, "later": []}))
    shape = [shapes.CALL, choices.pick(NUMBERS), target(choices), values(choices)]
    return [*shape, extra] if extra else shape


def failure(choices: Choices) -> dict[str, Any]:
    """Return what is said of an error."""
    said: dict[str, Any] = {
        "type": choices.pick(("ValueError", "Cancelled", "TimeoutError", "")),
        "message": "m",
    }
    if choices.number(2):
        said["cause"] = {"type": "KeyError", "message": "", "path": path(choices)}
    return said


def loans(choices: Choices) -> list[int]:
    """Return handles and counts."""
    return [choices.pick(NUMBERS) for _ in range(2 * choices.number(3))]


def shape(choices: Choices) -> list[Any]:
    """Return a message's array."""
    kind = choices.number(16)
    if kind == shapes.WRITE:
        return [kind, [operation(choices) for _ in range(choices.number(4))]]
    if kind in (shapes.CALL, 12, 13, 15):
        return call(choices)
    number = choices.pick(NUMBERS)
    if kind == shapes.REPLY:
        return [kind, number, value(choices)]
    if kind == shapes.FAIL:
        return [kind, number, failure(choices)]
    if kind == shapes.NEXT:
        return [kind, number, values(choices), choices.pick((False, True, failure(choices)))]
    if kind == shapes.DEMAND:
        return [kind, number, choices.pick(NUMBERS)]
    if kind == shapes.RELEASE:
        return [kind, loans(choices)]
    if kind == shapes.WAITING:
        return [kind, [choices.pick(NUMBERS) for _ in range(choices.number(3))], number]
    if kind == shapes.BYE:
        return [kind, choices.pick((1000, 4000, 0, 2**53 - 1)), "bye"]
    if kind in (shapes.ACK, shapes.CANCEL):
        return [kind, number, True] if kind == shapes.ACK and choices.number(2) else [kind, number]
    return choices.pick(_OUT_OF_PLACE)


def message(choices: Choices) -> bytes:
    """Return a message's bytes; now and then one of them is another."""
    data = cbor2.dumps(shape(choices))
    if choices.number(16) == 1:
        at = choices.number(256) % len(data)
        data = data[:at] + choices.data(1) + data[at + 1 :]
    return data
