"""What others say, in a line of ours."""

from __future__ import annotations

import pytest

from greennow.core.escaping import one_line, set_in

LINES: list[tuple[str, str, str]] = [
    ("plain text stays", "hello, Zoë", "hello, Zoë"),
    ("a line break is spelled out", "a\nERROR root: b\r", "a\\nERROR root: b\\r"),
    ("so is what a terminal obeys", "\x1b[2J\x07\x9b", "\\x1b[2J\\x07\\x9b"),
    ("what writes from right to left", "a\u202eb", "a\\u202eb"),
    ("other ends of lines", "a\u2028b\x85", "a\\u2028b\\x85"),
    ("half a character", "\udc80", "\\udc80"),
    ("a long text is cut, and its length told", "x" * 201, "x" * 200 + "… (201 characters)"),
]


@pytest.mark.parametrize(("name", "text", "shown"), LINES, ids=[case[0] for case in LINES])
def test_it_is_one_line(name: str, text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_lines_after_the_first_are_set_in() -> None:
    assert set_in("a\nERROR b\n\x1b[2J") == "a\n  ERROR b\n  \\x1b[2J"
