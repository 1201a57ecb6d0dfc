"""A terminal with a program in it: what is typed reaches it, what it prints is drawn as on a screen."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import subprocess
import termios
import time

import pyte

LINES, COLUMNS = 30, 80

#: How long a screen may take to show what it should, in seconds: to end what hangs, not what is slow.
PATIENCE = 20


class Terminal:
    """A program at a terminal."""

    def __init__(self, *command: str, **environment: str) -> None:
        self._end, its_end = os.openpty()
        fcntl.ioctl(its_end, termios.TIOCSWINSZ, struct.pack("4H", LINES, COLUMNS, 0, 0))
        self._process = subprocess.Popen(
            command,
            env={**os.environ, "TERM": "xterm-256color", **environment},
            stdin=its_end,
            stdout=its_end,
            stderr=its_end,
            start_new_session=True,
        )
        os.close(its_end)
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._screen.write_process_input = self.types  # it is asked where the cursor is
        self._stream = pyte.ByteStream(self._screen)

    @property
    def lines(self) -> list[str]:
        """What stands on the screen, without lines that are empty."""
        return [line.rstrip() for line in self._screen.display if line.strip()]

    def types(self, text: str) -> None:
        """Somebody types; not before the program asks, for else keys mean what they mean to a shell."""
        os.write(self._end, text.encode())

    def shows(self, *lines: str, typed: str = "", back: int = 0) -> None:
        """These lines come to stand there at last, above the one where something is typed.

        Args:
            lines: as they are said; on the screen they may begin with the time.
            typed: what stands behind the prompt.
            back: how far the cursor is from its end.
        """
        until = time.monotonic() + PATIENCE
        expected = [*lines, f"> {typed}".rstrip()]
        column = len(f"> {typed}") - back
        while self._last(len(expected)) != expected or self._screen.cursor.x != column:
            assert self._draw_more(until), f"{expected} expected, at the end of\n" + "\n".join(self.lines)

    def ends(self) -> int:
        """The program comes to its end; returns its status."""
        until = time.monotonic() + PATIENCE
        while self._draw_more(until):
            pass
        return self._process.wait(PATIENCE)

    def close(self) -> None:
        """Press Ctrl-C, if the program is still there: it has to end well."""
        try:
            if self._process.poll() is None:
                self.types("\x03")
                assert self.ends() == 0
        finally:
            self._process.kill()
            self._process.wait()
            os.close(self._end)

    def _last(self, count: int) -> list[str]:
        return [without_time(line) for line in self.lines[-count:]]

    def _draw_more(self, until: float) -> bool:
        """Draw what the program prints next; return whether something came in time."""
        if not select.select([self._end], [], [], max(0.0, until - time.monotonic()))[0]:
            return False
        try:
            self._stream.feed(os.read(self._end, 65_536))
        except OSError:
            return False  # the program has ended
        return True


def without_time(line: str) -> str:
    """A line of the chat without when it was said."""
    time_, _, rest = line.partition(" ")
    return rest if len(time_) == 5 and time_[2] == ":" else line
