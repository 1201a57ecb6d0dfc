"""The chat of `greennow demo`, and the pages that visit it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ..chromium import Pages
from .demo import Demo
from .line import Line
from .visitor import Visitor


@pytest.fixture
def demo() -> Iterator[Demo]:
    """A chat with its bot."""
    demo = Demo()
    yield demo
    demo.stop()


@pytest.fixture
def line(demo: Demo) -> Iterator[Line]:
    """A line to the chat that can be cut."""
    line = Line(demo.port)
    yield line
    line.close()


@pytest.fixture
def visit(demo: Demo, pages: Pages) -> Callable[..., Visitor]:
    """Opens the chat in a browser of one's own: ``visit("ann")``."""

    def visit(name: str | None = None, *, url: str = demo.url, **options: object) -> Visitor:
        visitor = Visitor(pages.open(url, **options), pages.complaints)
        if name is not None:
            visitor.waits_for("bot")  # it greets who comes later
            visitor.answer(name)
        return visitor

    return visit
