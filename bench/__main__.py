"""``python -m bench``: greennow's server beside the bare loop of gevent, in one run, as a table."""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import platform
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from .load import Measured, measure
from .pinning import cores
from .scenarios import SCENARIOS, Kind, Scenario
from .servers import serve_floor, serve_greennow

#: Every process begins with an interpreter of its own; nothing measured has a history.
_PROCESSES = multiprocessing.get_context("spawn")

_HEADER = """\
| scenario | what | greennow | floor | times the floor's cost | load busy |
| --- | --- | ---: | ---: | ---: | ---: |
"""


class Row(NamedTuple):
    """The medians of one scenario."""

    scenario: Scenario
    greennow: Measured
    floor: Measured

    @property
    def cost(self) -> float:
        """How many times what the floor costs; not a number where a few clients cost not even a page."""
        ours, floor = self.greennow.figure, self.floor.figure
        if self.scenario.kind is not Kind.MEMORY:
            ours, floor = floor, ours
        return ours / floor if floor else math.nan

    def __str__(self) -> str:
        kind = self.scenario.kind
        what, form = (kind.value, ",.1f") if kind is Kind.MEMORY else (f"{kind.value} per CPU second", ",.0f")
        figures = f"{self.greennow.figure:{form}} | {self.floor.figure:{form}} | {self.cost:.2f}"
        return f"| {self.scenario.name} | {what} | {figures} | {self.greennow.load_share:.0%} |\n"


def rows(scenarios: list[Scenario], runs: int) -> Iterator[Row]:
    """Yield a row a scenario; the servers take turns, so that a disturbed minute disturbs both."""
    for scenario in scenarios:
        pairs = [(run_once(scenario, serve_greennow), run_once(scenario, serve_floor)) for _ in range(runs)]
        yield Row(scenario, middle([ours for ours, _ in pairs]), middle([floor for _, floor in pairs]))


def middle(measured: list[Measured]) -> Measured:
    """Return the medians."""
    return Measured(*(median(figures) for figures in zip(*measured, strict=True)))


def run_once(scenario: Scenario, serve: Callable[..., None]) -> Measured:
    """Start a server and a load, and return what the load measured."""
    for_server, for_load = cores()
    asked, asking = _PROCESSES.Pipe()
    results, told = _PROCESSES.Pipe()
    server = _PROCESSES.Process(target=serve, args=(asked, scenario, for_server), daemon=True)
    load = _PROCESSES.Process(
        target=measure, args=(asking, told, scenario, for_load, serve is serve_greennow), daemon=True
    )
    server.start()
    load.start()
    for end in (asked, asking, told):
        end.close()  # who still waits for a process that has ended is to hear of it
    try:
        measured: Measured = results.recv()
    except EOFError:
        raise SystemExit(f"{scenario.name}: the load gave up; see above") from None
    finally:
        load.join()
        server.join()
    return measured


def machine() -> str:
    """Return what was measured with, as a sentence."""
    for_server, for_load = cores()
    pinned = "not pinned" if for_server is None else f"server on core {for_server}, load on core {for_load}"
    packages = ", ".join(f"{name} {version(name)}" for name in ("gevent", "cbor2"))
    load = os.getloadavg()[0]
    return (
        f"{platform.python_implementation()} {platform.python_version()}, {packages}; {platform.system()}, "
        f"{os.cpu_count()} cores{processor()}; {pinned}; load average at the start {load:.1f}"
    )


def processor() -> str:
    """Return the name of the processor, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return ""
    return next((f" of {line.partition(': ')[2]}" for line in lines if line.startswith("model name")), "")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="medians of so many runs (3)")
    parser.add_argument("--quick", action="store_true", help="once, with tiny numbers: does it work?")
    options: Any = parser.parse_args()
    scenarios = [scenario.tiny() for scenario in SCENARIOS] if options.quick else list(SCENARIOS)
    runs = 1 if options.quick else options.runs
    sys.stdout.write(f"{machine()}; medians of {runs}\n\n{_HEADER}")
    for row in rows(scenarios, runs):
        sys.stdout.write(str(row))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
