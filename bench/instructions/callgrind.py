"""The machine instructions of the same workloads, by valgrind's callgrind, where that is installed.

They show what bytecode does not: the work of C. Another build of Python or of a library takes another number
of them, so they are printed and not recorded; and beside them how many times those of a plain loop they are.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from .counting import AHEAD, ROUNDS, Counter, Workload
from .workloads import WORKLOADS

_ROOT = Path(__file__).parent.parent.parent

#: What callgrind knows a block's beginning and end by: functions of the C library that nothing else calls.
_BEGINS, _ENDS = "getpgid", "getsid"

#: The plain loop.
REFERENCE = "10,000 additions in a loop"


def machine_instructions(names: list[str]) -> Iterator[tuple[str, int]]:
    """Yield what each of these workloads takes, the reference ahead of them.

    Raises:
        SystemExit: there is no valgrind, or it failed.
    """
    with TemporaryDirectory() as folder:
        marks = [f"--callgrind-out-file={folder}/part", f"--zero-before={_BEGINS}", f"--dump-before={_ENDS}"]
        command = ["valgrind", "--quiet", "--tool=callgrind", *marks, sys.executable, "-m", __name__, *names]
        environment = {**os.environ, "PYTHONHASHSEED": "0"}
        try:
            ran = subprocess.run(  # noqa: S603, nothing in the command is a stranger's
                command, cwd=_ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
            )
        except FileNotFoundError:
            raise SystemExit("--callgrind needs valgrind, which is not installed") from None
        except subprocess.CalledProcessError as error:
            raise SystemExit(f"valgrind ended with {error.returncode}; see above") from None
        parts = _parts(Path(folder))
        for line in ran.stdout.splitlines():
            name, _, blocks = line.rpartition("\t")
            rounds = [sum(next(parts) for _ in range(int(blocks))) for _ in range(AHEAD + ROUNDS)]
            yield name, min(rounds[AHEAD:])


def _parts(folder: Path) -> Iterator[int]:
    """Yield what callgrind counted in each block, in their order."""
    files = sorted(folder.glob("part.*"), key=lambda file: int(file.suffix[1:]))
    for file in files:
        lines = file.read_text("utf-8").splitlines()
        yield next(int(line.partition(" ")[2]) for line in lines if line.startswith("summary: "))


# In the process that valgrind runs.


class _Marking:
    """Tells callgrind where a block begins and ends."""

    def __init__(self) -> None:
        #: How many blocks there were.
        self.blocks = 0

    def __enter__(self) -> None:
        self.blocks += 1
        os.getpgid(0)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.getsid(0)


def _reference(rounds: Iterator[Counter]) -> None:
    for counting in rounds:
        with counting:
            total = 0
            for number in range(10_000):
                total += number


def _run(name: str, workload: Workload) -> None:
    """Do the rounds of a workload, and tell how many blocks each has."""
    rounds = [_Marking() for _ in range(AHEAD + ROUNDS)]
    workload(iter(rounds))
    (blocks,) = {marking.blocks for marking in rounds}
    sys.stdout.write(f"{name}\t{blocks}\n")


if __name__ == "__main__":
    _run(REFERENCE, _reference)
    for asked in sys.argv[1:]:
        _run(asked, WORKLOADS[asked])
