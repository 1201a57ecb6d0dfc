"""The chat with rooms, as people use it: everybody sees the rooms there are, and hears their own alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from .line import Line
from .pictures import DESK, PHONE, ROOT, keep, side_by_side
from .site import Site
from .visitor import Visitor

COMMAND = [str(ROOT / "examples" / "multiroom_chat" / "server.py")]


class Guest(Visitor):
    """Somebody at a page of the rooms."""

    def __init__(self, page: Page, complaints: list[str]) -> None:
        super().__init__(page, complaints)
        self.room = page.locator("#room")
        self.topic = page.get_by_label("Topic")
        self.typing = page.locator("#typing")
        #: What has happened in the room, beside what was said.
        self.happened = page.locator("#messages .happened")

    def goes_to(self, room: str) -> None:
        """Choose a room from the list."""
        self.page.locator("#rooms").get_by_text(room, exact=True).click()
        self.is_in(room)

    def makes(self, room: str) -> None:
        """Make a new room."""
        self.page.get_by_role("button", name="New room").click()
        field = self.page.get_by_role("dialog", name="What is the room called?").get_by_role("textbox")
        field.fill(room)
        field.press("Enter")

    def is_in(self, room: str) -> None:
        """It comes to be in this room."""
        expect(self.room).to_have_text(room)
        expect(self.page.locator("#rooms [aria-current] .which")).to_have_text(room)

    def sees_rooms(self, **people: int) -> None:
        """These rooms come to be in the list, each with so many people, and no others."""
        rooms = [re.compile(rf"^#{room} {count} here$") for room, count in sorted(people.items())]
        expect(self.page.locator("#rooms li")).to_have_text(rooms)

    def calls(self, call: str) -> str:
        """What a call by hand comes to; past all that the page itself checks."""
        answer: str = self.page.evaluate(f"now.{call}.then(() => 'done', (error) => error.message)")
        return answer


Visit = Callable[..., Guest]


@pytest.fixture
def visit(browse: Callable[..., Page], site: Site, complaints: list[str]) -> Visit:
    """Opens the rooms in a browser of one's own: ``visit("ann", "#tea")``."""

    def visit(name: str | None, room: str = "", *, url: str = site.url, **options: object) -> Guest:
        guest = Guest(browse(url + "/" + room, **options), complaints)
        if name is not None:
            guest.answer(name)
        if room:
            guest.is_in(room)
        return guest

    return visit


def test_rooms_are_made_chosen_and_left_and_everybody_sees_how_many_are_in_each(visit: Visit) -> None:
    ann, bob, cid = visit("ann"), visit("bob"), visit("cid")
    expect(cid.page.get_by_text("Choose a room, or make a new one.")).to_be_visible()
    ann.makes("tea")
    ann.is_in("#tea")
    for guest in (ann, bob, cid):
        guest.sees_rooms(tea=1)
    bob.goes_to("#tea")
    cid.sees_rooms(tea=2)
    ann.sees_people("ann", "bob")
    bob.makes("#coffee house")
    bob.is_in("#coffee-house")
    for guest in (ann, bob, cid):
        guest.sees_rooms(**{"coffee-house": 1, "tea": 1})
    ann.sees_people("ann")
    bob.sees_people("bob")
    bob.page.get_by_role("link", name="Leave").click()
    expect(bob.page.get_by_text("Choose a room, or make a new one.")).to_be_visible()
    cid.sees_rooms(tea=1)
    bob.page.go_back()
    bob.is_in("#coffee-house")
    cid.sees_rooms(**{"coffee-house": 1, "tea": 1})
    ann.page.close(run_before_unload=True)
    cid.sees_rooms(**{"coffee-house": 1})


def test_a_message_is_heard_in_its_room_alone(visit: Visit) -> None:
    ann, bob, cid = visit("ann", "#tea"), visit("bob", "#tea"), visit("cid", "#coffee")
    ann.say("Tea for two?")
    bob.sees("Tea for two?")
    cid.say("Espresso!")
    cid.sees("Espresso!")
    bob.goes_to("#coffee")
    bob.sees("Espresso!")
    bob.say("Make that two.")
    cid.sees("Espresso!", "Make that two.")
    ann.sees("Tea for two?")
    bob.goes_to("#tea")
    bob.sees("Tea for two?")


