"""Messages to bytes and back. What the bytes are, and all that is malformed, stands in ``protocol/``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from io import BytesIO
from typing import Any
from weakref import ref

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greennow.core.cbor import Coder
from greennow.core.codec import Codec
from greennow.core.errors import LimitExceeded, ProtocolError
from greennow.core.limits import Limits
from greennow.core.messages import (
    Ack,
    Bye,
    Call,
    Fail,
    Failure,
    Hello,
    Message,
    Ready,
    Refuse,
    Release,
    Reply,
    Welcome,
    Write,
)
from greennow.core.paths import MAX_INTEGER
from greennow.core.referring import NoFunctions
from greennow.core.tree import THEIRS, Delete, Dict, List, Set, Splice, Value, plain, same
from greennow.core.values import share

from .referring import ByContent, Lent, Named

UTC = timezone.utc
TOKEN = bytes(16)
LIMITS: dict[str, Any] = {"max_message": 1024, "heartbeat": 20.0}

CODEC = Codec(ByContent(), Limits())


def test_a_fault_does_not_repeat_all_that_it_is_about() -> None:
    key = b"\x7a" + (500_000).to_bytes(4, "big") + b"k" * 500_000
    with pytest.raises(ProtocolError) as caught:
        list(CODEC.decode(b"\x83\x06\x01\xa2" + key + b"\0" + key + b"\0"))
    said = "malformed CBOR: CBORDecodeError: error decoding map: Duplicate map key: 'kkk"
    assert caught.value.reason.startswith(said)
    assert len(caught.value.reason) < 300


def round_trip(message: Message, codec: Codec = CODEC) -> Message:
    (again,) = codec.decode(codec.encode(message))
    return again


def equal(a: Any, b: Any) -> bool:
    """Deep equality to the bit, within messages and operations too."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return same(dict(a), dict(b))
    return same(a, b)


# Round trips

MESSAGES: list[Message] = [
    Hello(1, 1),
    Hello(1, 7, TOKEN, 12),
    Welcome("abc", TOKEN, True, 3, LIMITS, {}),
    Welcome("abc", TOKEN, False, 0, LIMITS, {"a": [1]}, Dict()),
    Welcome("abc", TOKEN, False, 0, LIMITS, {}, share({"a": {"b": [1, None]}, "": 0})),
    Welcome("abc", TOKEN, False, 0, LIMITS, {}, Dict({"f": THEIRS, "g": Named([1, ["g"]])})),
    Ack(0),
    Ack(MAX_INTEGER, True),
    Bye(1000, ""),
    Bye(4000, "größe"),
    Write(()),
    Write((Set(("a",), 1), Delete(("a", 0)), Splice(("l", 3, "x"), 0, 2, List([1, Dict()])))),
    Write((Set(("f",), THEIRS), Set(("d",), Dict({"f": THEIRS, "g": Named([1, 7])})))),
    Call(0, ("f",), []),
    Call(1, ("a", 0, "f"), [1, [2], {"a": 3}]),
    Call(2, 7, [Lent(0), [Named([1, 7])], {"f": Named([1, ["a", 0]])}]),
    Call(3, ("f",), [], {"a": 1, "b": Lent(2)}),
    Call(4, ("f",), [], {}, 1.5),
    Call(5, ("f",), [], {"": None}, -3),
    Reply(1, None),
    Reply(2, {"a": [Lent(4)]}),
    Fail(1, Failure("KeyError", "'x'")),
    Fail(2, Failure("NoSuchFunction", "no", ("a", 0), "never", "Traceback")),
    Fail(3, Failure("A", "a", cause=Failure("B", "b", ("b",), "never", "T", Failure("C", "c")))),
    Release(()),
    Release(((0, 1), (MAX_INTEGER, 2))),
    Refuse(7, ()),
    Refuse(7, ((0, "no"), (3, ""))),
    Ready(),
]


@pytest.mark.parametrize("message", MESSAGES, ids=repr)
def test_a_message_comes_back_as_it_went(message: Message) -> None:
    assert equal(round_trip(message), message)


def test_every_message_has_its_round_trip_here() -> None:
    kinds = {Hello, Welcome, Ack, Bye, Write, Call, Reply, Fail, Release, Refuse, Ready}
    assert {type(message) for message in MESSAGES} == kinds


VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    2**53,
    -(2**53),
    2**64 - 1,
    -(2**64),
    2**80,
    -(2**80),
    10**400,
    0.0,
    -0.0,
    1.0,
    1.5,
    5e-324,
    1e308,
    math.nan,
    math.inf,
    -math.inf,
    "",
    "größe 🦎 \0 \U0010ffff \ufeff",
    "é" * 70_000,
    b"",
    bytes(range(256)) * 300,
    datetime(2013, 3, 21, 20, 4, 5, 6, UTC),
    datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=23, minutes=59))),
    datetime(9999, 12, 31, 23, 59, 59, 999999, timezone(-timedelta(hours=23, minutes=59))),
    [],
    {},
    [[], {}, [None]],
    dict.fromkeys(["", "a.b", "7", "items", "constructor", "then", "toJSON"]),
]


@pytest.mark.parametrize(
    "value", VALUES, ids=lambda value: f"{value!r:.30}" if not isinstance(value, int) else ""
)
def test_a_value_comes_back_as_it_went(value: Any) -> None:
    assert same(round_trip(Reply(1, value)).value, value)  # type: ignore[union-attr]
    assert same(round_trip(Write((Set(("a",), share(value)),))).operations[0].value, value)  # type: ignore[union-attr]


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(2**80), max_value=2**80)
    | st.floats()
    | st.text()
    | st.binary()
    | st.datetimes(
        timezones=st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
    )
)
NAMES = st.text(max_size=5).filter(lambda name: name != "__proto__")
PLAIN = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


@given(PLAIN)
def test_any_value_comes_back_as_it_went(value: Any) -> None:
    assert same(round_trip(Reply(1, value)).value, value)  # type: ignore[union-attr]


@given(PLAIN)
def test_what_is_shared_can_be_sent_and_comes_back_as_a_tree(value: Any) -> None:
    tree = share(value, ("a",))
    (operation,) = round_trip(Write((Set(("a",), tree),))).operations  # type: ignore[union-attr]
    assert same(operation.value, value)
    assert type(operation.value) is type(tree)


PATHS = st.lists(NAMES | st.integers(0, MAX_INTEGER), max_size=4).flatmap(
    lambda rest: NAMES.map(lambda first: (first, *rest))
)
COUNTS = st.integers(0, MAX_INTEGER)
OPERATIONS = st.one_of(
    st.builds(Set, PATHS, PLAIN.map(share)),
    st.builds(Delete, PATHS),
    st.builds(Splice, PATHS, COUNTS, COUNTS, st.lists(PLAIN, max_size=3).map(share)),
)
FAILURES = st.recursive(
    st.builds(Failure, st.text(), st.text(), st.none() | PATHS, st.none() | st.text(), st.none() | st.text()),
    lambda causes: st.builds(Failure, st.text(), st.text(), cause=causes),
    max_leaves=3,
)
ANY_MESSAGE: st.SearchStrategy[Message] = st.one_of(
    st.builds(Hello, COUNTS, COUNTS, st.binary(), COUNTS),
    st.builds(Ack, COUNTS, st.booleans()),
    st.builds(Bye, COUNTS, st.text()),
    st.lists(OPERATIONS, max_size=4).map(lambda operations: Write(tuple(operations))),
    st.builds(
        Call,
        COUNTS,
        PATHS | COUNTS,
        st.lists(PLAIN, max_size=3),
        st.dictionaries(NAMES, PLAIN, max_size=2),
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
    ),
    st.builds(Reply, COUNTS, PLAIN),
    st.builds(Fail, COUNTS, FAILURES),
    st.lists(st.tuples(COUNTS, COUNTS), max_size=3).map(lambda loans: Release(tuple(loans))),
    st.builds(Refuse, COUNTS, st.lists(st.tuples(COUNTS, st.text()), max_size=3).map(tuple)),
    st.just(Ready()),
)


@given(st.lists(ANY_MESSAGE, max_size=4))
def test_messages_back_to_back_come_one_by_one_in_order(messages: list[Message]) -> None:
    data = b"".join(map(CODEC.encode, messages))
    decoded = list(CODEC.decode(data))
    assert len(decoded) == len(messages)
    assert all(map(equal, decoded, messages))


# Rubbish


def judged(data: bytes) -> list[Message]:
    """The messages up to the first fault; nothing but a `ProtocolError` may come of one."""
    messages: list[Message] = []
    with suppress(ProtocolError):
        messages.extend(CODEC.decode(data))
    return messages


@given(st.binary(max_size=64))
def test_any_bytes_are_messages_or_break_the_protocol(data: bytes) -> None:
    assert all(CODEC.encode(message) for message in judged(data))


