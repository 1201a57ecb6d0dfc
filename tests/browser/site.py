"""A server in a process of its own, as a person at a command line starts it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import IO

import greennow


class Site:
    """A server in a process of its own, as a person at a command line starts it."""

    def __init__(self, *command: str) -> None:
        """
        Args:
            command: what follows `python` there.
        """
        # The package that these tests import, wherever it is from.
        environment = {**os.environ, "PYTHONPATH": str(Path(greennow.__file__).parent.parent)}
        self._process = subprocess.Popen(
            [sys.executable, *command, "--port", "0"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        #: The port that it said it listens at.
        self.port = int(re.findall(r"http://127\.0\.0\.1:(\d+)", self._said())[0])
        self.url = f"http://127.0.0.1:{self.port}"

    def _said(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the server ended: {self._errors()}")
        return line

    def _errors(self) -> str:
        stream: IO[str] | None = self._process.stderr
        assert stream is not None
        return stream.read()

    def stop(self) -> None:
        """End it; it has to end well and to have complained of nothing."""
        self._process.terminate()
        _, errors = self._process.communicate(timeout=30)
        assert (self._process.returncode, errors) == (0, ""), f"{self._process.returncode}: {errors}"
