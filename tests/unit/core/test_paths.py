"""Paths as people write them, and back."""

from __future__ import annotations

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greennow.core.paths import Path, parse_path, path_text

TEXTS: list[tuple[str, Path, str]] = [
    ("the whole of now", (), "now"),
    ("names", ("player", "x"), "now.player.x"),
    ("a name of another alphabet", ("größe",), "now.größe"),
    ("an index", ("scores", 0), "now.scores[0]"),
    ("digits that are a name, not an index", ("scores", "0"), 'now.scores["0"]'),
    ("the empty name", ("",), 'now[""]'),
    ("a space", ("a b", 3), 'now["a b"][3]'),
    ("a dot", ("a.b", "c"), 'now["a.b"].c'),
    ("a quote", ('say "hi"',), 'now["say \\"hi\\""]'),
    ("a backslash", ("a\\b",), 'now["a\\\\b"]'),
    ("a line end", ("a\nb",), 'now["a\\u000ab"]'),
    ("a control character of the second kind", ("a\x9bb",), 'now["a\\u009bb"]'),
    ("a line separator", ("a\u2028b",), 'now["a\\u2028b"]'),
    ("a lone surrogate", ("a\ud800",), 'now["a\\ud800"]'),
    ("a character beyond the first plane", ("🦎",), 'now["🦎"]'),
]


@pytest.mark.parametrize(("path", "text"), [case[1:] for case in TEXTS], ids=[case[0] for case in TEXTS])
def test_a_path_as_a_person_would_write_it(path: Path, text: str) -> None:
    assert path_text(path) == text


def test_a_path_may_start_elsewhere() -> None:
    assert path_text(("a", 0), "argument 1 of now.f()") == "argument 1 of now.f().a[0]"


PARSED: list[tuple[str, str | Path, Path]] = [
    ("the empty text is the whole", "", ()),
    ("a name", "player", ("player",)),
    ("dots make it deep", "player.x", ("player", "x")),
    ("digits are a name", "scores.0", ("scores", "0")),
    ("a tuple is taken as it is", ("a.b", 0), ("a.b", 0)),
    ("the empty tuple is the whole", (), ()),
]


@pytest.mark.parametrize(("given", "path"), [case[1:] for case in PARSED], ids=[case[0] for case in PARSED])
def test_a_dotted_text_means_a_path(given: str | Path, path: Path) -> None:
    assert parse_path(given) == path


@given(st.lists(st.text() | st.integers(min_value=0)))
def test_no_path_breaks_a_line_or_a_log(path: list[str | int]) -> None:
    text = path_text(tuple(path))
    assert text.encode()
    assert len(text.splitlines()) == 1
    assert not [character for character in text if category(character) == "Cc"]
