"""The chat, as people use it: Chromium at both ends of the table, `greennow demo` between them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from .line import Line
from .pictures import DESK, PHONE, keep, side_by_side
from .site import Site
from .visitor import Visitor

Visit = Callable[..., Visitor]

COMMAND = ["-m", "greennow", "demo"]


@pytest.fixture
def visit(browse: Callable[..., Page], site: Site, complaints: list[str]) -> Visit:
    """Opens the chat in a browser of one's own: ``visit("ann")``."""

    def visit(name: str | None = None, *, url: str = site.url, **options: object) -> Visitor:
        visitor = Visitor(browse(url, **options), complaints)
        if name is not None:
            visitor.waits_for("bot")  # it greets who comes later
            visitor.answer(name)
        return visitor

    return visit


def test_two_people_and_the_bot_talk_and_everybody_sees_the_same_in_the_same_order(visit: Visit) -> None:
    ann = visit("ann")
    ann.sees_people("bot", "ann")
    bob = visit("bob")
    ann.say("Hi bob!")
    bob.sees("Hi bob!")
    bob.say("Hi ann! Shall we let the dice decide?")
    ann.sees("Hi bob!", "Hi ann! Shall we let the dice decide?")
    ann.say("!roll 2d6")
    expect(ann.said.last).to_have_text(re.compile(r"^[1-6] \+ [1-6] = \d+$"))
    bob.say("!time")
    expect(ann.said.last).to_have_text(re.compile(r"^It is \d\d:\d\d\.$"))
    expect(bob.said).to_have_text(ann.said.all_text_contents())


def test_the_bot_greets_a_newcomer_by_name_and_nobody_twice(visit: Visit) -> None:
    ann = visit("ann")
    expect(ann.said).to_have_text([re.compile("^Hello ann!")])
    visit("bob")
    expect(ann.said).to_have_text([re.compile("^Hello ann!"), re.compile("^Hello bob!")])
    ann.rename("anna")
    ann.say("!roll")
    expect(ann.said.last).to_have_text(re.compile("^[1-6]$"))
    expect(ann.said.filter(has_text="Hello")).to_have_count(2)


def test_a_newcomer_sees_the_latest_thirty_messages(visit: Visit) -> None:
    ann = visit("ann")
    expect(ann.said).to_have_count(1)  # the greeting
    for number in range(31):
        ann.say(f"number {number}")
    ann.sees(*(f"number {number}" for number in range(31)))
    bob = visit()
    bob.sees(*(f"number {number}" for number in range(1, 31)))


def test_a_name_is_asked_for_once_remembered_and_can_be_changed(visit: Visit) -> None:
    ann = visit()
    expect(ann.question).to_be_visible()
    ann.answer("ann")
    expect(ann.question).to_be_hidden()
    expect(ann.message).to_be_focused()
    bob = visit("bob")
    bob.sees_people("bot", "ann", "bob")
    ann.say("one")
    ann.rename("anna")
    bob.sees_people("bot", "anna", "bob")
    ann.say("two")
    bob.sees("one", "two")
    expect(bob.sees_said_by("ann")).to_contain_text("one")
    expect(bob.sees_said_by("anna")).to_contain_text("two")
    ann.page.reload()
    bob.sees_people("bot", "anna", "bob")
    expect(ann.question).to_be_hidden()


def test_who_closes_the_page_is_no_longer_here(visit: Visit) -> None:
    ann, bob = visit("ann"), visit("bob")
    ann.sees_people("bot", "ann", "bob")
    bob.page.close(run_before_unload=True)
    ann.sees_people("bot", "ann")


def test_who_gives_no_name_reads_along_and_is_asked_on_speaking(visit: Visit) -> None:
    ann, guest = visit("ann"), visit()
    guest.page.keyboard.press("Escape")
    ann.say("hello there")
    guest.sees("hello there")
    guest.sees_people("bot", "ann")
    guest.say("may I?")
    expect(guest.question).to_be_visible()
    guest.answer("guest")
    guest.message.press("Enter")
    ann.sees("hello there", "may I?")


def test_nothing_is_lost_or_doubled_while_the_line_is_down(visit: Visit, line: Line) -> None:
    ann, bob = visit("ann", url=line.url), visit("bob")
    ann.say("before")
    bob.sees("before")
    line.cut()
    expect(ann.status).to_have_text("reconnecting…")
    ann.say("said without a line")
    bob.say("one")
    bob.say("two")
    bob.sees("before", "one", "two")
    bob.sees_people("bot", "ann", "bob")  # it may come back
    line.mend()
    expect(ann.status).to_have_text("")
    bob.sees("before", "one", "two", "said without a line")
    ann.sees("before", "one", "two", "said without a line")
    ann.sees_people("bot", "ann", "bob")


def test_a_server_that_restarts_finds_its_people_again(visit: Visit, line: Line, site: Site) -> None:
    ann, bob = visit("ann", url=line.url), visit("bob", url=line.url)
    ann.say("before")
    bob.sees("before")
    line.cut()
    for visitor in (ann, bob):
        expect(visitor.status).to_have_text("reconnecting…")
    again = Site(*COMMAND)
    try:
        line.port = again.port
        line.mend()
        for visitor in (ann, bob):
            expect(visitor.status).to_have_text("")
            visitor.sees_people("bot", "ann", "bob")
        ann.say("after")
        bob.sees("before", "after")
    finally:
        line.cut()
        again.stop()


