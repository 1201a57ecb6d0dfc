"""`greennow demo` in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import greennow


class Demo:
    """`greennow demo`, as a person at a command line starts it."""

    def __init__(self) -> None:
        # The package that these tests import, wherever it is from.
        environment = {**os.environ, "PYTHONPATH": str(Path(greennow.__file__).parent.parent)}
        command = [sys.executable, "-m", "greennow", "demo", "--port", "0"]
        self._process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        #: The address that it said to open.
        self.url = self._said().split()[4].rstrip(".")
        self.port = int(self.url.rpartition(":")[2])

    def _said(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"greennow demo ended: {self._errors()}")
        return line

    def _errors(self) -> str:
        stream: IO[str] | None = self._process.stderr
        assert stream is not None
        return stream.read()

    def stop(self) -> None:
        """End it; it has to end well and to have complained of nothing."""
        self._process.terminate()
        _, errors = self._process.communicate(timeout=30)
        assert (self._process.returncode, errors) == (0, "")
