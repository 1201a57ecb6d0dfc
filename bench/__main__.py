"""``python -m bench``: greennow beside its peers and the floor, in one run, as tables and curves."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from .curves import CURVES, draw
from .environments import CACHE, Missing, generator
from .machine import machine
from .measuring import Measured, measure
from .processes import Failed
from .report import Row, figures, latencies, middle, ratios
from .scenarios import SCENARIOS, Scenario
from .servers import SERVERS, Commands, Server, commands

#: Whose costs are compared with those of the others.
OURS = SERVERS[0].name


class Bench:
    """One run of everything: the servers take turns, and a cell that fails leaves the others alone."""

    def __init__(self, servers: dict[Server, Commands], load: Path, runs: int, results: TextIO) -> None:
        """
        Args:
            servers: who is measured.
            load: the load generator.
            runs: how often.
            results: where each figure goes as a line of JSON.
        """
        self._servers = servers
        self._load = load
        self._runs = runs
        self._results = results

    def rows(self, scenarios: Sequence[Scenario]) -> Iterator[Row]:
        """Yield the rows of the table."""
        for scenario in scenarios:
            measured = self._measured(scenario)
            for point in scenario.points:
                medians = {
                    server: middle(runs)
                    for server, all_runs in measured.items()
                    if (runs := [run for run in all_runs if run[:2] == point[1:]])
                }
                yield Row(point, medians)

    def _measured(self, scenario: Scenario) -> dict[str, list[Measured]]:
        """Run one scenario: a disturbed minute disturbs all servers."""
        measured: dict[str, list[Measured]] = {}
        for run in range(min(self._runs, scenario.most_runs)):
            for server, how in self._servers.items():
                if takes_part(server, scenario):
                    measured.setdefault(server.name, []).extend(self._run(server, how, scenario, run))
        return measured

    def _run(self, server: Server, how: Commands, scenario: Scenario, run: int) -> list[Measured]:
        began = time.monotonic()
        sys.stderr.write(f"{scenario.key}, run {run + 1}: {server.name} … ")
        sys.stderr.flush()
        try:
            measured = measure(server, how, str(self._load), scenario)
        except (Failed, OSError, ValueError) as failed:  # whatever ends one cell, the others are worth having
            sys.stderr.write(f"failed: {failed}\n")
            return []
        sys.stderr.write(f"{time.monotonic() - began:.1f} s\n")
        for figure in measured:
            told = {"scenario": scenario.key, "server": server.name, "run": run, **figure._asdict()}
            self._results.write(json.dumps(told) + "\n")
        self._results.flush()
        return measured


def takes_part(server: Server, scenario: Scenario) -> bool:
    """Whether a server has what a scenario asks for."""
    if scenario.of_client and not server.client:
        return False
    if scenario.key in server.leaves_out:
        return False
    return not scenario.only or server.name in scenario.only


def available(chosen: Sequence[Server], *, may_make: bool) -> dict[Server, Commands]:
    """Return how to start each server; one that cannot be is left out, with a line that says so."""
    found = {}
    for server in chosen:
        try:
            found[server] = commands(server, may_make=may_make)
        except Missing as missing:
            sys.stdout.write(f"{server.name} is left out: {missing}\n\n")
    return found


def save_curves(rows: Sequence[Row], folder: Path) -> None:
    """Draw what can be drawn of these rows."""
    for curve in CURVES:
        lines = curve.lines(rows)
        if lines:
            (folder / curve.file).write_text(draw(curve, lines), "utf-8")


def parsed() -> Any:
    """Read the command line."""
    servers = [server.name for server in SERVERS]
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--runs",
        type=int,
        default=5,
        metavar="N",
        help="medians of so many runs (5), of fewer where it takes long",
    )
    parser.add_argument("--servers", nargs="+", choices=servers, default=servers, metavar="NAME")
    parser.add_argument("--scenarios", nargs="+", choices=[one.key for one in SCENARIOS], metavar="KEY")
    parser.add_argument("--quick", action="store_true", help="once, with tiny numbers: does it work?")
    parser.add_argument("--no-install", action="store_true", help="leave out peers that are not installed")
    parser.add_argument("--into", type=Path, default=CACHE / "results", metavar="FOLDER")
    return parser.parse_args()


def main() -> None:
    """Measure, print the tables, and keep the figures."""
    options = parsed()
    scenarios = [one for one in SCENARIOS if not options.scenarios or one.key in options.scenarios]
    if options.quick:
        scenarios = [scenario.tiny() for scenario in scenarios]
    runs = 1 if options.quick else options.runs
    try:
        load = generator()
    except Missing as missing:
        raise SystemExit(f"the load generator cannot be built: {missing}") from None
    sys.stdout.write(f"{machine()}; medians of {runs}\n\n")
    chosen = [server for server in SERVERS if server.name in options.servers]
    servers = available(chosen, may_make=not options.no_install)
    sys.stdout.write("; ".join(filter(None, (server.versions for server in servers))) + "\n\n")
    options.into.mkdir(parents=True, exist_ok=True)
    with (options.into / "results.jsonl").open("w", encoding="utf-8") as results:
        results.write(json.dumps({"machine": machine(), "runs": runs}) + "\n")
        rows = list(Bench(servers, load, runs, results).rows(scenarios))
    names = [server.name for server in servers]
    generated = [server.name for server in servers if not server.load]
    sys.stdout.write(figures(rows, names, generated) + "\n")
    sys.stdout.write(f"{ratios(rows, names, OURS)}\n{latencies(rows, names)}")
    save_curves(rows, options.into)
    sys.stderr.write(f"the figures and the curves are in {options.into}\n")


if __name__ == "__main__":
    main()
