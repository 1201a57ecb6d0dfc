"""Streams between a server and a page in a real browser, both ways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gevent.event import Event

from greennow import Now

from ..chromium import Pages
from ..nowjs.site import Site, run


def test_a_page_reads_what_a_generator_of_the_servers_yields(pages: Pages) -> None:
    now, closed, made = Now(), Event(), [0]

    def rows(count: int) -> Iterator[dict[str, int]]:
        try:
            for number in range(count):
                made[0] += 1
                yield {"number": number}
        finally:
            closed.set()

    def fails() -> Iterator[int]:
        yield 1
        raise ValueError("no more of them")

    now.everyone.now.rows, now.everyone.now.fails = rows, fails
    with Site(now) as site:
        page = pages.open(site.url)
        assert run(
            page,
            """
            await now.ready();
            let total = 0;
            for await (const row of now.rows(5000)) total += row.number;
            return total;
            """,
        ) == sum(range(5000))
        site.run(closed.clear)
        made[0] = 0
        run(page, "for await (const row of now.rows(1_000_000)) if (row.number === 50) break;")
        site.run(closed.wait)
        assert 51 <= made[0] <= 51 + 256
        assert run(
            page,
            """
            const got = [];
            try { for await (const number of now.fails()) got.push(number); }
            catch (error) { got.push(error.name, error.type, error.message, String(error.path)); }
            return got;
            """,
        ) == [1, "RemoteError", "ValueError", "no more of them", "fails"]


def test_the_server_reads_what_a_generator_of_a_pages_yields(pages: Pages) -> None:
    now = Now()
    sums: list[int] = []

    def upload(lines: Iterator[int]) -> Iterator[int]:
        total = 0
        for number in lines:
            total += number
            if number % 100 == 0:
                yield number
        sums.append(total)

    now.everyone.now.upload = upload
    now.everyone.now.first = lambda stream: next(stream)
    with Site(now) as site:
        page = pages.open(site.url)
        assert run(
            page,
            """
            await now.ready();
            let ended = 0;
            const count = async function* (end) {
              try { for (let i = 0; i < end; i++) yield i; }
              finally { ended++; }
            };
            const progress = [];
            for await (const number of now.upload(count(1000))) progress.push(number);
            const first = await now.first(count(1e9));
            while (ended < 2) await new Promise((resolve) => setTimeout(resolve));
            return [progress.length, first];
            """,
        ) == [10, 0]
        assert sums == [sum(range(1000))]


def test_a_stream_of_one_page_is_read_by_another_through_the_server(pages: Pages) -> None:
    now = Now()
    offered: list[Any] = []
    now.everyone.now.offer = offered.append
    now.everyone.now.take = lambda: offered.pop()
    with Site(now) as site:
        ann, bob = pages.open(site.url), pages.open(site.url)
        run(ann, "await now.ready(); await now.offer((function* () { yield* [1, 2, 3]; })());")
        assert run(
            bob,
            """
            await now.ready();
            const got = [];
            for await (const item of now.take()) got.push(item);
            return got;
            """,
        ) == [1, 2, 3]
