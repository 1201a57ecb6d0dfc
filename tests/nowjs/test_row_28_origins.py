"""Pages on another origin, other ports, and https: those that are allowed connect, and no others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Frame, Page

from greennow import Now, this

from ..chromium import Pages
from .site import SCRIPT, Site, html, run

CERTIFICATE = str(Path(__file__).parent.parent / "data" / "localhost.pem")
TLS: dict[str, Any] = {"certfile": CERTIFICATE, "keyfile": CERTIFICATE}


@pytest.fixture
def now() -> Now:
    now = Now()
    now.everyone.expose("origin")(lambda: this.user.headers["Origin"])
    return now


def another(**options: Any) -> Site:
    """A site of another origin, whose page loads nothing by itself."""
    return Site(Now(), {"/": html("")}, **options)


def script(site: Site) -> str:
    """The tag of a page of another origin."""
    return f'<script src="{site.url}/nowjs/now.js"></script>'


#: How a page ends that is not let in.
STRANGER = """
  const stranger = nowInitialize(given, {reconnect: false});
  return new Promise((resolve) => stranger.core.on('connect_failed', ({name}) => resolve(name)));
"""


def is_refused(page: Page | Frame, site: Site, caplog: pytest.LogCaptureFixture) -> bool:
    """Does the server turn the page away, saying so in its log?"""
    assert run(page, STRANGER, site.url) == "ConnectError"
    return any(said.startswith("refused a page of origin") for said in caplog.messages)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_only_pages_of_allowed_origins_connect(
    now: Now, pages: Pages, caplog: pytest.LogCaptureFixture, scheme: str
) -> None:
    secure = TLS if scheme == "https" else {}
    with another(**secure) as friend, another(**secure) as stranger:
        options = {"allowed_origins": [friend.url], **secure}
        with Site(now, **options) as site:  # type: ignore[arg-type]
            page = pages.open(friend.url, ignore_https_errors=True)
            page.set_content(html(script(site)))
            assert run(page, "await now.ready(); return await now.origin()") == friend.url
            assert friend.url.startswith(f"{scheme}:")
            # Ports make origins differ, and so do the names of a host; a list says all of them.
            for url in (stranger.url, friend.url.replace("127.0.0.1", "localhost"), site.url):
                page.goto(url)
                page.set_content(html(script(site)))
                assert is_refused(page, site, caplog), url
                caplog.clear()
            page.close()


def test_unless_told_otherwise_only_the_sites_own_pages_connect(
    now: Now, pages: Pages, caplog: pytest.LogCaptureFixture
) -> None:
    with Site(now, **TLS) as site, another(**TLS) as stranger:
        page = pages.open(site.url, ignore_https_errors=True)
        assert run(page, "await now.ready(); return await now.origin()") == site.url
        page.goto(stranger.url)
        page.set_content(html(script(site)))
        assert is_refused(page, site, caplog)


def frame_of(page: Page) -> Frame:
    """The page in the page."""
    (frame,) = page.main_frame.child_frames
    return frame


def test_a_page_in_a_frame_of_another_origin_has_its_own_now(now: Now, pages: Pages) -> None:
    with Site(now) as inner:
        # Its site need not know who shows it.
        frame = html(SCRIPT, f'<iframe src="{inner.url.replace("127.0.0.1", "localhost")}"></iframe>')
        with Site(Now(), {"/": frame}) as outer:
            page = pages.open(outer.url)
            client, shown = outer.client(page), frame_of(page)
            run(page, "now.x = 'outer'; await now.core.flush()")
            assert outer.run(lambda: client.now.x) == "outer"
            assert run(shown, "await now.ready(); return [await now.origin(), now.x]") == [
                inner.url.replace("127.0.0.1", "localhost"),
                None,
            ]


def test_in_a_frame_too_the_origin_of_the_page_in_it_decides(
    now: Now, pages: Pages, caplog: pytest.LogCaptureFixture
) -> None:
    with another() as friend, Site(now, allowed_origins=[friend.url]) as site:
        # What the friend's page shows in a frame of its own origin may connect; boxed in it has none.
        page = pages.open(friend.url)
        body = html(script(site)).replace('"', "&quot;")
        page.set_content(html("", f'<iframe srcdoc="{body}"></iframe>'))
        assert run(frame_of(page), "await now.ready(); return await now.origin()") == friend.url
        page.set_content(html("", f'<iframe sandbox="allow-scripts" srcdoc="{body}"></iframe>'))
        assert is_refused(frame_of(page), site, caplog)
        page.close()


def test_with_a_star_any_page_connects(now: Now, pages: Pages) -> None:
    with Site(now, allowed_origins="*") as site, another() as anybody:
        page = pages.open(anybody.url)
        body = html(script(site)).replace('"', "&quot;")
        page.set_content(html("", f'<iframe sandbox="allow-scripts" srcdoc="{body}"></iframe>'))
        assert run(frame_of(page), "await now.ready(); return await now.origin()") == "null"
        page.close()


def test_the_module_is_loaded_by_pages_of_allowed_origins_only(now: Now, pages: Pages) -> None:
    load = "return import(`${given}/nowjs/now.mjs`)"
    with another() as friend, another() as stranger, Site(now, allowed_origins=[friend.url]) as site:
        page = pages.open(friend.url)
        run(page, f"{load}.then(({{connect}}) => (other = connect()).ready())", site.url)
        assert run(page, "return await other.origin()") == friend.url
        page.goto(stranger.url)
        assert run(page, f"{load}.catch((error) => error.name)", site.url) == "TypeError"
        page.close()
    assert any("blocked by CORS policy" in complaint for complaint in pages.complaints)
    pages.complaints.clear()