@given(ANY_MESSAGE, st.data())
def test_a_message_with_one_byte_changed_is_a_message_or_breaks_the_protocol(
    message: Message, data: Any
) -> None:
    encoded = bytearray(CODEC.encode(message))
    index = data.draw(st.integers(0, len(encoded) - 1))
    encoded[index] = data.draw(st.integers(0, 255))
    assert all(CODEC.encode(message) for message in judged(bytes(encoded)))


@pytest.mark.parametrize("message", MESSAGES, ids=repr)
def test_a_message_cut_anywhere_breaks_the_protocol(message: Message) -> None:
    data = CODEC.encode(message)
    for end in range(1, len(data)):
        with pytest.raises(ProtocolError):
            list(CODEC.decode(data[:end]))


def test_no_bytes_are_no_messages() -> None:
    assert list(CODEC.decode(b"")) == []


def test_what_came_before_the_fault_is_yielded_first() -> None:
    messages = CODEC.decode(CODEC.encode(Ack(1)) + CODEC.encode(Ready()) + b"\xff")
    assert [next(messages), next(messages)] == [Ack(1), Ready()]
    with pytest.raises(ProtocolError):
        next(messages)


@pytest.mark.parametrize("content", [0, None, b"", "a", [], {}, [0], [1, 2]], ids=repr)
def test_no_tag_but_ours_is_decoded(content: Any) -> None:
    for tag in [1, *range(4, 320), 1004, 43000, 55799, 2**16, 2**64 - 1]:
        with pytest.raises(ProtocolError, match="this tag is not allowed"):
            list(CODEC.decode(cbor2.dumps([6, 1, cbor2.CBORTag(tag, content)])))


CLAIMS = [
    (name, major | width, count)
    for name, major in [("bytes", 0x5A), ("text", 0x7A), ("list", 0x9A), ("mapping", 0xBA)]
    for width, count in [
        (0, "ffffffff"),
        (1, "00000000ffffffff"),
        (1, "7fffffffffffffff"),
        (1, "ffffffffffffffff"),
    ]
]


@pytest.mark.parametrize(("name", "head", "count"), CLAIMS)
def test_a_huge_size_that_is_only_claimed_costs_nothing(name: str, head: int, count: str) -> None:
    with pytest.raises(ProtocolError):
        list(CODEC.decode(bytes.fromhex(f"830601{head:02x}{count}") + b"aa"))


# Depth


def nested(depth: int, bottom: Any = 0) -> Any:
    for level in range(depth):
        bottom = [bottom] if level % 2 else {"a": bottom}
    return bottom


DEEPEST: list[tuple[str, Any]] = [
    ("a result", lambda depth: Reply(1, nested(depth))),
    ("an argument", lambda depth: Call(1, ("f",), [nested(depth)])),
    ("a keyword argument", lambda depth: Call(1, ("f",), [], {"a": nested(depth)})),
    ("a function in an argument", lambda depth: Call(1, ("f",), [nested(depth, Named([1, ["a"] * depth]))])),
    ("a value set", lambda depth: Write((Set(("a", "b"), nested(depth - 2)),))),
    ("an item of a splice", lambda depth: Write((Splice(("a", "b"), 0, 0, List([nested(depth - 3)])),))),
    ("a view", lambda depth: Welcome("a", TOKEN, False, 0, {}, {}, {"a": nested(depth - 1)})),
    ("a path", lambda depth: Write((Delete(("a",) * depth),))),
    ("a path that is called", lambda depth: Call(1, ("a",) * depth, [])),
    ("a path of a function", lambda depth: Reply(1, Named([1, ["a"] * depth]))),
]


@pytest.mark.parametrize("make", [case[1] for case in DEEPEST], ids=[case[0] for case in DEEPEST])
@pytest.mark.parametrize("max_depth", [4, 32, 64])
def test_depth_is_bounded_to_the_level(make: Any, max_depth: int) -> None:
    codec = Codec(ByContent(), Limits(max_depth=max_depth))
    (message,) = codec.decode(codec.encode(make(max_depth)))
    assert message
    with pytest.raises(ProtocolError, match=r"max_depth|nesting depth"):
        list(codec.decode(codec.encode(make(max_depth + 1))))


