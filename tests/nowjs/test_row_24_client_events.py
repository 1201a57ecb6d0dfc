"""Client events: `connect`, `disconnect`, `reconnect`, `reconnect_failed`, `connect_failed`, `error`.

And `rv`, `rfc`, `del`; `ready` and `change` are new. Handlers run with `this.now`; `removeEvent` ends them.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from greennow import Now, this

from ..chromium import Pages
from ..net.serving import Line
from .site import SCRIPT, Heard, Site, html, run, waits_for

#: Writes down every event with its arguments as text; one whose `this` is not `{now}` would say so.
RECORD = """
<script>
  events = [];
  shown = (value) =>
    value instanceof Error ? `${value.name} ${value.code ?? value.type ?? ''}`.trim()
    : typeof value === 'function' ? 'a function' : value === undefined ? 'undefined' : JSON.stringify(value);
  record = (to, log) => {
    for (const event of ['connect', 'ready', 'disconnect', 'reconnect', 'reconnect_failed', 'connect_failed',
                         'error', 'change', 'rv', 'del', 'rfc']) {
      to.core.on(event, function (...args) {
        const whose = this !== window && this.now === to ? [] : ['with another this'];
        log.push([event, ...args.map(shown), ...whose].join(' '));
      });
    }
  };
  record(now, events);
</script>
"""


def recording(now: Now, **options: Any) -> Site:
    """A site whose page writes down its events."""
    return Site(now, {"/": html(SCRIPT + RECORD)}, **options)


def events(page: Page, last: str) -> list[str]:
    """Take the events so far; wait until the last of them is there."""
    waits_for(page, f"events.at(-1) === {last!r}")
    taken: list[str] = run(page, "return events.splice(0)")
    return taken


def test_every_event_comes_in_its_order_with_its_arguments_and_this(now: Now, pages: Pages) -> None:
    now.everyone.now.before = 1
    now.everyone.expose("lend")(lambda callback: callback("hello", {"a": 1}).result())
    with recording(now) as site, Line(site.url) as line:
        page = pages.open(line.url)
        assert events(page, "ready") == ["connect", "ready"]
        client = site.client(page)

        def write() -> None:
            client.now.x = {"y": [1]}
            client.now.x.y.append(2)
            now.everyone.now.z = None
            del client.now.x

        site.run(write)
        assert events(page, 'del ["x"]') == [
            'change ["x"] {"y":[1]}', 'rv ["x"] {"y":[1]}',
            'change ["x","y"] [1,2]', 'rv ["x","y"] [1,2]',
            'change ["z"] null', 'rv ["z"] null',
            'change ["x"] undefined', 'del ["x"]',
        ]  # fmt: skip

        run(page, "now.room = {hear() {}}; now.own = 1; await now.core.flush()")
        site.run(lambda: client.now.room.hear("hi", [1]).result())
        assert events(page, 'rfc ["room","hear"] ["hi",[1]]') == ['rfc ["room","hear"] ["hi",[1]]']
        run(page, "await now.lend(() => {})")
        assert events(page, 'rfc 0 ["hello",{"a":1}]') == ['rfc 0 ["hello",{"a":1}]']

        line.cut()
        assert events(page, "reconnect true") == ["disconnect Disconnected 1006", "reconnect true"]
        site.run(lambda: client.disconnect("goodbye"))
        assert events(page, "disconnect Disconnected 4000") == ["disconnect Disconnected 4000"]


def test_after_the_window_reconnect_says_that_the_session_is_new(now: Now, pages: Pages) -> None:
    gone = Heard()
    now.on("disconnect", gone)
    with recording(now, resume_window=0) as site, Line(site.url) as line:
        page = pages.open(line.url)
        events(page, "ready")
        line.close()
        assert gone.next()
        line.open()
        assert events(page, "ready") == ["disconnect Disconnected 1006", "reconnect false", "ready"]


def test_who_gives_up_is_told_so(now: Now, pages: Pages) -> None:
    with recording(now, allowed_origins="*") as site, Line(site.url) as line:
        page = pages.open(site.url)
        events(page, "ready")
        run(page, "other = nowInitialize(given, {reconnect: false}); record(other, events)", line.url)
        assert events(page, "ready") == ["connect", "ready"]
        line.close()
        assert events(page, "reconnect_failed Disconnected 1006") == [
            "disconnect Disconnected 1006",
            "reconnect_failed Disconnected 1006",
        ]
        run(page, "never = nowInitialize(given, {reconnect: 1}); record(never, events)", line.url)
        assert events(page, "connect_failed ConnectError 1006") == ["connect_failed ConnectError 1006"]


def test_errors_are_refused_writes_and_failed_calls_that_nobody_looked_at(now: Now, pages: Pages) -> None:
    @now.everyone.expose
    def fail() -> None:
        raise ValueError(f"not today, {this.now.get('name', 'stranger')}")

    with recording(now, client_write=False) as site:
        page = pages.open(site.url)
        events(page, "ready")
        run(page, "now.name = 'ann'; await now.core.flush(); await now.fail().catch(() => {})")
        assert events(page, "error Refused") == ["error Refused"]
        run(page, "now.fail()")
        assert events(page, "error RemoteError ValueError") == ["error RemoteError ValueError"]
        assert run(page, "return now.name") is None
    assert len(pages.complaints) == 2
    pages.complaints.clear()


def test_a_handler_is_ended_by_remove_event_or_what_on_returned(site: Site, pages: Pages) -> None:
    page = pages.open(site.url)
    client = site.client(page)
    run(
        page,
        """
        heard = [];
        one = () => heard.push('one');
        now.core.on('change', one);
        endTwo = now.core.on('change', () => heard.push('two'));
        now.core.on('change', () => { throw new Error('a handler that fails touches no other'); });
        now.core.on('change', () => heard.push('three'));
        """,
    )
    for number, end in enumerate(["now.core.removeEvent('change', one)", "endTwo()", ""]):
        site.run(lambda number=number: setattr(client.now, "x", number))
        waits_for(page, f"now.x === {number}")
        run(page, end)
    assert run(page, "return heard") == ["one", "two", "three", "two", "three", "three"]
    assert len(pages.complaints) == 3
    pages.complaints.clear()
