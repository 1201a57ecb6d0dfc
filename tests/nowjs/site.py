"""A site with `now` in a thread of its own, and what a test does with its pages."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any

from playwright.sync_api import Frame, Page

from greennow import Client, Now

from ..net.serving import ServerThread

#: In seconds: to end what hangs, not what is slow.
PATIENCE = 20

#: What a page needs: one script tag.
SCRIPT = '<script src="/nowjs/now.js"></script>'


def html(head: str = SCRIPT, body: str = "") -> str:
    """A page; its icon is none, so that it asks for nothing by itself."""
    return f'<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">{head}<body>{body}'


def pages_of(pages: Mapping[str, str]) -> Callable[..., Iterable[bytes]]:
    """The site of these pages and scripts, by path."""

    def application(environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        page = pages.get(path)
        status = "200 OK" if page is not None else "404 Not Found"
        kind = "text/javascript" if path.endswith("js") else "text/html"
        start_response(status, [("Content-Type", f"{kind}; charset=utf-8")])
        return [(page or "not here").encode()]

    return application


class Site(ServerThread):
    """Serves a `Now`, with a page at ``/`` that loads now.js; no handler of it may fail."""

    def __init__(self, now: Now, pages: Mapping[str, str] | None = None, **options: Any) -> None:
        super().__init__(now, app=pages_of({"/": html(), **(pages or {})}), **options)
        #: What handlers and called functions raised; a test that provokes an error takes it out.
        self.errors: list[BaseException] = []
        now.on("error", self.errors.append)

    def client(self, page: Page | Frame) -> Client:
        """Return the client that the page is, once it is ready and what it wrote has arrived."""
        client_id = run(page, "await now.ready(); await now.core.flush(); return now.core.clientId")
        client: Client = self.run(self.now.get_client, client_id)
        return client

    def __enter__(self) -> Site:
        super().__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if kind is None:
            assert self.errors == []


class Heard:
    """What handlers were told, in its order, for the thread of the test."""

    def __init__(self) -> None:
        self._told: queue.Queue[Any] = queue.Queue()

    def __call__(self, *what: Any) -> None:
        """Be told: one thing as it is, several as a tuple."""
        self._told.put(what[0] if len(what) == 1 else what)

    def next(self) -> Any:
        """Wait for the next one."""
        return self._told.get(timeout=PATIENCE)

    @property
    def is_empty(self) -> bool:
        """Was all of it taken?"""
        return self._told.empty()


def run(page: Page | Frame, body: str, given: Any = None) -> Any:
    """Run the body of a function of ``given`` in the page, to its end, and return what it returns."""
    return page.evaluate(
        """async ([body, given, patience]) => {
          const AsyncFunction = (async () => {}).constructor;
          const late = new Promise((_, reject) => setTimeout(reject, patience, new Error(`hangs: ${body}`)));
          return Promise.race([new AsyncFunction('given', body)(given), late]);
        }""",
        [body, given, PATIENCE * 1000],
    )


def waits_for(page: Page | Frame, condition: str) -> None:
    """Wait until something holds in the page."""
    page.wait_for_function(f"() => Boolean({condition})")
