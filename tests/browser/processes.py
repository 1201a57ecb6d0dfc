"""Programs of the examples, in processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import greennow

EXAMPLES = Path(__file__).parent.parent.parent / "examples"

#: How long a program may take to end, in seconds.
LAST_BREATH = 30


class Program:
    """A program of Python's, as a person at a command line starts it."""

    def __init__(self, *command: str, **environment: str) -> None:
        """
        Args:
            command: what follows `python` there.
            environment: what is set for it in its environment.
        """
        # The package that these tests import, wherever it is from.
        package = str(Path(greennow.__file__).parent.parent)
        self._process = subprocess.Popen(
            [sys.executable, *command],
            env={**os.environ, "PYTHONPATH": package, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def said(self) -> str:
        """The next line that it says."""
        line = self._stream(self._process.stdout).readline()
        if not line:
            raise RuntimeError(f"it ended: {self._stream(self._process.stderr).read()}")
        return line.rstrip("\n")

    def end(self, number: int = signal.SIGTERM) -> None:
        """End it by a signal; it has to end well and to have complained of nothing."""
        self._process.send_signal(number)
        self.has_ended_well()

    def has_ended_well(self) -> None:
        """It ends by itself, and has complained of nothing."""
        assert self.has_ended() == (0, "")

    def has_ended(self) -> tuple[int, str]:
        """It ends by itself, with this status and these complaints."""
        _, errors = self._process.communicate(timeout=LAST_BREATH)
        return self._process.returncode, errors

    def kill(self) -> None:
        """End it, if nothing else did; a test that went well has ended it before."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()

    def _stream(self, stream: IO[str] | None) -> IO[str]:
        assert stream is not None
        return stream


class Server(Program):
    """The server of an example, on a port of its own."""

    def __init__(self, example: str, **environment: str) -> None:
        super().__init__(str(EXAMPLES / example / "server.py"), "--port", "0", **environment)
        #: The address that it said it serves.
        self.url = self.said().split()[-1]
        self.port = int(self.url.rpartition(":")[2])
