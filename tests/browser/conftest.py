"""A real Chromium, a server in a process of its own, and the pages that visit it."""

from __future__ import annotations

import os
import re
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


class Site:
    """A server in a process of its own, as a person at a command line starts it."""

    def __init__(self, *command: str) -> None:
        """
        Args:
            command: what follows `python` there.
        """
        # The package that these tests import, wherever it is from.
        environment = {**os.environ, "PYTHONPATH": str(Path(greennow.__file__).parent.parent)}
        self._process = subprocess.Popen(
            [sys.executable, *command, "--port", "0"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        #: The port that it said it listens at.
        self.port = int(re.findall(r"http://127\.0\.0\.1:(\d+)", self._said())[0])
        self.url = f"http://127.0.0.1:{self.port}"

    def _said(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the server ended: {self._errors()}")
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
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """What the module's tests visit: `COMMAND` there says how it is started."""
    site = Site(*request.module.COMMAND)
    yield site
    site.stop()


@pytest.fixture
def line(site: Site) -> Iterator[Line]:
    """A line to the site that can be cut."""
    line = Line(site.port)
    yield line
    line.close()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the pages complain of. They may not; a test that provokes a complaint takes it out."""
    complaints: list[str] = []
    yield complaints
    assert complaints == []


@pytest.fixture
def browse(chromium: Browser, site: Site, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Opens the site in a browser of one's own."""
    contexts = []

    def hear(said: ConsoleMessage) -> None:
        # That a line is cut is no fault of the page's.
        if said.type == "error" and not said.text.startswith("WebSocket connection to"):
            complaints.append(said.text)

    def browse(url: str = site.url, **options: object) -> Page:
        context = chromium.new_context(**options)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(REPORT_VIOLATIONS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", hear)
        page.goto(url)
        return page

    yield browse
    for context in contexts:
        context.close()
