"""What every end refuses with close code 1002, and why: name, reason, bytes.

The reasons are described in ``README.md``. Shapes are as in ``good.py``; a text is bytes in hex.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from cbor import Function, Moment, Raw, Stream, Tag, encode
from good import GOOD, TOKEN, caused, nested, nested_mappings, welcome_shape


class Hostile(NamedTuple):
    """Bytes that must be refused."""

    name: str
    #: What is wrong with them, in one word.
    reason: str
    #: What arrives as one WebSocket message: a shape, or hex.
    data: Any
    #: Can an end in JavaScript not tell? It has one kind of number.
    javascript_may_read: bool = False


def result(value: Any) -> list[Any]:
    """Return an answer that holds the value."""
    return [6, 1, value]


def text_in_hex(text: str) -> str:
    """Return the bytes of a text's characters."""
    return text.encode().hex()


#: What is said of an error at the least.
CAUSE = {"type": "T", "message": "m"}

PROTO = text_in_hex("__proto__")
#: A key of 2,000 characters: no end may repeat all of it.
LONG_KEY = "79 07d0" + text_in_hex("k" * 2_000)
NOT_A_COUNT: list[tuple[str, Any]] = [
    ("-1", -1),
    ("2**53", 2**53),
    ("2**64", 2**64),
    ("not a number", math.nan),
    ("true", True),
    ("null", None),
    ("a text", "1"),
    ("bytes", b"\x01"),
    ("a list", [1]),
    ("a mapping", {}),
    ("a function", Function([1, 0])),
    ("a moment", Moment("2013-03-21T20:04:00Z")),
]


# Values

HEADS = [
    Hostile("an array without an end of its own", "length", "83 06 01 9f 01 ff"),
    Hostile("a mapping without an end of its own", "length", "83 06 01 bf 6161 01 ff"),
    Hostile("a text in pieces", "length", "83 06 01 7f 6161 6162 ff"),
    Hostile("bytes in pieces", "length", "83 06 01 5f 4101 4102 ff"),
    Hostile("an empty text in pieces", "length", "83 06 01 7f ff"),
    Hostile("a message without an end of its own", "length", "9f 0d ff"),
    Hostile("a path without an end of its own", "length", "82 04 81 82 9f 6161 ff 01"),
    Hostile("a break where a value should be", "length", "83 06 01 ff"),
    Hostile("a break alone", "length", "ff"),
    *[
        Hostile(f"a reserved length, {info}, of {name}", "length", f"83 06 01 {major << 5 | info:02x}")
        for major, name in [
            (0, "an integer"),
            (2, "bytes"),
            (3, "a text"),
            (4, "a list"),
            (5, "a mapping"),
            (6, "a tag"),
        ]
        for info in (28, 30)
    ],
    Hostile("an integer without an end of its own", "length", "83 06 01 1f"),
    Hostile("a negative integer without an end of its own", "length", "83 06 01 3f"),
    Hostile("a tag without an end of its own", "length", "83 06 01 df 00"),
    *[
        Hostile(f"{name} that claims {size} bytes or items", "claim", f"83 06 01 {head} {claim}")
        for name, heads in [
            ("bytes", ("5a", "5b")),
            ("a text", ("7a", "7b")),
            ("a list", ("9a", "9b")),
            ("a mapping", ("ba", "bb")),
        ]
        for size, head, claim in [
            ("2**32-1", heads[0], "ffffffff 00"),
            ("2**31", heads[0], "80000000 6161 00"),
            ("2**53", heads[1], "0020000000000000 00"),
            ("2**63-1", heads[1], "7fffffffffffffff 6161 00"),
            ("2**64-1", heads[1], "ffffffffffffffff 00"),
        ]
    ],
    Hostile("a message that claims 2**32-1 items", "claim", "9a ffffffff 0d"),
    Hostile("lists that each claim 2**31 items", "claim", "83 06 01" + "9a80000000" * 20),
    Hostile("operations that claim 2**32-1", "claim", "82 04 9a ffffffff 81 81 6161"),
]

SIMPLE = [
    Hostile("undefined", "simple", "83 06 01 f7"),
    Hostile("undefined in a list", "simple", "83 06 01 81 f7"),
    Hostile("undefined under a name", "simple", "83 06 01 a1 6161 f7"),
    Hostile("undefined in an operation", "simple", "82 04 81 82 81 6161 f7"),
    Hostile("undefined as an argument", "simple", "84 05 01 81 6161 81 f7"),
    Hostile("undefined under a name that nobody knows", "simple", "85 05 01 81 6166 80 a1 6178 f7"),
    *[
        Hostile(f"the simple value {value}", "simple", f"83 06 01 {0xE0 | value:02x}")
        for value in (0, 16, 19)
    ],
    *[Hostile(f"the simple value {value}", "simple", f"83 06 01 f8 {value:02x}") for value in (32, 255)],
    *[
        Hostile(f"the simple value {value} in two bytes", "simple", f"83 06 01 f8 {value:02x}")
        for value in (0, 20, 21, 22, 23, 24, 31)
    ],
    *[
        Hostile(f"the reserved simple value {value}", "simple", f"83 06 01 {0xE0 | value:02x}")
        for value in (28, 29, 30)
    ],
]

