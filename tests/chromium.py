"""A real Chromium, and pages in it that have nothing to complain of."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

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


@contextmanager
def launched() -> Iterator[Browser]:
    """The browser; Playwright runs once in a thread, so there is one for all tests of a process."""
    assert CHROMIUM, "the tests in a browser need Chromium on the PATH"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Pages:
    """The pages of a test."""

    def __init__(self, chromium: Browser) -> None:
        self._chromium = chromium
        self._contexts: list[BrowserContext] = []
        #: What they complained of; a test that provokes a complaint takes it out.
        self.complaints: list[str] = []

    def open(self, url: str, **options: object) -> Page:
        """A page of a browser of its own, with cookies and storage of its own."""
        context = self._chromium.new_context(**options)  # type: ignore[arg-type]
        self._contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        page = context.new_page()
        page.goto(url)
        return page

    def close(self) -> None:
        """Close them all."""
        for context in self._contexts:
            context.close()

    def _hear(self, said: ConsoleMessage) -> None:
        # That a line is cut is no fault of the page's.
        if said.type == "error" and not said.text.startswith("WebSocket connection to"):
            self.complaints.append(said.text)
