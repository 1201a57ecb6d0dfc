"""A real Chromium, `greennow demo` in a process of its own, and the pages that visit it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

import greennow

from .line import Line
from .visitor import Visitor

#: The system's browser is used; none is ever downloaded.
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

#: It renders pages of ours alone, so it needs neither its sandbox nor anything of the network's.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

#: How long a page may take to show what it should, in milliseconds: to end what hangs, not what is slow.
PATIENCE = 20_000

#: Tells the test of whatever the page's security policy forbids.
REPORT_VIOLATIONS = """
addEventListener('securitypolicyviolation', (event) => console.error(`violates ${event.violatedDirective}`));
"""

expect.set_options(timeout=PATIENCE)


class Demo:
    """`greennow demo`, as a person at a command line starts it."""

    def __init__(self) -> None:
        # The package that these tests import, wherever it is from.
        environment = {**os.environ, "PYTHONPATH": str(Path(greennow.__file__).parent.parent)}
        command = [sys.executable, "-m", "greennow", "demo", "--port", "0"]
        self._process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        #: The address that it said to open.
        self.url = self._said().split()[4].rstrip(".")
        self.port = int(self.url.rpartition(":")[2])

    def _said(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"greennow demo ended: {self._errors()}")
        return line

    def _errors(self) -> str:
        stream: IO[str] | None = self._process.stderr
        assert stream is not None
        return stream.read()

    def stop(self) -> None:
        """End it; it has to end well and to have complained of nothing."""
        self._process.terminate()
        _, errors = self._process.communicate(timeout=30)
        assert (self._process.returncode, errors) == (0, "")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    assert CHROMIUM, "the tests in a browser need Chromium on the PATH"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def demo() -> Iterator[Demo]:
    """A chat with its bot."""
    demo = Demo()
    yield demo
    demo.stop()


@pytest.fixture
def line(demo: Demo) -> Iterator[Line]:
    """A line to the chat that can be cut."""
    line = Line(demo.port)
    yield line
    line.close()


@pytest.fixture
def visit(chromium: Browser, demo: Demo) -> Iterator[Callable[..., Visitor]]:
    """Opens the chat in a browser of one's own: ``visit("ann")``; no page may complain of anything."""
    complaints: list[str] = []
    contexts = []

    def hear(said: ConsoleMessage) -> None:
        # That a line is cut is no fault of the page's.
        if said.type == "error" and not said.text.startswith("WebSocket connection to"):
            complaints.append(said.text)

    def listen(page: Page) -> None:
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", hear)

    def visit(name: str | None = None, *, url: str = demo.url, **options: object) -> Visitor:
        context = chromium.new_context(**options)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(REPORT_VIOLATIONS)
        contexts.append(context)
        page = context.new_page()
        listen(page)
        page.goto(url)
        visitor = Visitor(page, complaints)
        if name is not None:
            visitor.waits_for("bot")  # it greets who comes later
            visitor.answer(name)
        return visitor

    yield visit
    for context in contexts:
        context.close()
    assert complaints == []