#: What other decoders make of each, and why that is no good here.
TAGS: list[tuple[int, Any, str]] = [
    (1, 1363896240, "a moment as a number"),
    (1, 1363896240.5, "a moment as a float"),
    (4, [-2, 27315], "a decimal"),
    (5, [-1, 3], "a large float"),
    (21, b"a", "bytes meant as base64url"),
    (22, b"a", "bytes meant as base64"),
    (23, b"a", "bytes meant as hex"),
    (24, b"\x01", "CBOR in bytes"),
    (25, 0, "a text named by number"),
    (28, [], "a value to be shared"),
    (28, [Tag(29, 0)], "a list that contains itself"),
    (29, 0, "a value shared before"),
    (30, [1, 3], "a fraction"),
    (32, "http://a/", "an address"),
    (33, "YQ", "base64url"),
    (34, "YQ==", "base64"),
    (35, "(a+)+$", "a regular expression"),
    (36, "MIME-Version: 1.0\r\n\r\na", "a mail"),
    (37, bytes(16), "a UUID"),
    (38, ["en", "a"], "text in a language"),
    (52, b"\x7f\0\0\1", "an IPv4 address"),
    (54, bytes(16), "an IPv6 address"),
    (64, b"\1", "an array of bytes"),
    (100, 15785, "days since 1970"),
    (256, ["a", Tag(25, 0)], "a namespace of texts"),
    (258, [1, 2], "a set"),
    (259, {"a": 1}, "a map"),
    (260, b"\x7f\0\0\1", "a network address"),
    (261, {"24": b"\x7f\0\0\0"}, "a network"),
    (1004, "2013-03-21", "a day"),
    (43000, 0, "a tag of cbor2's own"),
    (55799, 0, "CBOR that says that it is"),
    (32999, None, "a tag beside ours"),
    (33001, [0, 0], "a tag beside ours"),
    (2**32, 0, "a tag of 33 bits"),
    (2**64 - 1, 0, "the largest tag"),
]
TAGGED = [
    *[
        Hostile(f"tag {number}, {what}", "tag", result(Tag(number, content)))
        for number, content, what in TAGS
    ],
    Hostile("a tag on a message", "tag", Tag(55799, [13])),
    Hostile("a tag on the kind", "tag", [Tag(55799, 13)]),
    Hostile("a tag on a key", "tag", "83 06 01 a1 d9d9f7 6161 01"),
    Hostile("a tag in an operation", "tag", [4, [[["a"], Tag(35, "a")]]]),
    Hostile("a tag in a path", "tag", [4, [[[Tag(24, b"a")]]]]),
    Hostile("a tag in a view", "tag", welcome_shape(now={"a": Tag(258, [])})),
    Hostile("a tag in a function's tag", "tag", result(Function([0, Tag(258, [])]))),
    Hostile("a large integer that is a text", "tag", result(Tag(2, "1"))),
    Hostile("a large integer that is an integer", "tag", result(Tag(2, 1))),
    Hostile("a large integer that is a list", "tag", result(Tag(2, [1]))),
    Hostile("a negative large integer that is null", "tag", result(Tag(3, None))),
    Hostile("a large integer of a large integer", "tag", result(Tag(2, Tag(2, b"\1")))),
    Hostile("a tag in eight bytes that is not ours", "tag", "83 06 01 db 0000000000000023 6161"),
]

MOMENTS = [
    *[
        Hostile(f"{name}: {text!r}", "moment", result(Moment(text)))
        for name, text in [
            ("nothing", ""),
            ("words", "today"),
            ("no offset", "2013-03-21T20:04:00"),
            ("no time", "2013-03-21"),
            ("no seconds", "2013-03-21T20:04Z"),
            ("a space for the T", "2013-03-21 20:04:00Z"),
            ("no dashes", "20130321T200400Z"),
            ("a week", "2013-W12-4T20:04:00Z"),
            ("the day of the year", "2013-080T20:04:00Z"),
            ("an offset of hours alone", "2013-03-21T20:04:00+01"),
            ("an offset without a colon", "2013-03-21T20:04:00+0100"),
            ("an offset with seconds", "2013-03-21T20:04:00+01:00:30"),
            ("an offset of a day", "2013-03-21T20:04:00+24:00"),
            ("an offset of 60 minutes", "2013-03-21T20:04:00+01:60"),
            ("two offsets", "2013-03-21T20:04:00+01:00Z"),
            ("a zone by name", "2013-03-21T20:04:00 UTC"),
            ("a month that is none", "2013-13-21T20:04:00Z"),
            ("month 0", "2013-00-21T20:04:00Z"),
            ("day 0", "2013-03-00T20:04:00Z"),
            ("the 31st of April", "2013-04-31T20:04:00Z"),
            ("the 30th of February", "2012-02-30T20:04:00Z"),
            ("the 29th of February of no leap year", "1900-02-29T20:04:00Z"),
            ("hour 24", "2013-03-21T24:00:00Z"),
            ("hour 25", "2013-03-21T25:00:00Z"),
            ("minute 60", "2013-03-21T20:60:00Z"),
            ("second 60", "2013-06-30T23:59:60Z"),
            ("a fraction without digits", "2013-03-21T20:04:00.Z"),
            ("a comma", "2013-03-21T20:04:00,5Z"),
            ("nanoseconds", "2013-03-21T20:04:00.123456789Z"),
            ("the year 0", "0000-01-01T00:00:00Z"),
            ("the year 10000", "10000-01-01T00:00:00Z"),
            ("a year of six digits", "+002013-03-21T20:04:00Z"),
            ("a year before all", "-0001-03-21T20:04:00Z"),
            ("space ahead", " 2013-03-21T20:04:00Z"),
            ("space behind", "2013-03-21T20:04:00Z "),
            ("a line end behind", "2013-03-21T20:04:00Z\n"),
            ("digits of another script", "\uff12\uff10\uff11\uff13-03-21T20:04:00Z"),
            ("a minus that is none", "2013-03-21T20:04:00\u221201:00"),
        ]
    ],
    Hostile("a moment that is a number", "moment", result(Tag(0, 1363896240))),
    Hostile("a moment that is bytes", "moment", result(Tag(0, b"2013-03-21T20:04:00Z"))),
    Hostile("a moment that is a list", "moment", result(Tag(0, ["2013-03-21T20:04:00Z"]))),
    Hostile("a moment that is null", "moment", result(Tag(0, None))),
    Hostile("a moment of a moment", "moment", result(Tag(0, Moment("2013-03-21T20:04:00Z")))),
]

