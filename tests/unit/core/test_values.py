"""What may be shared, what may not and why, and what others see of it."""

from __future__ import annotations

import array
import collections
import enum
import math
import types
import uuid
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from fractions import Fraction
from importlib import import_module
from importlib.util import find_spec
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greennow.core.tree import Dict, List, Value, plain, same
from greennow.core.values import Live, Unshareable, share

UTC = timezone.utc


class Image:
    """An object of the program's own."""


class Color(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    HIGH = 3


class Name(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "not what it holds"

    __repr__ = __str__


class Number(int):
    def __int__(self) -> int:
        return 0

    __index__ = __int__


class Real(float):
    def __float__(self) -> float:
        return 0.0


class Blob(bytes):
    def __bytes__(self) -> bytes:
        return b"not what it holds"


class Moment(datetime):
    """As pandas has: a datetime that knows more."""


class Point(NamedTuple):
    x: int
    y: int


class Function:
    def __call__(self) -> None: ...


def seconds_east(seconds: float) -> timezone:
    return timezone(timedelta(seconds=seconds))


# What is shared

SHARED: list[tuple[str, Any, Value]] = [
    ("none", None, None),
    ("true", True, True),
    ("false", False, False),
    ("an integer", 7, 7),
    ("an integer of any size", -(2**80), -(2**80)),
    ("a float", 1.5, 1.5),
    ("a whole float stays one", 1.0, 1.0),
    ("not a number", math.nan, math.nan),
    ("an infinity", -math.inf, -math.inf),
    ("minus zero", -0.0, -0.0),
    ("text", "größe 🦎\0", "größe 🦎\0"),
    ("bytes", b"\0\xff", b"\0\xff"),
    ("a moment", datetime(2013, 3, 21, 20, 4, tzinfo=UTC), datetime(2013, 3, 21, 20, 4, tzinfo=UTC)),
    ("a list", [1, [2]], List([1, List([2])])),
    ("a tuple becomes a list", (1, (2,)), List([1, List([2])])),
    ("a dict", {"a": {"b": 1}}, Dict({"a": Dict({"b": 1})})),
    ("any text is a key", {"": 1, "a.b": 2, "7": 3}, Dict({"": 1, "a.b": 2, "7": 3})),
    (
        "names that mean something to a language are ordinary",
        dict.fromkeys(["items", "constructor", "then", "toJSON", "__class__", "prototype", "core"], 0),
        Dict(dict.fromkeys(["items", "constructor", "then", "toJSON", "__class__", "prototype", "core"], 0)),
    ),
    ("a subclass of int", Number(7), 7),
    ("an IntEnum", Level.HIGH, 3),
    ("a subclass of float", Real(1.5), 1.5),
    ("a subclass of str", Name("x"), "x"),
    ("a subclass of str as key", {Name("x"): 1}, Dict({"x": 1})),
    ("a subclass of bytes", Blob(b"x"), b"x"),
    ("a subclass of dict", collections.OrderedDict(a=1), Dict({"a": 1})),
    ("a defaultdict", collections.defaultdict(list, a=1), Dict({"a": 1})),
    ("a named tuple", Point(1, 2), List([1, 2])),
    (
        "a subclass of datetime",
        Moment(2013, 3, 21, 20, 4, 5, 6, tzinfo=seconds_east(3600)),
        datetime(2013, 3, 21, 20, 4, 5, 6, seconds_east(3600)),
    ),
]


def kinds(value: Any) -> Iterator[type]:
    """The classes of all that a value holds."""
    yield type(value)
    if isinstance(value, dict):
        for key, item in value.items():
            yield type(key)
            yield from kinds(item)
    elif isinstance(value, list):
        for item in value:
            yield from kinds(item)


@pytest.mark.parametrize(
    ("value", "expected"), [case[1:] for case in SHARED], ids=[case[0] for case in SHARED]
)
def test_what_is_shared_is_plain(value: Any, expected: Value) -> None:
    shared = share(value)
    assert same(shared, expected)
    plain_kinds = {type(None), bool, int, float, str, bytes, datetime, Dict, List}
    assert set(kinds(shared)) <= plain_kinds


@pytest.mark.parametrize("make", [lambda: {"a": [1]}, lambda: [{"a": 1}]], ids=["a dict", "a list"])
def test_what_is_shared_is_a_copy(make: Callable[[], Any]) -> None:
    value = make()
    shared = share(value)
    first = value["a"] if isinstance(value, dict) else value[0]
    first.clear()
    value.clear()
    assert same(plain(shared), make())


FUNCTIONS = [len, lambda: None, Function(), Image, Image().__init__, "text".upper, math.floor]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_itself(function: Any) -> None:
    assert share(function) is function
    assert share([{"f": function}])[0]["f"] is function


def test_a_live_container_shares_a_copy_of_its_data() -> None:
    class LiveList(Live):
        def _tree(self) -> Value:
            return List([1, Dict({"a": 2})])

    live = LiveList()
    assert same(share(live), List([1, Dict({"a": 2})]))
    assert same(share({"l": live}), Dict({"l": List([1, Dict({"a": 2})])}))
    assert share(live) is not share(live)


def test_what_is_shared_twice_is_two_copies() -> None:
    inner: list[int] = []
    shared = share([inner, inner])
    assert shared[0] is not shared[1]
    assert shared[0].mark != shared[1].mark


# What is not

REFUSED: list[tuple[str, Any, str]] = [
    ("an object", Image(), "now.x: Image is not shareable"),
    ("an object, deep down", {"a": [0, Image()]}, "now.x.a[1]: Image is not shareable"),
    ("an object below an odd name", {"a b": Image()}, 'now.x["a b"]: Image is not shareable'),
    ("an enum", Color.RED, "now.x: Color is not shareable"),
    ("a decimal", Decimal(1), "now.x: Decimal is not shareable"),
    ("a fraction", Fraction(1), "now.x: Fraction is not shareable"),
    ("a complex number", 1j, "now.x: complex is not shareable"),
    ("a UUID", uuid.UUID(int=1), "now.x: UUID is not shareable"),
    ("a path", PurePosixPath("/"), "now.x: PurePosixPath is not shareable"),
    ("not implemented", NotImplemented, "now.x: NotImplementedType is not shareable"),
    ("an ellipsis", ..., "now.x: ellipsis is not shareable"),
    ("a module", math, "now.x: module is not shareable"),
    ("something of ours that can be called", Unshareable(), "now.x: Unshareable is not shareable"),
    ("a set", {1}, "now.x: set is not shareable; use list(...) or sorted(...)"),
    ("a frozenset", frozenset(), "now.x: frozenset is not shareable; use list(...) or sorted(...)"),
    ("a bytearray", bytearray(), "now.x: bytearray is not shareable; use bytes(...)"),
    ("a memoryview", memoryview(b""), "now.x: memoryview is not shareable; use bytes(...)"),
    ("an array", array.array("i"), "now.x: array is not shareable; use .tolist()"),
    (
        "a generator",
        (n for n in ()),
        "now.x: generator is not shareable by a name; use list(...), or have a function return it",
    ),
    ("an iterator", iter([]), "now.x: list_iterator is not shareable; use list(...)"),
    ("a range", range(3), "now.x: range is not shareable; use list(...)"),
    ("a deque", collections.deque(), "now.x: deque is not shareable; use list(...)"),
    ("the keys of a dict", {}.keys(), "now.x: dict_keys is not shareable; use list(...)"),
    ("a mapping", types.MappingProxyType({}), "now.x: mappingproxy is not shareable; use dict(...)"),
    (
        "a day",
        date(2013, 3, 21),
        "now.x: date is not shareable; use .isoformat(), or an aware datetime",
    ),
    ("a time of day", time(20, 4), "now.x: time is not shareable"),
    ("a duration", timedelta(1), "now.x: timedelta is not shareable"),
    (
        "a moment without a zone",
        datetime(2013, 3, 21),  # noqa: DTZ001
        "now.x: a naive datetime is not shareable; use .astimezone()",
    ),
    ("a key that is a number", {1: 0}, "now.x: keys are text, not int (1); use str(key)"),
    ("a key that is bytes", {b"a": 0}, "now.x: keys are text, not bytes (b'a'); use str(key)"),
    ("a key that is none", {None: 0}, "now.x: keys are text, not NoneType (None); use str(key)"),
    ("a key that is a tuple", {"a": {(1,): 0}}, "now.x.a: keys are text, not tuple ((1,)); use str(key)"),
]


@pytest.mark.parametrize(
    ("value", "sentence"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_what_is_not_shareable_is_named_with_its_place_and_the_remedy(value: Any, sentence: str) -> None:
    with pytest.raises(TypeError) as caught:
        share(value, ("x",))
    assert str(caught.value) == sentence


def cycle() -> Any:
    outer: dict[str, Any] = {}
    outer["a"] = [outer]
    return outer


def nested(depth: int) -> Any:
    value: Any = 0
    for _ in range(depth):
        value = [value]
    return value


BAD: list[tuple[str, Any, str]] = [
    ("the key __proto__", {"__proto__": {}}, "now.x.__proto__: this key is refused"),
    ("the key __proto__, deep down", [{"__proto__": {}}], "now.x[0].__proto__: this key is refused"),
    ("a lone surrogate", "\ud800", "now.x: a text with a lone surrogate: '\\ud800'"),
    (
        "surrogates the wrong way round",
        ["\udc00\ud800"],
        "now.x[0]: a text with a lone surrogate: '\\udc00\\ud800'",
    ),
    ("a lone surrogate in a key", {"a\udfff": 1}, "now.x: a text with a lone surrogate: 'a\\udfff'"),
    (
        "a long text with a surrogate is shown in part",
        "\ud800" + 99 * "a",
        "now.x: a text with a lone surrogate: '\\ud800" + 53 * "a",
    ),
]


@pytest.mark.parametrize(("value", "sentence"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_refused_key_or_text_is_named_with_its_place(value: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=":") as caught:
        share(value, ("x",))
    assert str(caught.value) == sentence


def test_what_contains_itself_is_refused_where_it_would_go_on() -> None:
    with pytest.raises(ValueError, match="contains itself") as caught:
        share(cycle(), ("x",), max_depth=4)
    assert str(caught.value) == "now.x.a[0].a: contains itself"


def test_a_list_that_holds_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(ValueError, match=r"contains itself$"):
        share(value)


def test_the_same_container_twice_is_no_cycle() -> None:
    inner: dict[str, int] = {}
    assert plain(share([inner, [inner]])) == [{}, [{}]]


@pytest.mark.parametrize(
    ("path", "depth"), [((), 3), (("x",), 2), (("x", 0, "y"), 0)], ids=["at the root", "below", "at the end"]
)
def test_depth_counts_from_the_root(path: Any, depth: int) -> None:
    share(nested(depth), path, max_depth=3)
    with pytest.raises(ValueError, match=r": nested deeper than max_depth=3$"):
        share(nested(depth + 1), path, max_depth=3)


def test_the_place_that_is_too_deep_is_named() -> None:
    with pytest.raises(ValueError, match="deeper") as caught:
        share({"a": [[]]}, ("x",), max_depth=3)
    assert str(caught.value) == "now.x.a[0]: nested deeper than max_depth=3"


def test_depth_is_bounded_before_the_interpreter_or_cbor_is_in_danger() -> None:
    share(nested(32))
    with pytest.raises(ValueError, match="max_depth=32"):
        share(nested(100_000))


def test_errors_start_where_they_are_told_to() -> None:
    with pytest.raises(TypeError) as caught:
        share([Image()], root="argument 1 of now.f()")
    assert str(caught.value) == "argument 1 of now.f()[0]: Image is not shareable"


# Moments


class Sundial(tzinfo):
    """A zone that does not say its offset."""

    def utcoffset(self, when: datetime | None) -> None:
        return None


MOMENTS: list[tuple[str, datetime, datetime]] = [
    (
        "an offset of whole minutes is kept",
        datetime(2013, 3, 21, 20, 4, 5, 6, seconds_east(-34200)),
        datetime(2013, 3, 21, 20, 4, 5, 6, seconds_east(-34200)),
    ),
    (
        "an offset with seconds is sent as UTC",
        datetime(1890, 1, 1, tzinfo=seconds_east(3208)),
        datetime(1889, 12, 31, 23, 6, 32, tzinfo=UTC),
    ),
    (
        "an offset with microseconds is sent as UTC",
        datetime(1890, 1, 1, tzinfo=seconds_east(0.000001)),
        datetime(1889, 12, 31, 23, 59, 59, 999999, UTC),
    ),
    (
        "the first moment of the year 1 east of Greenwich",
        datetime(1, 1, 1, tzinfo=seconds_east(86340)),
        datetime(1, 1, 1, tzinfo=seconds_east(86340)),
    ),
    (
        "the last moment of the year 9999 west of Greenwich",
        datetime(9999, 12, 31, 23, 59, 59, 999999, seconds_east(-86340)),
        datetime(9999, 12, 31, 23, 59, 59, 999999, seconds_east(-86340)),
    ),
    (
        "the first moment of the year 1 in a zone with seconds",
        datetime(1, 1, 1, tzinfo=seconds_east(3208)),
        datetime(1, 1, 1, 0, 0, 32, tzinfo=seconds_east(3240)),
    ),
    (
        "the last moment of the year 9999 in a zone with seconds",
        datetime(9999, 12, 31, 23, 59, 59, 999999, seconds_east(-3208)),
        datetime(9999, 12, 31, 23, 59, 27, 999999, seconds_east(-3240)),
    ),
    (
        "the first moment of the year 1 in a zone with seconds to the west",
        datetime(1, 1, 1, tzinfo=seconds_east(-3208)),
        datetime(1, 1, 1, 0, 0, 28, tzinfo=seconds_east(-3180)),
    ),
]


@pytest.mark.parametrize(
    ("moment", "expected"), [case[1:] for case in MOMENTS], ids=[case[0] for case in MOMENTS]
)
def test_a_moment_has_an_offset_of_whole_minutes(moment: datetime, expected: datetime) -> None:
    assert same(share(moment), expected)


def test_a_zone_that_does_not_know_its_offset_makes_no_moment() -> None:
    with pytest.raises(TypeError, match="a naive datetime is not shareable"):
        share(datetime(2013, 3, 21, tzinfo=Sundial()))


@given(
    st.datetimes(), st.integers(min_value=-86_399_999_999 + 60_000_000, max_value=86_399_999_999 - 60_000_000)
)
def test_a_moment_stays_the_same_moment_in_any_zone(local: datetime, microseconds: int) -> None:
    moment = local.replace(tzinfo=timezone(timedelta(microseconds=microseconds)))
    shared = share(moment)
    assert shared - moment == timedelta(0)
    assert shared.utcoffset() % timedelta(minutes=1) == timedelta(0)


# numpy


class FakeGeneric:
    """What tells numpy's scalars: a base of theirs."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def item(self) -> Any:
        return self.value


FakeGeneric.__module__, FakeGeneric.__name__ = "numpy", "generic"


class FakeScalar(FakeGeneric):
    """Looks like np.int64 and its like: neither int nor float, with ``item`` and ``tolist``."""

    tolist = FakeGeneric.item


class FakeArray:
    def tolist(self) -> list[int]:
        return []


@pytest.mark.parametrize("value", [7, 1.5, True, "x", b"x", None], ids=repr)
def test_a_scalar_of_numpys_is_its_item(value: Any) -> None:
    assert same(share(FakeScalar(value)), value)
    assert same(share({"a": [FakeScalar(value)]}), Dict({"a": List([value])}))


def test_a_scalar_whose_item_is_none_of_pythons_is_refused() -> None:
    """As of numpy's long double, whose item is itself."""
    scalar = FakeScalar(None)
    scalar.value = scalar
    with pytest.raises(TypeError, match=r"now\.x: FakeScalar is not shareable; use \.tolist\(\)"):
        share(scalar, ("x",))


def test_an_array_names_its_remedy() -> None:
    with pytest.raises(TypeError) as caught:
        share(FakeArray(), ("x",))
    assert str(caught.value) == "now.x: FakeArray is not shareable; use .tolist()"


@pytest.mark.skipif(find_spec("numpy") is None, reason="numpy is not installed")
def test_numpy_itself() -> None:
    numpy = import_module("numpy")
    for scalar, expected in [
        (numpy.int64(-7), -7),
        (numpy.uint8(7), 7),
        (numpy.float32(1.5), 1.5),
        (numpy.float64(1.5), 1.5),
        (numpy.bool_(True), True),
        (numpy.str_("x"), "x"),
        (numpy.bytes_(b"x"), b"x"),
    ]:
        assert same(share(scalar), expected)
    for value in (numpy.zeros(2), numpy.longdouble(1)):
        with pytest.raises(TypeError, match=r"use \.tolist\(\)"):
            share(value)
