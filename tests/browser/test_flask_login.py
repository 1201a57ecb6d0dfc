"""The Flask site with its own login: who writes is who has logged in, whatever a page says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from .pictures import ROOT

COMMAND = [str(ROOT / "examples" / "flask_login" / "server.py")]

Visit = Callable[..., Page]


@pytest.fixture
def visit(browse: Callable[..., Page]) -> Visit:
    """Opens the site in a browser of one's own, and logs in there."""

    def visit(name: str | None = None, password: str = "") -> Page:
        page = browse()
        if name is not None:
            log_in(page, name, password)
        return page

    return visit


def log_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def put_up(page: Page, text: str) -> None:
    page.get_by_label("A note for everybody").fill(text)
    page.get_by_role("button", name="Put up").click()


def test_members_put_up_notes_under_their_own_names_and_all_see_them(visit: Visit) -> None:
    ann, bob, stranger = visit("ann", "tea"), visit("bob", "coffee"), visit()
    put_up(ann, "hello <b>all</b>")
    for page in (ann, bob, stranger):
        expect(page.locator("#notes p")).to_have_text(["hello <b>all</b>"])
        expect(page.locator("#notes bdi")).to_have_text(["ann"])
    buttons = "#notes button:visible"
    assert [page.locator(buttons).count() for page in (ann, bob, stranger)] == [1, 0, 0]
    ann.locator(buttons).click()
    for page in (ann, bob, stranger):
        expect(page.locator("#notes li")).to_have_count(0)


def test_what_a_page_says_of_itself_counts_for_nothing(visit: Visit, complaints: list[str]) -> None:
    ann, bob, stranger = visit("ann", "tea"), visit("bob", "coffee"), visit()
    put_up(ann, "mine")
    expect(bob.locator("#notes p")).to_have_text(["mine"])
    assert stranger.evaluate("now.add_note('x').catch((error) => error.message)") == "log in first"
    assert bob.evaluate("now.take_down('1').catch((error) => error.message)") == "this note is not yours"
    bob.evaluate("now.me = 'ann'; now.core.flush()")
    expect(bob.locator("#notes button:visible")).to_have_count(0)
    assert bob.evaluate("now.me") == "bob"
    assert complaints.pop().startswith("Refused: now.me: not allowed")


def test_who_logs_out_is_out_in_all_windows(visit: Visit) -> None:
    ann = visit("ann", "tea")
    window = ann.context.new_page()
    window.goto(ann.url)
    expect(window.locator("#me")).to_have_text("ann")
    put_up(ann, "hello")
    expect(window.locator("#status")).to_have_text("1 notes are up")
    ann.get_by_role("button", name="Log out").click()
    expect(window.locator("#status")).to_have_text("you have logged out")
    expect(ann.get_by_label("Password")).to_be_visible()


def test_a_wrong_password_is_told(visit: Visit, complaints: list[str]) -> None:
    page = visit("ann", "coffee")
    expect(page.get_by_role("alert")).to_have_text("That is not the name and password of a member.")
    assert "403" in complaints.pop()
