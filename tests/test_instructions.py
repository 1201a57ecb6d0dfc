"""The hot path takes no more instructions than are recorded; and whoever makes it take more is told."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

#: The workload that these tests take: a short one.
ALONE = "a call alone"

#: A workload, as a program that makes the path of each message longer and then does what the command does.
SLOWED = """
import sys
from bench.instructions.__main__ import main
from greennow.core.session import Session

take = Session.take

def slow(session):
    for _ in range(200):
        pass
    return take(session)

Session.take = slow
sys.exit(main())
"""


class Guard:
    """The command in a folder of its own, with a record that may be changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "bench/instructions/record.json"
        shutil.copytree(ROOT / "bench/instructions", self.file.parent)
        shutil.copy(ROOT / "bench/__init__.py", folder / "bench")

    def run(self, *arguments: str, program: tuple[str, ...] = ("-m", "bench.instructions")) -> Any:
        command = [sys.executable, "-W", "error::ResourceWarning", *program, *arguments]
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    @property
    def record(self) -> Any:
        return json.loads(self.file.read_text("utf-8"))

    def figures(self, workload: str = ALONE) -> dict[str, int]:
        """What is recorded of a workload."""
        return self.record["figures"][PYTHON][workload]

    def set_figure(self, what: str, figure: int | None) -> None:
        """Have that recorded."""
        record = self.record
        record["figures"][PYTHON][ALONE][what] = figure
        if figure is None:
            del record["figures"][PYTHON][ALONE]
        self.file.write_text(json.dumps(record), "utf-8")


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    return Guard(tmp_path)


def counted(told: Any) -> list[int]:
    """The instructions and the switches in each row of the table that was printed."""
    rows = [line.strip("| ").split(" | ") for line in told.stdout.splitlines() if line.startswith("| ")][2:]
    return [int(cell.replace(",", "")) for row in rows for cell in (row[1], row[4])]


def test_no_workload_has_grown_beyond_what_is_recorded() -> None:
    command = [sys.executable, "-W", "error::ResourceWarning", "-m", "bench.instructions"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
    assert told.returncode == 0, told.stderr


def test_the_same_workloads_are_recorded_for_every_python() -> None:
    figures = json.loads((ROOT / "bench/instructions/record.json").read_text("utf-8"))["figures"]
    assert list(figures) == ["3.10", "3.11", "3.12", "3.13"]
    assert len({tuple(workloads) for workloads in figures.values()}) == 1
    assert len(figures["3.10"]) >= 10


def test_the_figures_are_the_same_with_other_seeds_of_hashes(
    guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "1")
    first = guard.run(ALONE, "resume")
    monkeypatch.setenv("PYTHONHASHSEED", "2")
    assert counted(guard.run(ALONE, "resume")) == counted(first)
    assert len(counted(first)) == 4


def test_a_path_that_takes_more_fails_with_the_workload_and_its_figures_and_what_to_do(guard: Guard) -> None:
    recorded = guard.figures()["instructions"]
    told = guard.run(ALONE, program=("-c", SLOWED))
    taken, _ = counted(told)
    assert taken >= recorded + 200
    assert told.returncode == 1
    assert told.stderr == (
        f"\n{ALONE}: {taken:,} instructions on Python {PYTHON}, {taken / recorded - 1:.1%} more than the "
        f"{recorded:,} that are recorded\n"
        "Make it cheaper, or say what the growth is for:\n"
        "    python -m bench.instructions --note 'what it is for'\n"
        "with each Python, as CONTRIBUTING.md has it.\n"
    )


def test_one_more_greenlet_fails_too(guard: Guard) -> None:
    switches = guard.figures()["switches"]
    guard.set_figure("switches", switches - 1)
    told = guard.run(ALONE)
    assert told.returncode == 1
    assert f"{ALONE}: {switches} switches on Python {PYTHON}, " in told.stderr


def test_growth_is_recorded_with_a_note_alone(guard: Guard) -> None:
    less = guard.figures()["instructions"] // 2
    guard.set_figure("instructions", less)
    refused = guard.run(ALONE, "--record")
    assert (refused.returncode, guard.figures()["instructions"]) == (1, less)
    taken, _ = counted(refused)
    recorded = guard.run(ALONE, "--note", "calls are counted")
    assert (recorded.returncode, recorded.stderr) == (0, "")
    assert guard.figures()["instructions"] == taken
    said = f"{ALONE}, {PYTHON}: {less:,} to {taken:,} instructions"
    assert guard.record["notes"]["calls are counted"] == [said]


def test_growth_that_is_allowed_is_not_recorded_so_that_it_cannot_creep(guard: Guard) -> None:
    taken, _ = counted(guard.run(ALONE))
    less = int(taken * 0.98)
    guard.set_figure("instructions", less)
    told = guard.run(ALONE, "--record")
    assert (told.returncode, told.stderr) == (0, "")
    assert guard.figures()["instructions"] == less


def test_what_takes_less_is_no_failure_and_is_recorded_when_asked_for(guard: Guard) -> None:
    more = 2 * guard.figures()["instructions"]
    guard.set_figure("instructions", more)
    told = guard.run(ALONE)
    taken, _ = counted(told)
    assert told.returncode == 0
    assert told.stderr == (
        f"\n{ALONE}: {taken:,} instructions on Python {PYTHON}, {1 - taken / more:.1%} fewer than the "
        f"{more:,} that are recorded\n"
        "Have that recorded, so that it is kept:\n"
        "    python -m bench.instructions --record\n"
        "with each Python, as CONTRIBUTING.md has it.\n"
    )
    assert guard.run(ALONE, "--record").returncode == 0
    assert guard.figures()["instructions"] == taken


def test_a_workload_that_is_not_recorded_fails_until_it_is(guard: Guard) -> None:
    guard.set_figure("instructions", None)
    told = guard.run(ALONE)
    assert told.returncode == 1
    taken, switches = counted(told)
    assert told.stderr == (
        f"\n{ALONE}: {taken:,} instructions on Python {PYTHON}, and none are recorded\n"
        f"{ALONE}: {switches} switches on Python {PYTHON}, and none are recorded\n"
        "Have that recorded, so that it is kept:\n"
        "    python -m bench.instructions --record\n"
        "with each Python, as CONTRIBUTING.md has it.\n"
    )
    recorded = guard.run(ALONE, "--record")
    assert recorded.returncode == 0
    assert list(guard.figures().values()) == counted(recorded)


@pytest.mark.large
@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
def test_callgrind_tells_machine_instructions_beside_those_of_a_loop(guard: Guard) -> None:
    told = guard.run("callback", "--callgrind")
    assert (told.returncode, told.stderr) == (0, "")
    rows = [line.strip("| ").split(" | ") for line in told.stdout.splitlines() if line.startswith("| ")][2:]
    assert [name for name, *_ in rows] == ["10,000 additions in a loop", "a callback, there and back"]
    assert all(int(figure.replace(",", "")) > 100_000 for _, figure, _ in rows)
