"""Counting what Python executes: instructions of bytecode, calls into C, switches between greenlets.

Time differs from run to run, and machine instructions from one build of Python to the next. The bytecode of
one minor version does not: what greennow executes for the same bytes is the same number in each process, on
each machine, with any seed of hashes. So that is what is recorded. Work within C is not seen (the kernel,
gevent's loop, cbor2): of it only each call counts, as one instruction more. `callgrind.py` sees it.

Counted is the code of greennow, and what that calls in the standard library. Python code of gevent and of
other packages is not: it would be another number with another version of them.
"""

from __future__ import annotations

import gc
import sys
import sysconfig
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any, NamedTuple, Protocol

import greenlet

import greennow

#: How often a workload is done, and how often ahead of that, when caches are filled and tables grow. A packet
#: that comes late adds a reading to a round, and nothing takes one away: so the least is the figure.
ROUNDS = 3
AHEAD = 1

_GREENNOW = str(Path(greennow.__file__).parent)
_LIBRARY = sysconfig.get_path("stdlib")


class Counted(NamedTuple):
    """What a workload takes: instructions, and switches between greenlets."""

    instructions: int
    switches: int


class Counter(Protocol):
    """Counts what is executed while its block runs; one round may have several blocks."""

    def __enter__(self) -> object:
        """Begin to count, or go on."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Count no more."""


#: Something to be counted: does its work once for each counter that it is given, within the counter's blocks.
Workload = Callable[[Iterator[Counter]], None]


@cache
def is_counted(file: str) -> bool:
    """Is code of this file greennow's, or the standard library's? (What has no file is the library's.)"""
    in_library = file.startswith((_LIBRARY, "<")) and "-packages" not in file
    return in_library or file.startswith(_GREENNOW)


class Counting:
    """Counts by the hooks that Python has for debuggers and profilers."""

    def __init__(self) -> None:
        self._instructions = self._switches = 0

    @property
    def counted(self) -> Counted:
        """What was counted so far."""
        return Counted(self._instructions, self._switches)

    def __enter__(self) -> None:
        greenlet.settrace(self._switched)
        sys.setprofile(self._called)
        self._begin()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        sys.setprofile(None)
        greenlet.settrace(None)

    def _switched(self, event: str, origin_and_target: Any) -> None:
        self._switches += 1

    def _called(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "c_call" and is_counted(frame.f_code.co_filename):
            self._instructions += 1

    if sys.version_info >= (3, 12):
        # From 3.13 on `settrace` misses some instructions; before 3.12 there is nothing else.

        def _begin(self) -> None:
            sys.monitoring.use_tool_id(sys.monitoring.PROFILER_ID, "bench.instructions")
            instruction = sys.monitoring.events.INSTRUCTION
            sys.monitoring.register_callback(sys.monitoring.PROFILER_ID, instruction, self._executed)
            sys.monitoring.set_events(sys.monitoring.PROFILER_ID, instruction)

        def _end(self) -> None:
            sys.monitoring.set_events(sys.monitoring.PROFILER_ID, 0)
            sys.monitoring.free_tool_id(sys.monitoring.PROFILER_ID)

        def _executed(self, code: CodeType, offset: int) -> Any:
            if not is_counted(code.co_filename):
                return sys.monitoring.DISABLE
            self._instructions += 1
            return None

    else:

        def _begin(self) -> None:
            sys.settrace(self._entered)

        def _end(self) -> None:
            sys.settrace(None)

        def _entered(self, frame: FrameType, event: str, argument: Any) -> Callable[..., Any] | None:
            if not is_counted(frame.f_code.co_filename):
                return None
            frame.f_trace_lines = False
            frame.f_trace_opcodes = True
            return self._executed

        def _executed(self, frame: FrameType, event: str, argument: Any) -> Callable[..., Any]:
            if event == "opcode":
                self._instructions += 1
            return self._executed


def count(workload: Workload) -> Counted:
    """Return the least that the workload takes in a round."""
    rounds: list[Counting] = []

    def counters() -> Iterator[Counter]:
        for _ in range(AHEAD + ROUNDS):
            rounds.append(Counting())
            # When the collector would run depends on all that was made before.
            gc.collect()
            gc.disable()
            try:
                yield rounds[-1]
            finally:
                gc.enable()

    workload(counters())
    counted = [counting.counted for counting in rounds[AHEAD:]]
    return Counted(min(each.instructions for each in counted), min(each.switches for each in counted))
