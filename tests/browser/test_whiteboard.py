"""The whiteboard, as people use it: whatever they draw at once, all see the same picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from ..chromium import PATIENCE
from .line import Line
from .pictures import DESK, PHONE, ROOT, keep, side_by_side
from .site import Site

COMMAND = [str(ROOT / "examples" / "whiteboard" / "server.py")]

#: In units of the board: 1600 across, 1000 down.
Point = tuple[int, int]

#: A wave, from left to right.
WAVE = [(200 + 20 * step, 400 + 60 * (step % 5)) for step in range(40)]

#: Resolves when the strokes on a page's board are what a function of them, in the place of HOLDS, says.
COME_TO = """(patience) => new Promise((resolve, reject) => {
  const holds = HOLDS;
  const strokes = () => Object.values(now.core.snapshot('strokes') ?? {});
  const look = () => holds(strokes()) && resolve();
  now.core.watch('strokes', look);
  setTimeout(() => reject(new Error(`${holds}, but ${JSON.stringify(strokes())}`)), patience);
  look();
})"""

#: What is on the canvas when everything that is due has been painted.
PAINTED = """async () => {
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  return document.querySelector('#board').toDataURL();
}"""


class Artist:
    """Somebody at a page of the whiteboard."""

    def __init__(self, page: Page, complaints: list[str]) -> None:
        self.page = page
        #: What the pages' consoles complained of; a test that provokes a complaint takes it out.
        self.complaints = complaints
        self.status = page.get_by_role("status")
        self.notice = page.locator("#notice")
        self.people = page.locator("#people li")
        self.board = page.locator("#board")

    def places(self, *points: Point) -> list[dict[str, float]]:
        """Where points of the board are on the screen, which is asked once for all of them."""
        box = self.board.bounding_box()
        assert box is not None
        return [
            {"x": box["x"] + x * box["width"] / 1600, "y": box["y"] + y * box["height"] / 1000}
            for x, y in points
        ]

    def moves(self, *points: Point) -> None:
        """Move the mouse over the board."""
        for place in self.places(*points):
            self.page.mouse.move(**place)

    def presses(self, point: Point) -> None:
        """Put the pen down."""
        self.moves(point)
        self.page.mouse.down()

    def lifts(self) -> None:
        """Lift the pen."""
        self.page.mouse.up()

    def draws(self, points: Iterable[Point]) -> None:
        """Draw a line with the mouse."""
        first, *others = points
        self.presses(first)
        self.moves(*others)
        self.lifts()

    def takes(self, pen: str) -> None:
        """Take another ink or width."""
        self.page.get_by_label(pen, exact=True).check()

    def comes_to(self, condition: str) -> None:
        """The strokes on the board come to be what a function of them says."""
        self.page.evaluate(COME_TO.replace("HOLDS", condition), PATIENCE)

    def comes_to_have(self, count: int) -> None:
        """So many strokes, all complete, come to be on the board, and none of this page's is on its way."""
        self.comes_to(f"(strokes) => strokes.length === {count} && strokes.every(({{ done }}) => done)")
        expect(self.page.get_by_role("img", name=f"{count} strokes", exact=True)).to_have_attribute(
            "aria-busy", "false"
        )

    def strokes(self) -> dict[str, Any]:
        """What is on the board."""
        strokes: dict[str, Any] = self.page.evaluate("now.core.snapshot('strokes')")
        return strokes

    def painted(self) -> str:
        """What is on the canvas."""
        painted: str = self.page.evaluate(PAINTED)
        return painted

    def cursor(self, name: str) -> Locator:
        """The cursor of somebody else's."""
        return self.page.locator(".cursor").filter(has_text=name)

    def calls(self, call: str) -> str:
        """What a call by hand comes to; past all that the page itself checks."""
        answer: str = self.page.evaluate(f"now.{call}.then(() => 'done', (error) => error.message)")
        return answer

    def picture(self) -> bytes:
        """What the page looks like."""
        return self.page.screenshot(animations="disabled", caret="hide")


def see_the_same(count: int, *artists: Artist) -> None:
    """All come to see the same strokes, so many of them, and the same picture."""
    for artist in artists:
        artist.comes_to_have(count)
    first, *others = artists
    for other in others:
        assert other.strokes() == first.strokes()
        assert other.painted() == first.painted()


