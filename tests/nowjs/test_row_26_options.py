"""Options, which are keywords here: who may write, where `now` is put, what the page is told, what is served.

NowJS's `autoHost`, `host` and `port` of the page are rows 2 and 3, its `cookieKey` is row 13. Its
`closureTimeout` and `debug`, and the settings of the command line, have no test here.
"""

from __future__ import annotations

from importlib import resources
from typing import Any

import pytest

from greennow import Now, Refused, this

from ..chromium import Pages
from .site import SCRIPT, Site, html, run


def allow_no_colons(path: tuple[Any, ...], value: Any) -> bool:
    """Clients may write what has no colon, and a certain one may write nothing at all."""
    if this.user.cookies.get("banned"):
        raise Refused("you are banned")
    return ":" not in str(value)


@pytest.mark.parametrize(
    ("client_write", "allowed", "refused"),
    [
        (True, ["now.x = 1", "now.deep = {er: 2}"], []),
        (False, [], ["now.x = 1", "now.deep = {er: 2}"]),
        (
            ["name", "player.*", "room.**"],
            ["now.name = 'ann'", "now.player.x = {}", "now.room.a.b = 2", "now.room = 3"],
            ["now.other = 1", "now.player.x.y = 2", "now.player = 3", "delete now.player"],
        ),
        (allow_no_colons, ["now.x = 'fine'"], ["now.x = 'a:b'"]),
    ],
    ids=["True", "False", "patterns", "a function"],
)
def test_client_write_says_which_data_pages_may_write(
    now: Now, pages: Pages, client_write: Any, allowed: list[str], refused: list[str]
) -> None:
    now.everyone.now.player = {"x": {}}
    now.everyone.now.room = {"a": {}}
    with Site(now, client_write=client_write) as site:
        page = pages.open(site.url)
        run(page, "errors = []; now.core.on('error', (error) => errors.push(error.name))")
        client = site.client(page)
        for write in allowed:
            run(page, f"{write}; await now.core.flush()")
            assert run(page, "return errors") == [], write
        for write in refused:
            before = site.run(client.now.to_plain)
            run(page, f"{write}; await now.core.flush()")
            assert run(page, "return errors.splice(0)") == ["Refused"], write
            # It is as it was, at both ends.
            assert run(page, "return now") == site.run(client.now.to_plain) == before
        # It is about data: functions of its own a page may always set.
        run(page, "now.own = () => 'called'; await now.core.flush()")
        assert site.run(lambda: client.now.own().result()) == "called"
    assert len(pages.complaints) == len(refused)
    pages.complaints.clear()


def test_a_refusal_tells_the_page_why(now: Now, pages: Pages) -> None:
    with Site(now, client_write=allow_no_colons) as site:
        page = pages.open(site.url)
        page.context.add_cookies([{"name": "banned", "value": "yes", "url": site.url}])
        page.reload()
        run(page, "now.core.on('error', (error) => { told = [error.reason, error.path]; })")
        assert run(page, "now.x = 1; await now.core.flush(); return told") == ["you are banned", ["x"]]
    assert len(pages.complaints) == 1
    pages.complaints.clear()


@pytest.mark.parametrize(
    ("option", "script"),
    [
        ("window.shop.live", SCRIPT),
        ("window", '<script src="/nowjs/now.js" data-scope="window.shop.live"></script>'),
        ("window.elsewhere", '<script src="/nowjs/now.js" data-scope="window.shop.live"></script>'),
    ],
    ids=["option", "the tag", "both"],
)
def test_scope_is_the_object_that_gets_now(now: Now, pages: Pages, option: str, script: str) -> None:
    now.everyone.now.x = 1
    with Site(now, {"/": html(f"<script>shop = {{open: true}}</script>{script}")}, scope=option) as site:
        page = pages.open(site.url)
        assert run(page, "await shop.live.now.ready(); return [shop.live.now.x, shop.open]") == [1, True]
        assert run(page, "return ['now' in window, 'elsewhere' in window]") == [False, False]


def test_client_options_are_the_pages_to_read(now: Now, pages: Pages) -> None:
    with Site(now, client_options={"theme": "dark", "limits": {"name": 20}}) as site:
        page = pages.open(site.url)
        assert run(page, "await now.ready(); return now.core.options") == {
            "theme": "dark",
            "limits": {"name": 20},
        }


def test_without_serve_client_the_site_brings_the_script_itself(now: Now, pages: Pages) -> None:
    now.everyone.now.x = 1
    own = {
        "/": html("<script type='module' src='/page.mjs'></script>"),
        "/page.mjs": "import {connect} from '/own.mjs'; window.now = connect(location.origin);",
        "/own.mjs": (resources.files("greennow") / "static" / "now.mjs").read_text(),
    }
    with Site(now, own, serve_client=False) as site:
        page = pages.open(site.url)
        assert run(page, "await now.ready(); return now.x") == 1
        for name, status in {"now.js": 404, "now.mjs": 404, "health": 200}.items():
            assert run(page, "return (await fetch(`/nowjs/${given}`)).status", name) == status
    pages.complaints.clear()  # of the two that are not there


def test_an_unknown_option_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(TypeError, match=r"unknown option 'clientWrite'; there are: .*client_write"):
        Now(clientWrite=False)
