"""Figures as tables in Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

from .measuring import Measured
from .scenarios import Point, Unit

#: What stands where there is no figure.
_NONE = "-"


class Row(NamedTuple):
    """One row: the medians of the servers, by name. A server that is missing has no such thing, or failed."""

    point: Point
    medians: dict[str, Measured]

    def load_busy(self, servers: Sequence[str]) -> float:
        """Return which part of the time the load was working, with the busiest of these servers."""
        return max((self.medians[name].load_busy for name in servers if name in self.medians), default=0.0)

    def times(self, ours: str, other: str) -> float | None:
        """Return how many times what another does one server does; None where one has no figure."""
        if ours not in self.medians or other not in self.medians:
            return None
        own, theirs = self.medians[ours].figure, self.medians[other].figure
        if self.point.scenario.unit.less_is_better:
            own, theirs = theirs, own
        return own / theirs if theirs else math.nan


def middle(runs: Sequence[Measured]) -> Measured:
    """Return the medians of runs of one row."""
    return Measured(*(median(figures) for figures in zip(*runs, strict=True)))


def table(head: Sequence[str], rows: Iterable[Sequence[str]], texts: int) -> str:
    """Return a table; its first columns are text, the others figures."""
    lines = [head, [*["---"] * texts, *["---:"] * (len(head) - texts)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def figures(rows: Sequence[Row], servers: Sequence[str], generated: Sequence[str]) -> str:
    """Return what was measured; some of the servers have the generator as their load, others their own."""
    lines = [
        [
            row.point.name,
            row.point.scenario.unit.value,
            *(_figure(row, server) for server in servers),
            _busy(row, generated),
        ]
        for row in rows
    ]
    return table(["scenario", "what", *servers, "load busy"], lines, 2)


def ratios(rows: Sequence[Row], servers: Sequence[str], ours: str) -> str:
    """Return how many times what each other server does for the same processor time ours does."""
    others = [server for server in servers if server != ours]
    lines = [
        [row.point.name, *(_ratio(row.times(ours, other)) for other in others)]
        for row in rows
        if ours in row.medians and len(row.medians) > 1
    ]
    return table([f"{ours}, times", *others], lines, 1)


def latencies(rows: Sequence[Row], servers: Sequence[str]) -> str:
    """Return how long calls took, where that says something: half of them, and 99 of 100."""
    lines = [
        [row.point.name, *(_latency(row, server) for server in servers)]
        for row in rows
        if any(measured.p99 for measured in row.medians.values())
    ]
    return table(["milliseconds: half, 99 of 100", *servers], lines, 1)


def _figure(row: Row, server: str) -> str:
    if server not in row.medians:
        return _NONE
    form = {Unit.DELIVERIES: ",.2f", Unit.MEMORY: ",.1f"}.get(row.point.scenario.unit, ",.0f")
    return format(row.medians[server].figure, form)


def _busy(row: Row, generated: Sequence[str]) -> str:
    busy = 0.0 if row.point.scenario.of_client else row.load_busy(generated)
    return f"{busy:.0%}" if busy else _NONE


def _ratio(times: float | None) -> str:
    return _NONE if times is None else f"{times:.2f}"


def _latency(row: Row, server: str) -> str:
    measured = row.medians.get(server)
    return f"{measured.p50:.2f}, {measured.p99:.2f}" if measured and measured.p99 else _NONE
