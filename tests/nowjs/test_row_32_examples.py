"""Examples: the chat, with people at pages and one in a terminal. More of it stands in ``tests/browser``."""

from __future__ import annotations

import queue

import pytest
from playwright.sync_api import expect

from greennow.client import connect

from ..browser.site import Site
from ..browser.visitor import Visitor
from ..chromium import Pages
from .site import PATIENCE


@pytest.fixture
def demo() -> object:
    """`greennow demo`."""
    demo = Site("-m", "greennow", "demo")
    yield demo
    demo.stop()


def test_people_at_pages_and_in_a_terminal_talk(demo: Site, pages: Pages) -> None:
    ann = Visitor(pages.open(demo.url), pages.complaints)
    ann.answer("ann")
    heard: queue.Queue[tuple[str, str]] = queue.Queue()
    with connect(demo.url) as terminal:
        terminal.now.name = "bob"
        terminal.now.receive_message = lambda message: heard.put((message["name"], message["text"]))
        ann.waits_for("bob")
        ann.say("hello bob")
        while heard.get(timeout=PATIENCE) != ("ann", "hello bob"):
            pass  # the bot greets
        terminal.now.distribute_message("hello ann").result(timeout=PATIENCE)
        expect(ann.said.last).to_have_text("hello ann")
    expect(ann.page.locator("#people").get_by_text("bob", exact=True)).to_be_hidden()