#: A key, in bytes.
KEYS: list[tuple[str, str]] = [
    ("0", "00"),
    ("-1", "20"),
    ("2**80", "c24b0100000000000000000000"),
    ("a float", "fb3ff8000000000000"),
    ("not a number", "f97e00"),
    ("true", "f5"),
    ("null", "f6"),
    ("undefined", "f7"),
    ("bytes", "4161"),
    ("a list", "80"),
    ("a mapping", "a0"),
    ("a moment", "c074" + text_in_hex("2013-03-21T20:04:00Z")),
    ("a function", "d980e8820000"),
]
KEYED = [
    *[Hostile(f"a key that is {name}", "key", f"83 06 01 a1 {key} 01") for name, key in KEYS],
    Hostile("a name of a namespace that is a number", "key", "82 04 81 82 81 6161 a1 01 02"),
    Hostile("a name of a view that is a number", "key", welcome_shape(now=Raw("a1 00 00"))),
    Hostile("a name of an argument that is a number", "key", [5, 1, ["f"], [], {"kwargs": Raw("a1 00 00")}]),
    Hostile("a name of a call that is a number", "key", [5, 1, ["f"], [], Raw("a1 00 00")]),
    Hostile(
        "a name of a failure that is a number",
        "key",
        [7, 1, Raw("a3 00 00 6474797065 6161 676d657373616765 6161")],
    ),
    Hostile(
        "a key that is a number below a name that nobody knows",
        "key",
        [5, 1, ["f"], [], {"x": Raw("a1 00 00")}],
    ),
    Hostile("two keys that are the same", "key", "83 06 01 a2 6161 01 6161 02"),
    Hostile("two keys that are the same in other bytes", "key", "83 06 01 a2 6161 01 780161 02"),
    Hostile("two long keys that are the same", "key", f"83 06 01 a2 {LONG_KEY} 01 {LONG_KEY} 02"),
    Hostile("two empty keys", "key", "83 06 01 a2 60 01 60 01"),
    Hostile("two names that are the same in a view", "key", welcome_shape(now=Raw("a2 6161 01 6161 02"))),
    Hostile("two names of a call that are the same", "key", [5, 1, ["f"], [], Raw("a2 6178 01 6178 02")]),
    Hostile("__proto__ in a result", "key", result({"__proto__": {"a": 1}})),
    Hostile("__proto__ deep in a result", "key", result([{"a": [{"__proto__": None}]}])),
    Hostile("__proto__ in other bytes", "key", f"83 06 01 a1 7809 {PROTO} 01"),
    Hostile("__proto__ in an argument", "key", [5, 1, ["f"], [{"__proto__": 1}]]),
    Hostile("__proto__ as the name of an argument", "key", [5, 1, ["f"], [], {"kwargs": {"__proto__": 1}}]),
    Hostile("__proto__ in a value", "key", [4, [[["a"], {"__proto__": 1}]]]),
    Hostile("__proto__ in an item", "key", [4, [[["a"], 0, 0, [{"__proto__": 1}]]]]),
    Hostile("__proto__ in a view", "key", welcome_shape(now={"__proto__": {}})),
    Hostile("__proto__ in a path", "key", [4, [[["__proto__"], 1]]]),
    Hostile("__proto__ in a path, later", "key", [4, [[["a", "__proto__", "b"], 1]]]),
    Hostile("__proto__ in a delete", "key", [4, [[["a", 0, "__proto__"]]]]),
    Hostile("__proto__ in the path of a call", "key", [5, 1, ["__proto__", "f"], []]),
    Hostile(
        "__proto__ in the path of a failure",
        "key",
        [7, 1, {"type": "T", "message": "m", "path": ["__proto__"]}],
    ),
    Hostile(
        "__proto__ in the path of a cause",
        "key",
        [7, 1, caused({"type": "T", "message": "m", "path": ["__proto__"]}, 1)],
    ),
    Hostile("__proto__ as a name of a cause", "key", [7, 1, caused({**CAUSE, "__proto__": {}}, 1)]),
    Hostile(
        "a name of a cause that is a number",
        "key",
        [7, 1, caused(Raw("a3 00 00 6474797065 6161 676d657373616765 6161"), 1)],
    ),
    Hostile("__proto__ in the path of a function", "key", result(Function([1, ["a", "__proto__"]]))),
    Hostile("__proto__ as a name of a call", "key", [5, 1, ["f"], [], {"__proto__": 1}]),
    Hostile("__proto__ as a name of welcome", "key", welcome_shape(now={}, __proto__={})),
]

