"""Functions in a shared namespace are callable from the other end, at any depth.

They run where they were made. Arguments may be values, functions, closures.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from greennow import Now

from ..chromium import Pages
from .site import Site, run, waits_for


def test_the_page_calls_the_servers_at_any_depth_with_values_functions_and_closures(
    now: Now, pages: Pages
) -> None:
    counted: list[int] = []

    def counter() -> Callable[[], int]:
        def count() -> int:
            counted.append(len(counted))
            return len(counted)

        return count

    now.everyone.now.tools = {"math": {"add": lambda a, b: a + b}, "list": [lambda: "in a list"]}
    now.everyone.expose("tools.more.counter")(counter)
    now.everyone.expose("apply")(lambda f, *args: f(*args).result())
    with Site(now) as site:
        page = pages.open(site.url)
        assert run(
            page,
            """
            await now.ready();
            const got = [await now.tools.math.add(1, 2), await now.tools.list[0]()];
            const count = await now.tools.more.counter();
            got.push(await count(), await count());
            let total = 0;
            const add = (by) => (total += by);
            got.push(await now.apply(add, 5), await now.apply(add, 6), total);
            got.push(await now.apply(({f}) => f(10), {f: (x) => x * x}));
            return got;
            """,
        ) == [3, "in a list", 1, 2, 5, 11, 11, 100]
        assert counted == [0, 1]


def test_the_server_calls_the_pages_at_any_depth_with_values_functions_and_closures(
    site: Site, pages: Pages
) -> None:
    page = pages.open(site.url)
    run(
        page,
        """
        here = 'the page';
        now.where = () => here;
        now.tools = {math: {add: (a, b) => a + b}};
        now.tools.more = {counter: () => { let count = 0; return () => ++count; }};
        now.apply = (f, ...args) => f(...args);
        await now.ready();
        """,
    )
    client = site.client(page)

    def call_all() -> list[Any]:
        page_now, total = client.now, []
        count = page_now.tools.more.counter().result()
        return [
            page_now.where().result(),
            page_now.tools.math.add(1, 2).result(),
            count().result(),
            count().result(),
            page_now.apply(lambda by: total.append(by) or sum(total), 5).result(),
            page_now.apply(lambda by: total.append(by) or sum(total), 6).result(),
            total,
        ]

    assert site.run(call_all) == ["the page", 3, 1, 2, 5, 11, [5, 6]]


def test_a_function_replaced_or_taken_away_is_called_no_more(site: Site, now: Now, pages: Pages) -> None:
    page = pages.open(site.url)
    client = site.client(page)
    site.run(lambda: now.everyone.expose("f")(lambda: "old"))
    waits_for(page, "now.f")
    assert run(page, "now.g = () => 'old'; return await now.f()") == "old"
    assert site.run(lambda: client.now.g().result()) == "old"
    site.run(lambda: now.everyone.expose("f")(lambda: "new"))
    assert run(page, "now.g = () => 'new'; return await now.f()") == "new"
    assert site.run(lambda: client.now.g().result()) == "new"
    site.run(lambda: delattr(now.everyone.now, "f"))
    waits_for(page, "!('f' in now)")
    run(page, "delete now.g; await now.core.flush()")
    assert site.run(lambda: "g" in client.now) is False


def test_one_pages_function_is_called_by_another_page_through_the_server(now: Now, pages: Pages) -> None:
    lent: list[Any] = []
    now.everyone.expose("lend")(lent.append)
    now.everyone.expose("borrow")(lambda: lent[0])
    with Site(now) as site:
        ann, bob = pages.open(site.url), pages.open(site.url)
        run(ann, "await now.ready(); said = []; await now.lend((text) => said.push(text))")
        run(bob, "await now.ready(); f = await now.borrow()")
        assert run(bob, "return [await f('one'), await f('two')]") == [1, 2]
        assert run(ann, "return said") == ["one", "two"]
        lent.clear()
