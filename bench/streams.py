"""``python -m bench.streams``: rows of a generator from the server to the Python client and back.

Beside calls one after another in the same run: what a program would make of rows without streams. Each end
is what programs use, the threaded client too, so what is measured is both of them; the processor time is
the server's.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection
from statistics import median
from typing import Any, NamedTuple

import greennow
from greennow.client import Client, connect

from .answering import answer_questions
from .machine import machine
from .pinning import cores, pin

#: Every process begins with an interpreter of its own.
_PROCESSES = multiprocessing.get_context("spawn")

#: How many rows, and how many calls.
ROWS = 1_000_000
CALLS = 10_000

#: How often in a run it is asked how far the generator is ahead.
_LOOKS = 100

_HEADER = """\
| what | of | a second | per CPU second of the server | times the calls | most ahead |
| --- | --- | ---: | ---: | ---: | ---: |
"""


class Counted:
    """Rows as a table has them, and how many were produced."""

    def __init__(self) -> None:
        self.produced = 0

    def rows(self, count: int) -> Iterator[dict[str, Any]]:
        """Yield so many rows."""
        self.produced = 0
        for number in range(count):
            self.produced += 1
            yield {"id": number, "name": "somebody", "score": 0.5}


def ahead(rows: Iterable[Any], count: int, produced: Callable[[], int]) -> tuple[int, int]:
    """Read all rows; return how many there were, and how many more were produced than read at the most."""
    read = most = 0
    for _ in rows:
        read += 1
        if read % max(1, count // _LOOKS) == 0:
            most = max(most, produced() - read)
    return read, most


def serve(control: Connection[Any, Any], core: int | None) -> None:
    """Serve rows, and read those of others."""
    pin(core)
    now = greennow.Now()
    table = Counted()
    now.everyone.now.rows = table.rows
    now.everyone.now.produced = lambda: table.produced
    now.everyone.now.add = lambda a, b: a + b
    now.everyone.now.read = lambda rows, count, produced: ahead(rows, count, lambda: produced().result())
    server = now.start(port=0)
    control.send(server.url)
    answer_questions(control)


def call(client: Client, count: int) -> tuple[int, int]:
    """Call so many times, one call after another."""
    for number in range(count):
        client.now.add(number, 1).result()
    return count, 1


def from_server(client: Client, count: int) -> tuple[int, int]:
    """Read rows of the server's."""
    return ahead(client.now.rows(count), count, lambda: client.now.produced().result())


def from_client(client: Client, count: int) -> tuple[int, int]:
    """Have the server read rows of ours."""
    table = Counted()
    read, most = client.now.read(table.rows(count), count, lambda: table.produced).result()
    return read, most


#: What is measured, what is counted, and how much of it, as a part of all rows or calls.
MEASURED: tuple[tuple[str, str, Callable[[Client, int], tuple[int, int]]], ...] = (
    ("calls one after another", "calls", call),
    ("rows from the server to the client", "rows", from_server),
    ("rows from the client to the server", "rows", from_client),
)


class Figures(NamedTuple):
    """What one run gave.

    Attributes:
        rate: rows, or calls, a second.
        work: the same for each second of the server's processor time.
        most_ahead: how many rows were produced and not read, at the most.
    """

    rate: float
    work: float
    most_ahead: float


def run_once(do: Callable[[Client, int], tuple[int, int]], count: int) -> Figures:
    """Start a server and a client, and measure."""
    for_server, for_client = cores()
    asked, asking = _PROCESSES.Pipe()
    server = _PROCESSES.Process(target=serve, args=(asked, for_server), daemon=True)
    server.start()
    asked.close()
    pin(for_client)
    with connect(asking.recv()) as client:
        do(client, max(1, count // 10))  # warm up
        spent, begun = _seconds(asking), time.perf_counter()
        done, most_ahead = do(client, count)
        elapsed, spent = time.perf_counter() - begun, _seconds(asking) - spent
    if done != count:
        raise RuntimeError(f"{done} of {count} have come")
    asking.close()
    server.join()
    return Figures(count / elapsed, count / spent if spent else 0.0, most_ahead)


def _seconds(asking: Connection[Any, Any]) -> float:
    asking.send("seconds")
    seconds: float = asking.recv()
    return seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.streams", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="medians of so many runs (3)")
    parser.add_argument("--quick", action="store_true", help="once, with few rows: does it work?")
    options: Any = parser.parse_args()
    runs, part = (1, 1_000) if options.quick else (options.runs, 1)
    sys.stdout.write(f"{machine()}; medians of {runs}\n\n{_HEADER}")
    calls = 0.0
    for what, of, do in MEASURED:
        count = (CALLS if do is call else ROWS) // part
        measured = Figures(*map(median, zip(*(run_once(do, count) for _ in range(runs)), strict=True)))
        calls = calls or measured.rate
        sys.stdout.write(
            f"| {what} | {of} | {measured.rate:,.0f} | {measured.work:,.0f} | {measured.rate / calls:.1f} |"
            f" {measured.most_ahead:,.0f} |\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
