"""``greennow serve --reload``: a process that starts another one anew when a file changes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress

from watchfiles import PythonFilter, watch

#: How long one look for changes lasts, in milliseconds; then it is seen whether the program still runs.
_LOOK = 250

#: How long the program may take to end before it is killed, in seconds.
_PATIENCE = 15.0


def supervise(arguments: Sequence[str]) -> int:
    """Run ``greennow`` with these arguments but ``--reload``, and again after each change, until it is ended.

    What changes is a ``.py`` or ``.toml`` file below the current directory.
    """
    command = [sys.executable, "-m", "greennow", *(item for item in arguments if item != "--reload")]
    # The first look has to be over, and nothing goes unseen, when the program starts.
    looks = watch(
        ".",
        watch_filter=PythonFilter(extra_extensions=(".toml",)),
        rust_timeout=_LOOK,
        yield_on_timeout=True,
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    program = _Program(command)
    try:
        for changes in looks:
            program.look_after(path for _, path in changes)
    except KeyboardInterrupt:
        return 0
    finally:
        program.stop()
    return 0


class _Program:
    """The process that serves."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        #: Was it said that it has ended?
        self._is_mourned = False

    def look_after(self, changed: Iterable[str]) -> None:
        """Start it, if it was not yet, or if files have changed; say so if it has ended."""
        names = sorted({os.path.relpath(path) for path in changed})
        if self._process is None:
            self._start()
        elif names:
            print(f"greennow starts again: {', '.join(names)} changed", flush=True)
            self.stop()
            self._start()
        elif self._process.poll() is not None and not self._is_mourned:
            self._is_mourned = True
            print("greennow waits for a change: the program has ended", file=sys.stderr, flush=True)

    def _start(self) -> None:
        self._is_mourned = False
        self._process = subprocess.Popen(self._command)  # noqa: S603, this very command

    def stop(self) -> None:
        """End it: it drains."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_PATIENCE)
        finally:  # Ctrl-C ends the patience
            self._process.kill()
            self._process.wait()
