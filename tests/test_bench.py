"""The benches still run, and say something about every scenario; how fast is not judged here."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from itertools import takewhile
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parent.parent

EXPECTED = {
    "bench.callbacks": [
        "python lends to the server",
        "python borrows from the server",
        "python to another, through the server",
        "node lends to the server",
        "node borrows from the server",
        "node to another, through the server",
    ],
    "bench.connections": ["come, 4 of them", "idle, 4 of them", "return, 4 of them"],
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


#: What a page does.
PAGE = [
    "a call with its reply, alone",
    "a call with its reply, of 100 in a turn",
    "a call with its reply, beside 1,000 names live by reference",
    "a call of the server with its reply, alone",
    "a call of the server with its reply, of 100 in a frame",
    "a write, alone in its turn",
    "a write, of 100 in a turn",
    "a write into 10,000 names",
    "a new name beside 10,000",
    "a write of the server",
    "a write of the server, of 100 in a frame",
    "a write of the server, with a handler of `change`",
    "a write of the server, with a watch",
    "a write of the server into 10,000 names",
    "a write of the server into 10,000 names, while one of ours is under way",
    "a name of a first view of 10,000",
    "reading `now.a.b.c`",
    "reading `now.add`",
    "reading `now.wide.n17` of 10,000",
    "a key and its value of `Object.entries(now.wide)`",
    "a name of a snapshot of 10,000",
]


#: What every server can do; and by server what else there is, and what is not there.
FOR_ALL = [
    "calls one after another",
    "calls, 3 outstanding",
    "calls, 4 clients x 1 outstanding",
    "calls, 4 clients x 4 outstanding",
    "calls, 4 clients x 5 outstanding",
    "callback round trips",
    "a call of 100 bytes to 4 clients",
    "a call of 100 bytes to 5 clients",
    "a call of 100 bytes to 6 clients",
    "5 such calls in one turn to 4 clients",
    "a variable changed, a turn after each, to 4 clients",
    "5 idle clients",
    "6 idle clients",
    "7 idle clients",
    "connections until ready",
]
RESUMED = "4 sessions cut and resumed at once"
OF_CLIENT = ["the Python client's calls one after another", "the Python client's calls, 3 outstanding"]
SERVERS: dict[str, list[str]] = {
    "greennow": ["the same beside 10,000 other names", RESUMED, *OF_CLIENT],
    "floor": [],
    "echo": [],
    "python-socketio": OF_CLIENT,
    "python-socketio, uvicorn": [],
    "socket.io": [RESUMED],
    "capnweb": [],
    "RPyC": OF_CLIENT,
}
#: Prints how many times another server's figures ours are: of calls, of the cost of a delivery, of nothing.
RATIOS = """
from bench.measuring import Measured
from bench.report import Row
from bench.scenarios import SCENARIOS

def times(key, **figures):
    (scenario,) = (each for each in SCENARIOS if each.key == key)
    medians = {name: Measured(1, 1, figure, 0, 0, 0) for name, figure in figures.items()}
    return Row(scenario.points[0], medians).times("ours", "other")

print(times("calls", ours=300, other=100), times("say", ours=2, other=10), times("calls", ours=300))
"""
BEYOND = {"RPyC": {"5 such calls in one turn to 4 clients"}}


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


def test_a_quick_run_of_the_page_has_a_figure_for_everything() -> None:
    node = shutil.which("node")
    assert node is not None, "Node is needed to test now.js"
    told = subprocess.run(
        [node, "bench/page.mjs", "--quick"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    head, _, *measured = [cells(line) for line in told.stdout.splitlines()]
    assert head == ["what", "microseconds"]
    assert [row[0] for row in measured] == PAGE
    assert [row for row in measured if not is_figure(row[1])] == []
    assert told.stderr == ""


def tables(text: str) -> list[list[list[str]]]:
    """The tables in a text, each as its rows of cells, with the head and without the line below it."""
    lines = iter(text.splitlines())
    found = []
    for line in lines:
        if line.startswith("| "):
            head, _, *rows = [line, *takewhile(lambda line: line.startswith("| "), lines)]
            found.append([cells(row) for row in (head, *rows)])
    return found


def run_bench(folder: Path, *servers: str) -> subprocess.CompletedProcess[str]:
    """Have servers measured in short, those of them that are installed."""
    if sys.platform != "linux" or shutil.which("cc") is None:
        pytest.skip("the load generator is a C program for Linux")
    command = [sys.executable, "-W", "error::ResourceWarning", "-m", "bench", "--quick", "--no-install"]
    command += ["--into", str(folder), "--servers", *servers]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=240)


@pytest.mark.large
@pytest.mark.parametrize("server", SERVERS)
def test_each_server_does_everything_that_it_can(server: str, tmp_path: Path) -> None:
    told = run_bench(tmp_path, server)
    if "is left out" in told.stdout:
        pytest.skip("it is not installed, which python -m bench does")
    figures, *_ = tables(told.stdout)
    done = {row[0] for row in figures[1:] if is_figure(row[2])}
    assert done == {*FOR_ALL, *SERVERS[server]} - BEYOND.get(server, set())
    assert "failed" not in told.stderr
    results = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text("utf-8").splitlines()]
    assert len(results) == 1 + len(done)
    curves = {path.name: ElementTree.parse(path).getroot() for path in tmp_path.glob("*.svg")}
    # The floor's few clients may take not even a page of memory, and RPyC's own client measures no latency.
    assert {"deliveries.svg"} <= set(curves) <= {"deliveries.svg", "memory.svg", "latency.svg"}


@pytest.mark.large
def test_the_tables_name_their_servers(tmp_path: Path) -> None:
    figures, ratios, latencies = tables(run_bench(tmp_path, "greennow", "floor").stdout)
    assert figures[0] == ["scenario", "what", "greennow", "floor", "load busy"]
    assert ratios[0] == ["greennow, times", "floor"]
    assert latencies[0] == ["milliseconds: half, 99 of 100", "greennow", "floor"]


def test_a_ratio_above_one_says_that_ours_does_more_or_costs_less() -> None:
    told = subprocess.run(
        [sys.executable, "-c", RATIOS], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert told.stdout == "3.0 5.0 None\n"