Visit = Callable[..., Artist]


@pytest.fixture
def visit(browse: Callable[..., Page], site: Site, complaints: list[str]) -> Visit:
    """Opens a board in a browser of one's own, under a name and with an ink: ``visit("ann", "Red")``."""

    def visit(
        name: str = "ann", ink: str = "Black", board: str = "", *, url: str = site.url, **options: object
    ) -> Artist:
        artist = Artist(browse(f"{url}/?board={board}", **options), complaints)
        expect(artist.people.first).to_be_visible()
        artist.takes(ink)
        artist.page.get_by_label("Your name").fill(name)
        artist.page.get_by_label("Your name").press("Enter")
        expect(artist.people.filter(has_text=name)).to_be_visible()
        return artist

    return visit


def test_two_people_who_draw_at_once_see_the_same_picture(visit: Visit) -> None:
    ann, bob = visit("ann", "Red"), visit("bob", "Blue")
    blank = ann.painted()
    ann.presses((100, 100))
    bob.comes_to("(strokes) => strokes.length === 1")  # hers is the first, whichever browser is the faster
    bob.presses((100, 900))
    for step in range(1, 15):  # the two lines cross
        ann.moves((100 + 100 * step, 100 + 55 * step))
        bob.moves((100 + 100 * step, 900 - 55 * step))
    bob.lifts()
    ann.lifts()
    see_the_same(2, ann, bob)
    assert ann.painted() != blank
    assert [stroke["points"][:2] for stroke in ann.strokes().values()] == [[100, 100], [100, 900]]
    assert [stroke["points"][-2:] for stroke in ann.strokes().values()] == [[1500, 870], [1500, 130]]


def test_a_stroke_is_seen_while_it_is_drawn(visit: Visit) -> None:
    ann, bob = visit("ann", "Red"), visit("bob")
    ann.takes("24 wide")
    ann.presses((100, 100))
    bob.comes_to("([stroke]) => stroke?.points.length === 2")
    ann.moves((500, 500), (900, 100))
    bob.comes_to("([stroke]) => stroke.points.length === 6 && !stroke.done")
    ann.lifts()
    see_the_same(1, ann, bob)
    assert list(bob.strokes().values()) == [
        {"ink": 1, "width": 24, "points": [100, 100, 500, 500, 900, 100], "done": True}
    ]


def test_a_dot_is_a_stroke_too(visit: Visit) -> None:
    ann, bob = visit(), visit("bob")
    blank = ann.painted()
    ann.draws([(800, 500)])
    see_the_same(1, ann, bob)
    assert ann.painted() != blank


def test_who_comes_late_sees_the_same_picture(visit: Visit) -> None:
    ann, bob = visit("ann", "Red"), visit("bob", "Green")
    ann.draws(WAVE)
    bob.takes("24 wide")
    bob.draws(reversed(WAVE))
    ann.draws([(x, y + 200) for x, y in WAVE])
    cid = visit("cid")
    see_the_same(3, ann, bob, cid)


def test_the_picture_outlasts_the_people(visit: Visit) -> None:
    ann = visit()
    ann.draws(WAVE)
    ann.comes_to_have(1)
    painted = ann.painted()
    ann.page.reload()
    ann.comes_to_have(1)
    assert ann.painted() == painted


def test_who_goes_in_the_middle_of_a_stroke_has_completed_it(visit: Visit) -> None:
    ann, bob = visit(), visit("bob")
    ann.presses((100, 100))
    ann.moves((500, 500))
    bob.comes_to("([stroke]) => stroke?.points.length === 4")
    ann.page.close(run_before_unload=True)
    bob.comes_to_have(1)


