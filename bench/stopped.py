"""``python -m bench.stopped``: readers that have stopped cost the others nothing, and the server little.

A thousand clients are told the same again and again, until a gigabyte has been delivered in all. None of
them, one or ten stop reading meanwhile. Measured is how long after it was said each of the others heard it,
and how much memory the server took.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import selectors
import sys
import time
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import greennow
from greennow.core.shapes import CALL
from greennow.server.websocket import Closed, FrameReader

from .answering import questions
from .load import PATIENCE, Client, connect
from .memory import resident
from .pinning import cores, pin

#: Every process begins with an interpreter of its own; nothing measured has a history.
_PROCESSES = multiprocessing.get_context("spawn")

#: What a client that reads too slowly may cost, in bytes.
_SEND_BUFFER = 262_144

#: One broadcast, in bytes.
_SIZE = 16_000

#: What is delivered in all, in bytes.
_IN_ALL = 1_000_000_000

_HEADER = """\
| clients | stopped | delivered, MB | delay, ms | 99 of 100 | server, MiB | most | allowed | closed with |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |
"""


class Row(NamedTuple):
    """What came of one run; delays in seconds, memory in bytes."""

    clients: int
    stopped: int
    delivered: int
    delays: list[float]
    before: int
    most: int
    codes: list[int]

    def __str__(self) -> str:
        delays = sorted(self.delays)
        middle, late = (f"{1000 * delays[int(part * len(delays))]:.0f}" for part in (0.5, 0.99))
        memory = (self.before, max(self.before, self.most), self.stopped * _SEND_BUFFER)
        before, most, more = (f"{size / 2**20:.1f}" for size in memory)
        codes = ", ".join(f"{code}: {self.codes.count(code)}" for code in sorted(set(self.codes)))
        counts = f"{self.clients:,} | {self.stopped} | {self.delivered / 1e6:,.0f} | {middle} | {late}"
        return f"| {counts} | {before} | {most} | +{more} | {codes or '-'} |\n"


def serve(control: Connection[Any, Any], core: int | None) -> None:
    """Broadcast whenever told to; tell when that was, and how many clients there are then."""
    pin(core)
    now = greennow.Now(send_buffer=_SEND_BUFFER)
    control.send(now.start(port=0).port)
    what = bytes(_SIZE)
    for question in questions(control):
        said_at = time.monotonic()
        if question == "say":
            now.everyone.now.receive(what)
            control.send((said_at, len(now.clients)))
        else:
            control.send((resident(), 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))


class Load:
    """The clients, and what they hear."""

    def __init__(self, control: Connection[Any, Any], clients: int, stopped: int) -> None:
        self._control = control
        ready = connect(control.recv(), clients)
        self._clients = ready
        self._stopped, self._reading = ready[:stopped], ready[stopped:]
        self._selector = selectors.DefaultSelector()
        for client in self._reading:
            self._selector.register(client.socket, selectors.EVENT_READ, client)
        #: After how long each client heard each broadcast.
        self._delays: list[float] = []
        #: What the stopped ones were closed with.
        self._codes: list[int] = []

    def measure(self, in_all: int) -> Row:
        """Broadcast until so many bytes were delivered."""
        before, _ = self._ask("memory")
        delivered = 0
        while delivered < in_all:
            said_at, present = self._ask("say")
            delivered += self._hear(said_at)
            if present == len(self._reading) and not self._codes:
                self._codes = [closed_with(client) for client in self._stopped]
        _, most = self._ask("memory")
        for client in self._clients:
            client.socket.close()
        stopped = len(self._stopped)
        return Row(len(self._clients), stopped, delivered, self._delays, before, most, self._codes)

    def _hear(self, said_at: float) -> int:
        """Have all that read hear one broadcast; return its bytes."""
        waiting = len(self._reading)
        while waiting:
            ready = self._selector.select(PATIENCE)
            if not ready:
                raise SystemExit(f"{waiting} clients hear nothing any more")
            for key, _ in ready:
                client: Client = key.data
                if client.hear(CALL):
                    self._delays.append(time.monotonic() - said_at)
                    waiting -= 1
        return len(self._reading) * _SIZE

    def _ask(self, question: str) -> Any:
        self._control.send(question)
        return self._control.recv()


def closed_with(client: Client) -> int:
    """Let a client that had stopped read to the end; return the code it is closed with, 1006 for none."""
    frames = FrameReader(max_message=1 << 24, masked=False)
    try:
        while data := client.socket.recv(1 << 18):
            for event in frames.feed(data):
                if isinstance(event, Closed):
                    return event.code
    except ConnectionError:
        pass
    return 1006


def run_once(clients: int, stopped: int, in_all: int) -> Row:
    """Start a server, and measure in this process."""
    for_server, for_load = cores()
    pin(for_load)
    control, controlled = _PROCESSES.Pipe()
    server = _PROCESSES.Process(target=serve, args=(controlled, for_server), daemon=True)
    server.start()
    controlled.close()
    try:
        return Load(control, clients, stopped).measure(in_all)
    finally:
        control.close()
        server.join()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.stopped", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few clients and little data: does it work?")
    options: Any = parser.parse_args()
    clients, in_all = (20, 20_000_000) if options.quick else (1_000, _IN_ALL)
    sys.stdout.write(_HEADER)
    for stopped in (0, 1, 10):
        sys.stdout.write(str(run_once(clients, stopped, in_all)))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
