"""``greennow connect``: a Python prompt that shares `now` with a server."""

from __future__ import annotations

import logging
import sys
from argparse import Namespace
from code import InteractiveConsole
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Any

from ..client import Client
from ..core.reply import Reply
from ..version import __version__
from .completion import NowCompleter
from .connecting import connected
from .errors import printable
from .waiting import result_of

try:
    import readline
except ImportError:  # some Pythons are built without it
    readline = None  # type: ignore[assignment]


def run(given: Namespace) -> int:
    """Read, run and show lines of Python until Ctrl-D, or until the input ends."""
    with connected(given) as client, _replies_are_shown():
        logging.getLogger("greennow").setLevel(logging.WARNING)  # refused writes, and why it has ended
        _tell_of_line(client, given.url)
        names = {"__name__": "__console__", "__doc__": None, "now": client.now, "client": client}
        console = InteractiveConsole(names)
        if sys.stdin.isatty():
            _complete(names)
            console.interact(_banner(client, given.url), exitmsg="")
        else:
            _print_by_lines()
            for line in iter(sys.stdin.readline, ""):
                console.push(line.rstrip("\n"))
            console.push("")  # ends a block that the last line is in
    return 0


def _print_by_lines() -> None:
    """A program that types waits for what its lines bring."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)


def _banner(client: Client, url: str) -> str:
    return (
        f"greennow {__version__}, connected to {url} as {client.client_id}.\n"
        "`now` is shared with the server, `client` is the connection. Ctrl-D ends it."
    )


def _complete(names: dict[str, Any]) -> None:
    if readline is not None:
        readline.set_completer(NowCompleter(names).complete)
        is_libedit = "libedit" in (readline.__doc__ or "")
        readline.parse_and_bind("bind ^I rl_complete" if is_libedit else "tab: complete")


@contextmanager
def _replies_are_shown() -> Iterator[None]:
    before, sys.displayhook = sys.displayhook, _show
    try:
        yield
    finally:
        sys.displayhook = before


def _show(value: Any) -> None:
    """Show a value; for a reply wait, and show what it brings."""
    if not isinstance(value, Reply):
        sys.__displayhook__(value)
        return
    try:
        result = result_of(value)
    except KeyboardInterrupt:
        _tell("no longer waited for; the reply is `_`")
        sys.modules["builtins"]._ = value  # type: ignore[attr-defined]  # as sys.displayhook does
    except Exception as error:
        _tell(f"{type(error).__name__}: {error}")
    else:
        sys.__displayhook__(result)


def _tell_of_line(client: Client, url: str) -> None:
    begin = "\n" if sys.stdin.isatty() else ""  # the cursor stands behind a prompt

    def back(resumed: bool) -> None:
        missed = "nothing was missed" if resumed else f"a new session has begun, as {client.client_id}"
        _tell(f"{begin}the line to {url} is back: {missed}")

    client.on("disconnect", lambda: _tell(f"{begin}the line to {url} is lost; trying again"))
    client.on("reconnect", back)


def _tell(sentence: str) -> None:
    print(printable(sentence), file=sys.stderr, flush=True)
