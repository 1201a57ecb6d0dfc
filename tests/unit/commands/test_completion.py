"""What the prompt offers for names of now."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from greennow.commands.completion import NowCompleter
from greennow.core.functions import NamedFunction
from greennow.core.namespace import Namespace
from greennow.core.paths import Path
from greennow.core.tree import Value

from ..core.spaces import TreeSpace


class Caller:
    """Fails the test that calls a function."""

    def call(self, *args: object) -> Any:
        raise AssertionError("completing called a function")

    send = function_at = call


class Space(TreeSpace):
    """Gives functions as the client does."""

    def function(self, path: Path, value: Value) -> Any:
        return NamedFunction(Caller(), path)


DATA: dict[str, Any] = {
    "player": {"x": 1, "name": "ann", "items": [], "pocket": {"coins": 3}},
    "scores": [1, 2],
    "score": 3,
    "nothing": None,
    "add": print,
    "a b": 1,
    "_hidden": 1,
}

METHODS = ["now.get(", "now.items(", "now.keys(", "now.to_plain(", "now.values("]


def offered(text: str) -> list[str]:
    now = Namespace(Space(DATA))
    completer = NowCompleter({"now": now, "client": SimpleNamespace(now=now), "number": 1})
    found: list[str] = []
    while (match := completer.complete(text, len(found))) is not None:
        found.append(match)
    return sorted(found)


CASES = [
    (
        "all that is shared, and what follows it",
        "now.",
        sorted([*METHODS, "now.add(", "now.nothing", "now.player.", "now.score", "now.scores["]),
    ),
    ("those that begin so", "now.sc", ["now.score", "now.scores["]),
    ("a function, which is not called", "now.add", ["now.add("]),
    ("what a mapping holds", "now.player.poc", ["now.player.pocket."]),
    ("methods before names", "now.player.it", ["now.player.items("]),
    ("deeper", "now.player.pocket.co", ["now.player.pocket.coins"]),
    ("through the client", "client.now.pl", ["client.now.player."]),
    ("nothing", "now.x", []),
    ("below nothing", "now.x.y", []),
    ("below a function", "now.add.__ca", ["now.add.__call__("]),
    ("Python's own", "numb", ["number"]),
    ("attributes of anything", "number.rea", ["number.real"]),
    ("names that were never there", "nowhere.x", []),
]


@pytest.mark.parametrize(("text", "names"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_completing_offers(text: str, names: list[str]) -> None:
    assert offered(text) == names
