"""`nowInitialize(uri, options)` connects by hand, to several servers on one page; `now.core.noConflict`."""

from __future__ import annotations

from typing import Any

import greennow
from greennow import Now, this

from ..chromium import Pages
from ..net.serving import ServerThread
from .site import SCRIPT, Heard, Site, html, pages_of, run


def named(name: str) -> Now:
    """A `Now` that says whose it is."""
    now = Now()
    now.everyone.now.server = name
    now.everyone.expose("who")(lambda: [name, this.client_id])
    return now


def test_one_page_shares_a_now_with_each_of_two_servers(pages: Pages) -> None:
    first, second = named("first"), named("second")
    with Site(first) as here, Site(second, allowed_origins=[here.url]) as there:
        page = pages.open(here.url)
        run(page, "other = nowInitialize(given); await Promise.all([now.ready(), other.ready()])", there.url)
        assert run(page, "return [now.server, other.server, now === other]") == ["first", "second", False]
        assert run(page, "return [now.core.clientId, other.core.clientId]") == [
            run(page, "return (await now.who())[1]"),
            run(page, "return (await other.who())[1]"),
        ]

        # Each has its own names and functions, each with its own `this.now`.
        run(page, "for (const it of [now, other]) it.mine = function () { return this.now.server; }")
        run(page, "now.x = 1; other.x = 2; await Promise.all([now.core.flush(), other.core.flush()])")
        for site, name, x in ((here, "first", 1), (there, "second", 2)):
            (client,) = site.run(list, site.now.everyone)
            assert site.run(lambda client=client: [client.now.x, client.now.mine().result()]) == [x, name]

        # One ends, the other goes on.
        gone = Heard()
        there.run(second.on, "disconnect", gone)
        run(page, "other.core.close()")
        assert gone.next()
        assert run(page, "return await now.who()") == ["first", run(page, "return now.core.clientId")]


def test_its_options_are_the_path_a_token_and_how_often_to_try(pages: Pages) -> None:
    def known(environ: dict[str, Any]) -> Any:
        return {"s3cret": "ann"}.get(environ["greennow.token"])

    now = Now()
    now.everyone.expose("who")(lambda: this.user.identity)
    with Site(Now()) as here, Site(now, path="/live", authenticate=known, allowed_origins="*") as there:
        page = pages.open(here.url)
        run(page, "other = nowInitialize(given, {path: '/live', token: 's3cret'})", there.url)
        assert run(page, "return await other.ready().then(() => other.who())") == "ann"
        failed = run(
            page,
            """
            const stranger = nowInitialize(given, {path: '/live', token: 'guessed'});
            const error = await new Promise((resolve) => stranger.core.on('connect_failed', resolve));
            return [error.name, error.code];
            """,
            there.url,
        )
        assert failed == ["ConnectError", 4401]


def test_no_conflict_gives_the_name_back_to_what_had_it(pages: Pages) -> None:
    with Site(named("ours"), {"/": html(f"<script>now = 'theirs'</script>{SCRIPT}")}) as site:
        page = pages.open(site.url)
        run(page, "ours = now.core.noConflict(); await ours.ready()")
        assert run(page, "return [now, ours.server]") == ["theirs", "ours"]


def test_several_nows_on_one_server_have_a_path_and_a_scope_each(pages: Pages) -> None:
    first, second = named("first"), named("second")
    scripts = SCRIPT + '<script src="/b/now.js"></script>'

    class Nested(ServerThread):
        def _start(self) -> greennow.Server:
            inner = second.wsgi(pages_of({"/": html(scripts)}), path="/b", scope="window.b")
            return first.start(inner, port=0)

    with Nested(first) as server:
        page = pages.open(server.url)
        run(page, "await Promise.all([now.ready(), b.now.ready()])")
        assert run(page, "return [now.server, b.now.server]") == ["first", "second"]
        assert run(page, "return [(await now.who())[0], (await b.now.who())[0]]") == ["first", "second"]
