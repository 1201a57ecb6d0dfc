"""Variables written on the client reach the server's `this.now` and the other way, at once.

Nested objects, arrays, deletions; empty objects and arrays stay what they are; a primitive may become an
object and back. An object handed to `now` on the page stays live: its changes are shared at the next call or
within a second.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from greennow import Client, Now

from ..chromium import Pages
from .site import Heard, Site, run, waits_for

#: The same values, as each language writes them.
IN_JAVASCRIPT = """{
  none: null, yes: true, integer: 3, big: 2n ** 70n, float: 0.5, text: 'snow ☃',
  bytes: Uint8Array.of(0, 255), moment: new Date(0),
  list: [1, [2, {deep: true}]], object: {a: {b: {c: 'd'}}},
  emptyObject: {}, emptyList: [], emptyText: '', zero: 0, no: false,
}"""
IN_PYTHON = {
    "none": None, "yes": True, "integer": 3, "big": 2**70, "float": 0.5, "text": "snow ☃",
    "bytes": b"\0\xff", "moment": datetime(1970, 1, 1, tzinfo=timezone.utc),
    "list": [1, [2, {"deep": True}]], "object": {"a": {"b": {"c": "d"}}},
    "emptyObject": {}, "emptyList": [], "emptyText": "", "zero": 0, "no": False,
}  # fmt: skip

#: One change after the other of one name: as the page makes it, as Python makes it, and what is there then.
CHANGES: list[tuple[str, str, Any]] = [
    ("now.x = 1", "now.x = 1", 1),
    ("now.x = {}", "now.x = {}", {}),
    ("now.x.a = {b: 2}", "now.x.a = {'b': 2}", {"a": {"b": 2}}),
    ("now.x.a.b = {c: []}", "now.x.a.b = {'c': []}", {"a": {"b": {"c": []}}}),
    ("now.x.a.b.c.push(1, 2, 3)", "now.x.a.b.c += [1, 2, 3]", {"a": {"b": {"c": [1, 2, 3]}}}),
    ("now.x.a.b.c.splice(1, 1)", "del now.x.a.b.c[1]", {"a": {"b": {"c": [1, 3]}}}),
    ("now.x.a.b.c[0] = {d: 4}", "now.x.a.b.c[0] = {'d': 4}", {"a": {"b": {"c": [{"d": 4}, 3]}}}),
    ("now.x.a.b.c[0].d = 5", "now.x.a.b.c[0].d = 5", {"a": {"b": {"c": [{"d": 5}, 3]}}}),
    ("now.x.a.b.c.length = 0", "now.x.a.b.c.clear()", {"a": {"b": {"c": []}}}),
    ("delete now.x.a.b", "del now.x.a.b", {"a": {}}),
    ("delete now.x.a", "del now.x.a", {}),
    ("now.x = []", "now.x = []", []),
    ("now.x = 'text'", "now.x = 'text'", "text"),
    ("now.x = {y: [{}]}", "now.x = {'y': [{}]}", {"y": [{}]}),
    ("now.x = null", "now.x = None", None),
]


@pytest.fixture
def seen(now: Now) -> Heard:
    """What the server sees of a page after each write of the page's."""
    heard = Heard()
    now.on("change", lambda path, value: heard(now.context.get().now.to_plain()))
    return heard


def at_the_page(site: Site, client: Client, page: Any) -> Any:
    """What the page sees when all that the server wrote has arrived."""
    site.run(lambda: setattr(client.now, "arrived", client.now.get("arrived", 0) + 1))
    waits_for(page, f"now.arrived === {site.run(client.now.get, 'arrived')}")
    return run(page, "const {arrived, ...rest} = now; return rest")


def test_every_kind_of_value_reaches_the_server(site: Site, pages: Pages, seen: Heard) -> None:
    page = pages.open(site.url)
    run(page, f"await now.ready(); now.value = {IN_JAVASCRIPT}")
    assert seen.next() == {"value": IN_PYTHON}


