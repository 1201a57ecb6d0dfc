"""The benches still run, and say something about every scenario; how fast is not judged here."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

EXPECTED = {
    "bench": [
        "calls one after another",
        "calls, 3 outstanding",
        "calls, 4 clients x 3 outstanding",
        "a call of 100 bytes to 4 clients",
        "20 such calls in one turn to 4 clients",
        "a variable changed 5 times, a turn after each, to 4 clients",
        "connections until ready",
        "4 idle clients",
    ],
    "bench.callbacks": [
        "python lends to the server",
        "python borrows from the server",
        "python to another, through the server",
        "node lends to the server",
        "node borrows from the server",
        "node to another, through the server",
    ],
    "bench.scope": [
        "a write in everyone's scope",
        "a write in everyone's scope",
        "a write in everyone's scope",
        "a write in everyone's scope",
        "joining a group and leaving it",
        "joining a group and leaving it",
        "a write in one of a client's groups, and a look",
        "a write in one of a client's groups, and a look",
        "joining a group of one name and leaving it",
        "joining a group of one name and leaving it",
    ],
    "bench.streams": [
        "calls one after another",
        "rows from the server to the client",
        "rows from the client to the server",
    ],
}


def cells(line: str) -> list[str]:
    """What stands in a row of a table."""
    return [cell.strip() for cell in line.strip("|\n").split("|")]


def is_figure(cell: str) -> bool:
    """Whether this is a figure, which may be none where a few clients cost not even a page of memory."""
    return re.fullmatch(r"[\d,.]+%?|nan", cell) is not None


@pytest.mark.large
@pytest.mark.parametrize("bench", EXPECTED)
def test_a_quick_run_has_a_row_with_figures_for_everything(bench: str) -> None:
    command = [sys.executable, "-W", "error::ResourceWarning", "-m", bench, "--quick"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=240)
    rows = [cells(line) for line in told.stdout.splitlines() if line.startswith("| ")]
    head, _, *measured = rows
    assert [row[0] for row in measured] == EXPECTED[bench]
    assert [row for row in measured if len(row) != len(head) or not all(map(is_figure, row[2:]))] == []
    assert told.stderr == ""