def test_arrivals_and_departures_are_told_to_the_room(visit: Visit) -> None:
    ann, bob = visit("ann", "#tea"), visit("bob", "#tea")
    expect(ann.happened).to_have_text(["ann came in", "bob came in"])
    bob.makes("coffee")
    expect(ann.happened).to_have_text(["ann came in", "bob came in", "bob left"])
    expect(bob.happened).to_have_text(["bob came in"])
    cid = visit("cid", "#tea")
    cid.page.close(run_before_unload=True)
    expect(ann.happened).to_have_text(["ann came in", "bob came in", "bob left", "cid came in", "cid left"])


def test_the_topic_and_the_latest_messages_wait_in_the_room_for_whoever_comes(visit: Visit) -> None:
    ann = visit("ann", "#tea")
    ann.topic.fill("Green or black?")
    ann.topic.press("Enter")
    for number in range(31):
        ann.say(f"number {number}")
    ann.sees(*(f"number {number}" for number in range(31)))
    bob = visit("bob", "#tea")
    bob.sees(*(f"number {number}" for number in range(2, 31)))  # and that bob came in
    expect(bob.topic).to_have_value("Green or black?")
    bob.makes("coffee")
    bob.is_in("#coffee")
    expect(bob.topic).to_have_value("")
    assert bob.page.evaluate("now.topic") == ""
    bob.goes_to("#tea")
    bob.topic.fill("White!")
    bob.topic.press("Enter")
    expect(ann.topic).to_have_value("White!")
    bob.page.get_by_role("link", name="Leave").click()
    expect(bob.room).to_be_hidden()
    assert bob.page.evaluate("['room', 'topic', 'people', 'recent'].filter((name) => name in now)") == []


def test_a_room_that_emptied_begins_anew(visit: Visit) -> None:
    ann, bob = visit("ann", "#tea"), visit("bob", "#coffee")
    ann.say("Remember this.")
    ann.sees("Remember this.")
    for _ in range(2):
        ann.goes_to("#coffee")
        bob.sees_rooms(coffee=2)
        ann.makes("tea")
        ann.is_in("#tea")
        bob.sees_rooms(coffee=1, tea=1)
        ann.sees()
        expect(ann.happened).to_have_text(["ann came in"])


def test_all_others_see_who_is_typing_for_a_while(visit: Visit) -> None:
    ann, bob, cid = visit("ann", "#tea"), visit("bob", "#tea"), visit("cid", "#coffee")
    for guest in (ann, bob, cid):
        guest.page.clock.install()
        guest.page.clock.pause_at(guest.page.evaluate("Date.now() + 60_000"))
        guest.page.evaluate(
            """() => {
              const { show_typing } = now;
              window.told = 0;
              now.show_typing = (...args) => { window.told++; show_typing(...args); };
            }"""
        )
    ann.message.press_sequentially("Tea")
    expect(bob.typing).to_have_text("ann is typing…")
    ann.message.press("Enter")
    bob.sees("Tea")
    expect(bob.typing).to_have_text("")
    ann.message.press_sequentially("or")
    expect(bob.typing).to_have_text("ann is typing…")
    bob.page.clock.run_for(3_000)
    expect(bob.typing).to_have_text("")
    assert [guest.page.evaluate("told") for guest in (ann, bob, cid)] == [0, 2, 0]


def test_another_name_is_seen_and_the_room_and_the_name_outlast_a_reload(visit: Visit) -> None:
    ann, bob = visit("ann", "#tea"), visit("bob", "#tea")
    ann.rename("anna")
    bob.sees_people("anna", "bob")
    ann.say("It is still me.")
    expect(bob.sees_said_by("anna")).to_contain_text("It is still me.")
    ann.page.reload()
    ann.is_in("#tea")
    bob.sees_people("anna", "bob")
    expect(ann.question).to_be_hidden()


