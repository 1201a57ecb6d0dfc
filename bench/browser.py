"""``python -m bench.browser``: now.js in Chromium, its calls and writes, and how soon a page can use it.

The page has one core and the server the other. A second is one that passes here, for a page has nothing else
to do; beside it stands what the server spends.
"""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

import greennow
from greennow.core.context import This

from .answering import answer_questions
from .machine import machine
from .pinning import cores, pin

#: Every process begins with an interpreter of its own; nothing measured has a history.
_PROCESSES = multiprocessing.get_context("spawn")

#: What a page does, by its name in ``work.mjs``, and what is counted of it.
WORKS = {
    "calls": ("calls one after another", "calls"),
    "pipelined": ("calls, 1,000 outstanding", "calls"),
    "writes": ("1,000 writes in a turn", "writes"),
    "turns": ("writes, a turn after each", "writes"),
}

_HEADER = """\
| what | of | a second | per CPU second of the server |
| --- | --- | ---: | ---: |
"""


def serve(control: Connection[Any, Any], core: int | None) -> None:
    """Serve the page, and what it calls."""
    pin(core)
    now = greennow.Now()
    this = This(now.context)
    now.everyone.expose("add")(lambda a, b: a + b)
    now.everyone.expose("written")(lambda: this.now.value)
    control.send(now.start(Path(__file__).with_name("site"), port=0).url)
    answer_questions(control)


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser; Playwright is loaded only where one is asked for."""
    playwright = import_module("playwright.sync_api")
    command = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=command, args=["--no-sandbox", "--disable-gpu"], chromium_sandbox=False
        )
        yield browser
        browser.close()


def interactive(page: Any, url: str) -> float:
    """Open a page; return after how many milliseconds of its life it could call."""
    page.goto(url)
    page.wait_for_function("window.interactive")
    milliseconds: float = page.evaluate("window.interactive")
    return milliseconds


def opened(browser: Any, url: str, times: int) -> Iterator[tuple[str, float]]:
    """Yield how soon a page could call: by a browser that never saw now.js, and by one that has it."""
    fresh, cached = [], []
    for _ in range(times):
        context = browser.new_context()
        page = context.new_page()
        fresh.append(interactive(page, url))
        cached.append(interactive(page, url))
        context.close()
    yield "until a page can call, first visit", median(fresh)
    yield "until a page can call, cached", median(cached)


class Bench:
    """The page at work."""

    def __init__(self, control: Connection[Any, Any], page: Any, milliseconds: int) -> None:
        """
        Args:
            control: answers questions about the server's process.
            page: has the page open.
            milliseconds: how long each work is measured; half of it is to warm up.
        """
        self._control = control
        self._page = page
        self._milliseconds = milliseconds

    def rows(self, runs: int) -> Iterator[str]:
        """Yield a row of the table for each work."""
        for work, (title, what) in WORKS.items():
            self._do(work, self._milliseconds // 2)
            figures = [self._measure(work) for _ in range(runs)]
            here, there = (median(column) for column in zip(*figures, strict=True))
            yield f"| {title} | {what} | {here:,.0f} | {there:,.0f} |\n"

    def _measure(self, work: str) -> tuple[float, float]:
        spent = self._ask("seconds")
        done, seconds = self._do(work, self._milliseconds)
        return done / seconds, done / (self._ask("seconds") - spent)

    def _do(self, work: str, milliseconds: int) -> tuple[int, float]:
        done, seconds = self._page.evaluate("([work, time]) => window.work(work, time)", [work, milliseconds])
        return done, seconds

    def _ask(self, question: str) -> float:
        self._control.send(question)
        answer: float = self._control.recv()
        return answer


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.browser", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="medians of so many runs (5)")
    parser.add_argument("--quick", action="store_true", help="once, and for a moment: does it work?")
    options: Any = parser.parse_args()
    runs, milliseconds = (1, 50) if options.quick else (options.runs, 2_000)
    for_server, for_page = cores()
    sys.stdout.write(f"{machine()}; medians of {runs}\n\n{_HEADER}")
    control, controlled = _PROCESSES.Pipe()
    server = _PROCESSES.Process(target=serve, args=(controlled, for_server), daemon=True)
    server.start()
    controlled.close()
    url = f"{control.recv().rstrip('/')}/browser.html"
    pin(for_page)
    with chromium() as browser:
        page = browser.new_context().new_page()
        interactive(page, url)
        for row in Bench(control, page, milliseconds).rows(runs):
            sys.stdout.write(row)
        sys.stdout.write("\n| what | milliseconds |\n| --- | ---: |\n")
        for what, took in opened(browser, url, 2 * runs):
            sys.stdout.write(f"| {what} | {took:,.1f} |\n")
    control.close()
    server.join()


if __name__ == "__main__":
    main()
