"""Values of now as lines of JSON."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from greennow.commands.printing import json_line
from greennow.core.borrowing import BorrowedFunction
from greennow.core.functions import NamedFunction
from greennow.core.stream import Stream

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=timezone(timedelta(hours=1)))
CALLER: Any = None

LINES: list[tuple[str, Any, str]] = [
    ("nothing", None, "null"),
    ("a boolean", True, "true"),
    ("a number", 2.5, "2.5"),
    ("a large number", 2**64, "18446744073709551616"),
    ("one of thousands of digits", 16**5_000, '"0x1' + 5_000 * "0" + '"'),
    ("no number", float("nan"), '"NaN"'),
    ("no end", float("inf"), '"Infinity"'),
    ("no beginning", float("-inf"), '"-Infinity"'),
    ("a text", 'é "ü"', '"é \\"ü\\""'),
    ("ends of lines", "a\nb\x85c\u2028d", '"a\\nb\\u0085c\\u2028d"'),
    ("what drives a terminal", "\x1b[31m\x9b\x7f", '"\\u001b[31m\\u009b\\u007f"'),
    ("bytes", b"\x00\xff", '"AP8="'),
    ("a moment", MOMENT, '"2026-01-02T03:04:05.600000+01:00"'),
    ("a function with a name", NamedFunction(CALLER, ("room", "enter")), '"<function now.room.enter>"'),
    ("containers", {"a": [b"", {"b": MOMENT}]}, '{"a": ["", {"b": "2026-01-02T03:04:05.600000+01:00"}]}'),
]


@pytest.mark.parametrize(("value", "line"), [case[1:] for case in LINES], ids=[case[0] for case in LINES])
def test_a_value_is_one_line_of_json(value: Any, line: str) -> None:
    assert json_line(value) == line
    assert len(line.splitlines()) == 1
    json.loads(line)


def test_a_function_without_a_name_is_shown_too() -> None:
    borrowing: Any = None
    assert json_line([BorrowedFunction(CALLER, 4, borrowing)]) == '["<function 4 lent by the other end>"]'


def test_a_stream_within_data_is_shown_and_not_read() -> None:
    source: Any = None
    stream = Stream(source, 4)
    stream.end(StopIteration())
    assert json_line({"rows": stream}) == '{"rows": "<stream 4 of the other end\'s>"}'


def test_a_terminal_that_cannot_show_everything_gets_escapes() -> None:
    assert json_line("é", ascii_only=True) == '"\\u00e9"'
