"""The chat in terminals: the Python program and Node's, at real terminals, in `greennow demo`."""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import greennow
from greennow.client import connect

from ..browser.line import Line
from ..browser.processes import EXAMPLES
from ..browser.site import Site
from .terminals import PATIENCE, Terminal, without_time

FOLDER = EXAMPLES / "terminal_chat"
PYTHON = (sys.executable, str(FOLDER / "terminal.py"))
NODE = (shutil.which("node") or "node", "--experimental-websocket", str(FOLDER / "terminal.mjs"))

BOTH = pytest.mark.parametrize("command", [PYTHON, NODE], ids=["Python", "Node"])

#: The package that these tests import, wherever it is from.
ENVIRONMENT = {"PYTHONPATH": str(Path(greennow.__file__).parent.parent)}

Start = Callable[..., Terminal]


@pytest.fixture(scope="module")
def demo() -> Iterator[Site]:
    """One for all tests, with its bot in it, who greets who comes later; all leave when a test ends."""
    demo = Site("-m", "greennow", "demo")
    people: queue.SimpleQueue[dict[str, str]] = queue.SimpleQueue()
    with connect(demo.url) as client:
        client.watch("people", people.put)
        people.put(client.snapshot("people"))
        while "bot" not in people.get(timeout=PATIENCE).values():
            """Somebody else, or nobody."""
    yield demo
    demo.stop()


@pytest.fixture
def start(demo: Site) -> Iterator[Start]:
    """Starts a program at a terminal: ``start(NODE, "ann")``."""
    terminals = []

    def start(command: tuple[str, ...], name: str, *, url: str = demo.url) -> Terminal:
        terminals.append(Terminal(*command, url, name, **ENVIRONMENT))
        return terminals[-1]

    yield start
    for terminal in terminals:
        terminal.close()


def greeting(name: str) -> str:
    """What the bot says to a newcomer."""
    return f"bot: Hello {name}! I know !time and !roll 2d6."


def test_both_talk_with_each_other_and_with_the_bot(start: Start) -> None:
    ann = start(PYTHON, "ann")
    ann.shows(greeting("ann"))
    bob = start(NODE, "bob")
    for terminal in (ann, bob):
        terminal.shows(greeting("bob"))
    ann.types("hello bob\r")
    bob.shows(greeting("ann"), greeting("bob"), "ann: hello bob")
    bob.types("!roll 2d1\r")
    bob.shows("> !roll 2d1", "bot: 1 + 1 = 2")
    ann.shows("> hello bob", "bob: !roll 2d1", "bot: 1 + 1 = 2")
    for terminal in (ann, bob):
        terminal.types("/people\r")
        terminal.shows("> /people", "* here: bot, ann, bob")


@BOTH
def test_what_is_being_typed_stays_while_messages_arrive(
    start: Start, command: tuple[str, ...], demo: Site
) -> None:
    ann = start(command, "ann")
    ann.shows(greeting("ann"))
    ann.types("half a mesage")
    ann.shows(greeting("ann"), typed="half a mesage")
    ann.types("\x1b[D" * 4)  # the cursor to the left
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()
    with connect(demo.url) as bob:
        bob.now.name = "bob"
        ann.shows(greeting("bob"), typed="half a mesage", back=4)
        bob.now.distribute_message("x" * 200).result()
        bob.now.distribute_message("two").result()
        ann.shows("bob: two", typed="half a mesage", back=4)
        ann.types("s")
        ann.shows("bob: two", typed="half a message", back=4)
        bob.now.receive_message = lambda message: heard.put(message["text"])
        bob.flush()
        ann.types("\r")
        ann.shows("bob: two", "> half a message")
        assert heard.get(timeout=PATIENCE) == "half a message"


@pytest.fixture
def line(demo: Site) -> Iterator[Line]:
    """A line to the chat that can be cut."""
    line = Line(demo.port)
    yield line
    line.close()


@BOTH
def test_nothing_is_lost_while_the_line_is_down(line: Line, start: Start, command: tuple[str, ...]) -> None:
    ann = start(command, "ann", url=line.url)
    ann.shows(greeting("ann"))
    bob = start(PYTHON, "bob")
    ann.shows(greeting("bob"))
    bob.shows(greeting("bob"))
    line.cut()
    ann.shows("* reconnecting…")
    ann.types("said without a line\r")
    bob.types("one\r")
    bob.shows("> one")
    line.mend()
    ann.shows("> said without a line", "* connected again", "bob: one")
    bob.shows("> one", "ann: said without a line")


@BOTH
def test_what_the_server_refuses_is_told(start: Start, command: tuple[str, ...], demo: Site) -> None:
    ann = start(command, "ann")
    ann.shows(greeting("ann"))
    ann.types("x" * 501 + "\r")
    ann.shows("* not sent: a message has 1 to 500 characters")
    ann.types("/name " + "a" * 21 + "\r")
    ann.shows("> /name " + "a" * 21, "* a name has 1 to 20 characters")
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()
    with connect(demo.url) as bob:
        bob.now.receive_message = lambda message: heard.put(f"{message['name']}: {message['text']}")
        bob.flush()
        ann.types("/name anna\r")
        ann.shows("> /name anna")
        ann.types("hello\r")
        assert heard.get(timeout=PATIENCE) == "anna: hello"
    ann.shows("> /name anna", "> hello")


@BOTH
def test_what_others_write_cannot_touch_the_screen(
    start: Start, command: tuple[str, ...], demo: Site
) -> None:
    ann = start(command, "ann")
    ann.shows(greeting("ann"))
    with connect(demo.url) as mallory:
        mallory.now.name = "\x1b[2Jmallory"
        mallory.now.distribute_message("\x1b]0;title\x07\r\n\x9b2J\u202etxet").result()
        ann.shows(
            greeting("ann"),
            "\ufffd[2Jmallory: \ufffd]0;title\ufffd\ufffd\ufffd\ufffd2J\ufffdtxet",
            greeting("\ufffd[2Jmallory"),
        )


@BOTH
@pytest.mark.parametrize("key", ["\x04", "\x03"], ids=["Ctrl-D", "Ctrl-C"])
def test_a_key_ends_it_well(start: Start, command: tuple[str, ...], key: str, demo: Site) -> None:
    ann = start(command, "ann")
    ann.shows(greeting("ann"))
    ann.types("goodbye\r")
    ann.shows("> goodbye")
    ann.types(key)
    assert ann.ends() == 0
    assert "Traceback" not in "\n".join(ann.lines)
    with connect(demo.url) as bob:
        assert [message["text"] for message in bob.now.recent][-1] == "goodbye"
        assert list(bob.now.people.values()) == ["bot"]


@BOTH
def test_without_a_terminal_it_says_what_it_is_given(demo: Site, command: tuple[str, ...]) -> None:
    name = Path(command[-1]).suffix
    given = "hello\n\n" + "x" * 501 + "\ngoodbye\n"
    ended = subprocess.run(
        [*command, demo.url, name],
        input=given,
        env={**os.environ, **ENVIRONMENT},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    said = [line for line in map(without_time, ended.stdout.splitlines()) if line.startswith(("*", name))]
    # What is said stands among the recent messages ahead of its turn.
    refusal = "* not sent: a message has 1 to 500 characters"
    assert sorted(said) == [refusal, f"{name}: goodbye", f"{name}: hello"]
    assert said.index(f"{name}: hello") < said.index(f"{name}: goodbye")