def test_the_cursors_of_others_have_their_names_and_inks(visit: Visit) -> None:
    ann, bob = visit("ann", "Red"), visit("bob", "Blue")
    ann.moves((400, 250))
    expect(bob.cursor("ann")).to_have_css("color", "rgb(208, 59, 48)")
    expect(bob.cursor("ann")).to_have_attribute("style", "--of: var(--ink-1); left: 25%; top: 25%;")
    ann.moves((1200, 500))
    expect(bob.cursor("ann")).to_have_attribute("style", "--of: var(--ink-1); left: 75%; top: 50%;")
    ann.takes("Green")
    expect(bob.cursor("ann")).to_be_hidden()  # the mouse went off the board to take it
    bob.moves((800, 500))
    expect(ann.cursor("bob")).to_be_visible()
    cid = visit("cid")
    expect(cid.cursor("bob")).to_be_visible()
    for artist in (ann, bob, cid):
        expect(artist.people).to_have_text(["ann", "bob", "cid"])
    expect(bob.page.locator(".cursor")).to_have_count(0)  # one's own is the mouse's
    bob.page.close(run_before_unload=True)
    expect(ann.cursor("bob")).to_have_count(0)
    expect(ann.people).to_have_text(["ann", "cid"])


def test_undo_takes_away_ones_own_latest_stroke(visit: Visit) -> None:
    ann, bob = visit("ann", "Red"), visit("bob", "Blue")
    blank = ann.painted()
    ann.draws(WAVE)
    bob.draws([(x, y + 100) for x, y in WAVE])
    ann.draws([(x, y + 200) for x, y in WAVE])
    see_the_same(3, ann, bob)
    bob.page.get_by_role("button", name="Undo").click()
    see_the_same(2, ann, bob)
    assert [stroke["ink"] for stroke in bob.strokes().values()] == [1, 1]
    bob.page.get_by_role("button", name="Undo").click()  # none is left of bob's
    ann.page.keyboard.press("Control+z")
    see_the_same(1, ann, bob)
    ann.page.keyboard.press("Control+z")
    see_the_same(0, ann, bob)
    assert ann.painted() == blank


def test_clearing_is_for_everybody_and_is_asked_about(visit: Visit) -> None:
    ann, bob = visit("ann", "Red"), visit("bob", "Blue")
    blank = ann.painted()
    ann.draws(WAVE)
    see_the_same(1, ann, bob)
    bob.presses((100, 100))
    bob.moves((500, 500))
    ann.comes_to("(strokes) => strokes[1]?.points.length === 4")
    ann.page.get_by_role("button", name="Clear").click()
    ann.page.get_by_role("button", name="Keep it").click()
    assert len(ann.strokes()) == 2
    ann.page.get_by_role("button", name="Clear").click()
    ann.page.get_by_role("button", name="Clear it").click()
    bob.comes_to("(strokes) => !strokes.length")
    bob.moves((900, 100))  # of a stroke that is no more
    bob.lifts()
    see_the_same(0, ann, bob)
    assert ann.painted() == blank


def test_each_board_is_its_own(visit: Visit) -> None:
    ann, bob, cid = visit("ann", board="red"), visit("bob", board="blue"), visit("cid", board="red")
    ann.draws(WAVE)
    see_the_same(1, ann, cid)
    bob.comes_to_have(0)
    expect(bob.people).to_have_text(["bob"])
    expect(ann.people).to_have_text(["ann", "cid"])
    expect(bob.page.get_by_text("blue", exact=True)).to_be_visible()