def test_every_kind_of_value_reaches_the_page(site: Site, pages: Pages) -> None:
    page = pages.open(site.url)
    client = site.client(page)
    site.run(lambda: setattr(client.now, "value", IN_PYTHON))
    waits_for(page, "now.value")
    differing = run(
        page,
        f"""
        const expected = {IN_JAVASCRIPT};
        const told = (_, item) => (typeof item === 'bigint' ? `${{item}}n` : item);
        const shown = (value) => Object.prototype.toString.call(value) + JSON.stringify(value, told);
        const names = Object.keys({{...expected, ...now.value}});
        return names.filter((name) => shown(now.value[name]) !== shown(expected[name]));
        """,
    )
    assert differing == []


def test_each_change_at_the_page_is_seen_at_the_server(site: Site, pages: Pages, seen: Heard) -> None:
    page = pages.open(site.url)
    run(page, "await now.ready()")
    for change, _, expected in CHANGES:
        run(page, change)
        assert seen.next() == {"x": expected}, change
    run(page, "delete now.x")
    assert seen.next() == {}


def test_each_change_at_the_server_is_seen_at_the_page(site: Site, pages: Pages) -> None:
    page = pages.open(site.url)
    client = site.client(page)
    for _, change, expected in CHANGES:
        site.run(exec, change, {"now": client.now})
        assert at_the_page(site, client, page) == {"x": expected}, change
    site.run(exec, "del now.x", {"now": client.now})
    assert at_the_page(site, client, page) == {}


#: Changes of an object after it was handed to `now`, and what is shared then.
LATER = [
    ("val.a = []", {"a": [], "list": [1, {"x": 1}], "deep": {"er": {}}}),
    ("val.list.push(2)", {"a": [], "list": [1, {"x": 1}, 2], "deep": {"er": {}}}),
    ("val.list[1].x = []", {"a": [], "list": [1, {"x": []}, 2], "deep": {"er": {}}}),
    ("val.list.shift(); val.list.reverse()", {"a": [], "list": [2, {"x": []}], "deep": {"er": {}}}),
    ("val.deep.er.most = {}", {"a": [], "list": [2, {"x": []}], "deep": {"er": {"most": {}}}}),
    ("delete val.deep.er", {"a": [], "list": [2, {"x": []}], "deep": {}}),
    ("val.a = 'text'; val.list.length = 0", {"a": "text", "list": [], "deep": {}}),
    ("val.a = {}; delete val.list", {"a": {}, "deep": {}}),
    ("val.a = 5", {"a": 5, "deep": {}}),
]
BEGIN = "val = {a: 1, list: [1, {x: 1}], deep: {er: {}}}; await now.ready(); now.val = val"


def test_changes_of_the_original_are_there_at_the_next_call(now: Now, pages: Pages) -> None:
    now.everyone.expose("look")(lambda: now.context.get().now.val)
    with Site(now) as site:
        page = pages.open(site.url)
        run(page, BEGIN)
        for change, expected in LATER:
            assert run(page, f"{change}; return await now.look()") == expected, change


def test_changes_of_the_original_are_there_within_a_second(site: Site, pages: Pages, seen: Heard) -> None:
    page = pages.open(site.url)
    run(page, BEGIN)
    seen.next()
    run(page, "val.list.push({y: []}); val.a = []")
    assert seen.next() == {"val": {"a": [], "list": [1, {"x": 1}, {"y": []}], "deep": {"er": {}}}}


def test_an_original_whose_place_was_taken_is_live_no_more(site: Site, pages: Pages, seen: Heard) -> None:
    page = pages.open(site.url)
    run(page, BEGIN)
    seen.next()
    run(page, "now.val = 'other'; val.a = 'too late'; await now.core.flush()")
    assert seen.next() == {"val": "other"}
    run(page, "next = {b: 1}; now.val = next; val.a = 'too late'; await now.core.flush()")
    assert seen.next() == {"val": {"b": 1}}
    run(page, "next.b = 2; val.a = 'too late'; await now.core.flush()")
    assert seen.next() == {"val": {"b": 2}}
    assert seen.is_empty
