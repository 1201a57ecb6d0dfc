"""Commands of the command line in processes of their own, and a terminal for them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import greennow

#: Seconds after which a command that has to end by itself is given up.
DEADLINE = 60

#: Runs the command line; ``{}`` is what happens ahead of it.
PROGRAM = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); {}; \
from greennow.cli import main; sys.exit(main())"


def environment(given: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment without settings but those given, and with the package that these tests import.

    Output is buffered, as it is usually.
    """
    left_out = ("GREENNOW_", "PYTHONUNBUFFERED")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return {**plain, "PYTHONPATH": str(Path(greennow.__file__).parent.parent), **(given or {})}


def program(*arguments: str, ahead: str = "pass") -> list[str]:
    """The command line of a command. Whoever starts the tests in the background has SIGINT ignored."""
    return [sys.executable, "-W", "error", "-c", PROGRAM.format(ahead), *arguments]


@contextmanager
def running(
    *arguments: str, ahead: str = "pass", environ: Mapping[str, str] | None = None, **options: Any
) -> Iterator[subprocess.Popen[str]]:
    """Run ``greennow`` with these arguments, with pipes; it is ended with the block."""
    pipe = subprocess.PIPE
    pipes = {"stdin": pipe, "stdout": pipe, "stderr": pipe, **options}
    command = program(*arguments, ahead=ahead)
    with subprocess.Popen(command, env=environment(environ), text=True, **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


def ran(
    *arguments: str, ahead: str = "pass", environ: Mapping[str, str] | None = None, **options: Any
) -> tuple[int, str, str]:
    """Run ``greennow`` to its end: its exit status, and what it said."""
    command = program(*arguments, ahead=ahead)
    done = subprocess.run(
        command,
        env=environment(environ),
        text=True,
        timeout=DEADLINE,
        capture_output=True,
        check=False,
        **options,
    )
    return done.returncode, done.stdout, done.stderr


def line(stream: Any) -> str:
    """Wait for the next line."""
    text: str = stream.readline()
    return text.rstrip("\n")


def served(process: subprocess.Popen[str]) -> str:
    """Wait until the command serves; the address."""
    words = line(process.stdout).split()
    assert words[:2] == ["greennow", "serves"], words
    return words[2]


def ended(process: subprocess.Popen[str], number: signal.Signals | None = None) -> tuple[int, str, str]:
    """Send a signal, if one is given, and wait for the end: the exit status, and what was still said."""
    if number is not None:
        process.send_signal(number)
    output, errors = process.communicate(timeout=DEADLINE)
    return process.returncode, output, errors


class Terminal:
    """A pseudoterminal and the command that runs in it."""

    def __init__(self, *arguments: str) -> None:
        self._near, far = os.openpty()
        plain = {"TERM": "dumb", "INPUTRC": os.devnull, "COLUMNS": "200"}
        self.process = subprocess.Popen(
            program(*arguments),
            env=environment(plain),
            stdin=far,
            stdout=far,
            stderr=far,
            start_new_session=True,
        )
        os.close(far)
        #: What was shown and not yet waited for.
        self._shown = ""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *exc: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._near)

    def type(self, text: str) -> None:
        """Press these keys."""
        os.write(self._near, text.encode())

    def until(self, text: str) -> str:
        """Wait until the text is shown; what was shown up to it."""
        while text not in self._shown:
            more = self._read()
            assert more, f"the command has ended, and did not show {text!r} but {self._shown!r}"
            self._shown += more
        before, _, self._shown = self._shown.partition(text)
        return before

    def _read(self) -> str:
        try:
            return os.read(self._near, 65_536).decode()
        except OSError:  # what a pseudoterminal says when nobody is at its other end
            return ""

    def ended(self) -> int:
        """Wait for the end; the exit status."""
        while self._read():
            """It may still have something to show."""
        return self.process.wait(DEADLINE)
