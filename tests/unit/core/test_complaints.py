"""What others bring about, in the log: not too often, and never as if somebody else had said it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest

from greennow.core.complaints import AT_MOST, Complaints


class Minutes:
    """Complaints, and a clock that a test moves on by a minute."""

    def __init__(self) -> None:
        self.due: list[Callable[[], None]] = []
        self.complaints = Complaints(lambda seconds, do: self.due.append(do))

    def pass_by(self) -> None:
        """What was to be done in a minute is done."""
        due, self.due = self.due, []
        for do in due:
            do()


@pytest.fixture
def minutes(caplog: pytest.LogCaptureFixture) -> Iterator[Minutes]:
    caplog.set_level(logging.DEBUG, "greennow")
    return Minutes()


def test_a_line_says_what_it_is_about(minutes: Minutes, caplog: pytest.LogCaptureFixture) -> None:
    minutes.complaints.log("ann", "refused %s of %s", 3, "x\ny")
    assert caplog.record_tuples == [("greennow", logging.WARNING, "refused 3 of x\\ny")]


def test_the_same_is_said_so_often_in_a_minute_and_then_counted(
    minutes: Minutes, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(AT_MOST + 120):
        minutes.complaints.log("ann", "refused %s", number)
    minutes.complaints.log("bob", "refused %s", "one of bob's")
    assert caplog.messages == [*(f"refused {number}" for number in range(AT_MOST)), "refused one of bob's"]
    caplog.clear()
    minutes.pass_by()
    assert caplog.messages == ["... and 120 more like it about ann: refused %s"]
    caplog.clear()
    minutes.complaints.log("ann", "refused %s", "again")
    assert caplog.messages == ["refused again"]
    assert len(minutes.due) == 1


def test_who_comes_as_many_is_counted_as_one(minutes: Minutes, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(5_000):
        minutes.complaints.log(f"stranger {number}", "refused")
    assert len(caplog.messages) == 1_000 + AT_MOST
    caplog.clear()
    minutes.pass_by()
    assert caplog.messages == [f"... and {4_000 - AT_MOST} more like it: refused"]


def test_an_error_is_shown_with_its_traceback_and_can_forge_no_line(
    minutes: Minutes, caplog: pytest.LogCaptureFixture
) -> None:
    try:
        raise ValueError("no user\nWARNING greennow: all is well\x1b[2J")
    except ValueError as error:
        minutes.complaints.log("ann", "it failed", error=error)
    (record,) = caplog.records
    assert (record.levelname, record.exc_info and record.exc_info[0]) == ("ERROR", ValueError)
    first, *rest = logging.Formatter().format(record).split("\n")
    assert first == "it failed"
    assert rest[0] == "Traceback (most recent call last):"
    assert all(line.startswith("  ") for line in rest[1:])
    assert rest[-2:] == ["  ValueError: no user", "  WARNING greennow: all is well\\x1b[2J"]


def test_a_long_line_is_cut(minutes: Minutes, caplog: pytest.LogCaptureFixture) -> None:
    minutes.complaints.log("ann", "%s " * 20, *(["x" * 1_000] * 20))
    (message,) = caplog.messages
    assert len(message) < 1_100