TEXTS = [
    *[
        Hostile(f"{name} in a text", "text", f"83 06 01 {0x60 | len(bytes.fromhex(data)):02x} {data}")
        for name, data in [
            ("a byte that is none", "ff"),
            ("the byte that ends a character", "80"),
            ("a character cut short", "c3"),
            ("a character of four bytes cut short", "f09f92"),
            ("a character cut short by another", "c361"),
            ("a zero of two bytes", "c080"),
            ("a slash of two bytes", "c0af"),
            ("a slash of three bytes", "e080af"),
            ("a character of four bytes that needs three", "f08080af"),
            ("half of a pair", "eda080"),
            ("the other half of a pair", "edb080"),
            ("a pair of halves", "eda0bdedb880"),
            ("a character beyond the last", "f4908080"),
            ("a character of five bytes", "f888808080"),
            ("Latin-1", "67f6dfe9"),
            ("UTF-16", "fffe6100"),
        ]
    ],
    Hostile("a key that is not UTF-8", "text", "83 06 01 a1 61ff 01"),
    Hostile("a name in a path that is not UTF-8", "text", "82 04 81 82 81 61ff 01"),
    Hostile("a reason that is not UTF-8", "text", "83 03 1903e8 62c080"),
    Hostile("half of a pair behind much text", "text", encode(result("a" * 70_000))[:-1].hex() + "ed"),
]

DEEP = [
    Hostile("a result nested 33 deep", "depth", result(nested(33))),
    Hostile("mappings nested 33 deep", "depth", result(nested_mappings(33))),
    Hostile("an argument nested 33 deep", "depth", [5, 1, ["f"], [nested(33)]]),
    Hostile("an argument by name nested 33 deep", "depth", [5, 1, ["f"], [], {"kwargs": {"a": nested(33)}}]),
    Hostile("a value nested 32 deep at a path of one name", "depth", [4, [[["a"], nested(32)]]]),
    Hostile("a list at a path of 32 names", "depth", [4, [[["a"] * 32, []]]]),
    Hostile("an item nested 31 deep at a path of one name", "depth", [4, [[["a"], 0, 0, [nested(31)]]]]),
    Hostile("a view nested 33 deep", "depth", welcome_shape(now=nested_mappings(33))),
    Hostile("a path of 33 names", "depth", [4, [[["a"] * 33, 1]]]),
    Hostile("a delete at a path of 33 names", "depth", [4, [[["a"] * 33]]]),
    Hostile("the path of a call of 33 names", "depth", [5, 1, ["a"] * 33, []]),
    Hostile(
        "the path of a failure of 33 names",
        "depth",
        [7, 1, {"type": "T", "message": "m", "path": ["a"] * 33}],
    ),
    Hostile(
        "the path of a cause of 33 names",
        "depth",
        [7, 1, caused({"type": "T", "message": "m", "path": ["a"] * 33}, 1)],
    ),
    Hostile("a failure with six causes", "depth", [7, 1, caused(CAUSE, 6)]),
    Hostile("a failure with 30 causes", "depth", [7, 1, caused(CAUSE, 30)]),
    Hostile(
        "1,000 causes",
        "depth",
        "83 07 01" + ("a3 6474797065 6154 676d657373616765 616d 656361757365") * 1000 + "f6",
    ),
    Hostile("the path of a function of 33 names", "depth", result(Function([1, ["a"] * 33]))),
    Hostile("1,000 lists", "depth", "83 06 01" + "81" * 1000 + "00"),
    Hostile("1,000 mappings", "depth", "83 06 01" + "a16161" * 1000 + "00"),
    Hostile("1,000 large integers within each other", "depth", "83 06 01" + "c2" * 1000 + "40"),
    Hostile("1,000 functions within each other", "depth", "83 06 01" + "d980e8" * 1000 + "f6"),
    Hostile("1,000 lists as a key", "depth", "83 06 01 a1" + "81" * 1000 + "00 00"),
    Hostile("1,000 lists as a message", "depth", "81" * 1000 + "00"),
]

