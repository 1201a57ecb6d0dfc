"""Values as annotations say: what passes, what is made of it, and the sentence for what does not."""

from __future__ import annotations

import enum
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    Protocol,
    TypedDict,
    runtime_checkable,
)
from uuid import UUID

import pytest

from greennow.core.borrowing import BorrowedFunction
from greennow.core.converting import Uncheckable, converter
from greennow.core.errors import RemoteError


@dataclass
class Player:
    name: str
    x: float = 0.0
    friends: list[Player] = field(default_factory=list)


@dataclass
class Even:
    number: int

    def __post_init__(self) -> None:
        if self.number % 2:
            raise ValueError(f"{self.number} is not even")


@dataclass
class Handlers:
    done: Callable[[int], None]


@dataclass
class Unresolvable:
    other: Nobody  # type: ignore[name-defined]  # noqa: F821  that is the point


class Point(NamedTuple):
    x: int
    y: int = 0


class Settings(TypedDict):
    size: int


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Strange(enum.Enum):
    HALF = 0.5


class Listener(Protocol):
    def __call__(self, text: str) -> None: ...


class Sized(Protocol):
    def __len__(self) -> int: ...


@runtime_checkable
class Callback(Protocol):
    def __call__(self) -> None: ...


MOMENT = datetime(2026, 1, 2, tzinfo=timezone.utc)
ITEMS = iter([1, 2])


def f() -> None: ...


def borrowed() -> Any:
    return BorrowedFunction.__new__(BorrowedFunction)


#: An annotation, what came, and what is made of it.
TAKEN: list[tuple[str, Any, Any, Any]] = [
    ("an integer", int, 5, 5),
    ("of any size", int, 2**70, 2**70),
    ("an integer for a float", float, 5, 5.0),
    ("a text", str, "a", "a"),
    ("bytes", bytes, b"a", b"a"),
    ("a moment", datetime, MOMENT, MOMENT),
    ("none", None, None, None),
    ("what may be none", int | None, None, None),
    ("one of two", int | str, "a", "a"),
    ("bytes or text", str | bytes, b"a", b"a"),
    ("text or bytes in a list", list[str | bytes | None], [b"a", "a", None], [b"a", "a", None]),
    ("two classes: the first that fits", Settings | Player, {"name": "ann"}, Player("ann")),
    ("a function or a number", Callable[[], None] | int, f, f),
    ("a list", list[int], [1, 2], [1, 2]),
    ("a list of anything", list, [1, "a"], [1, "a"]),
    ("a sequence", Sequence[int], [1, 2], [1, 2]),
    ("a list for a tuple", tuple[int, str], [1, "a"], (1, "a")),
    ("of any length", tuple[int, ...], [1, 2, 3], (1, 2, 3)),
    ("a list for a set", set[int], [1, 2, 1], {1, 2}),
    ("a mapping", dict[str, int], {"a": 1}, {"a": 1}),
    ("an abstract mapping", Mapping[str, Any], {"a": 1}, {"a": 1}),
    ("a mapping for a dataclass", Player, {"name": "ann", "x": 1}, Player("ann", 1.0)),
    ("unknown names are left out", Player, {"name": "ann", "age": 1}, Player("ann")),
    ("dataclasses in lists", list[Player], [{"name": "ann"}], [Player("ann")]),
    (
        "one in itself",
        Player,
        {"name": "ann", "friends": [{"name": "bob"}]},
        Player("ann", friends=[Player("bob")]),
    ),
    ("a list for a named tuple", Point, [1], Point(1)),
    ("a typed mapping", Settings, {"size": 1}, {"size": 1}),
    ("a value of an enumeration", Color, "red", Color.RED),
    ("a literal", Literal["a", 1], 1, 1),
    ("a text for a date", date, "2026-01-02", date(2026, 1, 2)),
    ("a text for a decimal", Decimal, "1.50", Decimal("1.50")),
    ("a text for a UUID", UUID, "00000000-0000-0000-0000-000000000001", UUID(int=1)),
    ("a function", Callable[[int], str], f, f),
    ("a function in a dataclass", Handlers, {"done": f}, Handlers(f)),
    ("a function that a protocol describes", Listener, f, f),
    ("or one that can be asked", Callback, f, f),
    ("an iterator", Iterator[int], ITEMS, ITEMS),
    ("for a generator too", Generator[int, None, None], ITEMS, ITEMS),
    ("what can be iterated", Iterable[int], ITEMS, ITEMS),
    ("which a list can", Iterable[int], [1], [1]),
    ("what is said beside a type", Annotated[str | bytes, "a note"], b"a", b"a"),
]


@pytest.mark.parametrize(
    ("annotation", "given", "made"), [case[1:] for case in TAKEN], ids=[c[0] for c in TAKEN]
)
def test_what_an_annotation_says_is_taken(annotation: Any, given: Any, made: Any) -> None:
    convert = converter(annotation)
    assert convert is not None
    found = convert(given, "a")
    assert found == made
    assert type(found) is type(made)


