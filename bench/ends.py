"""The clients that pass functions on: in this process, in Node, in a page of Chromium."""

from __future__ import annotations

import gc
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from greennow.client import Client, connect

from .memory import resident

#: How many functions are under way at once.
BATCH = 100

#: What a page must not do without: the collector within its reach, and exact figures.
_CHROMIUM = ("--no-sandbox", "--disable-gpu", "--js-flags=--expose-gc", "--enable-precise-memory-info")


class End(Protocol):
    """One client."""

    def pass_functions(self, way: str, count: int) -> int:
        """Pass so many functions in this way; return how many answers were wrong."""

    def collect(self) -> None:
        """Collect garbage, and have it told."""

    def memory(self) -> int:
        """Return how many bytes are in use."""


class PythonEnd:
    """`greennow.client` in this process."""

    def __init__(self, client: Client) -> None:
        self._now = now = client.now
        now.take = lambda function: function()
        client.flush()
        self._ways: dict[str, Callable[[int], Any]] = {
            "lend": lambda n: now.call(lambda: n),
            "borrow": lambda n: now.give(),
            "forward": lambda n: now.pass_on(lambda: n),
        }

    def pass_functions(self, way: str, count: int) -> int:
        """Pass so many functions in this way; return how many answers were wrong."""
        wrong = 0
        for start in range(0, count, BATCH):
            numbers = range(start, min(count, start + BATCH))
            answers = [reply.result() for reply in [self._ways[way](n) for n in numbers]]
            if way == "borrow":
                answers = [reply.result() for reply in [function() for function in answers]]
            wrong += sum(
                answer != (1 if way == "borrow" else n) for n, answer in zip(numbers, answers, strict=True)
            )
        return wrong

    def collect(self) -> None:
        """Collect garbage, and have it told with a call."""
        gc.collect()
        self._now.nothing().result()

    def memory(self) -> int:
        """Return how many bytes this process has in memory."""
        return resident()


class NodeEnd:
    """now.js in a process of Node's."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, *request: Any) -> Any:
        """Have a method called; return what it returned."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def pass_functions(self, way: str, count: int) -> int:
        """Pass so many functions in this way; return how many answers were wrong."""
        wrong: int = self.ask("pass", way, count)
        return wrong

    def collect(self) -> None:
        """Collect garbage, and have it told."""
        self.ask("collect")

    def memory(self) -> int:
        """Return how large the heap is."""
        self.collect()
        used: int = self.ask("memory")
        return used


class PageEnd:
    """now.js in a page."""

    def __init__(self, page: Any) -> None:
        self._page = page

    def pass_functions(self, way: str, count: int) -> int:
        """Pass so many functions in this way; return how many answers were wrong."""
        wrong: int = self._page.evaluate("([way, count]) => end.pass(way, count)", [way, count])
        return wrong

    def collect(self) -> None:
        """Collect garbage, and have it told."""
        self._page.evaluate("end.collect()")

    def memory(self) -> int:
        """Return how large the heap is."""
        self.collect()
        used: int = self._page.evaluate("performance.memory.usedJSHeapSize")
        return used


@contextmanager
def python_ends(url: str) -> Iterator[list[End]]:
    """Two clients in this process."""
    with connect(url) as ann, connect(url) as bob:
        yield [PythonEnd(ann), PythonEnd(bob)]


@contextmanager
def node_ends(url: str) -> Iterator[list[End]]:
    """Two processes of Node's, whose WebSocket is still an experiment in version 20."""
    node = shutil.which("node")
    if node is None:
        raise SystemExit("Node is not on the PATH; leave it out with --ends")
    flags = ("--experimental-websocket", "--expose-gc", "--no-warnings")
    command = [node, *flags, str(Path(__file__).with_name("callbacks.mjs")), url]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603  ours
        for _ in range(2)
    ]
    ends = [NodeEnd(process) for process in processes]
    for end in ends:
        end.ask("ready")
    yield [*ends]
    for process in processes:
        process.communicate()


@contextmanager
def page_ends(url: str) -> Iterator[list[End]]:
    """Two pages of a Chromium; Playwright is loaded only where they are asked for."""
    playwright = import_module("playwright.sync_api")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=list(_CHROMIUM))
        pages = [browser.new_context().new_page() for _ in range(2)]
        for page in pages:
            page.goto(url)
            page.wait_for_function("window.end")
            page.evaluate("end.ready()")
        yield [PageEnd(page) for page in pages]
        browser.close()


#: The kinds of clients, by the name that they are asked for by.
ENDS = {"python": python_ends, "node": node_ends, "chromium": page_ends}