FUNCTIONS = [
    *[
        Hostile(f"a function's tag around {name}", "function", result(Function(content)))
        for name, content in [
            ("a number", 7),
            ("true", True),
            ("a text", "f"),
            ("bytes", b"f"),
            ("an empty list", []),
            ("a mapping", {"f": 1}),
            ("whose alone", [0]),
            ("three things", [0, 1, 2]),
            ("whose is 2", [2, 0]),
            ("whose is -1", [-1, 0]),
            ("whose is null", [None, 0]),
            ("whose is a truth value", [False, 0]),
            ("whose is a text", ["0", 0]),
            ("a function", Function([0, 0])),
            ("a function as handle", [0, Function([0, 0])]),
            ("no handle", [0, None]),
            ("a handle below 0", [0, -1]),
            ("a handle of 2**53", [0, 2**53]),
            ("a handle of 2**64", [0, 2**64]),
            ("a handle that is true", [0, True]),
            ("a handle that is a text", [0, "7"]),
            ("a handle that is a path", [0, ["f"]]),
            ("a handle of the receiver's below 0", [1, -1]),
            ("a handle of the receiver's of 2**53", [1, 2**53]),
            ("a handle of the receiver's that is a float", [1, 1.5]),
            ("a path that is empty", [1, []]),
            ("a path that begins with an index", [1, [0, "f"]]),
            ("a path with an index below 0", [1, ["a", -1]]),
            ("a path with an index of 2**53", [1, ["a", 2**53]]),
            ("a path with null in it", [1, ["a", None]]),
            ("a path with a list in it", [1, ["a", ["b"]]]),
            ("a path that is a text", [1, "f"]),
            ("a path that is a mapping", [1, {"a": 1}]),
        ]
    ],
    Hostile("a place that means nothing in a result", "function", result(Function(None))),
    Hostile("a place that means nothing in an argument", "function", [5, 1, ["f"], [{"a": Function(None)}]]),
    Hostile(
        "a place that means nothing in an argument by name",
        "function",
        [5, 1, ["f"], [], {"kwargs": {"a": Function(None)}}],
    ),
    Hostile("a lent function in a value", "function", [4, [[["f"], Function([0, 0])]]]),
    Hostile("a lent function deep in a value", "function", [4, [[["d"], {"l": [Function([0, 0])]}]]]),
    Hostile("a lent function in an item", "function", [4, [[["l"], 0, 0, [Function([0, 0])]]]]),
    Hostile("a lent function in a view", "function", welcome_shape(now={"f": Function([0, 0])})),
    Hostile("a handle as a whole float", "function", result(Function([0, 7.0])), javascript_may_read=True),
    Hostile("whose as a whole float", "function", result(Function([0.0, 7])), javascript_may_read=True),
]


# Messages

STREAMS = [
    *[
        Hostile(f"a stream's tag around {name}", "stream", result(Stream(content)))
        for name, content in [
            ("0", 0),
            ("null", None),
            ("true", True),
            ("a text", "1"),
            ("bytes", b"\x01"),
            ("a list", [1]),
            ("an empty list", []),
            ("a mapping", {"id": 1}),
            ("-1", -1),
            ("1.5", 1.5),
            ("2**53", 2**53),
            ("2**64", 2**64),
            ("a moment", Moment("2013-03-21T20:04:00Z")),
            ("a function", Function([0, 1])),
            ("a stream", Stream(1)),
        ]
    ],
    Hostile("a stream as a whole float", "stream", result(Stream(1.0)), javascript_may_read=True),
    Hostile("a stream's tag around nothing", "cut", "83 06 01 d9 80e9"),
    Hostile("a stream at a name", "stream", [4, [[["x"], Stream(1)]]]),
    Hostile("a stream deep in a value", "stream", [4, [[["x"], {"l": [Stream(1)]}]]]),
    Hostile("a stream in an item of a list", "stream", [4, [[["l"], 0, 0, [Stream(1)]]]]),
    Hostile("a stream in a view", "stream", welcome_shape(now={"x": Stream(1)})),
    Hostile("a stream for a message", "stream", Stream(1)),
    Hostile("a stream for an argument list", "stream", [5, 1, ["f"], Stream(1)]),
    Hostile("a stream for a target", "stream", [5, 1, Stream(1), []]),
    Hostile("a stream in a path", "stream", [5, 1, ["f", Stream(1)], []]),
    Hostile("a stream for the items of one", "stream", [9, 1, Stream(2), False]),
    Hostile("a stream for the end of one", "stream", [9, 1, [], Stream(2)]),
    Hostile("a stream for a count", "stream", [10, 1, Stream(2)]),
    Hostile("a stream for a key", "key", result(Raw("a1 d980e901 01"))),
]

KINDS = [
    *[Hostile(f"the kind {kind}", "kind", [kind, 1]) for kind in (9, 10, 14, 255, -1, 2**53, 2**64)],
    *[
        Hostile(f"a kind that is {name}", "kind", [kind, 1, "a"])
        for name, kind in [
            ("null", None),
            ("true", True),
            ("false", False),
            ("a text", "6"),
            ("a name of the language", "constructor"),
            ("bytes", b"\6"),
            ("a list", [6]),
            ("a mapping", {}),
            ("1.5", 1.5),
            ("not a number", math.nan),
            ("a function", Function([0, 0])),
        ]
    ],
    Hostile("a kind of 16,000 bits", "kind", [Tag(2, b"\xff" * 2000), 1]),
    Hostile("a kind that is a whole float", "kind", [6.0, 1, None], javascript_may_read=True),
]

