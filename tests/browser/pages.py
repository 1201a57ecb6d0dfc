"""Pages in browsers of their own, which may complain of nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from playwright.sync_api import Browser, ConsoleMessage, Page

from .conftest import PATIENCE, REPORT_VIOLATIONS


class Open(Protocol):
    """Opens an address in a browser of one's own."""

    def __call__(self, url: str, **options: object) -> Page: ...


@contextmanager
def pages(chromium: Browser, complaints: list[str]) -> Iterator[Open]:
    """What opens pages, which are closed at the end of the block; none may have complained of anything.

    Args:
        chromium: the browser.
        complaints: filled with what the pages complain of; a test that provokes a complaint takes it out.
    """
    contexts = []

    def hear(said: ConsoleMessage) -> None:
        # That a line is cut is no fault of the page's.
        if said.type == "error" and not said.text.startswith("WebSocket connection to"):
            complaints.append(said.text)

    def open_page(url: str, **options: object) -> Page:
        context = chromium.new_context(**options)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(REPORT_VIOLATIONS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", hear)
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
