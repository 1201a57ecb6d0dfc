"""`/nowjs/now.js` is served by that server, ready for its host and port.

It works from another host name, another port, or behind a proxy.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Page

from greennow import Now

from ..chromium import Pages
from .proxies import NGINX, nginx, small
from .site import Site, html, run

#: As a page has it that does not know where it will be.
RELATIVE = html('<script src="nowjs/now.js"></script>')


@pytest.fixture
def now() -> Now:
    now = Now()
    now.everyone.expose("host")(lambda: "the server's")
    return now


def works(page: Page, host: str) -> None:
    """`now` is connected, by a WebSocket of this address."""
    assert run(page, "await now.ready(); return await now.host()") == "the server's"
    script = run(page, "return document.querySelector('script').src")
    assert script == f"{host}nowjs/now.js"


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_under_each_name_of_the_host(site: Site, pages: Pages, name: str) -> None:
    url = site.url.replace("127.0.0.1", name)
    works(pages.open(url), f"{url}/")


def test_on_a_page_of_another_port_it_connects_to_where_it_came_from(now: Now, pages: Pages) -> None:
    with Site(Now(), {"/": html("")}) as other:
        page = pages.open(other.url)
        with Site(now, allowed_origins=[other.url]) as site:
            page.set_content(html(f'<script src="{site.url}/nowjs/now.js"></script>'))
            works(page, f"{site.url}/")
            page.close()


@pytest.mark.parametrize(
    "proxy",
    [
        small,
        pytest.param(nginx, marks=pytest.mark.skipif(not NGINX, reason="there is no nginx here")),
    ],
)
def test_behind_a_reverse_proxy_that_adds_a_prefix(
    now: Now, pages: Pages, tmp_path: Path, proxy: Callable[[str, Path], AbstractContextManager[str]]
) -> None:
    with Site(now, {"/": RELATIVE}) as site, proxy(site.url, tmp_path) as url:
        page = pages.open(url)
        works(page, url)
        page.context.close()


def test_under_another_path(now: Now, pages: Pages) -> None:
    with Site(now, {"/deep/page": RELATIVE}, path="/deep/nowjs") as site:
        works(pages.open(f"{site.url}/deep/page"), f"{site.url}/deep/")
