"""Figures as curves: SVG without any library, a line a server over a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import NamedTuple

from .measuring import Measured
from .report import Row

#: Points of one server's line.
Line = Sequence[tuple[float, float]]

#: Told apart by who does not see all colours, too (Okabe and Ito).
COLOURS = ("#000000", "#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#0072b2", "#d55e00", "#999999")

#: The size of a picture and of what lies around the plot: left, top, right, bottom.
WIDTH, HEIGHT = 760, 420
LEFT, TOP, RIGHT, BOTTOM = 70, 40, 200, 50


class Curve(NamedTuple):
    """One picture.

    Attributes:
        file: its name.
        title, across, up: what it shows, and what the axes are.
        scenario: whose rows, by key.
        x: what of a figure goes to the right.
        y: what of it goes up.
    """

    file: str
    title: str
    across: str
    up: str
    scenario: str
    x: Callable[[Measured], float]
    y: Callable[[Measured], float]

    def lines(self, rows: Sequence[Row]) -> dict[str, Line]:
        """Return the points of each server that has at least two."""
        lines: dict[str, list[tuple[float, float]]] = {}
        for row in rows:
            if row.point.scenario.key == self.scenario:
                for server, measured in row.medians.items():
                    if self.y(measured) > 0:  # a load that does not measure this tells 0
                        lines.setdefault(server, []).append((self.x(measured), self.y(measured)))
        return {server: sorted(points) for server, points in lines.items() if len(points) > 1}


CURVES = (
    Curve(
        "deliveries.svg", "What a delivery costs", "clients", "microseconds of CPU", "say",
        lambda measured: measured.clients, lambda measured: measured.figure,
    ),
    Curve(
        "memory.svg", "What an idle client takes", "clients", "KiB", "memory",
        lambda measured: measured.clients, lambda measured: measured.figure,
    ),
    Curve(
        "latency.svg", "How long 99 of 100 calls take at most", "calls outstanding", "milliseconds", "load",
        lambda measured: measured.clients * measured.outstanding, lambda measured: measured.p99,
    ),
)  # fmt: skip


class Axis:
    """A logarithmic axis; nothing at or below zero has a place on it."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        """
        Args:
            values: all that is to find room.
            start: where the least lies, in the picture.
            end: where the most lies.
        """
        self._low = math.floor(math.log10(min(values)))
        self._high = max(math.ceil(math.log10(max(values))), self._low + 1)
        self._start = start
        self._end = end

    def place(self, value: float) -> float:
        """Return where a value lies."""
        part = (math.log10(value) - self._low) / (self._high - self._low)
        return self._start + part * (self._end - self._start)

    def ticks(self) -> list[float]:
        """Return the values that are named: one, two and five of each power of ten."""
        powers = range(self._low, self._high)
        return [*(step * 10.0**power for power in powers for step in (1, 2, 5)), 10.0**self._high]


def draw(curve: Curve, lines: Mapping[str, Line]) -> str:
    """Return a picture of lines, which have to be more than none."""
    points = [point for line in lines.values() for point in line]
    across = Axis([x for x, _ in points], LEFT, WIDTH - RIGHT)
    up = Axis([y for _, y in points], HEIGHT - BOTTOM, TOP)
    parts = [
        _text(LEFT, 20, curve.title, size=15),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, curve.across, anchor="middle"),
        _text(LEFT, 36, curve.up),
        *_grid(across, up),
    ]
    for number, (server, line) in enumerate(lines.items()):
        parts += _line(server, [(across.place(x), up.place(y)) for x, y in line], number)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">'
    return "\n".join([head, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>', *parts, "</svg>", ""])


def _grid(across: Axis, up: Axis) -> list[str]:
    parts = []
    for value in across.ticks():
        x = across.place(value)
        parts.append(_stroke(x, TOP, x, HEIGHT - BOTTOM))
        parts.append(_text(x, HEIGHT - BOTTOM + 16, f"{value:,g}", anchor="middle"))
    for value in up.ticks():
        y = up.place(value)
        parts.append(_stroke(LEFT, y, WIDTH - RIGHT, y))
        parts.append(_text(LEFT - 6, y + 4, f"{value:,g}", anchor="end"))
    return parts


def _line(server: str, places: Sequence[tuple[float, float]], number: int) -> list[str]:
    colour = COLOURS[number % len(COLOURS)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
    beside, height = WIDTH - RIGHT + 14, TOP + 10 + 20 * number
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
        *dots,
        f'<rect x="{beside}" y="{height - 9}" width="12" height="10" fill="{colour}"/>',
        _text(beside + 18, height, server),
    ]


def _stroke(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#ddd"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 11) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">{escape(text)}</text>'
