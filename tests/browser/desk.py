"""A desk: an X server that nobody looks at, and the Tk programs on it, reached through Tk itself."""

from __future__ import annotations

import os
import secrets
import struct
import subprocess
import time
import tkinter
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageGrab

from .processes import Program

#: How long a window may take to show what it should, in seconds: to end what hangs, not what is slow.
PATIENCE = 20

#: Pixels an inch; twice the usual, for sharp pictures.
DENSITY = 192


class Desk:
    """An X server without a screen, and a hand that reaches into the windows of Tk programs there.

    Tk programs of one display may `send` each other Tcl to run, if the display lets in only those who know
    its secret. So a test uses and reads the very program that people start: nothing is built into it.
    """

    def __init__(self, folder: Path) -> None:
        """
        Args:
            folder: where the display's secret is kept.
        """
        secret = folder / "secret"
        secret.write_bytes(authority())
        reading, writing = os.pipe()
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-auth", str(secret), "-nolisten", "tcp"]
            + ["-screen", "0", "1600x1400x24", "-dpi", str(DENSITY)],
            pass_fds=[writing],
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading) as told:
            self._display = f":{told.readline().strip()}"
        #: What a program needs in its environment to open windows here.
        self.environment = {"DISPLAY": self._display, "XAUTHORITY": str(secret)}
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XAUTHORITY", str(secret))
            self._hand = tkinter.Tk(screenName=self._display, className="hand")
        self._hand.withdraw()

    def run(self, name: str, *words: object) -> str:
        """Have a program run a command of Tcl's, and return what that returns."""
        return str(self._hand.tk.call("send", name, self._hand.tk.call("list", *words)))

    def programs(self) -> tuple[str, ...]:
        """The names of the programs that have windows here."""
        return self._hand.tk.splitlist(self._hand.tk.call("winfo", "interps"))  # type: ignore[no-any-return]

    def picture(self, box: tuple[int, int, int, int]) -> Image.Image:
        """What a part of the screen looks like."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XAUTHORITY", self.environment["XAUTHORITY"])
            return ImageGrab.grab(box, xdisplay=self._display)

    def look_until(self, is_so: Callable[[], bool], complaint: Callable[[], str]) -> None:
        """Look until it is so. Tk tells nobody what it shows: it is asked again, as Playwright asks pages."""
        until = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < until, complaint()
            self._hand.after(10)

    def close(self) -> None:
        """End; the programs have ended before."""
        self._hand.destroy()
        self._server.terminate()
        self._server.wait()


def authority() -> bytes:
    """A file that tells Xlib, and an X server, the secret of any display: see Xau(3)."""
    fields = [b"", b"", b"MIT-MAGIC-COOKIE-1", secrets.token_bytes(16)]
    return struct.pack(">H", 0xFFFF) + b"".join(struct.pack(">H", len(field)) + field for field in fields)


class TkProgram(Program):
    """A Tk program on a desk."""

    def __init__(self, desk: Desk, *command: str) -> None:
        super().__init__(*command, **desk.environment)
        self._desk = desk
        try:
            self.name = self._window_of(desk)
        except BaseException:
            self.kill()
            raise

    def _window_of(self, desk: Desk) -> str:
        """The name that it goes by on its desk, once its window is there."""
        before = desk.programs()
        desk.look_until(lambda: desk.programs() != before, lambda: "no window came")
        (name,) = set(desk.programs()) - set(before)
        desk.look_until(lambda: desk.run(name, "winfo", "ismapped", ".") == "1", lambda: "it is not shown")
        return name

    def do(self, *words: object) -> str:
        """Have it run a command of Tcl's, such as ``do(".add", "invoke")``, and return what that returns."""
        return self._desk.run(self.name, *words)

    def numbers(self, *words: object) -> list[int]:
        """The same for a command that returns numbers."""
        return [int(word) for word in self.do(*words).split()]

    def shows(self, expected: str, *words: object) -> None:
        """A command of Tcl's comes to return this."""
        seen: list[str] = []

        def is_so() -> bool:
            seen[:] = [self.do(*words)]
            return seen == [expected]

        self._desk.look_until(is_so, lambda: f"{words} gives {seen[0]!r}, not {expected!r}")

    def picture(self) -> Image.Image:
        """What its window looks like."""
        self.do("update")
        left, top, width, height = (
            int(self.do("winfo", what, ".")) for what in ("rootx", "rooty", "width", "height")
        )
        return self._desk.picture((left, top, left + width, top + height))
