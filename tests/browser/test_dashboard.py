"""The dashboard, as people use it: bots with real figures, pages in Chromium, the server between them."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from greennow.client import connect

from ..chromium import Pages
from .line import Line
from .pictures import DESK, PHONE, keep, side_by_side
from .processes import EXAMPLES, Program
from .site import Site

COMMAND = [str(EXAMPLES / "dashboard" / "server.py")]
BOT = str(EXAMPLES / "dashboard" / "bot.py")
SECRET = "s3cret"

#: Figures of a machine that does nothing.
IDLE = {
    "cpu": [0.0, 0.0],
    "memory": {"used": 0, "total": 8_000_000_000},
    "network": {"received": 0.0, "sent": 0.0},
    "disk": {"read": 0.0, "written": 0.0},
    "load": 0.0,
    "temperature": 41.5,
}


class Visitor:
    """Somebody at the page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.status = page.get_by_role("status")
        self.names = page.locator("h2")

    def card(self, name: str) -> Locator:
        """A machine's card."""
        return self.page.get_by_role("article").filter(has=self.page.get_by_text(name, exact=True))

    def sees_online(self, name: str) -> None:
        """A machine comes to be online."""
        expect(self.card(name).locator(".state")).to_have_text("online")
        expect(self.card(name)).to_have_css("filter", "none")

    def sees_offline(self, name: str) -> None:
        """A machine comes to be offline, and grey; sooner than its session is given up."""
        expect(self.card(name).locator(".state")).to_contain_text("offline since", timeout=12_000)
        expect(self.card(name)).to_have_css("filter", "grayscale(1)")

    def number(self, name: str, what: str) -> Locator:
        """A number in a machine's card."""
        return self.card(name).locator(".reading").filter(has_text=what).locator("b")

    def history(self, name: str) -> list[dict[str, Any]]:
        """What is there to be plotted."""
        history: list[dict[str, Any]] = self.page.evaluate(
            "(name) => now.core.snapshot(['machines', name, 'history'])", name
        )
        return history

    def waits_for_history(self, name: str, count: int) -> None:
        """So many figures come to be there to be plotted."""
        self.page.wait_for_function(
            "([name, count]) => now.core.snapshot(['machines', name, 'history'])?.length >= count",
            arg=[name, count],
        )

    def lines_of(self, name: str, plot: str) -> int:
        """How many pixels of a plot have about the colour of its first line."""
        figure = self.card(name).locator("figure").filter(has=self.page.get_by_text(plot, exact=True))
        count: int = figure.locator("canvas").evaluate(
            """(canvas) => {
              const wanted = getComputedStyle(document.documentElement).getPropertyValue('--first').trim();
              const colour = wanted.match(/\\w\\w/g).map((digits) => parseInt(digits, 16));
              const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
              let count = 0;
              for (let at = 0; at < data.length; at += 4) {
                const isNear = colour.every((part, index) => Math.abs(part - data[at + index]) < 40);
                count += isNear && data[at + 3] > 128; // what is below a line is fainter
              }
              return count;
            }"""
        )
        return count


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """What server and bots find in their environment."""
    monkeypatch.setenv("DASHBOARD_TOKEN", SECRET)


@pytest.fixture
def start(site: Site) -> Iterator[Callable[[str], Program]]:
    """Starts a bot: ``start("ada")``."""
    bots: list[Program] = []

    def start(name: str, *, token: str = SECRET) -> Program:
        bot = Program(BOT, site.url, "--name", name, "--every", "0.1", DASHBOARD_TOKEN=token)
        bots.append(bot)
        return bot

    yield start
    for bot in bots:
        bot.kill()


Start = Callable[..., Program]


def test_a_bots_real_figures_are_shown_and_plotted_live(site: Site, start: Start, pages: Pages) -> None:
    ann = Visitor(pages.open(site.url))
    expect(ann.page.get_by_text("No machine has told anything yet.")).to_be_visible()
    start("ada")
    ann.sees_online("ada")
    expect(ann.page.get_by_text("No machine has told anything yet.")).to_be_hidden()
    cores = psutil.cpu_count()
    expect(ann.card("ada").locator(".about")).to_contain_text(f"{cores} core")
    ann.waits_for_history("ada", 20)
    history = ann.history("ada")
    assert {sample["memory"]["total"] for sample in history} == {psutil.virtual_memory().total}
    assert {len(sample["cpu"]) for sample in history} == {cores}
    assert all(0 <= percent <= 100 for sample in history for percent in sample["cpu"])
    assert any(sample["network"]["received"] > 0 for sample in history), "the bot itself makes some"
    assert len({sample["memory"]["used"] for sample in history}) > 1, "nothing changes"
    times = [sample["at"] for sample in history]
    assert times == sorted(times)
    for plot in ("CPU", "Memory"):
        assert ann.lines_of("ada", plot) > 20
    for what, unit in (("all cores", "%"), ("used", "B"), ("received", "B/s"), ("written", "B/s")):
        expect(ann.number("ada", what)).to_contain_text(unit)


