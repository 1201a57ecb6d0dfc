"""`now` exists on the page as soon as the script ran.

`now.ready(fn)` runs fn once connected, at once if it already is.
"""

from __future__ import annotations

from gevent.event import Event

from greennow import Now

from ..chromium import Pages
from .site import SCRIPT, Site, html, run, waits_for

AT_ONCE = """
<script>
  now.name = 'ann';
  order = [now.name, typeof now.serverHasThis];
  now.ready(function () { order.push('first', now.serverHasThis, this !== window && this.now === now); });
  now.ready(() => order.push('second'));
  now.ready().then(() => order.push('promise'));
</script>
"""


def test_now_is_there_for_the_very_next_script_and_ready_handlers_run_in_their_order(
    now: Now, pages: Pages
) -> None:
    now.everyone.now.serverHasThis = "yes"
    seen = []
    now.on("connect", lambda client_id: seen.append(now.get_client(client_id).now.to_plain()))
    with Site(now, {"/": html(SCRIPT + AT_ONCE)}) as site:
        page = pages.open(site.url)
        waits_for(page, "order.includes('promise')")
        expected = ["ann", "undefined", "first", "yes", True, "second", "promise"]
        assert run(page, "return order") == expected
        # What was written before is there when the server hears of the client.
        assert seen == [{"serverHasThis": "yes", "name": "ann"}]


def test_ready_runs_at_once_where_the_connection_is_there(site: Site, pages: Pages) -> None:
    page = pages.open(site.url)
    order = run(
        page,
        """
        await now.ready();
        const order = [];
        now.ready(() => order.push('ready'));
        order.push('next line');
        await now.ready();
        return order;
        """,
    )
    assert order == ["ready", "next line"]


def test_ready_waits_for_the_servers_connect_handlers(now: Now, pages: Pages) -> None:
    opened = Event()
    now.on("connect", lambda: opened.wait())
    with Site(now) as site:
        page = pages.open(site.url)
        run(page, "isReady = false; now.ready(() => { isReady = true; })")
        waits_for(page, "now.core.clientId")
        assert run(page, "return isReady") is False
        site.run(opened.set)
        waits_for(page, "isReady")