def test_nothing_is_lost_or_doubled_while_the_line_is_down(visit: Visit, line: Line) -> None:
    ann, bob = visit("ann", "#tea", url=line.url), visit("bob", "#tea")
    line.cut()
    expect(ann.status).to_have_text("reconnecting…")
    ann.say("said without a line")
    bob.say("one")
    bob.say("two")
    bob.sees("one", "two")
    bob.sees_people("ann", "bob")  # it may come back
    line.mend()
    expect(ann.status).to_have_text("")
    bob.sees("one", "two", "said without a line")
    ann.sees("one", "two", "said without a line")
    expect(ann.happened).to_have_text(["ann came in", "bob came in"])


def test_a_server_that_restarts_finds_everybody_in_their_rooms(visit: Visit, line: Line) -> None:
    ann, bob = visit("ann", "#tea", url=line.url), visit("bob", "#coffee", url=line.url)
    line.cut()
    for guest in (ann, bob):
        expect(guest.status).to_have_text("reconnecting…")
    again = Site(*COMMAND)
    try:
        line.port = again.port
        line.mend()
        for guest in (ann, bob):
            expect(guest.status).to_have_text("")
        for guest in (ann, bob):
            guest.sees_rooms(coffee=1, tea=1)
        ann.is_in("#tea")
        bob.is_in("#coffee")
        bob.say("after")
        bob.sees("after")
    finally:
        line.cut()
        again.stop()


def test_what_is_too_long_or_too_much_is_refused(visit: Visit) -> None:
    ann, bob = visit("ann", "#tea"), visit("bob", "#tea")
    ann.say("x" * 501)
    expect(ann.notice).to_have_text("Not sent: a message has 1 to 500 characters.")
    expect(ann.message).to_have_value("x" * 501)
    ann.say("x" * 500)
    bob.sees("x" * 500)
    ann.makes("no/room")
    expect(ann.notice).to_have_text(
        "You cannot go there: a room is called # and 1 to 20 letters, digits, - and _."
    )
    ann.is_in("#tea")
    assert ann.page.evaluate("location.hash") == "#tea"
    for call, answer in [
        ("introduce('a'.repeat(21))", "a name has 1 to 20 characters"),
        ("introduce(() => 1)", "a name has 1 to 20 characters"),
        ("change_topic('a'.repeat(81))", "a topic has 1 to 80 characters"),
        ("change_topic(['tea'])", "a topic has 1 to 80 characters"),
        ("distribute_message({})", "a message has 1 to 500 characters"),
        *[
            (f"change_room({room})", "a room is called # and 1 to 20 letters, digits, - and _")
            for room in ("'everyone'", "'#__proto__\\n'", "'#'", "'tea'", "null", "['#tea']")
        ],
        ("change_room('#__proto__')", "done"),
        ("leave_room()", "done"),
        ("leave_room()", "done"),
        ("distribute_message('to nobody')", "choose a room first"),
        ("typing()", "choose a room first"),
    ]:
        assert (call, ann.calls(call)) == (call, answer)
    stranger = visit(None)
    expect(stranger.question).to_be_visible()
    assert stranger.calls("change_room('#tea')") == "say who you are first"
    bob.sees_people("bob")
    bob.sees_rooms(tea=1)


def test_there_are_only_so_many_rooms(visit: Visit) -> None:
    ann, bob = visit("ann", "#first"), visit("bob", "#second")
    # Each is kept by a session of its own: a page that has no line goes on being a member.
    bob.page.evaluate(
        """async () => {
          const { connect } = await import('/nowjs/now.mjs');
          const join = async (number) => {
            const other = connect(location.origin);
            await other.ready();
            await Promise.all([other.introduce(`guest ${number}`), other.change_room(`#room-${number}`)]);
            return other;
          };
          window.others = await Promise.all(Array.from({ length: 98 }, (_, index) => join(index + 3)));
        }"""
    )
    expect(ann.page.locator("#rooms li")).to_have_count(100)
    ann.makes("one-more")
    expect(ann.notice).to_have_text(
        "You cannot go there: there are too many rooms already; choose one of them."
    )
    ann.goes_to("#room-7")
    ann.sees_people("guest 7", "ann")
    bob.page.close(run_before_unload=True)
    ann.sees_rooms(**{"room-7": 1})


