"""`this.user.cookies` and `this.user.session` of the browser that the page is in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from greennow import Now, this
from greennow.testing import Harness

from ..chromium import Pages
from ..net.serving import ServerThread
from .site import SCRIPT, html, pages_of, run

SESSIONS = {"4711": {"name": "ann"}}


def logged_in(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A site that logs in whoever opens it; its cookie is not for the page's scripts."""

    def with_cookies(status: str, headers: list[tuple[str, str]]) -> None:
        cookies = [("Set-Cookie", "session=4711; HttpOnly; Path=/"), ("Set-Cookie", "color=light%20red")]
        start_response(status, headers + cookies)

    return pages_of({"/": html(SCRIPT)})(environ, with_cookies)


def test_the_server_sees_the_pages_cookies_and_the_sites_session(now: Now, pages: Pages) -> None:
    @now.everyone.expose
    def who_am_i() -> list[Any]:
        return [this.user.cookies, this.user.session["name"]]

    def session(environ: dict[str, Any]) -> dict[str, str] | None:
        return SESSIONS.get(environ.get("HTTP_COOKIE", "").partition("session=")[2].partition(";")[0])

    with ServerThread(now, app=logged_in, session=session) as server:
        page = pages.open(server.url)
        assert run(page, "await now.ready(); return [await now.who_am_i(), document.cookie]") == [
            [{"session": "4711", "color": "light%20red"}, "ann"],
            "color=light%20red",
        ]


def test_a_session_is_no_copy_and_is_never_shared(now: Now) -> None:
    with Harness(now, session=lambda environ: SESSIONS["4711"]) as h:
        ann = h.connect(cookies={"session": "4711"})
        ann.this.user.session["visits"] = 1
        h.settle()
        assert SESSIONS["4711"].pop("visits") == 1
        assert ann.now == {}


def test_without_cookies_and_the_option_they_are_empty(h: Harness) -> None:
    ann = h.connect()
    assert ann.this.user.cookies == {}
    assert ann.this.user.session is None