WRONG_SHAPES: list[tuple[str, Any]] = [
    ("a number for a message", 13),
    ("null for a message", None),
    ("a text for a message", Raw("65 7265616479")),
    ("a mapping for a message", {"kind": 13}),
    ("bytes for a message", b"\x81\x0d"),
    ("a function for a message", Function([0, 0])),
    ("an empty message", []),
    ("welcome without its mapping", [1]),
    ("welcome with more", [*welcome_shape(now={}), 0]),
    ("welcome that is a list", [1, []]),
    ("ack without a count", [2]),
    ("ack with more", [2, 1, True, True]),
    ("ack with false", [2, 1, False]),
    ("ack with null", [2, 1, None]),
    ("ack with 1", [2, 1, 1]),
    ("bye without a reason", [3, 1000]),
    ("bye without anything", [3]),
    ("bye with more", [3, 1000, "", 1]),
    ("a write without operations", [4]),
    ("a write with more", [4, [], 1]),
    ("a write of null", [4, None]),
    ("a write of a mapping", [4, {}]),
    ("a write of a text", [4, "a"]),
    ("an operation that is a text", [4, ["a"]]),
    ("an operation that is null", [4, [None]]),
    ("an operation that is a mapping", [4, [{"path": ["a"]}]]),
    ("an empty operation", [4, [[]]]),
    ("an operation of three", [4, [[["a"], 0, 1]]]),
    ("an operation of five", [4, [[["a"], 0, 1, [], 1]]]),
    ("a good operation, then a bad one", [4, [[["a"], 1], []]]),
    ("a splice by a mapping", [4, [[["a"], 0, 1, {}]]]),
    ("a splice by null", [4, [[["a"], 0, 1, None]]]),
    ("a splice by a text", [4, [[["a"], 0, 1, "ab"]]]),
    ("a call without arguments", [5, 1, ["f"]]),
    ("a call without a target", [5, 1]),
    ("a call with more", [5, 1, ["f"], [], {}, 1]),
    ("arguments that are a mapping", [5, 1, ["f"], {}]),
    ("arguments that are null", [5, 1, ["f"], None]),
    ("arguments that are a text", [5, 1, ["f"], "ab"]),
    ("the rest of a call that is null", [5, 1, ["f"], [], None]),
    ("the rest of a call that is a list", [5, 1, ["f"], [], []]),
    ("an answer without a value", [6, 1]),
    ("an answer with more", [6, 1, 2, 3]),
    ("a failure without its mapping", [7, 1]),
    ("a failure with more", [7, 1, {"type": "T", "message": "m"}, 1]),
    ("a failure that is a text", [7, 1, "no"]),
    ("a failure that is a list", [7, 1, ["T", "m"]]),
    ("cancel without a number", [8]),
    ("cancel with more", [8, 1, 2]),
    ("cancel of a list", [8, [1]]),
    ("items without a stream", [9]),
    ("a stream without items", [9, 1]),
    ("items without an end", [9, 1, []]),
    ("items with more", [9, 1, [], False, 1]),
    ("items that are a mapping", [9, 1, {}, False]),
    ("items that are null", [9, 1, None, False]),
    ("items that are a text", [9, 1, "ab", False]),
    ("the end of a stream that is null", [9, 1, [], None]),
    ("the end of a stream that is 1", [9, 1, [], 1]),
    ("the end of a stream that is a text", [9, 1, [], "no"]),
    ("the end of a stream that is a list", [9, 1, [], ["T", "m"]]),
    ("a demand without a stream", [10]),
    ("a demand without a count", [10, 1]),
    ("a demand with more", [10, 1, 2, 3]),
    ("a demand of a list", [10, 1, [2]]),
    ("a release without loans", [11]),
    ("a release with more", [11, [], 1]),
    ("a release of a mapping", [11, {}]),
    ("a release of a number", [11, 1]),
    ("a handle without its count", [11, [0, 1, 2]]),
    ("releases in pairs", [11, [[0, 1]]]),
    ("a refusal without its list", [12, 1]),
    ("refusals with more", [12, 1, [], 1]),
    ("refusals that are a mapping", [12, 1, {}]),
    ("a refusal that is a text", [12, 1, ["no"]]),
    ("a refusal that is a mapping", [12, 1, [{}]]),
    ("a refusal without a reason", [12, 1, [[0]]]),
    ("a refusal with more", [12, 1, [[0, "no", 1]]]),
    ("ready with more", [13, 1]),
    ("ready with null", [13, None]),
    ("waiting for nothing", [14, [1]]),
    ("waiting with more", [14, [1], 1, 1]),
    ("waiting of one call", [14, 1, 1]),
    ("waiting of a mapping", [14, {}, 1]),
    ("waiting of texts", [14, ["f"], 1]),
    ("waiting for a path", [14, [1], ["f"]]),
    ("hello without its mapping", [0]),
    ("hello with more", [0, {"version": 1, "attempt": 1}, 1]),
    ("hello that is a list", [0, [1, 1]]),
]