def test_a_finger_draws(visit: Visit) -> None:
    ann, bob = visit("ann", viewport=PHONE, has_touch=True, is_mobile=True), visit("bob")
    touch = ann.page.context.new_cdp_session(ann.page)

    def finger(kind: str, *points: Point) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": ann.places(*points)})

    finger("touchStart", (200, 200))
    for x in range(300, 1300, 100):
        finger("touchMove", (x, 200 + x // 4))
    expect(bob.cursor("ann")).to_be_visible()
    finger("touchEnd")
    ann.comes_to_have(1)
    bob.comes_to_have(1)
    assert bob.strokes() == ann.strokes()
    [stroke] = bob.strokes().values()
    assert len(stroke["points"]) > 10
    expect(bob.cursor("ann")).to_have_count(0)  # a finger that is lifted points nowhere


def test_a_line_that_is_cut_in_the_middle_of_a_stroke_loses_nothing(visit: Visit, line: Line) -> None:
    ann, bob = visit("ann", "Red", url=line.url), visit("bob", "Blue")
    ann.presses(WAVE[0])
    ann.moves(*WAVE[1:10])
    bob.comes_to("([stroke]) => stroke?.points.length === 20")
    line.cut()
    expect(ann.status).to_have_text("reconnecting…")
    blank = bob.painted()
    ann.moves(*WAVE[10:30])
    bob.draws(reversed(WAVE))
    bob.comes_to("(strokes) => strokes.length === 2")
    assert len(next(iter(bob.strokes().values()))["points"]) == 20
    line.mend()
    expect(ann.status).to_have_text("")
    ann.moves(*WAVE[30:])
    ann.lifts()
    see_the_same(2, ann, bob)
    assert bob.painted() != blank
    first, second = bob.strokes().values()
    assert first == {"ink": 1, "width": 10, "points": [*chain(*WAVE)], "done": True}
    assert second["points"] == [*chain(*reversed(WAVE))]


def test_a_server_that_restarts_finds_everybody_at_their_boards(visit: Visit, line: Line) -> None:
    ann, bob = visit("ann", "Red", url=line.url), visit("bob", "Blue", url=line.url)
    ann.draws(WAVE)
    see_the_same(1, ann, bob)
    line.cut()
    for artist in (ann, bob):
        expect(artist.status).to_have_text("reconnecting…")
    again = Site(*COMMAND)
    try:
        line.port = again.port
        line.mend()
        for artist in (ann, bob):
            expect(artist.status).to_have_text("")
            artist.comes_to_have(0)  # nothing is stored
            expect(artist.people).to_have_count(2)
        bob.draws(WAVE)
        see_the_same(1, ann, bob)
    finally:
        line.cut()
        again.stop()


def test_a_stroke_that_is_longer_than_the_server_takes_goes_on_as_another(visit: Visit) -> None:
    ann, bob = visit(), visit("bob")
    spiral = [(200 + 5 * step, 100 + 50 * (step % 10)) for step in range(250)]
    ann.draws(spiral)
    see_the_same(2, ann, bob)
    first, second = bob.strokes().values()
    assert first["points"] == [*chain(*spiral[:200])]
    assert second["points"] == [*chain(*spiral[199:])]


def test_what_is_no_drawing_is_refused(visit: Visit) -> None:
    ann, bob = visit(), visit("bob")
    pen, points = "there is no such pen", "these are no points, or too many"
    pens = ["6, 1", "-1, 1", "1, 41", "null, 1", "0.5, 1", "'0', 1"]
    off = ["[1, 1001]", "[1601, 1]", "[-1, 1]", "['1', 1]", "[1.5, 1]", "[true, true]"]
    odd = ["null", "[]", "[1]", "Array(402).fill(1)", "{ length: 2, 0: 1, 1: 1 }"]
    for call, answer in [
        ("take_part('hello', 'a'.repeat(21), 0)", "a name has 1 to 20 characters"),
        ("take_part('hello', () => 1, 0)", "a name has 1 to 20 characters"),
        ("take_part('hello', 'ann', 6)", "there is no such ink"),
        ("take_part('no/board', 'ann', 0)", "no board can be called that"),
        *((f"begin({no_pen}, [1, 1])", pen) for no_pen in pens),
        *((f"begin(0, 4, {no_points})", points) for no_points in off + odd),
        ("draw([1, 1])", "done"),  # of no stroke
        ("point([1])", "this is no point"),
        ("point([1, 1, 2, 2])", "this is no point"),
        ("begin(0, 4, [1, 1])", "done"),
        ("draw(Array(400).fill(1))", points),
        ("draw(Array(398).fill(1))", "done"),
        ("draw([1, 1])", points),
        ("end()", "done"),
        ("draw([1, 1])", "done"),  # of one that is complete
    ]:
        assert (call, ann.calls(call)) == (call, answer)
    see_the_same(1, ann, bob)
    assert len(next(iter(bob.strokes().values()))["points"]) == 400


def test_a_board_that_cannot_be_says_so(browse: Callable[..., Page], site: Site) -> None:
    artist = Artist(browse(f"{site.url}/?board=no/board"), [])
    expect(artist.notice).to_have_text("You cannot draw here: no board can be called that.")
    artist.draws(WAVE[:3])
    assert artist.calls("begin(0, 4, [1, 1])") == "take part first"
    assert artist.page.evaluate("now.strokes") is None


def test_pages_cannot_write_what_is_the_boards(visit: Visit) -> None:
    ann, bob = visit(), visit("bob")
    ann.draws(WAVE)
    see_the_same(1, ann, bob)
    ann.page.evaluate(
        """async () => {
          now.strokes = {};
          now.people[now.core.clientId].name = 'bob';
          now.cursors = { [now.core.clientId]: () => 1 };
          await now.core.flush();
        }"""
    )
    see_the_same(1, ann, bob)
    expect(bob.people).to_have_text(["ann", "bob"])
    assert [complaint for complaint in ann.complaints if "not allowed" not in complaint] == []
    ann.complaints.clear()


def test_a_name_is_text_and_outlasts_a_reload(visit: Visit) -> None:
    ann, bob = visit("<img src=x>"), visit("bob")
    ann.moves((400, 250))
    expect(bob.cursor("<img src=x>")).to_be_visible()
    expect(bob.page.locator("#sheet img, #people img")).to_have_count(0)
    ann.page.reload()
    expect(bob.people.filter(has_text="<img src=x>")).to_be_visible()
    expect(ann.page.get_by_label("Your name")).to_have_value("<img src=x>")


def test_the_page_asks_nobody_else_for_anything(visit: Visit, site: Site) -> None:
    ann = visit()
    requested: list[str] = []
    ann.page.on("request", lambda request: requested.append(request.url))
    ann.page.reload()
    expect(ann.people).to_have_count(1)
    assert [url for url in requested if not url.startswith((site.url, "data:"))] == []


def test_the_picture_of_the_readme_is_a_real_one(visit: Visit, chromium: Browser, tmp_path: Path) -> None:
    ann = visit("Ann", "Green", viewport=DESK, color_scheme="light", device_scale_factor=2)
    bob = visit("Bob", "Orange", viewport=PHONE, color_scheme="dark", has_touch=True, device_scale_factor=2)
    for ink, width, points in HOUSE:
        ann.takes(ink)
        ann.takes(width)
        ann.draws(by_hand(points))
    ann.draws(LEAVES)
    bob.takes("24 wide")
    bob.draws(SUN)
    ann.comes_to_have(count := len(HOUSE) + 2)
    bob.comes_to_have(count)
    ann.takes("Green")
    ann.moves((1000, 660))
    bob.moves((1330, 300))
    expect(ann.cursor("Bob")).to_be_visible()
    expect(bob.cursor("Ann")).to_be_visible()
    picture = side_by_side(chromium, ann.picture(), bob.picture(), scale=1.25)
    assert 20_000 < len(picture) < 150_000
    keep("whiteboard.png", picture, tmp_path)


def by_hand(points: list[Point]) -> Iterator[Point]:
    """The points that a pen passes on its way from one to the next."""
    for (x, y), (next_x, next_y) in pairwise(points):
        yield from ((x + (next_x - x) * step // 10, y + (next_y - y) * step // 10) for step in range(10))
    yield points[-1]


#: A house with a tree, line by line.
HOUSE: list[tuple[str, str, list[Point]]] = [
    ("Black", "10 wide", [(400, 800), (400, 480), (780, 480), (780, 800)]),
    ("Black", "10 wide", [(360, 500), (590, 280), (820, 500)]),
    ("Violet", "10 wide", [(540, 800), (540, 620), (640, 620), (640, 800)]),
    ("Blue", "4 wide", [(450, 550), (500, 550), (500, 610), (450, 610), (450, 550)]),
    ("Blue", "4 wide", [(690, 550), (740, 550), (740, 610), (690, 610), (690, 550)]),
    ("Red", "10 wide", [(1100, 810), (1104, 700), (1100, 610)]),
    ("Green", "24 wide", [(100, 830), (400, 815), (800, 830), (1200, 815), (1500, 830)]),
]

#: The leaves, and the sun above them: round, for their points are far apart.
LEAVES: list[Point] = [
    (1020, 620), (980, 560), (1010, 500), (990, 430), (1060, 400), (1100, 350), (1150, 400), (1210, 440),
    (1190, 510), (1220, 570), (1170, 620), (1100, 600), (1020, 620),
]  # fmt: skip
SUN: list[Point] = [(1400, 160), (1370, 120), (1320, 130), (1300, 180), (1330, 225), (1385, 220), (1400, 165)]