def test_what_the_server_refuses_is_told_and_can_be_corrected(visit: Visit) -> None:
    ann, bob = visit("ann"), visit("bob")
    ann.say("x" * 501)
    expect(ann.notice).to_have_text("Not sent: a message has 1 to 500 characters")
    expect(ann.message).to_have_value("x" * 501)
    ann.say("x" * 500)
    bob.sees("x" * 500)
    expect(ann.notice).to_have_text("")
    ann.page.locator("#name").evaluate("field => field.removeAttribute('maxlength')")
    ann.rename("a" * 21)
    expect(ann.question).to_contain_text("a name has 1 to 20 characters")
    bob.sees_people("bot", "ann", "bob")
    ann.answer("a" * 20)
    bob.sees_people("bot", "a" * 20, "bob")
    assert [complaint.partition("\n")[0] for complaint in ann.complaints] == [
        "Refused: now.name: a name has 1 to 20 characters"
    ]
    ann.complaints.clear()


def test_hostile_names_and_messages_are_text(visit: Visit) -> None:
    hostile = "<img src=x onerror=1>"
    ann, mallory = visit("ann"), visit(hostile[:20])
    other = visit("ann")
    ann.sees_people("bot", "ann", hostile[:20], "ann")
    for text in (hostile, "<script>1</script>", "{{1}}", "\u202eevil", "__proto__", "!roll 0d0"):
        mallory.say(text)
    said = [hostile, "<script>1</script>", "{{1}}", "\u202eevil", "__proto__", "!roll 0d0"]
    ann.sees(*said, "Roll dice like this: !roll 2d6")
    other.sees(*said, "Roll dice like this: !roll 2d6")
    expect(ann.page.locator("#messages :is(img, script), #people :is(img, script)")).to_have_count(0)
    mallory.page.evaluate("now.name = '\\ufeff'")  # blank in JavaScript alone
    ann.sees_people("bot", "ann", "\ufeff", "ann")


def test_a_function_is_no_name(visit: Visit) -> None:
    ann, mallory = visit("ann"), visit()
    said = mallory.page.evaluate(
        """async () => {
          now.name = () => 'mallory';
          await now.core.flush();
          return now.distribute_message('hello').catch((error) => error.message);
        }"""
    )
    assert said == "say who you are first"
    bob = visit("bob")
    ann.sees_people("bot", "ann", "bob")
    bob.sees_people("bot", "ann", "bob")


def test_pages_cannot_write_what_is_the_servers(visit: Visit) -> None:
    ann, bob = visit("ann"), visit("bob")
    ann.page.evaluate(
        """async () => {
          now.people = {};
          now.recent = [];
          now.receive_message({number: 0});
          await now.core.flush();
        }"""
    )
    ann.sees_people("bot", "ann", "bob")
    bob.sees_people("bot", "ann", "bob")
    refused = [complaint for complaint in ann.complaints if "not allowed" in complaint]
    assert len(refused) == 2
    ann.complaints.clear()


def test_the_page_needs_nothing_that_a_strict_security_policy_forbids(visit: Visit, site: Site) -> None:
    ann = visit("ann")
    requested: list[str] = []
    ann.page.on("request", lambda request: requested.append(request.url))
    ann.page.reload()
    ann.sees_people("bot", "ann")
    assert [url for url in requested if not url.startswith((site.url, "data:"))] == []
    assert ann.complaints == []
    ann.page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'broken = 1'}))"
    )
    expect(ann.page.locator("body > script")).to_have_count(1)
    assert ann.page.evaluate("typeof broken") == "undefined"
    assert "violates script-src-elem" in ann.complaints
    ann.complaints.clear()


def test_a_keyboard_is_enough(visit: Visit) -> None:
    ann = visit()
    keyboard = ann.page.keyboard
    keyboard.type("ann")
    keyboard.press("Enter")
    keyboard.type("hello")
    keyboard.press("Tab")
    keyboard.press("Enter")
    ann.sees("hello")
    expect(ann.page.get_by_role("log", name="Messages")).to_contain_text("hello")
    keyboard.press("Tab")
    keyboard.press("Tab")
    expect(ann.page.get_by_role("button", name="change your name")).to_be_focused()


def test_the_picture_of_the_readme_is_a_real_one(visit: Visit, chromium: Browser, tmp_path: Path) -> None:
    """Taken into the documents where the environment says so; anywhere else only tried."""
    ann = visit("Ann", viewport=DESK, color_scheme="light", device_scale_factor=2)
    bob = visit("Bob", viewport=PHONE, color_scheme="dark", has_touch=True, device_scale_factor=2)
    expect(ann.said).to_have_count(2)
    ann.say("Tea or coffee? If it is even, tea.")
    expect(bob.said).to_have_count(3)
    bob.say("!roll 2d6")
    expect(ann.said).to_have_count(5)
    ann.say("The dice have spoken.")
    expect(bob.said).to_have_count(6)
    picture = side_by_side(chromium, ann.picture(), bob.picture())
    assert len(picture) > 50_000
    keep("chat.png", picture, tmp_path)
