"""The bench of now.js still runs, and says something about everything; how fast is not judged here."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.large
def test_a_quick_run_in_chromium_has_a_row_with_figures_for_everything() -> None:
    command = [sys.executable, "-W", "error::ResourceWarning", "-m", "bench.browser", "--quick"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=240)
    rows = [line.strip("| ").split(" | ") for line in told.stdout.splitlines() if line.startswith("| ")]
    figures = {row[0]: row[1:] for row in rows if re.fullmatch(r"[\d,.]+", row[-1])}
    assert {name: len(row) for name, row in figures.items()} == {
        "calls one after another": 3,
        "calls, 1,000 outstanding": 3,
        "1,000 writes in a turn": 3,
        "writes, a turn after each": 3,
        "until a page can call, first visit": 1,
        "until a page can call, cached": 1,
    }
    assert told.stderr == ""
