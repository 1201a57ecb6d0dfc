"""Messages that every end understands: name, wire shape, meaning.

Written by hand, shape and meaning apart, so that each is a check of the other.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from cbor import Function, Moment, Raw, Stream, Tag


class Good(NamedTuple):
    """A message and what it means."""

    name: str
    #: What stands on the wire.
    shape: Any
    #: The kind of message.
    kind: str
    #: Its fields by name, as in ``README.md``.
    fields: dict[str, Any]
    #: Does the Python end write other bytes for it?
    only_read: bool = False


TOKEN = bytes(range(16))
LIMITS = {
    "max_message": 1048576,
    "max_depth": 32,
    "resume_buffer": 1048576,
    "heartbeat": 20,
    "resume_window": 15,
}
#: What `resume_buffer=0, resume_window=0` makes of them.
NOTHING_KEPT = {**LIMITS, "resume_buffer": 0, "resume_window": 0}


def hello(version: int, attempt: int, token: bytes | None = None, received: int = 0) -> dict[str, Any]:
    """Return the fields of a hello."""
    return {"version": version, "attempt": attempt, "token": token, "received": received}


def call(
    number: int,
    target: Any,
    args: list[Any],
    kwargs: dict[str, Any] | None = None,
    deadline: float | None = None,
) -> dict[str, Any]:
    """Return the fields of a call."""
    return {"id": number, "target": target, "args": args, "kwargs": kwargs or {}, "deadline": deadline}


def fail(
    number: int,
    kind: str,
    message: str,
    path: list[Any] | None = None,
    missing: str | None = None,
    trace: str | None = None,
    cause: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the fields of a fail."""
    return {"id": number, **failure(kind, message, path, missing, trace, cause)}


