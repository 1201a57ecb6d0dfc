"""Where functions were made, as text."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from greennow.core.functions import NamedFunction
from greennow.core.sites import most_frequent, place_of, site_of


def plain() -> None: ...


class Chat:
    def say(self) -> None: ...

    def __call__(self) -> None: ...

    def __getattr__(self, name: str) -> Any:
        raise AssertionError("nothing of the program's runs")


LINE = plain.__code__.co_firstlineno

CASES: list[tuple[str, Any, str, str]] = [
    ("a function", plain, f"test_sites.py:{LINE}", f"test_sites.py:{LINE} plain"),
    ("a method", Chat().say, f"test_sites.py:{LINE + 4}", f"test_sites.py:{LINE + 4} Chat.say"),
    ("a partial", partial(partial(plain)), f"test_sites.py:{LINE}", f"test_sites.py:{LINE} plain"),
    ("an object", Chat(), "Chat", "Chat"),
    ("a builtin", print, "builtin_function_or_method", "builtin_function_or_method"),
    ("a class", Chat, "type", "type"),
    ("a name of now", NamedFunction(None, ("f",)), "NamedFunction", "NamedFunction"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(
    ("function", "place", "site"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_function_was_made_at(function: Any, place: str, site: str) -> None:
    assert (place_of(function), site_of(function)) == (place, site)


def made_in(file: str, name: str = "f") -> Any:
    names: dict[str, Any] = {}
    exec(compile(f"def {name}(): ...", file, "exec"), names)
    return names[name]


def test_a_file_is_named_without_its_folder_on_any_system() -> None:
    assert [place_of(made_in(file)) for file in ("/srv/app.py", "C:\\srv\\app.py")] == ["app.py:1"] * 2


def test_long_names_are_cut() -> None:
    assert site_of(made_in("x" * 1_000, "y" * 1_000)) == f"{'x' * 60}:1 {'y' * 60}"


def test_most_frequent_places_come_first() -> None:
    functions = [made_in("b.py"), *[made_in("a.py")] * 1_200, Chat()]
    assert most_frequent(functions) == "a.py:1 (1,200), b.py:1 (1), Chat (1)"
    assert most_frequent([]) == ""


def test_of_many_places_the_first_are_shown() -> None:
    functions = [made_in(f"{number}.py") for number in range(8)]
    assert (
        most_frequent(functions)
        == "0.py:1 (1), 1.py:1 (1), 2.py:1 (1), 3.py:1 (1), 4.py:1 (1), 3 other places"
    )
