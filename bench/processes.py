"""A server's process and a load's: on a core of its own each, read a line at a time, and ended."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from types import TracebackType
from typing import IO

from .environments import HERE

#: How long a process may say nothing, in seconds.
PATIENCE = 90.0


class Failed(Exception):
    """A process did not do what it was started for; its text says what was wrong."""


class Process:
    """A process that is pinned to a core, and speaks in lines."""

    def __init__(self, command: list[str], core: int | None, variables: Mapping[str, str]) -> None:
        """
        Args:
            command: what to run, in the project's root.
            core: where to run it, all of its threads from the first on; None for anywhere.
            variables: what is to stand in its environment besides.
        """
        self._name = " ".join(command)
        #: What it complains of; a file, for a pipe that nobody reads would hold it up.
        self._complaints: IO[str] = tempfile.TemporaryFile("w+")  # noqa: SIM115  closed with this
        before = os.sched_getaffinity(0)
        if core is not None:  # inherited: who is pinned later may have threads elsewhere by then
            os.sched_setaffinity(0, {core})
        try:
            self._process = subprocess.Popen(  # noqa: S603  commands of the bench, nobody's input
                command,
                cwd=HERE.parent,
                env={**os.environ, **variables},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                text=True,
                bufsize=1,
            )
        finally:
            os.sched_setaffinity(0, before)

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()
        self._complaints.close()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def read_line(self) -> str:
        """Wait for its next line; an empty one is the end of all it says. `Failed` if it ends badly."""
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        if not ready:
            raise self._failed(f"says nothing for {PATIENCE:.0f} seconds")
        line = self._process.stdout.readline()
        if not line and self._process.wait():
            raise self._failed(f"ended with {self._process.returncode}")
        return line

    def say(self, line: str) -> None:
        """Send it a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")

    def memory(self) -> int:
        """Return how many bytes it really uses, once it has collected its garbage."""
        os.kill(self.pid, signal.SIGUSR2)
        line = self.read_line()
        if line != "collected\n":
            raise self._failed(f"said {line!r} instead of having collected garbage")
        with open(f"/proc/{self.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def _failed(self, what: str) -> Failed:
        self._complaints.seek(0)
        complaints = self._complaints.read().strip().splitlines()
        return Failed(f"{self._name} {what}" + (f": {complaints[-1]}" if complaints else ""))


def spent(process: int) -> float:
    """Return how many seconds of processor time a process has used, in all of its threads, ended ones too.

    The number of the clock is what ``clock_getcpuclockid`` of Linux gives.
    """
    return time.clock_gettime(~process << 3 | 2)
