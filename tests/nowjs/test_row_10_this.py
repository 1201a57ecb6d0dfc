"""In a called function `this.now` is the namespace shared with the caller; on the server `this.user` too.

`everyone.now` stays reachable.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent

from greennow import Now, this

from ..chromium import Pages
from .site import Heard, Site, run, waits_for


def test_at_the_page_this_now_is_now_in_functions_and_callbacks(now: Now, pages: Pages) -> None:
    now.everyone.expose("call_back")(lambda callback: callback().result())
    with Site(now) as site:
        page = pages.open(site.url)
        run(page, "f = function () { return this !== window && this.now === now; }; now.deep = {f}")
        client = site.client(page)
        assert site.run(lambda: client.now.deep.f().result()) is True
        assert run(page, "return await now.call_back(f)") is True
        assert run(page, "return await now.call_back(function () { return f.call(this); })") is True


def test_at_the_server_this_is_the_caller_and_everyone_stays_reachable(now: Now, pages: Pages) -> None:
    @now.everyone.expose
    def score(points: int) -> list[Any]:
        this.user.points = getattr(this.user, "points", 0) + points
        this.now.points = this.user.points
        now.everyone.now.best = max(now.everyone.now.get("best", 0), this.user.points)
        return [this.now.name, this.user.client_id, this.client_id]

    with Site(now) as site:
        ann, bob = pages.open(site.url), pages.open(site.url)
        for page, name, points in [(ann, "ann", 2), (bob, "bob", 3), (ann, "ann", 4)]:
            client_id = site.client(page).client_id
            assert run(page, "now.name = given[0]; return await now.score(given[1])", [name, points]) == [
                name,
                client_id,
                client_id,
            ]
        for page, points in [(ann, 6), (bob, 3)]:
            waits_for(page, f"now.points === {points} && now.best === 6")


def test_it_stays_the_caller_while_the_function_waits_and_in_what_it_spawns(now: Now, pages: Pages) -> None:
    heard = Heard()

    @now.everyone.expose
    def slow(ask: Callable[[], Any]) -> None:
        before = this.now.name
        ask().result()
        gevent.spawn(lambda: heard(before, this.now.name, this.client.now.name))

    with Site(now) as site:
        ann, bob = pages.open(site.url), pages.open(site.url)
        for page, name in ((ann, "ann"), (bob, "bob")):
            run(page, "now.name = given; await now.ready()", name)
        run(ann, "now.slow(() => new Promise((resolve) => { goOn = resolve; }))")
        waits_for(ann, "window.goOn")
        run(bob, "await now.slow(() => {})")
        assert heard.next() == ("bob", "bob", "bob")
        run(ann, "goOn()")
        assert heard.next() == ("ann", "ann", "ann")
