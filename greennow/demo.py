"""``greennow demo``: the chat example, ready to open, with its bot beside it."""

from __future__ import annotations

import errno
import runpy
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .server.default import start
from .server.patching import patch
from .server.serve import Server

#: The port that is tried first where none is asked for.
FIRST_PORT = 8080

#: How many ports are tried then.
PORTS = 20

#: How long the bot may take to end, in seconds.
BOT_TIMEOUT = 5.0


def demo(host: str, port: int | None) -> None:
    """Serve the chat and let its bot take part, until SIGINT or SIGTERM.

    Args:
        host: the address to listen at.
        port: the port to listen at, 0 picks one; None takes 8080, or the next one that is free.

    Raises:
        OSError: the address cannot be listened at.
    """
    patch()
    folder = chat_folder()
    chat = runpy.run_path(str(folder / "server.py"))
    server = listen(chat, host, port)
    with bot(folder, server.url) as process, signals(server, process):
        print(welcome(server, port), flush=True)
        server.wait()


def chat_folder() -> Path:
    """Return the folder of the chat example: in an installed package, or in a checkout."""
    here = Path(__file__).parent
    installed = here / "examples" / "chat"
    return installed if installed.is_dir() else here.parent / "examples" / "chat"


def listen(chat: dict[str, Any], host: str, port: int | None) -> Server:
    """Serve the chat at this port, or at the first free one."""
    ports = [port] if port is not None else range(FIRST_PORT, FIRST_PORT + PORTS)
    for candidate in ports:
        try:
            return start(chat["PAGE"], host, candidate, client_write=chat["client_write"])
        except OSError as error:
            if error.errno != errno.EADDRINUSE or candidate == ports[-1]:
                raise
    raise AssertionError("the last port either listens or raises")


def welcome(server: Server, port: int | None) -> str:
    """Return what the person at the command line is told."""
    moved = f" (port {FIRST_PORT} is in use)" if port is None and server.port != FIRST_PORT else ""
    return f"The chat is at {server.url}{moved}. Open it in two windows; Ctrl-C ends it."


@contextmanager
def bot(folder: Path, url: str) -> Iterator[subprocess.Popen[bytes]]:
    """The bot, in a process of its own, which is no longer there when the block ends."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # inherited: Ctrl-C is for this process to answer
    process = subprocess.Popen([sys.executable, str(folder / "bot.py"), url])  # noqa: S603, a program of ours
    signal.signal(signal.SIGINT, before)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(BOT_TIMEOUT)


@contextmanager
def signals(server: Server, process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Within the block SIGINT and SIGTERM end the bot, which is not to come back, and the server."""

    def stop(*_: object) -> None:
        process.terminate()
        server.ask_to_stop()

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, stop) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