def test_depth_that_would_exhaust_the_stack_is_refused() -> None:
    for byte in (b"\x81", b"\xa1\x61a", b"\xd9\x80\xe8", b"\xc2"):
        with pytest.raises(ProtocolError):
            list(CODEC.decode(b"\x83\x06\x01" + byte * 300_000))


# Functions


def test_where_no_functions_belong_there_are_none() -> None:
    codec = Codec(NoFunctions(), Limits())
    assert round_trip(Hello(1, 1), codec) == Hello(1, 1)
    for content in (None, [0, 1], [1, 1], [1, ["f"]]):
        with pytest.raises(ProtocolError, match="a function is out of place"):
            list(codec.decode(CODEC.encode(Reply(1, Named(content)))))
    with pytest.raises(ProtocolError, match="a function is out of place"):
        codec.encode(Reply(1, print))
    (write,) = Codec(ByContent(), Limits()).decode(codec.encode(Write((Set(("f",), print),))))
    assert write == Write((Set(("f",), THEIRS),))


def test_a_function_that_is_only_lent_may_not_stand_in_the_namespace() -> None:
    write = CODEC.encode(Write((Set(("d",), Dict({"f": Lent(1)})),)))
    with pytest.raises(ProtocolError, match="called by its place, not lent"):
        list(CODEC.decode(write))


def test_the_senders_own_place_means_nothing_outside_the_namespace() -> None:
    with pytest.raises(ProtocolError):
        list(CODEC.decode(CODEC.encode(Reply(1, Named(None)))))


# Limits of what is sent


def test_a_message_above_the_limit_is_not_sent() -> None:
    codec = Codec(ByContent(), Limits(max_message=1024))
    codec.encode(Reply(1, bytes(1018)))
    with pytest.raises(LimitExceeded) as caught:
        codec.encode(Reply(1, bytes(1019)))
    assert str(caught.value) == "a message of 1025 bytes: the limit max_message=1024 was passed"


def test_welcome_may_be_larger() -> None:
    codec = Codec(ByContent(), Limits(max_message=1024))
    view = share({"a": bytes(5000)})
    assert round_trip(Welcome("a", TOKEN, False, 0, {}, {}, view), codec).now == view  # type: ignore[union-attr]


# What cbor2 does with what it is given


def test_trees_are_not_changed_by_being_sent() -> None:
    tree = share({"a": [1, {"b": 2}]})
    before = plain(tree)
    round_trip(Write((Set(("a",), tree),)))
    assert same(tree, before)


@given(st.text())
def test_any_text_of_any_length_is_read_across_the_borders_of_chunks(text: str) -> None:
    long = "a" * 65_535 + text
    assert round_trip(Reply(1, long)) == Reply(1, long)


def test_values_of_the_tree_are_trees_and_arguments_are_plain() -> None:
    value: Value = [{"a": 1}]
    (operation,) = round_trip(Write((Set(("a",), value),))).operations  # type: ignore[union-attr]
    assert [type(operation.value), type(operation.value[0])] == [List, Dict]
    result = round_trip(Reply(1, value)).value  # type: ignore[union-attr]
    assert [type(result), type(result[0])] == [list, dict]


def test_what_decodes_a_message_goes_with_it() -> None:
    """A cycle through cbor2's decoder would stay for ever, with the bytes and all that functions lead to."""

    class Meanings:
        def read_function(self, content: object) -> object:
            return content

        def read_stream(self, content: object) -> object:
            return [content]

    meanings = Meanings()
    coder = Coder()
    data = BytesIO(b"\xd9\x80\xe8\xf6\xd9\x80\xe9\xf6")
    assert [coder.read(data, 9, meanings), coder.read(data, 9, meanings)] == [None, [None]]
    gone = ref(meanings)
    del meanings
    assert gone() is None


@pytest.mark.parametrize("call_id", [0, 1, 23, 24, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 2**53 - 1])
@pytest.mark.parametrize("value", [None, 1.5, {"a": [1, {"b": "ä"}]}])
def test_a_reply_is_encoded_as_any_message(call_id: int, value: Any) -> None:
    codec = Codec(NoFunctions(), Limits())
    assert codec.encode_reply(call_id, value) == codec.encode(Reply(call_id, value))


def test_a_reply_may_be_as_large_as_any_message() -> None:
    codec = Codec(NoFunctions(), Limits(max_message=100))
    assert len(codec.encode_reply(1, "x" * 95)) == 100
    with pytest.raises(LimitExceeded, match=r"^a message of 101 bytes: the limit max_message=100 was "):
        codec.encode_reply(1, "x" * 96)