def test_hostile_names_topics_and_messages_are_text(visit: Visit) -> None:
    ann, mallory = visit("ann", "#tea"), visit("<img src=x onerror=>", "#tea")
    mallory.say("<script>1</script>")
    mallory.topic.fill("<b>tea</b>")
    mallory.topic.press("Enter")
    ann.sees("<script>1</script>")
    ann.sees_people("ann", "<img src=x onerror=>")
    expect(ann.topic).to_have_value("<b>tea</b>")
    expect(ann.happened).to_have_text(["ann came in", "<img src=x onerror=> came in"])
    expect(ann.page.locator("main :is(img, script, b)")).to_have_count(0)


def test_pages_cannot_write_what_is_the_servers(visit: Visit) -> None:
    ann, bob = visit("ann", "#tea"), visit("bob", "#tea")
    ann.page.evaluate(
        """async () => {
          Object.assign(now, { room: '#coffee', rooms: {}, people: {}, topic: 'mine', recent: [] });
          await now.core.flush();
        }"""
    )
    bob.say("still here")
    for guest in (ann, bob):
        guest.sees("still here")
        guest.sees_people("ann", "bob")
        guest.sees_rooms(tea=2)
        expect(guest.topic).to_have_value("")
    assert [complaint for complaint in ann.complaints if "not allowed" not in complaint] == []
    ann.complaints.clear()


def test_the_page_asks_nobody_else_for_anything(visit: Visit, site: Site) -> None:
    ann = visit("ann", "#tea")
    requested: list[str] = []
    ann.page.on("request", lambda request: requested.append(request.url))
    ann.page.reload()
    ann.is_in("#tea")
    assert [url for url in requested if not url.startswith((site.url, "data:"))] == []


def test_a_keyboard_is_enough(visit: Visit) -> None:
    ann = visit(None)
    keyboard = ann.page.keyboard
    expect(ann.question).to_be_visible()
    keyboard.type("ann")
    keyboard.press("Enter")
    expect(ann.page.get_by_role("button", name="change your name")).to_be_visible()
    ann.page.get_by_role("button", name="New room").focus()
    keyboard.press("Enter")
    keyboard.type("tea")
    keyboard.press("Enter")
    ann.is_in("#tea")
    expect(ann.message).to_be_focused()
    keyboard.type("hello")
    keyboard.press("Enter")
    ann.sees("hello")


def test_the_picture_of_the_readme_is_a_real_one(visit: Visit, chromium: Browser, tmp_path: Path) -> None:
    ann = visit("Ann", "#tea", viewport=DESK, color_scheme="light", device_scale_factor=2)
    bob = visit("Bob", "#tea", viewport=PHONE, color_scheme="dark", has_touch=True, device_scale_factor=2)
    visit("Cid", "#books"), visit("Dora", "#books"), visit("Eve", "#cats")
    ann.topic.fill("Green or black?")
    ann.topic.press("Enter")
    for guest, said in [(ann, "Who is for green?"), (bob, "Me! With mint."), (ann, "The water is on.")]:
        guest.say(said)
        expect(ann.said.last).to_have_text(said)
        expect(bob.said.last).to_have_text(said)
    ann.sees_rooms(books=2, cats=1, tea=2)
    bob.sees_rooms(books=2, cats=1, tea=2)
    bob.message.press_sequentially("Two cups")
    expect(ann.typing).to_have_text("Bob is typing…")
    picture = side_by_side(chromium, ann.picture(), bob.picture(), scale=1.25)
    assert 20_000 < len(picture) < 150_000
    keep("multiroom_chat.png", picture, tmp_path)
