"""Servers in processes of their own: signals, and gevent's patching or none.

The test and the process tell each other where they are by lines on pipes; nobody waits for time to pass.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from greennow.core.messages import Call, Ready, Reply, Welcome, Write
from greennow.testing.link import connected

from .raw import RawClient, address, request

ROOT = Path(__file__).parent.parent.parent

#: Serves until it is told to stop; says on its output what happens.
SERVER = """
    import greennow
    from gevent.event import Event
    from greennow import everyone, this

    stopping = Event()

    def say(text):
        print(text, flush=True)

    @everyone.expose
    def wait():
        say("waits")
        stopping.wait()
        say("goes on")
        return "done"

    @everyone.expose
    def wait_for_ever():
        say("waits")
        Event().wait()

    @greennow.on("start")
    def start():
        say("start")

    @greennow.on("stop")
    def stop():
        say("stop")
        stopping.set()

    @greennow.on("disconnect")
    def disconnect():
        say("disconnect")

    greennow.serve(port=0, drain_timeout={drain_timeout})
    say("returned")
"""

#: The same from both ends, in one process.
SCENARIO = """
    import time, threading
    import gevent
    import greennow
    from greennow import everyone, this
    from greennow.testing import Harness

    @everyone.expose
    def ask_back(text):
        return this.now.answer(text).result() + "!"

    @greennow.on("connect")
    def joined():
        this.user.points = 1

    with Harness() as h:
        ann, bob = h.connect(), h.connect()
        ann.now.answer = lambda text: text.upper()
        everyone.now.score = 3
        assert ann.now.ask_back("hello").result(timeout=10) == "HELLO!"
        h.settle()
        assert ann.now.score == bob.now.score == 3
        h.drop(ann)
        everyone.now.score = 4
        h.settle()
        assert ann.now.score == 4
        results = []
        worker = h.now.run(lambda: this)
        gevent.idle()
        assert worker.done()
    print("well")
"""


@contextmanager
def process(source: str) -> Iterator[subprocess.Popen[str]]:
    """Run a program; it is ended with the block."""
    program = [sys.executable, "-W", "error", "-c", textwrap.dedent(source)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, cwd=ROOT) as running:
        try:
            yield running
        finally:
            running.kill()


def line(running: subprocess.Popen[str]) -> str:
    """Wait for the next line of the program's output."""
    assert running.stdout is not None
    return running.stdout.readline().rstrip("\n")


@contextmanager
def server(drain_timeout: float = 10) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the server; gives its address too."""
    with process(SERVER.replace("{drain_timeout}", str(drain_timeout))) as running:
        words = line(running).split()
        assert words[:2] == ["greennow", "serves"]
        assert line(running) == "start"
        yield running, words[2]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_signal_drains_and_returns(number: int) -> None:
    with server() as (running, url), RawClient(url) as client:
        client.hello()
        client.message(Welcome)
        client.say(Write(()), Call(1, ("wait",), []))
        client.message(Ready)
        assert line(running) == "waits"
        running.send_signal(number)
        assert [line(running) for _ in range(2)] == ["stop", "goes on"]
        assert client.closed() == (1001, "the server is going away")
        client.socket.close()
        assert [line(running) for _ in range(2)] == ["disconnect", "returned"]
        assert running.wait() == 0
        with pytest.raises(OSError, match="cannot connect"):
            connected(address(url))


def test_draining_waits_no_longer_than_it_may() -> None:
    with server(drain_timeout=0.1) as (running, url), RawClient(url) as client:
        client.hello()
        client.message(Welcome)
        client.say(Write(()), Call(1, ("wait_for_ever",), []))
        assert line(running) == "waits"
        running.send_signal(signal.SIGTERM)
        assert line(running) == "stop"
        assert running.wait() == 0


def test_an_answer_that_is_ready_when_the_server_stops_arrives() -> None:
    with server() as (running, url), RawClient(url) as client:
        client.hello()
        client.message(Welcome)
        client.say(Write(()), Call(1, ("wait",), []))
        assert line(running) == "waits"
        running.send_signal(signal.SIGTERM)
        assert client.message(Reply) == Reply(1, "done")
        assert client.closed()[0] == 1001


def test_a_server_answers_while_a_call_waits() -> None:
    with server() as (running, url), RawClient(url) as client:
        client.hello()
        client.message(Welcome)
        client.say(Write(()), Call(1, ("wait",), []))
        assert line(running) == "waits"
        assert request(url, "/nowjs/health").status == 200


@pytest.mark.parametrize(
    "patching", ["", "from gevent import monkey; monkey.patch_all()\n"], ids=["unpatched", "patched"]
)
def test_everything_works_with_gevents_patching_and_without(patching: str) -> None:
    with process(patching + textwrap.dedent(SCENARIO)) as running:
        assert line(running) == "well"
        assert running.wait() == 0