@pytest.mark.parametrize("annotation", [Any, object])
def test_anything_will_do_where_the_annotation_says_so(annotation: Any) -> None:
    assert converter(annotation) is None


@pytest.mark.parametrize("annotation", [Callable, Iterator[int], Iterable[int], list[Callable[[], None]]])
def test_functions_and_streams_are_taken_as_they_are(annotation: Any) -> None:
    convert, given = converter(annotation), f if "Callable" in repr(annotation) else iter([1])
    assert convert is not None
    if "list" in repr(annotation):
        assert convert([given], "a")[0] is given
    else:
        assert convert(given, "a") is given


#: An annotation, what came, and what is said.
REFUSED: list[tuple[str, Any, Any, str]] = [
    ("a text is no integer", int, "5", "argument a: expected int, got str"),
    ("nor is a float", int, 3.0, "argument a: expected int, got float"),
    ("nor true", int, True, "argument a: expected int, got bool"),
    ("true is no float", float, True, "argument a: expected float, got bool"),
    ("none is no integer", int, None, "argument a: expected int, got None"),
    ("an integer too large for a float", float, 10**400, "argument a: number out of range"),
    ("a text is no bytes", bytes, "YQ==", "argument a: expected bytes, got str"),
    ("a text is no moment", datetime, "2026-01-02T00:00:00Z", "argument a: expected datetime, got str"),
    ("not even none", str | None, 5, "argument a: expected str | None, got int"),
    ("neither", str | bytes, 5, "argument a: expected str | bytes, got int"),
    ("neither, in a list", list[str | bytes], ["a", {}], "argument a[1]: expected str | bytes, got dict"),
    ("in a list", list[int], [1, "a"], "argument a[1]: expected int, got str"),
    ("a mapping is no list", list[int], {}, "argument a: expected list, got dict"),
    ("a mapping in a set", set, [{}], "argument a: unhashable type: 'dict'"),
    ("too long", tuple[int, int], [1, 2, 3], "argument a: expected list of length 2, got 3"),
    ("in a mapping", dict[str, int], {"k": "a"}, "argument a[...]: expected int, got str"),
    ("as a key", dict[int, int], {"k": 1}, "argument a, a key: expected int, got str"),
    ("in a dataclass", Player, {"name": "ann", "x": "a"}, "argument a.x: expected float, got str"),
    ("missing in it", Player, {"x": 1}, "argument a: name is missing"),
    (
        "deeper",
        list[Player],
        [{"name": "ann", "friends": [{"name": 1}]}],
        "argument a[0].friends[0].name: expected str, got int",
    ),
    ("what the dataclass itself says", list[Even], [{"number": 1}], "argument a[0]: 1 is not even"),
    ("a mapping is no named tuple", Point, {"x": 1}, "argument a: expected list, got dict"),
    ("missing in a mapping", Settings, {}, "argument a: size is missing"),
    ("no value of the enumeration", Color, "RED", "argument a: invalid value 'RED'"),
    ("no literal", Literal["a"], "b", "argument a: invalid value 'b'"),
    ("no date", date, "2026-02-31", "argument a: invalid RFC3339 encoded date"),
    ("no function", Callable[[], None], 5, "argument a: expected Callable, got int"),
    ("no function of a protocol", Listener, 5, "argument a: expected Callable, got int"),
    ("no iterator", Iterator[int], [1], "argument a: expected Iterator, got list"),
    ("a function is no integer", int, f, "argument a: expected int, got function"),
    ("nor is one of the other end", int, borrowed(), "argument a: expected int, got function"),
    ("nothing that travels", UnicodeError, "a", "argument a: expected UnicodeError, got str"),
]


@pytest.mark.parametrize(
    ("annotation", "given", "sentence"), [case[1:] for case in REFUSED], ids=[c[0] for c in REFUSED]
)
def test_anything_else_is_refused_with_its_place(annotation: Any, given: Any, sentence: str) -> None:
    convert = converter(annotation)
    assert convert is not None
    with pytest.raises(RemoteError) as raised:
        convert(given, "a")
    assert (str(raised.value), raised.value.type) == (f"TypeError: {sentence}", "TypeError")


@pytest.mark.parametrize(
    ("annotation", "reason"),
    [
        (5, "Type '5' is not supported"),
        (Sized, "Sized is a protocol that is not runtime_checkable"),
        (list[Sized], "Sized is a protocol that is not runtime_checkable"),
        (Unresolvable, "name 'Nobody' is not defined"),
        (
            Strange,
            "Enums must contain either all str or all int values - type `<enum 'Strange'>` is not supported",
        ),
    ],
)
def test_what_cannot_be_checked_says_why(annotation: Any, reason: str) -> None:
    with pytest.raises(Uncheckable) as raised:
        converter(annotation)
    assert str(raised.value) == reason
