"""A server in a process of its own, and the pages that visit it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from ..chromium import Pages
from .line import Line
from .site import Site


@pytest.fixture
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """What the module's tests visit: `COMMAND` there says how it is started."""
    site = Site(*request.module.COMMAND)
    yield site
    site.stop()


@pytest.fixture
def line(site: Site) -> Iterator[Line]:
    """A line to the site that can be cut."""
    line = Line(site.port)
    yield line
    line.close()


@pytest.fixture
def complaints(pages: Pages) -> list[str]:
    """What the pages complain of. They may not; a test that provokes a complaint takes it out."""
    return pages.complaints


@pytest.fixture
def browse(pages: Pages, site: Site) -> Callable[..., Page]:
    """Opens the site in a browser of one's own."""

    def browse(url: str = site.url, **options: object) -> Page:
        return pages.open(url, **options)

    return browse
