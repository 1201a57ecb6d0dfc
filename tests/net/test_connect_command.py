"""`greennow connect`: the prompt, over a pipe and in a terminal."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest
from gevent.event import Event

from greennow import Now, RemoteError

from .commands import Terminal, ended, line, ran, running
from .serving import DEADLINE, Line, ServerThread

#: How often `add` was called.
calls: list[tuple[int, int]] = []


def add(a: int, b: int) -> int:
    calls.append((a, b))
    return a + b


def fail() -> None:
    raise RemoteError("the till is empty")


@pytest.fixture
def server() -> Iterator[ServerThread]:
    now = Now()
    now.everyone.now.player = {"x": 1}
    now.everyone.now.scores = [1, 2]
    now.everyone.expose(add)
    now.everyone.expose(fail)
    with ServerThread(now) as serving:
        yield serving


LINES = [
    ("a value", "now.player\n", "{'x': 1}\n", ""),
    ("a result", "now.add(1, 2)\n", "3\n", ""),
    ("nothing", "now.player.x = 2\n", "", ""),
    (
        "an error of the other end",
        "now.fail()\n1\n",
        "1\n",
        "RemoteError: now.fail() failed: the till is empty\n",
    ),
    ("the last result", "now.add(1, 2)\n_ + 1\n", "3\n4\n", ""),
    ("a reply that is kept", "reply = now.add(1, 2)\nreply.result()\n", "3\n", ""),
    ("a block", "for i in range(2):\n    print(i)\n\nclient.online\n", "0\n1\nTrue\n", ""),
    ("a block at the end, and no line's end", "if now.player:\n    print(1)", "1\n", ""),
    ("the end", "exit()\n1\n", "", ""),
    ("nothing at all", "", "", ""),
]


@pytest.mark.parametrize(
    ("typed", "output", "errors"), [case[1:] for case in LINES], ids=[case[0] for case in LINES]
)
def test_lines_of_a_pipe_are_run(typed: str, output: str, errors: str, server: ServerThread) -> None:
    assert ran("connect", server.url, input=typed) == (0, output, errors)


def test_an_exception_is_shown_with_its_traceback(server: ServerThread) -> None:
    status, output, errors = ran("connect", server.url, input="now.nothing\nprint(1)\n")
    assert (status, output) == (0, "1\n")
    assert errors.startswith("Traceback")
    assert errors.endswith("AttributeError: now.nothing\n")


def test_what_the_prompt_defines_the_server_calls(server: ServerThread) -> None:
    with running("connect", server.url) as process:
        assert process.stdin is not None
        process.stdin.write("now.greet = lambda name: print('hello', name)\nclient.flush()\nprint('ready')\n")
        process.stdin.flush()
        assert line(process.stdout) == "ready"
        server.run(lambda: server.now.everyone.now.greet("ann"))
        assert line(process.stdout) == "hello ann"
        assert ended(process) == (0, "", "")


def test_a_line_that_is_lost_and_back_is_told(server: ServerThread) -> None:
    with Line(server.url) as cable, running("connect", cable.url) as process:
        assert process.stdin is not None
        process.stdin.write("now.player.x\n")
        process.stdin.flush()
        assert line(process.stdout) == "1"
        cable.cut()
        assert line(process.stderr) == f"the line to {cable.url} is lost; trying again"
        assert line(process.stderr) == f"the line to {cable.url} is back: nothing was missed"
        server.run(lambda: [client.disconnect("enough") for client in server.now.everyone])
        assert line(process.stderr).endswith(" has ended: enough (code 4000)")
        assert ended(process) == (0, "", "")


def test_a_terminal_has_a_prompt_and_completes_names(server: ServerThread) -> None:
    calls.clear()
    with Terminal("connect", server.url) as terminal:
        assert server.url in terminal.until(">>> ")
        terminal.type("now.pl\t")
        terminal.until("now.player.")
        terminal.type("x\n")
        terminal.until("1\r\n>>> ")
        terminal.type("now.\t\t")
        listed = terminal.until("now.values(")
        assert {"now.add(", "now.fail(", "now.player.", "now.scores["} <= set(listed.split())
        assert calls == []
        terminal.type("ad\t1, 2)\n")
        terminal.until("3\r\n>>> ")
        assert calls == [(1, 2)]
        terminal.type("\x04")
        assert terminal.ended() == 0


def test_ctrl_c_at_a_terminal_ends_waiting_and_not_the_prompt(server: ServerThread) -> None:
    is_called, may_return = threading.Event(), Event()

    def wait() -> str:
        is_called.set()
        may_return.wait()
        return "done"

    server.run(server.now.everyone.expose, wait)
    with Terminal("connect", server.url) as terminal:
        terminal.until(">>> ")
        terminal.type("now.wait()\n")
        assert is_called.wait(DEADLINE)
        terminal.process.send_signal(signal.SIGINT)
        terminal.until("\r\n>>> ")
        server.run(may_return.set)
        terminal.type("now.add(1, 2)\n")
        terminal.until("3\r\n>>> ")
        terminal.type("\x04")
        assert terminal.ended() == 0
