"""One soak: its processes, what is asked of them, and whether their ends agree."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from .cutting import cut
from .server import serve

_PROCESSES = multiprocessing.get_context("spawn")

#: So many clients share a process.
_TOGETHER = {"python": 25, "node": 50}

#: How often there is a look at the figures, in seconds, and after how many without a call it is given up.
_LOOK = 1.0
_PATIENCE = 60.0

#: How much more memory the server may have at the end than after the first tenth: its part, and bytes.
_MORE_PART, _MORE_BYTES = 0.05, 4 << 20


class Plan(NamedTuple):
    """What is to be done.

    Attributes:
        clients: how many; half of them Python's, half now.js's.
        calls: at least so many, both ways together.
        cuts: at least so many.
        seed: of the lengths of the lines' lives.
        mean: bytes that a line carries before it breaks, on average.
    """

    clients: int
    calls: int
    cuts: int
    seed: int
    mean: float


class Outcome(NamedTuple):
    """What came of it.

    Attributes:
        plan: what was to be done.
        calls: how many were made; each has arrived once, in order, and was answered.
        cuts: how many lines broke.
        resumed: how many sessions went on over another one.
        seconds: how long it took, without beginning and end.
        memory: the server's after the first tenth, at most from then on, and at the end, in bytes.
        wrong: what should not be so; nothing, if all is well.
    """

    plan: Plan
    calls: int
    cuts: int
    resumed: int
    seconds: float
    memory: tuple[int, int, int]
    wrong: list[str]

    def __str__(self) -> str:
        counts = (
            f"{self.plan.clients} | {self.calls:,} | {self.cuts:,} | {self.resumed:,} | {self.seconds:.0f}"
        )
        memory = " | ".join(f"{size / 2**20:.1f}" for size in self.memory)
        return f"| {counts} | {memory} | {len(self.wrong) or 'nothing'} |\n"


HEADER = """\
| clients | calls | cuts | resumed | seconds | server after a tenth, MiB | at most | at the end | wrong |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""


class Part:
    """A process of ours that answers questions; the first answer comes by itself: its port."""

    def __init__(self, control: Connection[Any, Any]) -> None:
        self._control = control
        self.port: int = control.recv()

    def ask(self, question: str) -> Any:
        """Return the answer."""
        self._control.send(question)
        return self._control.recv()


@contextmanager
def part(run: Callable[..., None], *args: Any) -> Iterator[Part]:
    """Run a part for the time of the block."""
    control, controlled = _PROCESSES.Pipe()
    process = _PROCESSES.Process(target=run, args=(controlled, *args), daemon=True)
    process.start()
    controlled.close()
    try:
        yield Part(control)
    finally:
        control.close()
        process.join()


class Side:
    """Some clients in a process of theirs, which reads orders and answers each with a line of JSON.

    The first line comes when all are ready. The orders: ``begin`` makes calls, ``finish`` makes no more,
    ``rest`` waits until all is answered and processed, ``state`` tells, ``close`` ends.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def order(self, order: str) -> None:
        """Give an order."""
        assert self._process.stdin is not None
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        """Wait for the answer, and return it."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("a process of clients has ended; see above")
        return json.loads(line)


@contextmanager
def side(kind: str, url: str, first: int, count: int) -> Iterator[Side]:
    """Run clients for the time of the block."""
    command = [*_command(kind), url, str(first), str(count)]
    process = subprocess.Popen(  # noqa: S603  ours
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Side(process)
        process.communicate()
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def _command(kind: str) -> list[str]:
    if kind == "python":
        return [sys.executable, "-m", "bench.soak.clients"]
    node = shutil.which("node")
    if node is None:
        raise SystemExit("a soak needs Node on the PATH")
    here = Path(__file__).with_name("clients.mjs")
    return [node, "--experimental-websocket", "--no-warnings", str(here)]


def _shares(clients: int) -> Iterator[tuple[str, int, int]]:
    """Yield the kind, the first number and the count of each process's clients."""
    first = 0
    for kind, share in (("python", clients - clients // 2), ("node", clients // 2)):
        until = first + share
        while first < until:
            count = min(_TOGETHER[kind], until - first)
            yield kind, first, count
            first += count


def soak(plan: Plan) -> Outcome:
    """Run one."""
    with ExitStack() as stack:
        server = stack.enter_context(part(serve))
        cutter = stack.enter_context(part(cut, server.port, plan.seed, plan.mean))
        url = f"http://127.0.0.1:{cutter.port}"
        sides = [stack.enter_context(side(kind, url, *share)) for kind, *share in _shares(plan.clients)]
        for one in sides:
            one.answer()
        return Soak(plan, server, cutter, sides).run()


class Soak:
    """One that has begun: all clients are there."""

    def __init__(self, plan: Plan, server: Part, cutter: Part, sides: list[Side]) -> None:
        self._plan = plan
        self._server = server
        self._cutter = cutter
        self._sides = sides

    def run(self) -> Outcome:
        """Begin, watch, end, and compare."""
        began = time.monotonic()
        self._cutter.ask("begin")
        self._server.ask("begin")
        self._all("begin")
        memory = self._watch()
        seconds = time.monotonic() - began
        cuts = self._cutter.ask("rest")
        self._server.ask("finish")
        self._all("finish")
        self._all("rest")
        self._server.ask("rest")
        calls, size = self._server.ask("progress")
        resumed = self._server.ask("resumed")
        wrong = [*self._compare(), *self._server.ask("wrong"), *self._end()]
        tenth = memory[0]
        if size > tenth * (1 + _MORE_PART) + _MORE_BYTES:
            wrong.append(f"the server's memory grew from {tenth:,} to {size:,} bytes")
        return Outcome(self._plan, calls, cuts, resumed, seconds, (tenth, max(*memory, size), size), wrong)

    def _all(self, order: str) -> list[Any]:
        for one in self._sides:
            one.order(order)
        return [one.answer() for one in self._sides]

    def _watch(self) -> list[int]:
        """Return the server's memory, as it was in each look after the first tenth of the calls."""
        plan, memory, calls, moved_at = self._plan, list[int](), 0, time.monotonic()
        while True:
            time.sleep(min(_LOOK, plan.calls / 20_000))
            before, (calls, size) = calls, self._server.ask("progress")
            cuts = self._cutter.ask("cuts")
            if calls >= plan.calls / 10:
                memory.append(size)
            if calls >= plan.calls and cuts >= plan.cuts:
                return memory
            if calls > before:
                moved_at = time.monotonic()
            elif time.monotonic() - moved_at > _PATIENCE:
                raise SystemExit(f"nothing moves any more, after {calls:,} calls and {cuts:,} cuts")

    def _compare(self) -> Iterator[str]:
        """Yield where the ends disagree."""
        theirs = [state for states in self._all("state") for state in states]
        ours = self._server.ask("state")
        if len(theirs) != len(ours):
            yield f"{len(theirs)} clients, but the server knows {len(ours)}"
        for who, state in enumerate(theirs):
            yield from state.pop("wrong")
            if state != ours.get(who):
                yield f"client {who} says {state}, the server {ours.get(who)}"

    def _end(self) -> Iterator[str]:
        """Have the clients say goodbye; yield what is left of them at the server."""
        self._all("close")
        until = time.monotonic() + _PATIENCE
        while (left := self._server.ask("left")) and time.monotonic() < until:
            time.sleep(0.05)
        if left:
            yield f"left over: {left}"
