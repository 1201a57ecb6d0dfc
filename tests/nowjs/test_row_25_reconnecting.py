"""On a lost connection the client reconnects with exponential back-off, then `now` is in sync again.

NowJS took remote functions away meanwhile; here they stay, and nothing is lost within the resume window.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from greennow import Now

from ..chromium import Pages
from ..net.serving import Line
from .site import Heard, Site, run, waits_for

#: Milliseconds: the delays of `js/src/reconnect.js`, where chance gives the longest.
DELAYS = [250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000]


@pytest.fixture
def said() -> list[Any]:
    """What pages said, in its order."""
    return []


@pytest.fixture
def now(said: list[Any]) -> Now:
    now = Now()
    now.everyone.expose("say")(lambda text: said.append(text) or len(said))
    return now


@pytest.fixture
def line(site: Site) -> Iterator[Line]:
    with Line(site.url) as line:
        yield line


def test_within_the_window_both_ends_go_on_and_nothing_is_lost_or_doubled(
    site: Site, now: Now, line: Line, pages: Pages, said: list[Any]
) -> None:
    page = pages.open(line.url)
    run(page, "heard = []; now.hear = (text) => heard.push(text); now.list = [1]; await now.ready()")
    run(page, "isLost = false; now.core.on('disconnect', () => { isLost = true; })")
    client = site.client(page)

    line.close()
    waits_for(page, "isLost")
    run(page, "say = now.say; replies = [now.say('one'), say('two')]; now.list.push(2); now.own = {a: 1}")

    def meanwhile() -> list[Any]:
        now.everyone.now.topic = {"name": "tea"}
        client.now.level = [3]
        now.everyone.now.topic.name = "coffee"
        return [client.now.hear("first"), client.now.hear("second")]

    replies = site.run(meanwhile)
    assert run(page, "return [typeof now.say, heard.length, now.topic]") == ["function", 0, None]

    line.open()
    waits_for(page, "now.topic?.name === 'coffee' && heard.length === 2")
    assert run(page, "return [await Promise.all(replies), now.core.clientId]") == [[1, 2], client.client_id]
    assert [site.run(reply.result) for reply in replies] == [1, 2]
    assert run(page, "return heard") == ["first", "second"]
    assert said == ["one", "two"]
    names = {"list": [1, 2], "own": {"a": 1}, "level": [3], "topic": {"name": "coffee"}}
    assert run(page, "const {hear, say, ...data} = now; return data") == names
    assert site.run(lambda: {name: client.now.to_plain()[name] for name in names}) == names


def test_a_line_that_is_cut_again_and_again_loses_and_doubles_nothing(
    site: Site, line: Line, pages: Pages, said: list[Any]
) -> None:
    page = pages.open(line.url)
    client = site.client(page)
    run(page, "Math.random = () => 0; replies = []")
    for number in range(6):
        run(page, "replies.push(now.say(given)); now.last = given", number)
        line.cut()
        run(page, "replies.push(now.say(given)); now.last = given", f"{number} cut")
    assert run(page, "return Promise.all(replies)") == list(range(1, 13))
    assert said == [text for number in range(6) for text in (number, f"{number} cut")]
    assert site.run(lambda: client.now.last) == "5 cut"


def test_past_the_window_own_names_and_functions_are_put_back_in_a_new_session(
    now: Now, pages: Pages
) -> None:
    gone = Heard()
    now.on("disconnect", gone)
    now.everyone.now.topic = "tea"
    with Site(now, resume_window=0) as site, Line(site.url) as line:
        page = pages.open(line.url)
        run(page, "now.name = 'ann'; now.deep = {er: [1]}; now.hear = (text) => `heard ${text}`")
        first = site.client(page)
        run(page, "say = now.say")
        site.run(lambda: setattr(first.now, "level", 7))
        waits_for(page, "now.level === 7")

        line.close()
        run(page, "now.deep.er.push(2)")
        site.run(lambda: setattr(now.everyone.now, "topic", "coffee"))
        assert gone.next() == first.client_id
        line.open()
        waits_for(page, "now.topic === 'coffee'")
        second = site.client(page)
        assert second.client_id != first.client_id
        assert site.run(lambda: second.now.hear("you").result()) == "heard you"
        assert run(page, "return [await now.say('one'), await say('two')]") == [1, 2]
        names = {"topic": "coffee", "name": "ann", "deep": {"er": [1, 2]}}
        # What the server wrote for the old client alone is gone with it.
        assert run(page, "const {hear, say, ...data} = now; return data") == names
        assert site.run(lambda: {name: second.now.to_plain()[name] for name in names}) == names


#: Chance gives the longest delays, and WebSockets are counted as they are opened and as they are closed.
COUNT = """
  Math.random = () => 1;
  links = {opened: 0, closed: 0};
  WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      links.opened += 1;
      this.addEventListener('close', () => { links.closed += 1; });
    }
  };
"""


def test_it_tries_again_ever_more_slowly_and_begins_anew_once_it_has_worked(
    site: Site, line: Line, pages: Pages
) -> None:
    page = pages.open("about:blank")
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    page.add_init_script(COUNT)
    page.goto(line.url)
    for _ in range(2):
        run(page, "await now.ready()")
        line.close()
        for delay in DELAYS:
            waits_for(page, "links.closed === links.opened")
            opened = run(page, "return links.opened")
            page.clock.run_for(delay - 1)
            assert run(page, "return links.opened") == opened
            page.clock.run_for(1)
            assert run(page, "return links.opened") == opened + 1
        waits_for(page, "links.closed === links.opened")
        line.open()
        page.clock.run_for(DELAYS[-1])
