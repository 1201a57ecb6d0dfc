"""Where the demo listens, and what it says."""

from __future__ import annotations

import errno
from types import SimpleNamespace
from typing import Any

import pytest

from greennow import demo

CHAT = {"PAGE": "page", "client_write": ["name"]}


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> dict[int, int]:
    """What the operating system says to a port instead of letting anybody listen there."""
    busy: dict[int, int] = {}

    def start(app: object, host: str, port: int, client_write: object) -> Any:
        assert (app, host, client_write) == ("page", "localhost", ["name"])
        if port in busy:
            raise OSError(busy[port], f"cannot listen at {host}:{port}")
        return SimpleNamespace(port=port, url=f"http://localhost:{port}")

    monkeypatch.setattr(demo, "start", start)
    return busy


def listen(port: int | None) -> str:
    """What is said when the chat was asked to listen there."""
    return demo.welcome(demo.listen(CHAT, "localhost", port), port)


def test_it_listens_at_8080_where_nothing_else_is_asked_for(busy: dict[int, int]) -> None:
    assert listen(None) == "The chat is at http://localhost:8080. Open it in two windows; Ctrl-C ends it."


def test_it_takes_the_next_free_port_and_says_so(busy: dict[int, int]) -> None:
    busy |= dict.fromkeys([8080, 8081], errno.EADDRINUSE)
    said = listen(None)
    assert said.startswith("The chat is at http://localhost:8082 (port 8080 is in use). Open it")


def test_a_port_that_was_asked_for_is_the_only_one_tried(busy: dict[int, int]) -> None:
    busy[9000] = errno.EADDRINUSE
    with pytest.raises(OSError, match="cannot listen at localhost:9000"):
        listen(9000)


def test_it_gives_up_after_twenty_busy_ports(busy: dict[int, int]) -> None:
    busy |= dict.fromkeys(range(8080, 8100), errno.EADDRINUSE)
    with pytest.raises(OSError, match="cannot listen at localhost:8099"):
        listen(None)


def test_what_is_wrong_with_the_host_is_wrong_with_every_port(busy: dict[int, int]) -> None:
    busy[8080] = errno.EADDRNOTAVAIL
    with pytest.raises(OSError, match="cannot listen at localhost:8080"):
        listen(None)


def test_the_example_is_there() -> None:
    assert {"server.py", "bot.py", "page"} <= {path.name for path in demo.chat_folder().iterdir()}
