"""The shopping list, as people use it: a page in Chromium, a Tk program, the server between them."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from ..chromium import Pages
from .desk import Desk, TkProgram
from .line import Line
from .pictures import PHONE, keep, side_by_side
from .processes import EXAMPLES, Program
from .site import Site

COMMAND = [str(EXAMPLES / "tk_desktop" / "server.py")]
DESKTOP = str(EXAMPLES / "tk_desktop" / "desktop.py")


class Window:
    """Somebody at the Tk program, in the words of what a person sees and does."""

    def __init__(self, program: TkProgram) -> None:
        self.program = program

    def type(self, text: str) -> None:
        """Type something to buy, and Enter."""
        self.program.do("focus", "-force", ".text")
        self.program.do(".text", "insert", "end", text)
        self.program.do("event", "generate", ".text", "<Return>")

    def click(self, number: str) -> None:
        """Click on a thing."""
        self.program.do("update")  # it is drawn by then
        left, top, width, height = self.program.numbers(".things", "bbox", number)
        self._mouse(".things", "<ButtonPress-1>", left + width // 2, top + height // 2)
        self._mouse(".things", "<ButtonRelease-1>", left + width // 2, top + height // 2)

    def drag(self, *guests: int) -> None:
        """Drag the slider from where it stands over these numbers of guests."""
        self._mouse(".guests", "<ButtonPress-1>", *self.program.numbers(".guests", "coords"))
        for count in guests:
            self._mouse(".guests", "<B1-Motion>", *self.program.numbers(".guests", "coords", count))
        self._mouse(".guests", "<ButtonRelease-1>", *self.program.numbers(".guests", "coords"))

    def sees(self, *things: str) -> None:
        """These things come to stand there, in this order."""
        script = "join [lmap row [.things children {}] {.things item $row -text}] \\n"
        self.program.shows("\n".join(f" {thing}" for thing in things), "eval", script)

    def sees_guests(self, text: str) -> None:
        """The slider comes to stand at so many."""
        self.program.shows(text, ".count", "cget", "-text")

    def sees_title(self, title: str) -> None:
        """The window comes to have this title."""
        self.program.shows(title, "wm", "title", ".")

    def _mouse(self, widget: str, event: str, left: int, top: int) -> None:
        self.program.do("event", "generate", widget, event, "-x", left, "-y", top)


class Visitor:
    """Somebody at the page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.status = page.get_by_role("status")
        self.notice = page.get_by_role("alert")
        self.guests = page.get_by_role("slider")
        self.things = page.get_by_role("listitem")

    def type(self, text: str) -> None:
        """Type something to buy, and Enter."""
        self.page.get_by_label("Something to buy").fill(text)
        self.page.keyboard.press("Enter")

    def box(self, thing: str) -> Locator:
        """What a thing is ticked off with."""
        return self.page.get_by_role("checkbox", name=thing, exact=True)

    def sees(self, *things: str) -> None:
        """These things come to stand there, in this order."""
        expect(self.things).to_have_text(list(things))

    def sees_guests(self, text: str) -> None:
        """The slider comes to stand at so many."""
        expect(self.page.locator("#count")).to_have_text(text)


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    yield desk
    desk.close()


@pytest.fixture
def start(desk: Desk) -> Iterator[Callable[[str], Window]]:
    """Starts the Tk program; a test that says nothing else has it end by its window being closed."""
    windows: list[Window] = []

    def start(url: str) -> Window:
        windows.append(Window(TkProgram(desk, DESKTOP, url)))
        return windows[-1]

    yield start
    for window in windows:
        if window.program.name in desk.programs():
            window.program.do("after", "idle", "destroy .")
        try:
            window.program.has_ended_well()
        finally:
            window.program.kill()


Start = Callable[[str], Window]


def test_what_either_does_to_the_list_the_other_sees(site: Site, start: Start, pages: Pages) -> None:
    window, ann = start(site.url), Visitor(pages.open(site.url))
    ann.type("Bread")
    window.sees("☐  Bread")
    window.type("Käse")
    ann.sees("Bread", "Käse")
    window.click("1")
    expect(ann.box("Bread")).to_be_checked()
    window.sees("☑  Bread", "☐  Käse")
    ann.box("Käse").check()
    ann.box("Bread").uncheck()
    window.sees("☐  Bread", "☑  Käse")
    window.program.do(".remove", "invoke")
    ann.sees("Bread")
    ann.box("Bread").check()
    ann.page.get_by_role("button", name="Remove what is done").click()
    window.sees()


def test_what_was_there_before_is_there_for_who_comes(site: Site, start: Start, pages: Pages) -> None:
    ann = Visitor(pages.open(site.url))
    ann.type("Bread")
    ann.sees("Bread")
    ann.guests.press("End")
    ann.sees_guests("For 20 guests")
    window = start(site.url)
    window.sees("☐  Bread")
    window.sees_guests("For 20 guests")


