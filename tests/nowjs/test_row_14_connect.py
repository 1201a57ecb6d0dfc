"""`on("connect" / "disconnect")`, and the same on `everyone`, run in the client's context.

Variables of the leaving client are still readable.
"""

from __future__ import annotations

from typing import Any

import greennow
from greennow import Now, this
from greennow.testing import Harness

from ..chromium import Pages
from .site import Heard, Site, run


def test_handlers_run_in_the_clients_context_when_a_page_comes_and_when_it_is_closed(
    now: Now, pages: Pages
) -> None:
    heard = Heard()

    @now.on("connect")
    def joined(client_id: str) -> None:
        this.user.number = 7
        heard("connect", this.client_id == client_id, this.now.get("name"))

    @now.on("disconnect")
    def left(client_id: str) -> None:
        heard("disconnect", this.client_id == client_id, this.now.name, this.now.room.topic, this.user.number)

    @now.everyone.on("connect")
    def joined_everyone() -> None:
        heard("everyone connect", this.now.get("name"))

    @now.everyone.on("disconnect")
    def left_everyone() -> None:
        heard("everyone disconnect", this.now.name)

    with Site(now) as site:
        page = pages.open(site.url)
        assert {heard.next(), heard.next()} == {("connect", True, None), ("everyone connect", None)}
        run(page, "await now.ready(); now.name = 'ann'; now.room = {topic: 'tea'}; await now.core.flush()")
        page.close(run_before_unload=True)
        assert {heard.next(), heard.next()} == {
            ("disconnect", True, "ann", "tea", 7),
            ("everyone disconnect", "ann"),
        }


def test_a_client_that_leaves_can_be_read_and_is_told_nothing_more(h: Harness, now: Now) -> None:
    seen: list[Any] = []

    @now.on("disconnect")
    def left() -> None:
        this.now.too_late = True
        error = this.now.hear("goodbye").exception()
        seen.append((this.now.to_plain()["name"], this.now.get("too_late"), type(error)))

    ann = h.connect()
    ann.now.name = "ann"
    ann.now.hear = lambda text: None
    h.settle()
    ann.close()
    h.settle()
    assert seen == [("ann", None, greennow.Disconnected)]
    assert h.everyone.count() == 0


def test_a_handler_may_be_ended(h: Harness, now: Now) -> None:
    seen: list[str] = []
    end = now.on("connect", seen.append)
    ann = h.connect()
    end()
    h.connect()
    assert seen == [ann.client_id]
