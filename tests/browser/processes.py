"""Programs that use a site, in processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

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
        # Who starts the tests in the background has SIGINT ignored, and programs inherit that.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self._process = subprocess.Popen(
            [sys.executable, *command],
            env={**os.environ, "PYTHONPATH": package, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        signal.signal(signal.SIGINT, before)

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