def test_both_move_the_slider_and_it_never_jumps_back(site: Site, start: Start, pages: Pages) -> None:
    window, ann = start(site.url), Visitor(pages.open(site.url))
    ann.sees_guests("For 4 guests")
    ann.page.evaluate(
        """() => {
          window.seen = [];
          now.core.watch('guests', (guests) => seen.push(guests));
        }"""
    )
    variable = window.program.do(".guests", "cget", "-variable")
    note = f"lappend seen [expr round(${variable})]; list"
    window.program.do("trace", "add", "variable", variable, "write", note)
    window.drag(6, 9, 12, 15)
    ann.sees_guests("For 15 guests")
    window.sees_guests("For 15 guests")
    for seen in (ann.page.evaluate("seen"), window.program.numbers("set", "seen")):
        assert seen == sorted(seen), "what was moved on came back"
    ann.guests.press("ArrowLeft")
    window.sees_guests("For 14 guests")
    ann.guests.press("Home")
    window.sees_guests("For one guest")


def test_a_lost_server_stands_in_the_title_and_nothing_is_lost(
    site: Site, line: Line, start: Start, pages: Pages
) -> None:
    window, ann = start(line.url), Visitor(pages.open(site.url))
    window.sees_title("Shopping list")
    line.cut()
    window.sees_title("Shopping list (reconnecting…)")
    window.type("Bread")
    window.drag(9)
    ann.type("Tea")
    ann.sees("Tea")
    line.mend()
    window.sees_title("Shopping list")
    ann.sees("Tea", "Bread")
    window.sees("☐  Tea", "☐  Bread")
    ann.sees_guests("For 9 guests")


def test_a_server_that_restarts_learns_what_was_moved_meanwhile(
    line: Line, start: Start, pages: Pages
) -> None:
    window, ann = start(line.url), Visitor(pages.open(line.url))
    ann.type("Bread")
    window.sees("☐  Bread")
    line.cut()
    window.sees_title("Shopping list (reconnecting…)")
    expect(ann.status).to_have_text("reconnecting…")
    window.drag(9)
    again = Site(*COMMAND)
    try:
        line.port = again.port
        line.mend()
        window.sees_title("Shopping list")
        expect(ann.status).to_have_text("")
        ann.sees_guests("For 9 guests")
        ann.sees()
        window.sees()
    finally:
        line.cut()
        again.stop()


def test_what_the_server_refuses_is_told(
    site: Site, start: Start, pages: Pages, complaints: list[str]
) -> None:
    window, ann = start(site.url), Visitor(pages.open(site.url))
    window.type("x" * 81)
    window.program.shows("a thing has 1 to 80 characters", ".notice", "cget", "-text")
    window.type("x" * 80)
    window.program.shows("", ".notice", "cget", "-text")
    ann.sees("x" * 80)
    ann.page.evaluate("now.guests = 21")
    ann.page.evaluate("now.shopping = {}")
    ann.page.evaluate("now.core.flush()")
    assert [complaint.partition("\n")[0] for complaint in complaints] == [
        "Refused: now.guests: there can be 1 to 20 guests",
        "Refused: now.shopping: not allowed",
    ]
    complaints.clear()
    ann.sees("x" * 80)
    window.sees_guests("For 4 guests")


def test_hostile_things_are_text(site: Site, start: Start, pages: Pages) -> None:
    window, ann = start(site.url), Visitor(pages.open(site.url))
    hostile = ["<img src=x onerror=1>", "[exit]", "$env(HOME)", "a } b {", "-text", "\\u0041"]
    for text in hostile:
        ann.type(text)
    window.sees(*(f"☐  {text}" for text in hostile))
    ann.sees(*hostile)


def test_the_page_needs_nothing_from_elsewhere(site: Site, pages: Pages) -> None:
    ann = Visitor(pages.open(site.url))
    requested: list[str] = []
    ann.page.on("request", lambda request: requested.append(request.url))
    ann.page.reload()
    ann.sees_guests("For 4 guests")
    assert [url for url in requested if not url.startswith((site.url, "data:"))] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_signal_ends_the_program_well(site: Site, start: Start, number: signal.Signals) -> None:
    start(site.url).program.end(number)


def test_without_a_server_it_says_so_and_ends(desk: Desk, site: Site) -> None:
    program = Program(DESKTOP, f"{site.url}/nowhere", **desk.environment)
    status, said = program.has_ended()
    assert status == 1
    assert re.fullmatch("desktop.py: .+\n", said)


def test_the_picture_of_the_readme_is_a_real_one(
    site: Site, start: Start, pages: Pages, chromium: Browser, tmp_path: Path
) -> None:
    window = start(site.url)
    ann = Visitor(
        pages.open(site.url, viewport=PHONE, color_scheme="dark", has_touch=True, device_scale_factor=2)
    )
    things = ["Bread", "Olives", "Tomatoes", "Lemons"]
    for thing in things:
        ann.type(thing)
    window.sees(*(f"☐  {thing}" for thing in things))
    window.click("2")
    expect(ann.box("Olives")).to_be_checked()
    window.drag(7)
    ann.sees_guests("For 7 guests")
    window.type("Mint")
    ann.sees(*things, "Mint")
    window.sees("☐  Bread", "☑  Olives", "☐  Tomatoes", "☐  Lemons", "☐  Mint")
    desk = BytesIO()
    window.program.picture().save(desk, "PNG")
    picture = side_by_side(chromium, desk.getvalue(), ann.page.screenshot(caret="hide"))
    assert len(picture) > 50_000
    keep("tk_desktop.png", picture, tmp_path)