def test_machines_stand_side_by_side_and_one_that_goes_offline_is_grey(
    site: Site, start: Start, pages: Pages
) -> None:
    ann = Visitor(pages.open(site.url))
    grace, ada = start("grace"), start("ada")
    ann.sees_online("ada")
    ann.sees_online("grace")
    expect(ann.names).to_have_text(["ada", "grace"])
    left, right = ann.card("ada").bounding_box(), ann.card("grace").bounding_box()
    assert left
    assert right
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    grace.end(signal.SIGINT)
    ann.sees_offline("grace")
    ada.kill()  # it had no time to say goodbye
    ann.sees_offline("ada")
    before = len(ann.history("ada"))
    start("ada")
    ann.sees_online("ada")
    ann.waits_for_history("ada", before + 2)
    ann.sees_offline("grace")


def test_a_page_that_comes_late_sees_the_latest_300_figures(site: Site, pages: Pages) -> None:
    with connect(site.url, token=SECRET) as bot:
        for number in range(310):
            bot.now.figures = {"machine": "ada", **IDLE, "load": float(number)}
        bot.flush()
        ann = Visitor(pages.open(site.url))
        ann.sees_online("ada")
        expect(ann.card("ada").locator(".about")).to_have_text("2 cores · 8.0 GB · load 309.00 · 42 °C")
        assert [sample["load"] for sample in ann.history("ada")] == list(range(10, 310))
        bot.now.figures = {"machine": "ada", **IDLE, "cpu": [50.0, 100.0]}
        expect(ann.number("ada", "all cores")).to_have_text("75 %")
        assert len(ann.history("ada")) == 300


def test_a_page_whose_line_was_cut_misses_nothing(site: Site, line: Line, pages: Pages) -> None:
    with connect(site.url, token=SECRET) as bot:
        ann = Visitor(pages.open(line.url))
        bot.now.figures = {"machine": "ada", **IDLE}
        ann.sees_online("ada")
        line.cut()
        expect(ann.status).to_have_text("reconnecting…")
        for load in (1.0, 2.0, 3.0):
            bot.now.figures = {"machine": "ada", **IDLE, "load": load}
        bot.flush()
        line.mend()
        expect(ann.card("ada").locator(".about")).to_contain_text("load 3.00")
        assert [sample["load"] for sample in ann.history("ada")] == [0, 1, 2, 3]


def test_only_who_shows_the_token_feeds(
    site: Site, start: Start, pages: Pages, complaints: list[str]
) -> None:
    status, said = start("mallory", token="guess").has_ended()
    assert status == 1
    assert said.startswith("bot.py: ")
    assert "401" in said
    ann = Visitor(pages.open(site.url))
    ann.page.evaluate(
        """async () => {
          await now.ready();
          now.figures = {machine: 'mallory', cpu: []};
          now.machines = {mallory: {online: true, history: []}};
          await now.core.flush();
        }"""
    )
    assert [complaint.partition("\n")[0] for complaint in complaints] == [
        "Refused: now.figures: not allowed",
        "Refused: now.machines: not allowed",
    ]
    complaints.clear()
    with connect(site.url) as stranger:
        assert stranger.now.to_plain() == {"machines": {}}


def test_figures_have_to_name_their_machine(site: Site, pages: Pages) -> None:
    hostile = "<img src=x onerror=1>"
    refused: list[str] = []
    with connect(site.url, token=SECRET) as bot:
        bot.on("error", lambda error: refused.append(error.reason))
        for figures in (IDLE, {"machine": ""}, {"machine": "x" * 41}, {"machine": 7}, [], None):
            bot.now.figures = figures
        bot.now.machines = {}
        bot.flush()
        bot.now.figures = {"machine": hostile, **IDLE}
        ann = Visitor(pages.open(site.url))
        expect(ann.names).to_have_text([hostile])
    assert refused == ["figures name their machine, in 1 to 40 characters"] * 6 + ["not allowed"]


def test_the_page_needs_nothing_from_elsewhere(site: Site, start: Start, pages: Pages) -> None:
    start("ada")
    ann = Visitor(pages.open(site.url))
    requested: list[str] = []
    ann.page.on("request", lambda request: requested.append(request.url))
    ann.page.reload()
    ann.sees_online("ada")
    assert [url for url in requested if not url.startswith((site.url, "data:"))] == []


def test_the_picture_of_the_readme_is_a_real_one(
    site: Site, start: Start, pages: Pages, chromium: Browser, tmp_path: Path
) -> None:
    start("ada")
    grace = start("grace")
    desk = {"width": DESK["width"], "height": 740}
    ann = Visitor(pages.open(site.url, viewport=desk, color_scheme="light", device_scale_factor=2))
    bob = Visitor(
        pages.open(site.url, viewport=PHONE, color_scheme="dark", has_touch=True, device_scale_factor=2)
    )
    ann.waits_for_history("grace", 15)
    grace.end(signal.SIGINT)
    ann.sees_offline("grace")
    ann.waits_for_history("ada", 40)
    bob.waits_for_history("ada", 40)
    picture = side_by_side(chromium, ann.page.screenshot(), bob.page.screenshot(), scale=1.15)
    assert len(picture) > 50_000
    keep("dashboard.png", picture, tmp_path)
