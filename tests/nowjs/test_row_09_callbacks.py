"""Return values of remote calls may be ignored; answers come through callbacks.

The value is there too, in a `Reply` or a promise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from greennow import Now, this

from ..chromium import Pages
from .site import Heard, Site, run, waits_for


def test_the_server_answers_a_page_through_callbacks_as_often_as_it_likes(now: Now, pages: Pages) -> None:
    @now.everyone.expose
    def progress(report: Callable[[int], Any], done: Callable[[str], Any]) -> str:
        for percent in (0, 50, 100):
            report(percent)
        done("finished")
        return "the value is there too"

    with Site(now) as site:
        page = pages.open(site.url)
        assert run(
            page,
            """
            await now.ready();
            const told = [];
            const value = await new Promise((resolve) => {
              let result;
              const done = (text) => { told.push(text); resolve(result); };
              result = now.progress((percent) => told.push(percent), done);
            });
            return [told, value];
            """,
        ) == [[0, 50, 100, "finished"], "the value is there too"]


def test_a_page_answers_the_server_through_callbacks_also_later(site: Site, pages: Pages) -> None:
    page = pages.open(site.url)
    run(page, "now.ask = (text, answer) => { answer(`${text} yes`); later = answer; return 'value'; }")
    client, answers = site.client(page), Heard()
    assert site.run(lambda: client.now.ask("well?", answers).result()) == "value"
    assert answers.next() == "well? yes"
    run(page, "await later('and one more thing')")
    assert answers.next() == "and one more thing"


def test_whoever_looks_at_no_return_value_loses_nothing(now: Now, pages: Pages) -> None:
    heard = Heard()
    now.everyone.expose("tell")(heard)
    now.everyone.expose("tell_back")(lambda text: this.now.hear(text) and None)
    with Site(now) as site:
        page = pages.open(site.url)
        run(page, "heard = []; now.hear = (text) => heard.push(text); await now.ready()")
        run(page, "now.tell('one'); now.tell.send('two'); now.tell_back('three'); await now.core.flush()")
        assert [heard.next(), heard.next()] == ["one", "two"]
        waits_for(page, "heard.includes('three')")
