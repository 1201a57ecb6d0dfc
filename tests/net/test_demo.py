"""`greennow demo` as a process of its own: what it says, and that it ends."""

from __future__ import annotations

import os
import queue
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import greennow
from greennow.client import connect

SAID = re.compile(r"The chat is at (http://127\.0\.0\.1:\d+)\. Open it in two windows; Ctrl-C ends it\.\n")


def start(*arguments: str, warnings: str = "error") -> subprocess.Popen[str]:
    """The command, with the package that these tests import, wherever it is from."""
    environment = {**os.environ, "PYTHONPATH": str(Path(greennow.__file__).parent.parent)}
    command = [sys.executable, "-W", warnings, "-m", "greennow", "demo", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """How it ended and what it said. Its output ends only when the bot's does too: that is gone as well."""
    output, errors = process.communicate(timeout=30)
    return process.returncode, output, errors


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_signal_ends_the_server_and_its_bot_well(number: signal.Signals) -> None:
    process = start("--port", "0")
    assert process.stdout is not None
    assert SAID.fullmatch(process.stdout.readline())
    process.send_signal(number)
    assert ended(process) == (0, "", "")


def test_the_bot_greets_who_comes_and_answers() -> None:
    process = start("--port", "0")
    assert process.stdout is not None
    said = SAID.fullmatch(process.stdout.readline())
    assert said
    heard: queue.Queue[str] = queue.Queue()
    people: queue.Queue[list[str]] = queue.Queue()
    with connect(said[1]) as client:
        client.watch("people", lambda names: people.put(list(names.values())))
        people.put(list(client.now.people.values()))
        while "bot" not in people.get(timeout=30):
            pass  # it greets who comes later
        client.now.receive_message = lambda message: heard.put(message["text"])
        client.now.name = "ann"
        assert heard.get(timeout=30) == "Hello ann! I know !time and !roll 2d6."
        client.now.distribute_message("!roll 2d1").result(timeout=30)
        assert [heard.get(timeout=30), heard.get(timeout=30)] == ["!roll 2d1", "1 + 1 = 2"]
    process.terminate()
    assert ended(process) == (0, "", "")


def test_a_port_that_is_in_use_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        # gevent leaves the socket that it could not bind to the garbage collector, which warns.
        status, output, errors = ended(start("--port", str(port), warnings="ignore"))
    assert (status, output) == (1, "")
    assert re.fullmatch(f"greennow: cannot listen at 127.0.0.1:{port}: Address already in use.*\n", errors)
