"""`everyone.now.f()` calls f in every client that has one and skips the others.

Where f is a function of the server's it runs once a client, each time with that client as `this`.
"""

from __future__ import annotations

from greennow import Now, this

from ..chromium import Pages
from .site import Site, run, waits_for


def test_it_is_called_in_every_page_that_has_one(site: Site, now: Now, pages: Pages) -> None:
    ann, bob, carol, dave = (pages.open(site.url) for _ in range(4))
    for page in (ann, bob):
        run(page, "heard = []; now.room = {hear: (...args) => { heard.push(args); }}")
    run(dave, "now.room = {hear: 'no function'}")
    for page in (ann, bob, carol, dave):
        site.client(page)
    assert site.run(lambda: now.everyone.now.room.hear("hello", {"a": [1]}, lambda: "a callback")) is None
    for page in (ann, bob):
        waits_for(page, "heard.length === 1")
        assert run(page, "const [text, data, f] = heard[0]; return [text, data, await f()]") == [
            "hello",
            {"a": [1]},
            "a callback",
        ]


def test_a_function_of_the_servers_runs_for_each_client_with_its_own_this(now: Now, pages: Pages) -> None:
    @now.everyone.expose
    def greet(greeting: str) -> None:
        this.now.greeted = f"{greeting} {this.now.name}"

    with Site(now) as site:
        ann, bob = pages.open(site.url), pages.open(site.url)
        for page, name in ((ann, "ann"), (bob, "bob")):
            run(page, "now.name = given", name)
            site.client(page)
        site.run(lambda: now.everyone.now.greet("hello"))
        for page, name in ((ann, "ann"), (bob, "bob")):
            waits_for(page, f"now.greeted === 'hello {name}'")


def test_one_that_fails_keeps_none_of_the_others(site: Site, now: Now, pages: Pages) -> None:
    ann, bob = pages.open(site.url), pages.open(site.url)
    run(ann, "now.hear = () => { throw new Error('not today'); }")
    run(bob, "heard = []; now.hear = (text) => { heard.push(text); }")
    for page in (ann, bob):
        site.client(page)
    with ann.expect_console_message() as complaint:
        site.run(lambda: now.everyone.now.hear("hello"))
    waits_for(bob, "heard[0] === 'hello'")
    assert "not today" in complaint.value.text
    pages.complaints.clear()
