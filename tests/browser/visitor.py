"""Somebody at a page of the chat, in the words of what a person sees and does."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

#: What the bot says to a newcomer.
GREETING = re.compile(r"^Hello .+! I know !time and !roll 2d6\.$")


class Visitor:
    """A person at a page."""

    def __init__(self, page: Page, complaints: list[str]) -> None:
        self.page = page
        #: What the page's console complained of; a test that provokes a complaint takes it out.
        self.complaints = complaints
        self.question = page.get_by_role("dialog", name="What is your name?")
        self.message = page.get_by_label("Message", exact=True)
        self.status = page.get_by_role("status")
        #: What could not be done.
        self.notice = page.locator("#notice")
        #: What was said, but for what waits to be sent.
        self.said = page.locator("#messages li:not(.waiting) .text")

    def answer(self, name: str) -> None:
        """Say who one is, where the page asks."""
        self.question.get_by_role("textbox").fill(name)
        self.question.get_by_role("textbox").press("Enter")

    def rename(self, name: str) -> None:
        """Take another name."""
        self.page.get_by_role("button", name="change your name").click()
        self.answer(name)

    def say(self, text: str) -> None:
        """Send a message."""
        self.message.fill(text)
        self.message.press("Enter")

    def sees(self, *texts: str) -> None:
        """These messages come to stand there, in this order, and no others but the bot's greetings."""
        expect(self.said.filter(has_not_text=GREETING)).to_have_text(list(texts))

    def waits_for(self, name: str) -> None:
        """Somebody of this name comes to be here."""
        expect(self.page.locator("#people").get_by_text(name, exact=True)).to_be_visible()

    def sees_people(self, *names: str) -> None:
        """These people come to stand there, and nobody else."""
        people = self.page.locator("#people .who")
        expect(people).to_have_count(len(names))
        for name in names:
            expect(people.get_by_text(name, exact=True)).to_have_count(names.count(name))

    def sees_said_by(self, name: str) -> Locator:
        """The messages under this name."""
        return self.page.locator("#messages li").filter(has=self.page.get_by_text(name, exact=True))

    def picture(self) -> bytes:
        """What the page looks like."""
        self.page.mouse.move(0, 0)
        return self.page.screenshot(animations="disabled", caret="hide")
