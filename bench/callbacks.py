"""``python -m bench.callbacks``: functions that are passed on by the hundred thousand leave nothing behind.

Each kind of client lends functions to the server, which calls them; borrows functions of the server's, and
calls those; and passes functions to another client through the server. Afterwards the server's tables are to
be empty, and memory is to be where it was after the first thousands.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from gevent.socket import wait_read

import greennow
from greennow.core.context import This

from .ends import ENDS, End
from .memory import resident

#: The ways, with what is written of them, and how many functions go each way.
WAYS = {
    "lend": ("{} lends to the server", 100_000),
    "borrow": ("{} borrows from the server", 100_000),
    "forward": ("{} to another, through the server", 10_000),
}

#: So many looks at the server's tables, until what was on its way has arrived.
_LOOKS = 100

#: So many are passed before anything is measured.
_FIRST = 5_000

_HEADER = """\
| what | functions | a second | left over | server, MiB | after | client, MiB | after |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""


def serve(control: Connection[Any, Any]) -> None:
    """Serve what the clients call; told anything, collect, and tell what is out and what memory is in use."""
    now = greennow.Now()
    this = This(now.context)
    now.everyone.expose("call")(lambda function: function())
    now.everyone.expose("give")(lambda: lambda: 1)
    now.everyone.expose("nothing")(lambda: None)

    @now.everyone.expose
    def pass_on(function: Any) -> Any:
        other = next(client for client in now.everyone if client.client_id != this.client_id)
        return other.now.take(function)

    server = now.start(Path(__file__).with_name("site"), port=0)
    control.send(server.url)
    while True:
        wait_read(control.fileno())
        try:
            control.recv()
        except EOFError:
            return
        gc.collect()
        for client in now.clients.values():
            client.peer.release_garbage()
        out = sum(len(client.peer.lending) + len(client.peer.borrowing) for client in now.clients.values())
        control.send((out + len(now.lending), resident()))


class Server:
    """The server in a process of its own."""

    def __init__(self, control: Connection[Any, Any]) -> None:
        self._control = control
        self.url: str = control.recv()

    def look(self, ends: list[End]) -> tuple[int, int]:
        """Collect garbage everywhere; return how many functions are out, and the server's memory."""
        for _ in range(_LOOKS):
            for end in ends:
                end.collect()
            self._control.send(None)
            out, memory = self._control.recv()
            if not out:
                break
            time.sleep(0.02)
        return out, memory


@contextmanager
def served() -> Iterator[Server]:
    """A server, for the time of the block."""
    processes = multiprocessing.get_context("spawn")
    control, controlled = processes.Pipe()
    process = processes.Process(target=serve, args=(controlled,), daemon=True)
    process.start()
    controlled.close()
    yield Server(control)
    control.close()
    process.join()


class Row(NamedTuple):
    """What came of one way."""

    what: str
    functions: int
    seconds: float
    left: int
    server: tuple[int, int]
    client: tuple[int, int]

    def __str__(self) -> str:
        memory = " | ".join(f"{size / 2**20:,.1f}" for size in (*self.server, *self.client))
        rate = f"{self.functions / self.seconds:,.0f}"
        return f"| {self.what} | {self.functions:,} | {rate} | {self.left} | {memory} |\n"


def measure(server: Server, ends: list[End], kind: str, way: str, part: float) -> Row:
    """Pass functions on, some of them before anything is measured."""
    text, most = WAYS[way]
    count, first = int(most * part), ends[0]
    wrong = first.pass_functions(way, min(count, _FIRST))
    _, server_before = server.look(ends)
    client_before = first.memory()
    began = time.perf_counter()
    wrong += first.pass_functions(way, count)
    seconds = time.perf_counter() - began
    left, server_after = server.look(ends)
    if wrong:
        raise SystemExit(f"{wrong} answers were wrong")
    memory = (server_before, server_after), (client_before, first.memory())
    return Row(text.format(kind), count, seconds, left, *memory)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.callbacks", description=__doc__)
    parser.add_argument("--ends", nargs="+", choices=ENDS, help="the kinds of clients (all)")
    parser.add_argument("--quick", action="store_true", help="few, and no browser: does it work?")
    options: Any = parser.parse_args()
    kinds = options.ends or ([kind for kind in ENDS if kind != "chromium"] if options.quick else list(ENDS))
    sys.stdout.write(_HEADER)
    for kind in kinds:
        with served() as server, ENDS[kind](server.url) as ends:
            for way in WAYS:
                sys.stdout.write(str(measure(server, ends, kind, way, 0.01 if options.quick else 1)))
                sys.stdout.flush()


if __name__ == "__main__":
    main()
