"""``python -m bench.connections``: what clients cost that come, that stay and do nothing, and that come back.

- ``come``: clients until they are ready, per second of the server's processor time;
- ``idle``: KiB of the server's memory for each client that does nothing;
- ``return``: sessions resumed per second of that time, when all lines have broken at once.

``--profile`` has the server say where its time went (it takes about twice as long then), ``--trace`` which
lines took its memory.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import multiprocessing
import pstats
import sys
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from multiprocessing.connection import Connection
from statistics import median
from typing import Any

import cbor2

import greennow
from greennow.core.shapes import HELLO, READY, WELCOME
from greennow.server.websocket import FrameReader

from .answering import ANSWERS, answer_questions
from .load import AT_ONCE, FIRST_WRITE, INTRODUCTION, Client
from .pinning import cores, pin

_PROCESSES = multiprocessing.get_context("spawn")

#: How many lines are shown of a profile or trace.
_SHOWN = 45

#: So many clients come before anything is measured.
_WARM = 200

#: So many come back before a first one says hello: a slow machine is to hear them all within ten seconds.
_BACK_AT_ONCE = 1_000


class Guest(Client):
    """A client that may come back."""

    #: What it says first; what resumes its session.
    hello = INTRODUCTION
    token = b""

    def be_welcomed(self) -> None:
        """Read the welcome, and remember the token."""
        frames = FrameReader(max_message=1 << 24, masked=False)
        events: list[Any] = []
        while not events:
            events = frames.feed(self._read())
        kind, fields = cbor2.loads(events[0].data)
        assert kind == WELCOME
        assert fields["resumed"] is (self.hello is not INTRODUCTION)
        self.token = fields["token"]

    def again(self, port: int) -> Guest:
        """Return the same client on its next link."""
        back = Guest(port)
        known = {"version": 1, "attempt": 2, "token": self.token, "received": 1}
        back.hello = cbor2.dumps([HELLO, known])
        return back


class Guests:
    """All clients of one server."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._guests: list[Guest] = []

    def come(self, count: int) -> None:
        """So many more come, and are ready."""
        for start in range(0, count, AT_ONCE):
            coming = [Guest(self._port) for _ in range(min(AT_ONCE, count - start))]
            welcome(coming)
            for guest in coming:
                guest.say([FIRST_WRITE])
            for guest in reversed(coming):
                guest.wait_for(READY)
                guest.say([])  # the ack that a client owes some seconds later
            self._guests += coming

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self._guests)

    def lose_lines(self) -> None:
        """All lines break."""
        for guest in self._guests:
            guest.socket.close()

    def come_back(self) -> None:
        """All resume their sessions: so many connect before any of them says hello."""
        left, self._guests = self._guests, []
        for start in range(0, len(left), _BACK_AT_ONCE):
            coming = [guest.again(self._port) for guest in left[start : start + _BACK_AT_ONCE]]
            welcome(coming)
            self._guests += coming


def welcome(guests: list[Guest]) -> None:
    """All say hello. The last is waited for first: who waits for the first is woken again and again, at the
    server's cost.
    """
    for guest in reversed(guests):
        guest.say_hello(guest.hello)
    for guest in guests:
        guest.be_welcomed()


def serve(control: Connection[Any, Any], options: argparse.Namespace) -> None:
    """Serve until nobody asks any more."""
    pin(cores()[0])
    reporting = Reporting(options)
    server = greennow.Now(resume_window=120.0).start(port=0)  # a slow load may take long to come back
    control.send(server.port)
    answer_questions(control, {**ANSWERS, "begin": reporting.begin, "report": reporting.report})


class Reporting:
    """Says where the server's time and memory went."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._profile = cProfile.Profile()
        if options.trace:
            tracemalloc.start()

    def begin(self) -> float:
        """From now on."""
        if self._options.profile:
            self._profile.enable()
        return 0.0

    def report(self) -> float:
        """Until now."""
        if self._options.profile:
            self._profile.disable()
            pstats.Stats(self._profile).sort_stats("tottime").print_stats(_SHOWN)
        if self._options.trace:
            gc.collect()
            clients = self._options.clients + _WARM
            for line in tracemalloc.take_snapshot().statistics("lineno")[:_SHOWN]:
                size, count = line.size / clients, line.count / clients
                sys.stdout.write(f"{size:8.0f} B {count:6.2f} blocks a client  {line.traceback}\n")
        return 0.0


class Asked:
    """A server in a process of its own, and what it answers."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._control, theirs = _PROCESSES.Pipe()
        self._process = _PROCESSES.Process(target=serve, args=(theirs, options), daemon=True)
        self._process.start()
        theirs.close()
        #: Where it listens.
        self.port: int = self._control.recv()

    def ask(self, question: str) -> float:
        """Return the answer."""
        self._control.send(question)
        answer: float = self._control.recv()
        return answer

    def close(self) -> None:
        """Nobody asks any more."""
        self._control.close()
        self._process.join()


def come(server: Asked, guests: Guests, count: int) -> float:
    """Return how many come per second of processor time."""
    spent = server.ask("seconds")
    guests.come(count)
    return count / (server.ask("seconds") - spent)


def idle(server: Asked, guests: Guests, count: int) -> float:
    """Return the KiB for each."""
    before = server.ask("bytes")
    guests.come(count)
    return (server.ask("bytes") - before) / 1024 / count


def come_back(server: Asked, guests: Guests, count: int) -> float:
    """Return how many sessions are resumed per second of processor time."""
    guests.come(count)
    guests.lose_lines()
    spent = server.ask("seconds")
    guests.come_back()
    return guests.count / (server.ask("seconds") - spent)


#: What does the work, and what its figure says.
WORK: dict[str, tuple[Callable[[Asked, Guests, int], float], str]] = {
    "come": (come, "clients per CPU second"),
    "idle": (idle, "KiB a client"),
    "return": (come_back, "sessions per CPU second"),
}


def measure(work: Callable[[Asked, Guests, int], float], options: argparse.Namespace) -> float:
    """Measure once, with a server of its own."""
    with closing(Asked(options)) as server:
        guests = Guests(server.port)
        guests.come(_WARM)
        server.ask("begin")
        figure = work(server, guests, options.clients)
        server.ask("report")
        guests.lose_lines()
    return figure


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.connections", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("work", nargs="?", choices=WORK, help="all, unless one is named")
    parser.add_argument("--clients", type=int, default=2_000, metavar="N", help="(2000)")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="the median of so many (5)")
    parser.add_argument("--quick", action="store_true", help="once, with a few clients: does it work?")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--trace", action="store_true")
    options = parser.parse_args()
    if options.quick:
        options.clients, options.runs = 4, 1
    pin(cores()[1])
    sys.stdout.write("| clients that | what | figure |\n| --- | --- | ---: |\n")
    for name in [options.work] if options.work else WORK:
        work, what = WORK[name]
        figure = median([measure(work, options) for _ in range(options.runs)])
        sys.stdout.write(f"| {name}, {options.clients:,} of them | {what} | {figure:,.1f} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