def failure(
    kind: str,
    message: str,
    path: list[Any] | None = None,
    missing: str | None = None,
    trace: str | None = None,
    cause: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what is said of an error, as a fail says it and each cause in it."""
    return {
        "type": kind,
        "message": message,
        "path": path,
        "missing": missing,
        "trace": trace,
        "cause": cause,
    }


def caused(shape: Any, times: int) -> dict[str, Any]:
    """Return the shape of an error behind which this is the last of so many causes."""
    for number in range(times):
        shape = {"type": "T", "message": str(number), "cause": shape}
    return dict(shape)


def said_of_caused(last: dict[str, Any], times: int) -> dict[str, Any]:
    """Return what that shape means."""
    for number in range(times):
        last = failure("T", str(number), cause=last)
    return last


def items(number: int, values: list[Any], end: Any = False) -> dict[str, Any]:
    """Return the fields of a next."""
    return {"id": number, "items": values, "end": end}


def welcome(
    *, now: Any = None, resumed: bool = False, received: int = 0, options: Any = None, limits: Any = LIMITS
) -> dict[str, Any]:
    """Return the fields of a welcome."""
    return {
        "client_id": "k3Ob",
        "token": TOKEN,
        "resumed": resumed,
        "received": received,
        "limits": limits,
        "options": options or {},
        "now": now,
    }


def welcome_shape(**fields: Any) -> list[Any]:
    """Return the shape of a welcome, in the order in which the server writes it."""
    first = {"client_id": "k3Ob", "token": TOKEN, "resumed": False, "received": 0}
    return [1, {**first, "limits": LIMITS, "options": {}} | fields]


def nested(depth: int, bottom: Any = 0) -> Any:
    """Return lists within each other."""
    for _ in range(depth):
        bottom = [bottom]
    return bottom


def nested_mappings(depth: int) -> Any:
    """Return mappings within each other."""
    value: Any = 0
    for _ in range(depth):
        value = {"a": value}
    return value


SESSION = [
    Good("hello of a new client", [0, {"version": 1, "attempt": 1}], "hello", hello(1, 1)),
    Good(
        "hello that asks to resume",
        [0, {"version": 1, "attempt": 7, "token": TOKEN, "received": 300}],
        "hello",
        hello(1, 7, TOKEN, 300),
    ),
    Good(
        "hello of a later version, with names that this one does not know",
        [0, {"attempt": 1, "colour": [1, {"a": None}], "version": 2}],
        "hello",
        hello(2, 1),
        only_read=True,
    ),
    Good("welcome to an empty view", welcome_shape(now={}), "welcome", welcome(now={})),
    Good(
        "welcome to a view with functions of the server's",
        welcome_shape(
            now={"add": Function(None), "math": {"pi": 3.14, "add": Function(None)}, "l": [1, [2]]}
        ),
        "welcome",
        welcome(now={"add": Function(None), "math": {"pi": 3.14, "add": Function(None)}, "l": [1, [2]]}),
    ),
    Good(
        "welcome to a view that holds a function of the client's",
        welcome_shape(now={"show": Function([1, ["show"]])}),
        "welcome",
        welcome(now={"show": Function([1, ["show"]])}),
    ),
    Good(
        "welcome back",
        welcome_shape(resumed=True, received=12),
        "welcome",
        welcome(resumed=True, received=12),
    ),
    Good(
        "welcome with options of the application's",
        welcome_shape(options={"room": "blue", "sizes": [1, 2]}, now={}),
        "welcome",
        welcome(now={}, options={"room": "blue", "sizes": [1, 2]}),
    ),
    Good(
        "welcome of a server that keeps nothing for a client that is away",
        welcome_shape(now={}, limits=NOTHING_KEPT),
        "welcome",
        welcome(now={}, limits=NOTHING_KEPT),
    ),
    Good(
        "welcome of a later version",
        [1, {**welcome_shape(now={"a": 1})[1], "colour": "green"}],
        "welcome",
        welcome(now={"a": 1}),
        only_read=True,
    ),
    Good("ack", [2, 7], "ack", {"processed": 7, "wanted": False}),
    Good("ack of nothing", [2, 0], "ack", {"processed": 0, "wanted": False}),
    Good("ack of the largest count", [2, 2**53 - 1], "ack", {"processed": 2**53 - 1, "wanted": False}),
    Good("ack that asks for one", [2, 7, True], "ack", {"processed": 7, "wanted": True}),
    Good("bye", [3, 1000, "done"], "bye", {"code": 1000, "reason": "done"}),
    Good("bye without words", [3, 4000, ""], "bye", {"code": 4000, "reason": ""}),
    Good("ready", [13], "ready", {}),
    Good("waiting", [14, [5], 1], "waiting", {"calls": [5], "waits_for": 1}),
    Good("several that wait", [14, [5, 2**53 - 1], 0], "waiting", {"calls": [5, 2**53 - 1], "waits_for": 0}),
    Good("nothing that waits", [14, [], 1], "waiting", {"calls": [], "waits_for": 1}),
]

WRITES = [
    Good("a write of nothing", [4, []], "write", {"operations": []}),
    Good("a set", [4, [[["x"], 1]]], "write", {"operations": [{"set": ["x"], "value": 1}]}),
    Good("a set of null", [4, [[["x"], None]]], "write", {"operations": [{"set": ["x"], "value": None}]}),
    Good("a delete", [4, [[["x"]]]], "write", {"operations": [{"delete": ["x"]}]}),
    Good(
        "a splice",
        [4, [[["l"], 1, 2, ["a", {"b": 3}]]]],
        "write",
        {"operations": [{"splice": ["l"], "start": 1, "delete_count": 2, "items": ["a", {"b": 3}]}]},
    ),
    Good(
        "a splice of nothing by nothing",
        [4, [[["l"], 0, 0, []]]],
        "write",
        {"operations": [{"splice": ["l"], "start": 0, "delete_count": 0, "items": []}]},
    ),
    Good(
        "a splice far beyond the end",
        [4, [[["l"], 2**53 - 1, 2**53 - 1, [1]]]],
        "write",
        {
            "operations": [
                {"splice": ["l"], "start": 2**53 - 1, "delete_count": 2**53 - 1, "items": [1]},
            ]
        },
    ),
    Good(
        "several operations are one step",
        [4, [[["a"], {}], [["a", "b"], [1]], [["a", "b"], 0, 1, []], [["a"]]]],
        "write",
        {
            "operations": [
                {"set": ["a"], "value": {}},
                {"set": ["a", "b"], "value": [1]},
                {"splice": ["a", "b"], "start": 0, "delete_count": 1, "items": []},
                {"delete": ["a"]},
            ]
        },
    ),
    Good(
        "keys of every kind",
        [4, [[["", "a.b", "7", 7, 2**53 - 1, "größe"]]]],
        "write",
        {"operations": [{"delete": ["", "a.b", "7", 7, 2**53 - 1, "größe"]}]},
    ),
    Good(
        "names that mean something to a language",
        [4, [[["constructor", "prototype", "then"], {"toJSON": 1, "__class__": 2, "hasOwnProperty": 3}]]],
        "write",
        {
            "operations": [
                {
                    "set": ["constructor", "prototype", "then"],
                    "value": {"toJSON": 1, "__class__": 2, "hasOwnProperty": 3},
                }
            ]
        },
    ),
    Good(
        "a function of the sender's",
        [4, [[["f"], Function(None)], [["d"], {"g": Function(None)}], [["l"], 0, 0, [Function(None)]]]],
        "write",
        {
            "operations": [
                {"set": ["f"], "value": Function(None)},
                {"set": ["d"], "value": {"g": Function(None)}},
                {"splice": ["l"], "start": 0, "delete_count": 0, "items": [Function(None)]},
            ]
        },
    ),
    Good(
        "functions of the receiver's in the namespace",
        [4, [[["f"], Function([1, 6])], [["g"], Function([1, ["a", 0, "f"]])]]],
        "write",
        {
            "operations": [
                {"set": ["f"], "value": Function([1, 6])},
                {"set": ["g"], "value": Function([1, ["a", 0, "f"]])},
            ]
        },
    ),
    Good(
        "the longest path",
        [4, [[["a"] * 32, 1]]],
        "write",
        {"operations": [{"set": ["a"] * 32, "value": 1}]},
    ),
    Good(
        "the deepest value",
        [4, [[["a"], nested(31)], [["a", "b"], nested_mappings(30)], [["l"], 0, 0, nested(31)]]],
        "write",
        {
            "operations": [
                {"set": ["a"], "value": nested(31)},
                {"set": ["a", "b"], "value": nested_mappings(30)},
                {"splice": ["l"], "start": 0, "delete_count": 0, "items": nested(31)},
            ]
        },
    ),
    Good("a refusal of nothing", [12, 7, []], "refuse", {"number": 7, "refusals": []}),
    Good(
        "refusals",
        [12, 7, [[0, "not allowed"], [3, ""]]],
        "refuse",
        {"number": 7, "refusals": [[0, "not allowed"], [3, ""]]},
    ),
]

CALLS = [
    Good("a call", [5, 1, ["add"], [1, 2]], "call", call(1, ["add"], [1, 2])),
    Good("a call that asks for no answer", [5, 0, ["show"], []], "call", call(0, ["show"], [])),
    Good("a call of the largest number", [5, 2**53 - 1, ["f"], []], "call", call(2**53 - 1, ["f"], [])),
    Good(
        "a call deep down", [5, 1, ["rooms", 0, "say"], ["hi"]], "call", call(1, ["rooms", 0, "say"], ["hi"])
    ),
    Good("a call of a lent function", [5, 1, 6, []], "call", call(1, 6, [])),
    Good(
        "a call with names for its arguments",
        [5, 1, ["f"], [0], {"kwargs": {"a": [1], "then": 2, "": 3}}],
        "call",
        call(1, ["f"], [0], {"a": [1], "then": 2, "": 3}),
    ),
    Good("a call with a deadline", [5, 1, ["f"], [], {"deadline": 1.5}], "call", call(1, ["f"], [], {}, 1.5)),
    Good(
        "a call whose time is over", [5, 1, ["f"], [], {"deadline": -3}], "call", call(1, ["f"], [], {}, -3)
    ),
    Good(
        "a call with both",
        [5, 1, ["f"], [], {"kwargs": {"a": 1}, "deadline": 60}],
        "call",
        call(1, ["f"], [], {"a": 1}, 60),
    ),
    Good(
        "a call of a later version",
        [5, 1, ["f"], [], {"colour": {"a": [None]}}],
        "call",
        call(1, ["f"], []),
        only_read=True,
    ),
    Good(
        "a call with nothing more to say", [5, 1, ["f"], [], {}], "call", call(1, ["f"], []), only_read=True
    ),
    Good(
        "functions in arguments",
        [5, 1, ["f"], [Function([0, 0]), [Function([1, 6])], {"g": Function([1, ["a", 0, "f"]])}]],
        "call",
        call(1, ["f"], [Function([0, 0]), [Function([1, 6])], {"g": Function([1, ["a", 0, "f"]])}]),
    ),
    Good(
        "the largest handle",
        [6, 1, [Function([0, 2**53 - 1]), Function([1, 2**53 - 1])]],
        "reply",
        {"id": 1, "value": [Function([0, 2**53 - 1]), Function([1, 2**53 - 1])]},
    ),
    Good(
        "the deepest argument, and the deepest by name",
        [5, 1, ["f"], [nested(32), nested_mappings(32)], {"kwargs": {"a": nested(32)}}],
        "call",
        call(1, ["f"], [nested(32), nested_mappings(32)], {"a": nested(32)}),
    ),
    Good(
        "a function at the bottom of the deepest argument",
        [5, 1, ["f"], [nested(32, Function([1, ["a"] * 32]))]],
        "call",
        call(1, ["f"], [nested(32, Function([1, ["a"] * 32]))]),
    ),
    Good("an answer", [6, 1, {"a": [1]}], "reply", {"id": 1, "value": {"a": [1]}}),
    Good("a failure", [7, 1, {"type": "KeyError", "message": "'x'"}], "fail", fail(1, "KeyError", "'x'")),
    Good(
        "a failure with its place and a text for people",
        [7, 1, {"type": "Error", "message": "no", "path": ["a", 0, "f"], "trace": "line 1\nline 2"}],
        "fail",
        fail(1, "Error", "no", ["a", 0, "f"], None, "line 1\nline 2"),
    ),
    Good(
        "a failure and its cause",
        [7, 1, {"type": "ValueError", "message": "bad row", "cause": {"type": "KeyError", "message": "'x'"}}],
        "fail",
        fail(1, "ValueError", "bad row", cause=failure("KeyError", "'x'")),
    ),
    Good(
        "a failure with five causes",
        [7, 1, caused({"type": "T", "message": "m"}, 5)],
        "fail",
        {"id": 1, **said_of_caused(failure("T", "m"), 5)},
    ),
    Good(
        "a cause with all that may be said of an error",
        [
            7,
            1,
            {
                "type": "T",
                "message": "m",
                "cause": {
                    "type": "NoSuchFunction",
                    "message": "none",
                    "path": ["a", 0, "f"],
                    "missing": "never",
                    "trace": "line 1\nline 2",
                },
            },
        ],
        "fail",
        fail(1, "T", "m", cause=failure("NoSuchFunction", "none", ["a", 0, "f"], "never", "line 1\nline 2")),
    ),
    Good(
        "a path of 32 names in the last of five causes",
        [7, 1, caused({"type": "T", "message": "m", "path": ["a"] * 32}, 5)],
        "fail",
        {"id": 1, **said_of_caused(failure("T", "m", ["a"] * 32), 5)},
    ),
    Good(
        "a cause of a later version",
        [7, 1, {"type": "T", "message": "m", "cause": {"colour": [0], "type": "T", "message": "n"}}],
        "fail",
        fail(1, "T", "m", cause=failure("T", "n")),
        only_read=True,
    ),
    *[
        Good(
            f"no function to call: {missing}",
            [7, 1, {"type": "NoSuchFunction", "message": "none", "missing": missing}],
            "fail",
            fail(1, "NoSuchFunction", "none", None, missing),
        )
        for missing in ("never", "expired", "released", "departed")
    ],
    Good(
        "a failure of a later version",
        [7, 1, {"message": "m", "colour": 0, "type": "T"}],
        "fail",
        fail(1, "T", "m"),
        only_read=True,
    ),
    Good("cancelled", [8, 1], "cancel", {"id": 1}),
    Good("the last call is cancelled", [8, 2**53 - 1], "cancel", {"id": 2**53 - 1}),
    Good("a release of nothing", [11, []], "release", {"loans": []}),
    Good("releases", [11, [0, 1, 6, 20]], "release", {"loans": [[0, 1], [6, 20]]}),
]

#: The numbers of streams rise from one message to the next, for all of them may be read by one end.
STREAMS = [
    Good("a stream in an answer", [6, 1, Stream(1)], "reply", {"id": 1, "value": Stream(1)}),
    Good(
        "streams in arguments",
        [5, 3, ["load"], [Stream(2), [{"rows": Stream(4)}]]],
        "call",
        call(3, ["load"], [Stream(2), [{"rows": Stream(4)}]]),
    ),
    Good(
        "a stream in a named argument, behind a function",
        [5, 3, 8, [Function([0, 2])], {"kwargs": {"rows": Stream(5)}}],
        "call",
        call(3, 8, [Function([0, 2])], {"rows": Stream(5)}),
    ),
    Good("a stream in an item", [9, 1, [Stream(6)], False], "next", items(1, [Stream(6)])),
    Good(
        "the last stream there can be",
        [6, 1, Stream(2**53 - 1)],
        "reply",
        {"id": 1, "value": Stream(2**53 - 1)},
    ),
    Good("an item", [9, 1, ["a"], False], "next", items(1, ["a"])),
    Good(
        "items of every kind",
        [9, 7, [None, True, -1, 0.5, "é", b"\x00", Moment("2013-03-21T20:04:00Z"), [[]], {"a": {}}], False],
        "next",
        items(7, [None, True, -1, 0.5, "é", b"\x00", Moment("2013-03-21T20:04:00Z"), [[]], {"a": {}}]),
    ),
    Good("a function in an item", [9, 7, [Function([0, 4])], False], "next", items(7, [Function([0, 4])])),
    Good("no items yet", [9, 1, [], False], "next", items(1, [])),
    Good("items as deep as they may be", [9, 1, [nested(32)], False], "next", items(1, [nested(32)])),
    Good("the end of a stream", [9, 1, [], True], "next", items(1, [], True)),
    Good("the last items with the end", [9, 1, [1, 2], True], "next", items(1, [1, 2], True)),
    Good(
        "a stream that failed",
        [9, 1, [], {"type": "ValueError", "message": "no more"}],
        "next",
        items(1, [], failure("ValueError", "no more")),
    ),
    Good(
        "a stream that failed behind its items, with all there is to say",
        [
            9,
            1,
            [1],
            {"type": "T", "message": "m", "path": ["a", "f"], "missing": "expired", "trace": "line 1"},
        ],
        "next",
        items(1, [1], failure("T", "m", ["a", "f"], "expired", "line 1")),
    ),
    Good(
        "a stream that failed, of a later version",
        [9, 1, [], {"message": "m", "colour": 0, "type": "T"}],
        "next",
        items(1, [], failure("T", "m")),
        only_read=True,
    ),
    Good("a demand", [10, 1, 256], "demand", {"id": 1, "count": 256}),
    Good(
        "a demand of all there may be",
        [10, 2**53 - 1, 2**53 - 1],
        "demand",
        {"id": 2**53 - 1, "count": 2**53 - 1},
    ),
    Good("a stream is closed", [10, 1, 0], "demand", {"id": 1, "count": 0}),
]

#: Values that are written in one way.
VALUES: list[tuple[str, Any]] = [
    ("null", None),
    ("true", True),
    ("false", False),
    *[(f"the integer {value}", value) for value in (0, 23, 24, 255, 256, 65535, 65536, 2**32 - 1, 2**32)],
    *[(f"the integer {value}", value) for value in (-1, -24, -25, -256, -257, -65537, -(2**32) - 1)],
    ("the largest integer that JavaScript has", 2**53 - 1),
    ("the smallest integer that JavaScript has", -(2**53) + 1),
    ("the first integer beyond", 2**53),
    ("the first integer below", -(2**53)),
    ("the largest integer of 64 bits", 2**64 - 1),
    ("the smallest integer of 64 bits", -(2**64)),
    ("the first integer above 64 bits", 2**64),
    ("the first integer below 64 bits", -(2**64) - 1),
    ("an integer of 80 bits", 2**80),
    ("a negative integer of 80 bits", -(2**80)),
    ("an integer of 2,000 bits", 2**2000 + 1),
    ("zero", 0.0),
    ("minus zero", -0.0),
    ("a whole float", 1.0),
    ("a float", 1.5),
    ("the smallest float", 5e-324),
    ("the largest float", 1.7976931348623157e308),
    ("the empty text", ""),
    ("text of every width", "aéあ🦎"),
    ("text with a zero in it", "a\0b"),
    ("text with a byte order mark", "\ufeffa"),
    ("characters that are none", "\ufffe\uffff\U0010ffff"),
    ("text of 300 bytes", "a" * 300),
    ("no bytes", b""),
    ("bytes", b"\x00\x80\xff"),
    ("300 bytes", bytes(300)),
    ("a moment", Moment("2013-03-21T20:04:00Z")),
    ("a moment to the millisecond", Moment("2013-03-21T20:04:00.250000Z")),
    ("a moment to the microsecond", Moment("2013-03-21T20:04:00.123456Z")),
    ("a moment east of Greenwich", Moment("2013-03-21T20:04:00+05:45")),
    ("a moment west of Greenwich", Moment("2013-03-21T20:04:00-09:30")),
    ("a moment as far east as can be", Moment("2013-03-21T20:04:00+23:59")),
    ("the 29th of February", Moment("2000-02-29T00:00:00Z")),
    ("a moment before 1970", Moment("1900-01-01T00:00:00Z")),
    ("the first moment of all", Moment("0001-01-01T00:00:00Z")),
    ("the last moment of all", Moment("9999-12-31T23:59:59.999000Z")),
    ("the first moment east of Greenwich", Moment("0001-01-01T00:00:00+01:00")),
    ("the last moment west of Greenwich", Moment("9999-12-31T23:59:59-01:00")),
    ("an empty list", []),
    ("a list", [1, "a", [None, []]]),
    ("a list of 300", [0] * 300),
    ("an empty mapping", {}),
    ("a mapping", {"b": 1, "a": {"": []}}),
    ("a mapping with names like this notation's", {"$bytes": "00", "a": {"$": 1}}),
    ("names of any kind", dict.fromkeys(["", "a.b", "7", "items", "constructor", "toJSON", "é", "\0"])),
]

#: What has no digits is written in two bytes.
ENDLESS: list[tuple[str, Any, Any]] = [
    ("not a number", Raw("f9 7e00"), math.nan),
    ("infinity", Raw("f9 7c00"), math.inf),
    ("minus infinity", Raw("f9 fc00"), -math.inf),
]

#: Values in bytes that the Python end reads and writes otherwise.
ONLY_READ: list[tuple[str, Any, Any]] = [
    ("an integer in more bytes than it needs", Raw("1b 0000000000000001"), 1),
    ("a small integer in two bytes", Raw("18 05"), 5),
    ("a negative integer in more bytes than it needs", Raw("39 0000"), -1),
    ("a float of two bytes", Raw("f9 3e00"), 1.5),
    ("the smallest float of two bytes", Raw("f9 0001"), 2.0**-24),
    ("the largest float of two bytes", Raw("f9 7bff"), 65504.0),
    ("minus zero of two bytes", Raw("f9 8000"), -0.0),
    ("not a number of eight bytes", math.nan, math.nan),
    ("infinity of eight bytes", math.inf, math.inf),
    ("minus infinity of eight bytes", -math.inf, -math.inf),
    ("a float of four bytes", Raw("fa 3fc00000"), 1.5),
    ("minus infinity of four bytes", Raw("fa ff800000"), -math.inf),
    ("not a number with a payload", Raw("fb 7ff8000000000001"), math.nan),
    ("not a number, negative", Raw("fb fff8000000000000"), math.nan),
    ("a large integer's tag around a small one", Tag(2, b"\x07"), 7),
    ("a large integer's tag around nothing", Tag(2, b""), 0),
    ("a negative large integer's tag around nothing", Tag(3, b""), -1),
    ("a large integer with zeros ahead", Tag(2, b"\0\0" + (2**64).to_bytes(9, "big")), 2**64),
    ("a text whose length is in two bytes", Raw("78 01 61"), "a"),
    ("bytes whose length is in eight bytes", Raw("5b 0000000000000001 ff"), b"\xff"),
    ("a list whose length is in four bytes", Raw("9a 00000001 00"), [0]),
    ("a mapping whose length is in two bytes", Raw("b8 01 6161 00"), {"a": 0}),
    (
        "a moment's tag in two bytes",
        Raw("d8 00 74" + b"2013-03-21T20:04:00Z".hex()),
        Moment("2013-03-21T20:04:00Z"),
    ),
    ("a moment in small letters", Moment("2013-03-21t20:04:00z"), Moment("2013-03-21T20:04:00Z")),
    (
        "a moment to a tenth of a second",
        Moment("2013-03-21T20:04:00.5Z"),
        Moment("2013-03-21T20:04:00.500000Z"),
    ),
    (
        "a moment without an offset of its own",
        Moment("2013-03-21T20:04:00-00:00"),
        Moment("2013-03-21T20:04:00Z"),
    ),
]

GOOD: list[Good] = [
    *SESSION,
    *WRITES,
    *CALLS,
    *STREAMS,
    *[Good(name, [6, 1, value], "reply", {"id": 1, "value": value}) for name, value in VALUES],
    *[Good(name, [6, 1, raw], "reply", {"id": 1, "value": value}) for name, raw, value in ENDLESS],
    *[Good(name, [6, 1, raw], "reply", {"id": 1, "value": value}, True) for name, raw, value in ONLY_READ],
]
