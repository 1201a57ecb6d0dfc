"""``python -m bench.instructions``: what the hot path's workloads take, beside what is recorded.

Ends with 1 where one has grown by more than 3 % and no note says what for, or is not recorded.
"""

from __future__ import annotations

import argparse
import math
import sys
from typing import Any

from .callgrind import machine_instructions
from .counting import Counted, count
from .record import LIMIT, PYTHON, Change, Record
from .workloads import WORKLOADS

_HEADER = """\
| workload | instructions | recorded | growth | switches | recorded |
| --- | ---: | ---: | ---: | ---: | ---: |
"""

_MACHINE_HEADER = """\
| workload | machine instructions | times the loop's |
| --- | ---: | ---: |
"""

_GROWN = """\
Make it cheaper, or say what the growth is for:
    python -m bench.instructions --note 'what it is for'
with each Python, as CONTRIBUTING.md has it.
"""

_UNKEPT = """\
Have that recorded, so that it is kept:
    python -m bench.instructions --record
with each Python, as CONTRIBUTING.md has it.
"""


def main() -> int:
    """Count, print, compare; return what the process ends with."""
    options = _options()
    names = [name for name in WORKLOADS if not options.of or any(of in name for of in options.of)]
    if not names:
        raise SystemExit(f"no workload has one of these in its name: {', '.join(options.of)}")
    if options.callgrind:
        _print_machine_instructions(names)
        return 0
    record = Record()
    changes = _print_counted(names, record)
    new = [change for change in changes if change.recorded is None]
    grown = [change for change in changes if change.growth > LIMIT and change not in new]
    if options.note is not None or (options.record and not grown):
        record.take(changes, options.note, WORKLOADS)
        return 0
    if not options.record:
        _say([*new, *(change for change in changes if change.growth < -LIMIT)], _UNKEPT)
    _say(grown, _GROWN)
    return 1 if grown or new else 0


def _options() -> Any:
    parser = argparse.ArgumentParser(prog="python -m bench.instructions", description=__doc__)
    parser.add_argument("of", nargs="*", help="only the workloads in whose names one of these stands")
    parser.add_argument("--record", action="store_true", help="keep what has become less, and what is new")
    parser.add_argument("--note", metavar="WHY", help="keep all, and what growth is for")
    parser.add_argument("--callgrind", action="store_true", help="machine instructions instead, by valgrind")
    return parser.parse_args()


def _print_counted(names: list[str], record: Record) -> list[Change]:
    sys.stdout.write(f"CPython {PYTHON}\n\n{_HEADER}")
    counted: dict[str, Counted] = {}
    for name in names:
        counted[name] = count(WORKLOADS[name])
        instructions, switches = record.changes({name: counted[name]})
        figures = [*map(_figure, (instructions.counted, instructions.recorded)), _share(instructions.growth)]
        figures += map(_figure, (switches.counted, switches.recorded))
        sys.stdout.write(f"| {name} | {' | '.join(figures)} |\n")
        sys.stdout.flush()
    return record.changes(counted)


def _figure(figure: int | None) -> str:
    return "-" if figure is None else f"{figure:,}"


def _share(growth: float) -> str:
    return "-" if growth == math.inf else f"{growth:+.1%}"


def _say(changes: list[Change], what_to_do: str) -> None:
    if changes:
        sys.stdout.flush()
        sys.stderr.write("\n" + "".join(f"{change}\n" for change in changes) + what_to_do)


def _print_machine_instructions(names: list[str]) -> None:
    sys.stdout.write(f"{sys.version.splitlines()[0]}\n\n{_MACHINE_HEADER}")
    loop = 0
    for name, taken in machine_instructions(names):
        loop = loop or taken  # it comes first
        sys.stdout.write(f"| {name} | {taken:,} | {taken / loop:,.2f} |\n")


if __name__ == "__main__":
    sys.exit(main())
