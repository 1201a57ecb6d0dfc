"""The soak and the stopped readers, in short: broken lines lose nothing, and nobody waits for a sloth."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def rows(bench: str) -> list[list[str]]:
    """The cells of the table that a quick run prints; a run that finds something wrong fails."""
    command = [sys.executable, "-W", "error::ResourceWarning", "-m", bench, "--quick"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
    assert (told.returncode, told.stderr) == (0, "")
    lines = [line for line in told.stdout.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.large
def test_over_lines_that_break_each_call_arrives_once_and_in_order_and_all_are_equal_at_the_end() -> None:
    ((clients, calls, cuts, resumed, *_, wrong),) = rows("bench.soak")
    assert (clients, wrong) == ("12", "nothing")
    assert int(calls.replace(",", "")) >= 2_000
    assert int(cuts) >= 40
    assert int(resumed) >= 20


@pytest.mark.large
def test_a_reader_that_has_stopped_is_closed_with_4002_and_the_others_hear_everything() -> None:
    told = [(stopped, delivered, codes) for _, stopped, delivered, *_, codes in rows("bench.stopped")]
    assert told == [("0", "20", "-"), ("1", "20", "4002: 1"), ("10", "20", "4002: 10")]