#: Where a count has to stand: a whole number from 0 to 2**53-1.
COUNTS: list[tuple[str, Any]] = [
    ("the count of an ack", lambda value: [2, value]),
    ("the code of bye", lambda value: [3, value, ""]),
    ("the start of a splice", lambda value: [4, [[["a"], value, 0, []]]]),
    ("the count of a splice", lambda value: [4, [[["a"], 0, value, []]]]),
    ("the number of a call", lambda value: [5, value, ["f"], []]),
    ("the number of an answer", lambda value: [6, value, None]),
    ("the number of a failure", lambda value: [7, value, {"type": "T", "message": "m"}]),
    ("the number of what is cancelled", lambda value: [8, value]),
    ("the number of a stream", lambda value: [9, value, [], False]),
    ("the number of what is demanded", lambda value: [10, value, 1]),
    ("the count that is demanded", lambda value: [10, 1, value]),
    ("a handle that is released", lambda value: [11, [value, 1]]),
    ("the loans that are released", lambda value: [11, [0, value]]),
    ("the number of a refused message", lambda value: [12, value, []]),
    ("the index of a refused operation", lambda value: [12, 1, [[value, "no"]]]),
    ("what welcome has received", lambda value: welcome_shape(resumed=True, received=value)),
    ("the version of hello", lambda value: [0, {"version": value, "attempt": 1}]),
    ("the attempt of hello", lambda value: [0, {"version": 1, "attempt": value}]),
    (
        "what hello has received",
        lambda value: [0, {"version": 1, "attempt": 1, "token": TOKEN, "received": value}],
    ),
]
NUMBERS = [
    *[
        Hostile(f"{place} is {name}", "number", shape(value))
        for place, shape in COUNTS
        for name, value in [NOT_A_COUNT[0], NOT_A_COUNT[1], ("1.5", 1.5), ("null", None)]
    ],
    *[
        Hostile(f"the count of an ack is {name}", "number", [2, value])
        for name, value in NOT_A_COUNT[2:]
        if name != "null"
    ],
    *[
        Hostile(f"{place} is a whole float", "number", shape(1.0), javascript_may_read=True)
        for place, shape in COUNTS
        if "hello" not in place
    ],
    *[
        Hostile(f"an index in a path is {name}", "number", [4, [[["a", value], 1]]])
        for name, value in NOT_A_COUNT
        if name != "a text"
    ],
    Hostile("an index in a path is 1.5", "number", [4, [[["a", 1.5], 1]]]),
    Hostile("an index in the path of a call is -1", "number", [5, 1, ["a", -1], []]),
    Hostile("a handle that is called is -1", "number", [5, 1, -1, []]),
    Hostile("a handle that is called is 2**53", "number", [5, 1, 2**53, []]),
    *[
        Hostile(f"a deadline that is {name}", "number", [5, 1, ["f"], [], {"deadline": value}])
        for name, value in [
            ("null", None),
            ("true", True),
            ("a text", "1"),
            ("not a number", math.nan),
            ("infinite", math.inf),
            ("2**53", 2**53),
            ("-2**53", -(2**53)),
            ("of 2,000 bits", 2**2000),
            ("a moment", Moment("2013-03-21T20:04:00Z")),
        ]
    ],
]


def welcome_without(name: str) -> list[Any]:
    """Return the shape of a welcome that lacks a field."""
    fields = {**welcome_shape(now={})[1]}
    del fields[name]
    return [1, fields]


