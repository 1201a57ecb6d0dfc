"""The record: what each workload took, by minor version of Python, and why figures were raised.

A figure in the record only falls, unless a note says what its growth is for. So growth that is too small to
be noticed adds up until it is.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .counting import Counted

#: A workload may grow by so much of its recorded figure. What shrinks by more is to be recorded, to be kept.
LIMIT = 0.03

_FILE = Path(__file__).with_name("record.json")

#: The version that this is, as the record has it.
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


class Change(NamedTuple):
    """One figure of a workload, as it is recorded (if it is) and as it was counted."""

    workload: str
    what: str
    recorded: int | None
    counted: int

    @property
    def growth(self) -> float:
        """By which part of the recorded figure it has grown: all of it where none is recorded."""
        if self.recorded is None:
            return math.inf
        grown = self.counted - self.recorded
        return grown / self.recorded if self.recorded else math.inf if grown else 0.0

    def __str__(self) -> str:
        if self.recorded is None:
            return f"{self.workload}: {self.counted:,} {self.what} on Python {PYTHON}, and none are recorded"
        change = f"{abs(self.growth):.1%} {'more' if self.growth > 0 else 'fewer'}"
        return (
            f"{self.workload}: {self.counted:,} {self.what} on Python {PYTHON}, "
            f"{change} than the {self.recorded:,} that are recorded"
        )


class Record:
    """The figures of this version of Python, and the file that has them all."""

    def __init__(self) -> None:
        #: All that the file holds.
        self._all: dict[str, Any] = json.loads(_FILE.read_text("utf-8"))
        #: Figures by workload and by what is counted.
        self._figures: dict[str, dict[str, int]] = self._all["figures"].setdefault(PYTHON, {})

    def changes(self, counted: Mapping[str, Counted]) -> list[Change]:
        """Return each figure beside the recorded one."""
        return [
            Change(workload, what, self._figures.get(workload, {}).get(what), figure)
            for workload, figures in counted.items()
            for what, figure in figures._asdict().items()
        ]

    def take(self, changes: Iterable[Change], note: str | None, workloads: Iterable[str]) -> None:
        """Write down what has fallen and what is new; with a note, all.

        Args:
            changes: what was counted.
            note: what growth is for.
            workloads: those that there are: what is recorded of others is forgotten.
        """
        for change in changes:
            if change.growth <= 0 or change.recorded is None or note is not None:
                self._figures.setdefault(change.workload, {})[change.what] = change.counted
            if note is not None and change.growth > 0 and change.recorded is not None:
                rise = f"{change.recorded:,} to {change.counted:,} {change.what}"
                self._all["notes"].setdefault(note, []).append(f"{change.workload}, {PYTHON}: {rise}")
        known = {workload: self._figures[workload] for workload in workloads if workload in self._figures}
        self._all["figures"][PYTHON] = known
        self._all["figures"] = dict(sorted(self._all["figures"].items()))
        _FILE.write_text(json.dumps(self._all, indent=2, ensure_ascii=False) + "\n", "utf-8")
