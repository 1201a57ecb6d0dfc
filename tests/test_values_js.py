"""Every value goes from Python to JavaScript and back as it was, through the real ends' codecs in Node."""

from __future__ import annotations

import math
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greennow.core.codec import Codec
from greennow.core.errors import ProtocolError
from greennow.core.limits import Limits
from greennow.core.messages import Reply, Write
from greennow.core.paths import MAX_INTEGER
from greennow.core.tree import THEIRS, Set, same
from greennow.core.values import share

from .unit.core.referring import ByContent, Lent, Named

ECHO = Path(__file__).parent.parent / "js" / "test" / "echo.mjs"
UTC = timezone.utc
CODEC = Codec(ByContent(), Limits())


class RefusedThereError(Exception):
    """JavaScript refused the message; says why."""


class Node:
    """``js/test/echo.mjs``: what is sent to it comes back, decoded, shared and encoded."""

    def __init__(self) -> None:
        node = shutil.which("node")
        assert node is not None, "Node is needed to test now.js"
        self._process = subprocess.Popen([node, str(ECHO)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout

    def echo(self, data: bytes) -> bytes:
        self._in.write(len(data).to_bytes(4, "big") + data)
        self._in.flush()
        size = int.from_bytes(self._out.read(4), "big")
        refused, answer = self._out.read(1), self._out.read(size - 1)
        if refused == b"\1":
            raise RefusedThereError(answer.decode())
        return answer

    def value(self, value: Any) -> Any:
        """What a value is when it has been there, as the result of a call."""
        (reply,) = CODEC.decode(self.echo(CODEC.encode(Reply(1, share(value)))))
        assert isinstance(reply, Reply)
        return reply.value

    def close(self) -> None:
        self._in.close()
        self._process.wait()
        self._out.close()


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    node = Node()
    yield node
    node.close()


def in_javascript(value: Any) -> Any:
    """What JavaScript makes of a value.

    It has one kind of number, and moments in UTC to the millisecond, rounded within their second.
    """
    if isinstance(value, float) and value.is_integer() and abs(value) <= MAX_INTEGER:
        return value if same(value, -0.0) else int(value)
    if isinstance(value, datetime):
        # In floats, so a half may go either way.
        milliseconds = math.floor(float(f"0.{value.microsecond:06}") * 1000 + 0.5)
        return value.astimezone(UTC).replace(microsecond=min(milliseconds, 999) * 1000)
    if isinstance(value, list):
        return [in_javascript(item) for item in value]
    if isinstance(value, dict):
        return {name: in_javascript(item) for name, item in value.items()}
    return value


VALUES: list[tuple[str, Any]] = [
    ("none", None),
    ("true", True),
    ("false", False),
    ("zero", 0),
    ("minus one", -1),
    ("the largest integer that JavaScript has", 2**53 - 1),
    ("the first beyond", 2**53),
    ("the first below", -(2**53)),
    ("the largest of 64 bits", 2**64 - 1),
    ("the smallest of 64 bits", -(2**64)),
    ("80 bits", 2**80),
    ("80 bits, negative", -(2**80)),
    ("400 digits", 10**400),
    ("a float", 1.5),
    ("a whole float", 1.0),
    ("a whole float that is no safe integer", 2.0**53),
    ("a huge float", 1.7976931348623157e308),
    ("a tiny float", 5e-324),
    ("minus zero", -0.0),
    ("not a number", math.nan),
    ("infinity", math.inf),
    ("minus infinity", -math.inf),
    ("the empty text", ""),
    ("text beyond the first plane", "🦎 größe \u2028 \0"),
    ("a byte order mark is a character", "\ufeffa\ufeff"),
    ("characters that are none", "\ufffe\uffff\U0010ffff"),
    ("no bytes", b""),
    ("all bytes", bytes(range(256))),
    ("a moment", datetime(2013, 3, 21, 20, 4, tzinfo=UTC)),
    ("a moment to the millisecond", datetime(2013, 3, 21, 20, 4, 5, 678_000, UTC)),
    ("a moment to the microsecond", datetime(2013, 3, 21, 20, 4, 5, 678_500, UTC)),
    (
        "a moment with an offset",
        datetime(2013, 3, 21, 20, 4, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    ),
    ("a moment before 1970", datetime(1900, 1, 1, 0, 0, 0, 1_000, UTC)),
    ("the first moment", datetime(1, 1, 1, tzinfo=UTC)),
    ("a year of two digits", datetime(99, 12, 31, tzinfo=UTC)),
    ("the last moment", datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)),
    ("an empty list", []),
    ("an empty dict", {}),
    ("lists and dicts", [[], {"a": [{"b": None}]}]),
    (
        "names that mean something to a language",
        dict.fromkeys(["items", "constructor", "then", "toJSON", "toString", "hasOwnProperty", "length"], 1),
    ),
    ("names of any kind", dict.fromkeys(["", "a.b", "7", "-0", "é", "\0", "__proto", "$"], "")),
    ("functions", [Named([1, 6]), {"f": Named([1, ["a", 0]]), "g": [Lent(4)]}]),
]


@pytest.mark.parametrize("value", [case[1] for case in VALUES], ids=[case[0] for case in VALUES])
def test_a_value_comes_back_as_it_went(node: Node, value: Any) -> None:
    there = node.value(value)
    assert same(there, in_javascript(value))
    assert same(node.value(there), there), "what has been there once comes back the same for ever"


@pytest.mark.parametrize("value", [case[1] for case in VALUES], ids=[case[0] for case in VALUES])
def test_a_value_of_the_namespace_comes_back_as_it_went(node: Node, value: Any) -> None:
    if isinstance(value, list) and Named([1, 6]) in value:
        value = [Named([1, 6]), {"f": Named([1, ["a", 0]]), "g": [THEIRS]}]
    data = node.echo(CODEC.encode(Write((Set(("a", "b"), value),))))
    (write,) = CODEC.decode(data)
    assert isinstance(write, Write)
    ((path, there),) = write.operations  # type: ignore[misc]
    assert path == ("a", "b")
    assert same(there, in_javascript(value))


NAMES = st.text(max_size=5).filter(lambda name: name != "__proto__") | st.sampled_from(
    ["then", "7", "", "a.b"]
)
MOMENTS = st.datetimes(
    min_value=datetime(1, 1, 2),  # noqa: DTZ001
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(2**80), max_value=2**80)
    | st.floats()
    | st.text()
    | st.binary()
    | MOMENTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


@given(ANYTHING)
def test_any_value_comes_back_as_it_went(node: Node, value: Any) -> None:
    assert same(node.value(value), in_javascript(value))


@given(st.text(min_size=1))
def test_any_text_comes_back_as_it_went_wherever_it_stands(node: Node, text: str) -> None:
    value = {"in a list": [text], "long": text * 300}
    assert node.value(value) == value
    if text != "__proto__":
        assert node.value({text: text}) == {text: text}


# What is refused at both ends


@pytest.mark.parametrize("value", [{"__proto__": 1}, [{"a": {"__proto__": {}}}]], ids=repr)
def test_the_key_that_javascript_takes_for_the_prototype_is_refused_at_both_ends(
    node: Node, value: Any
) -> None:
    data = cbor2.dumps([6, 1, value])
    with pytest.raises(RefusedThereError, match="ProtocolError"):
        node.echo(data)
    with pytest.raises(ProtocolError, match="the key __proto__ is refused"):
        list(CODEC.decode(data))
    with pytest.raises(ValueError, match="this key is refused"):
        share(value)


def test_half_of_a_pair_is_refused_at_both_ends(node: Node) -> None:
    data = bytes.fromhex("83 06 01 63 eda080")
    with pytest.raises(RefusedThereError, match="ProtocolError"):
        node.echo(data)
    with pytest.raises(ProtocolError):
        list(CODEC.decode(data))


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    return value


def test_the_deepest_value_goes_and_a_deeper_one_is_refused_at_both_ends(node: Node) -> None:
    assert node.value(nested(32)) == nested(32)
    data = CODEC.encode(Reply(1, nested(33)))
    with pytest.raises(RefusedThereError, match="max_depth=32"):
        node.echo(data)
    with pytest.raises(ProtocolError, match="max_depth=32"):
        list(CODEC.decode(data))


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-1))),
    ],
    ids=str,
)
def test_a_moment_in_no_year_of_utc_can_be_read_there_but_not_shared_again(
    node: Node, moment: datetime
) -> None:
    with pytest.raises(RefusedThereError, match="outside the years 1 to 9999"):
        node.value(moment)
