"""What Python's types are in TypeScript."""

from __future__ import annotations

import collections.abc as abstract
import enum
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any, Literal, NamedTuple, NewType, Protocol, TypedDict, TypeVar

import pytest

from greennow.core.signatures import Unresolved
from greennow.hub.typescript import TypeScript, comment, parameter_name, property_name


@dataclass
class Player:
    name: str
    x: float = 0.0
    friends: list[Player] = field(default_factory=list)
    place: int = field(init=False, default=0)


class Point(NamedTuple):
    x: int
    default: int = 0


class Settings(TypedDict):
    size: int


class MoreSettings(Settings, total=False):
    dark: bool


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Date(TypedDict): ...


class Listener(Protocol):
    def __call__(self, text: str) -> None: ...


@dataclass
class Lost:
    a: Nobody  # type: ignore[name-defined]  # noqa: F821  that is the point


#: An annotation, and the type.
TYPES: list[tuple[Any, str]] = [
    (None, "null"),
    (type(None), "null"),
    (bool, "boolean"),
    (int, "number"),
    (float, "number"),
    (str, "string"),
    (bytes, "Uint8Array"),
    (datetime, "Date"),
    (date, "string"),
    (Any, "any"),
    (object, "any"),
    (UnicodeError, "any"),
    (TypeVar("T"), "any"),
    (Unresolved("Nobody", ""), "any"),
    ([], "any"),
    (int | None, "number | null"),
    (int | float, "number"),
    (int | Any, "any"),
    (Literal["a", 1, True], '"a" | 1 | true'),
    (Literal[Color.RED], '"red"'),
    (Annotated[int, "a note"], "number"),
    (NewType("Id", str), "string"),
    (list, "any[]"),
    (list[int], "number[]"),
    (list[int | None], "(number | null)[]"),
    (list[Callable[[], None]], "(() => void)[]"),
    (Sequence[str], "string[]"),
    (abstract.Set[str], "string[]"),
    (set[str], "string[]"),
    (tuple, "any[]"),
    (tuple[int, ...], "number[]"),
    (tuple[int, str], "[number, string]"),
    (dict, "Record<string, any>"),
    (dict[str, list[int]], "Record<string, number[]>"),
    (Mapping[str, bool], "Record<string, boolean>"),
    (Callable, "(...args: any[]) => any"),
    (Callable[..., int], "(...args: any[]) => number"),
    (Callable[[int, str], None], "(argument1: number, argument2: string) => void"),
    (Callable[[], int] | None, "(() => number) | null"),
    (Listener, "(...args: any[]) => any"),
    (Iterator[int], "AsyncIterableIterator<number>"),
    (Generator[int, None, None], "AsyncIterableIterator<number>"),
    (Iterable[int], "AsyncIterable<number> | number[]"),
]


@pytest.mark.parametrize(("annotation", "written"), TYPES, ids=[repr(case[0]) for case in TYPES])
def test_a_type_is_written_in_typescript(annotation: Any, written: str) -> None:
    types = TypeScript()
    assert types.of(annotation) == written
    assert [*types.declared] == [] or annotation is Literal[Color.RED]


#: A class, and its declaration.
CLASSES: list[tuple[type, str]] = [
    (Player, "export interface Player {\n  name: string;\n  x?: number;\n  friends?: Player[];\n}\n"),
    (Point, "export type Point = [x: number, default_?: number];\n"),
    (Settings, "export interface Settings {\n  size: number;\n}\n"),
    (MoreSettings, "export interface MoreSettings {\n  size: number;\n  dark?: boolean;\n}\n"),
    (Color, 'export type Color = "red" | "blue";\n'),
    (Lost, "export interface Lost {\n  a: any;\n}\n"),
]


@pytest.mark.parametrize(("kind", "declared"), CLASSES, ids=[case[0].__name__ for case in CLASSES])
def test_a_class_is_declared_under_its_name_once(kind: type, declared: str) -> None:
    types = TypeScript()
    assert (types.of(kind), types.of(list[kind])) == (kind.__name__, f"{kind.__name__}[]")  # type: ignore[valid-type]
    assert [*types.declared] == [declared]


def test_a_class_does_not_take_anothers_name() -> None:
    types = TypeScript()
    other = dataclass(type("Player", (), {}))
    api = dataclass(type("Api", (), {}))
    assert [types.of(kind) for kind in (Player, other, Date, api, Player)] == [
        "Player",
        "Player2",
        "Date2",
        "Api2",
        "Player",
    ]


if sys.version_info >= (3, 12):

    def test_a_type_statement_is_a_type_that_may_name_itself() -> None:
        names: dict[str, Any] = {}
        exec("type Json = str | list[Json]", names)
        types = TypeScript()
        assert types.of(names["Json"]) == "Json"
        assert [*types.declared] == ["export type Json = string | Json[];\n"]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a1_$", "a1_$"),
        ("default", "default"),
        ("1a", '"1a"'),
        ("it's", '"it\'s"'),
        ("", '""'),
        ("ä\n", '"\\u00e4\\n"'),
    ],
)
def test_a_name_that_is_no_identifier_is_quoted(name: str, written: str) -> None:
    assert property_name(name) == written


def test_a_parameter_has_no_word_of_typescripts_as_its_name() -> None:
    assert [parameter_name(name) for name in ("function", "this", "of")] == ["function_", "this_", "of"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", ""),
        ("Adds.", "  /** Adds. */\n"),
        ("Adds.\n\nTwo.", "  /**\n   * Adds.\n   *\n   * Two.\n   */\n"),
        ("Ends */ here", "  /** Ends *\\/ here */\n"),
    ],
)
def test_a_docstring_becomes_a_comment_that_it_cannot_end(text: str, written: str) -> None:
    assert comment(text, "  ") == written
