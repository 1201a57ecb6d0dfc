"""What stands in a tree, as declarations of TypeScript."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from typing import Any

import pytest

from greennow.core.tree import MISSING
from greennow.core.values import share
from greennow.hub.declarations import declarations


@dataclass
class Player:
    name: str


def add(a: int, b: int = 0) -> int:
    """Adds."""
    return a + b


def every_kind(a, /, b: Player, *rest: str, c: int = 0, **named: int) -> None: ...


def by_name(*, scale: float) -> None: ...


def rows() -> Iterator[int]:
    yield 1


def declared(names: Any, *, comments: bool = False) -> str:
    """What is declared of these names, without the comment ahead of it."""
    text = declarations(names, comments=comments)
    assert text.startswith("// ")
    return text[text.index("export") :]


def api(**names: Any) -> str:
    """The members of the interface."""
    text = declared(share(names))
    assert text.startswith("export interface Api {\n")
    return text.removeprefix("export interface Api {\n").removesuffix("}\n")


#: Names, and their declarations.
MEMBERS: list[tuple[str, dict[str, Any], str]] = [
    ("a function", {"add": add}, "  add(a: number, b?: number): number;\n"),
    ("one that says nothing", {"f": lambda a, b=1: None}, "  f(a: any, b?: any): any;\n"),
    ("one in C", {"f": max}, "  f(...args: any[]): any;\n"),
    ("a partial", {"f": partial(add, 1)}, "  f(b?: number): number;\n"),
    ("a stream", {"rows": rows}, "  rows(): AsyncIterableIterator<number>;\n"),
    ("what only Python can call", {"f": by_name}, "  f: never;\n"),
    ("a namespace", {"math": {"add": add}}, "  math: {\n    add(a: number, b?: number): number;\n  };\n"),
    ("a name to be quoted", {"my-name": add}, '  "my-name"(a: number, b?: number): number;\n'),
    ("numbers", {"a": 1, "b": 1.5}, "  a: number;\n  b: number;\n"),
    (
        "text, truth and bytes",
        {"a": "", "b": True, "c": b""},
        "  a: string;\n  b: boolean;\n  c: Uint8Array;\n",
    ),
    ("a moment", {"a": datetime(2026, 1, 1, tzinfo=timezone.utc)}, "  a: Date;\n"),
    ("none says nothing", {"a": None}, "  a: any;\n"),
    ("an empty list and mapping", {"a": [], "b": {}}, "  a: any[];\n  b: Record<string, any>;\n"),
    ("a list", {"a": [1, "b", 2]}, "  a: (number | string)[];\n"),
    ("of lists", {"a": [[1]]}, "  a: number[][];\n"),
    ("of mappings", {"a": [{"x": 1}, {"x": 2}]}, "  a: ({\n    x: number;\n  })[];\n"),
]


@pytest.mark.parametrize(("names", "members"), [c[1:] for c in MEMBERS], ids=[c[0] for c in MEMBERS])
def test_names_are_members_of_the_interface(names: dict[str, Any], members: str) -> None:
    assert api(**names) == members


def test_classes_are_declared_behind_it() -> None:
    assert declared(share({"f": every_kind})) == (
        "export interface Api {\n  f(a: any, b: Player, ...rest: string[]): void;\n}\n"
        "\nexport interface Player {\n  name: string;\n}\n"
    )


def test_docstrings_are_there_where_they_are_asked_for() -> None:
    assert declared(share({"add": add, "f": partial(add)}), comments=True) == (
        "export interface Api {\n"
        "  /** Adds. */\n  add(a: number, b?: number): number;\n  f(a: number, b?: number): number;\n}\n"
    )
    assert "Adds." not in declared(share({"add": add}))


def test_a_now_that_holds_nothing_has_an_empty_interface() -> None:
    assert declared(MISSING) == "export interface Api {\n}\n"