TYPES = [
    *[
        Hostile(f"welcome without {name}", "type", welcome_without(name))
        for name in ("client_id", "token", "resumed", "limits", "options", "now")
    ],
    *[
        Hostile(f"welcome whose {name} is {what}", "type", welcome_shape(**{"now": {}, name: value}))
        for name, what, value in [
            ("client_id", "a number", 7),
            ("client_id", "bytes", b"a"),
            ("client_id", "null", None),
            ("token", "a text", "0123456789abcdef"),
            ("token", "null", None),
            ("resumed", "1", 1),
            ("resumed", "null", None),
            ("limits", "a list", []),
            ("limits", "null", None),
            ("options", "a list", []),
            ("options", "null", None),
            ("now", "null", None),
            ("now", "a list", []),
            ("now", "a number", 7),
            ("now", "a function", Function(None)),
        ]
    ],
    *[
        Hostile(f"the reason of bye is {what}", "type", [3, 1000, value])
        for what, value in [("a number", 7), ("bytes", b"a"), ("null", None), ("a list", ["a"])]
    ],
    *[
        Hostile(f"the reason of a refusal is {what}", "type", [12, 1, [[0, value]]])
        for what, value in [("a number", 7), ("bytes", b"a"), ("null", None)]
    ],
    *[
        Hostile(f"the path of an operation is {what}", "type", [4, [[value, 1]]])
        for what, value in [
            ("a text", "a"),
            ("null", None),
            ("a number", 0),
            ("a mapping", {"a": 1}),
            ("bytes", b"a"),
            ("empty", []),
            ("an index alone", [0]),
            ("an index first", [0, "a"]),
        ]
    ],
    *[
        Hostile(f"the target of a call is {what}", "type", [5, 1, value, []])
        for what, value in [
            ("a text", "f"),
            ("null", None),
            ("true", True),
            ("1.5", 1.5),
            ("a mapping", {}),
            ("bytes", b"f"),
            ("empty", []),
            ("an index alone", [0]),
            ("a function", Function([1, ["f"]])),
        ]
    ],
    *[
        Hostile(f"arguments by name that are {what}", "type", [5, 1, ["f"], [], {"kwargs": value}])
        for what, value in [("a list", []), ("null", None), ("a text", "a"), ("a number", 1)]
    ],
    *[
        Hostile(f"a failure {what}", "type", [7, 1, fields])
        for what, fields in [
            ("without a type", {"message": "m"}),
            ("without a message", {"type": "T"}),
            ("without anything", {}),
            ("whose type is a number", {"type": 7, "message": "m"}),
            ("whose type is null", {"type": None, "message": "m"}),
            ("whose message is bytes", {"type": "T", "message": b"m"}),
            ("whose message is null", {"type": "T", "message": None}),
            ("whose path is a text", {"type": "T", "message": "m", "path": "f"}),
            ("whose path is empty", {"type": "T", "message": "m", "path": []}),
            ("whose path begins with an index", {"type": "T", "message": "m", "path": [0]}),
            ("that lacks what is not a text", {"type": "T", "message": "m", "missing": 7}),
        ]
    ],
    *[
        Hostile(f"a failure whose trace is {what}", "type", [7, 1, {**CAUSE, "trace": trace}])
        for what, trace in [("a number", 7), ("bytes", b"a"), ("a list", ["a"])]
    ],
    *[
        Hostile(f"a failure whose cause is {what}", "type", [7, 1, {**CAUSE, "cause": cause}])
        for what, cause in [
            ("a text", "KeyError"),
            ("a number", 7),
            ("false", False),
            ("a list", ["T", "m"]),
            ("a function", Function([1, ["f"]])),
            ("empty", {}),
            ("without a type", {"message": "m"}),
            ("without a message", {"type": "T"}),
            ("of a type that is null", {"type": None, "message": "m"}),
            ("of a message that is bytes", {"type": "T", "message": b"m"}),
            ("of a path that is empty", {**CAUSE, "path": []}),
            ("of a trace that is a number", {**CAUSE, "trace": 7}),
            ("lacking what is not a text", {**CAUSE, "missing": 7}),
            ("caused by a text", {**CAUSE, "cause": "no"}),
        ]
    ],
    *[
        Hostile(f"a stream that failed {what}", "type", [9, 1, [], fields])
        for what, fields in [
            ("without a type", {"message": "m"}),
            ("without a message", {"type": "T"}),
            ("without anything", {}),
            ("whose type is a number", {"type": 1, "message": "m"}),
            ("whose path is empty", {"type": "T", "message": "m", "path": []}),
            ("that lacks what is not a text", {"type": "T", "message": "m", "missing": 7}),
        ]
    ],
    *[
        Hostile(f"hello {what}", "type", [0, fields])
        for what, fields in [
            ("without a version", {"attempt": 1}),
            ("without an attempt", {"version": 1}),
            ("without anything", {}),
            ("whose token is a text", {"version": 1, "attempt": 1, "token": "a"}),
            ("whose token is null", {"version": 1, "attempt": 1, "token": None}),
            ("whose token is a list", {"version": 1, "attempt": 1, "token": [1]}),
        ]
    ],
]

REST = [
    Hostile("a byte behind a message", "rest", "81 0d 00"),
    Hostile("a break behind a message", "rest", "81 0d ff"),
    Hostile("null behind a message", "rest", "81 0d f6"),
    Hostile("half a message behind a message", "rest", "81 0d 83 06 01"),
    Hostile("a message of an unknown kind behind a message", "rest", "81 0d 81 18ff"),
    Hostile("a text of JSON", "rest", text_in_hex("[13]")),
    Hostile("a request of HTTP", "rest", text_in_hex("GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
    Hostile("16 zeros", "rest", "00" * 16),
    Hostile("16 bytes of ff", "rest", "ff" * 16),
]


def cut(name: str) -> list[Hostile]:
    """Return what is left of a good message, cut at every place."""
    data = next(encode(good.shape) for good in GOOD if good.name == name)
    return [Hostile(f"{name}, cut behind byte {end}", "cut", data[:end].hex()) for end in range(1, len(data))]


CUT = [
    *cut("ack"),
    *cut("bye"),
    *cut("several operations are one step"),
    *cut("a call with both"),
    *cut("functions in arguments"),
    *cut("streams in arguments"),
    *cut("a stream that failed"),
    *cut("a demand"),
    *cut("a moment"),
    *cut("the first integer above 64 bits"),
    *cut("text of every width"),
]

HOSTILE: list[Hostile] = [
    *HEADS,
    *SIMPLE,
    *TAGGED,
    *MOMENTS,
    *KEYED,
    *TEXTS,
    *DEEP,
    *FUNCTIONS,
    *STREAMS,
    *KINDS,
    *[Hostile(name, "shape", shape) for name, shape in WRONG_SHAPES],
    *NUMBERS,
    *TYPES,
    *REST,
    *CUT,
]
