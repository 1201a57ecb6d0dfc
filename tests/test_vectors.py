"""The vectors of the protocol, which JavaScript reads too: what messages mean, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from greennow.core import messages
from greennow.core.codec import Codec
from greennow.core.errors import ProtocolError
from greennow.core.limits import Limits
from greennow.core.messages import Message
from greennow.core.tree import Delete, Operation, Set, Splice, apply, plain, same
from greennow.core.values import share

from .unit.core.referring import ByContent

PROTOCOL = Path(__file__).parent.parent / "protocol"


def read(name: str, part: str = "vectors") -> list[dict[str, Any]]:
    vectors: list[dict[str, Any]] = json.loads((PROTOCOL / name).read_text("utf-8"))[part]
    return vectors


def named(vectors: list[dict[str, Any]]) -> Any:
    return pytest.mark.parametrize("vector", vectors, ids=[vector["name"] for vector in vectors])


GOOD = read("messages.json")
HOSTILE = read("hostile.json")
OPERATIONS = read("tree.json", "cases")

CODEC = Codec(ByContent(), Limits())


# From the notation to values


def value_of(notation: Any) -> Any:
    """The value that the notation of ``protocol/README.md`` stands for."""
    if isinstance(notation, list):
        return [value_of(item) for item in notation]
    if not isinstance(notation, dict):
        return notation
    match notation:
        case {"$integer": text}:
            return int(text)
        case {"$float": text}:
            return float(text)
        case {"$bytes": text}:
            return bytes.fromhex(text)
        case {"$moment": text}:
            return datetime.fromisoformat(text.replace("Z", "+00:00"))
        case {"$function": content}:
            return ByContent().function(content)
        case {"$stream": number}:
            return ByContent().stream(number)
        case {"$mapping": entries}:
            return {key: value_of(item) for key, item in entries}
    return {key: value_of(item) for key, item in notation.items()}


def operation_of(notation: dict[str, Any]) -> Operation:
    match notation:
        case {"set": path, "value": value}:
            return Set(tuple(path), value_of(value))
        case {"splice": path, "start": start, "delete_count": count, "items": items}:
            return Splice(tuple(path), start, count, value_of(items))
    return Delete(tuple(notation["delete"]))


def message_of(notation: dict[str, Any]) -> Message:
    """The message that the vector says it is."""
    fields = {name: value_of(field) for name, field in notation.items() if name not in ("kind", "operations")}
    kind = getattr(messages, notation["kind"].capitalize())
    if kind is messages.Fail:
        return messages.Fail(fields.pop("id"), failure_of(fields))
    for name in ("path", "target"):
        if isinstance(fields.get(name), list):
            fields[name] = tuple(fields[name])
    for name in ("loans", "refusals"):
        if name in fields:
            fields[name] = tuple(map(tuple, fields[name]))
    if "calls" in fields:
        fields["calls"] = tuple(fields["calls"])
    if kind is messages.Demand:
        fields["wanted"] = fields.pop("count")  # a tuple has a method of that name
    if isinstance(fields.get("end"), dict):
        fields["end"] = failure_of(fields["end"])
    if "operations" in notation:
        fields["operations"] = tuple(map(operation_of, notation["operations"]))
    message: Message = kind(**fields)
    return message


def failure_of(fields: dict[str, Any]) -> messages.Failure:
    """What the vector says of an error."""
    path, cause = fields["path"], fields["cause"]
    said = {**fields, "path": path and tuple(path), "cause": cause and failure_of(cause)}
    return messages.Failure(**said)


def equal(a: Any, b: Any) -> bool:
    """Deep equality to the bit, within messages and operations too."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return same(dict(a), dict(b))
    return same(a, b)


# Messages


@named(GOOD)
def test_a_good_message_is_understood(vector: dict[str, Any]) -> None:
    (message,) = CODEC.decode(bytes.fromhex(vector["hex"]))
    assert equal(message, message_of(vector["message"]))


@named([vector for vector in GOOD if not vector.get("only_read")])
def test_a_good_message_is_written_so(vector: dict[str, Any]) -> None:
    assert CODEC.encode(message_of(vector["message"])).hex() == vector["hex"]


@named([vector for vector in GOOD if vector.get("only_read")])
def test_what_is_only_read_is_written_otherwise_and_means_the_same(vector: dict[str, Any]) -> None:
    data = CODEC.encode(message_of(vector["message"]))
    assert data.hex() != vector["hex"]
    (message,) = CODEC.decode(data)
    assert equal(message, message_of(vector["message"]))


def test_all_good_messages_are_understood_back_to_back() -> None:
    decoded = list(CODEC.decode(bytes.fromhex("".join(vector["hex"] for vector in GOOD))))
    assert len(decoded) == len(GOOD)
    for message, vector in zip(decoded, GOOD, strict=True):
        assert equal(message, message_of(vector["message"])), vector["name"]


@named(GOOD)
def test_a_good_message_cut_anywhere_is_refused(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["hex"])
    for end in range(1, len(data)):
        with pytest.raises(ProtocolError):
            list(CODEC.decode(data[:end]))


@named(HOSTILE)
def test_a_hostile_one_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as caught:
        list(CODEC.decode(bytes.fromhex(vector["hex"])))
    assert caught.value.code == 1002
    assert len(caught.value.reason) < 500, (
        "the reason fits a close frame once it is cut, and a line of the log"
    )


@named(HOSTILE)
def test_a_hostile_one_behind_a_good_one_does_not_spoil_it(vector: dict[str, Any]) -> None:
    decoding = CODEC.decode(bytes.fromhex("810d" + vector["hex"]))
    assert next(decoding) == messages.Ready()
    with pytest.raises(ProtocolError):
        list(decoding)


# Operations


@named(OPERATIONS)
def test_an_operation_does(vector: dict[str, Any]) -> None:
    before = share(vector["tree"])
    path, *rest = vector["operation"]
    after = apply(before, [Delete, Set, None, Splice][len(rest)](tuple(path), *map(share, rest)))  # type: ignore[misc]
    if "result" in vector:
        assert same(plain(after), vector["result"])
    else:
        assert after is before
    assert same(plain(before), vector["tree"]), "the old tree is as it was"


# The files


def test_the_files_are_what_make_py_makes_of_its_lists() -> None:
    made = subprocess.run(
        [sys.executable, str(PROTOCOL / "make.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert (made.returncode, made.stderr) == (0, "")


def test_every_reason_and_kind_is_in_the_readme() -> None:
    readme = (PROTOCOL / "README.md").read_text("utf-8")
    words = {vector["reason"] for vector in HOSTILE} | {vector["message"]["kind"] for vector in GOOD}
    assert [word for word in sorted(words) if f"`{word}`" not in readme] == []
