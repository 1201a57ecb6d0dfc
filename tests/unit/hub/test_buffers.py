"""What waits for all clients together is bounded."""

from __future__ import annotations

import pytest

from greennow.core.context import Context
from greennow.hub import buffers
from greennow.hub.buffers import Buffers
from greennow.hub.hub import Hub, Shell
from greennow.hub.options import Options

from .lines import Line, connected


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Hub:
    monkeypatch.setattr(buffers, "KEPT_IN_ALL", 10_000)
    hub = Hub(Context(), Shell(), Options.make({}))
    hub.now = 0.0  # type: ignore[attr-defined]
    hub.timers.time = lambda: hub.now  # type: ignore[attr-defined]
    Buffers(hub).start()
    return hub


def a_second_later(hub: Hub) -> None:
    hub.now += 1  # type: ignore[attr-defined]
    hub.timers.advance()


def test_those_go_whose_line_is_broken_and_that_take_the_most(
    hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    lines = [Line() for _ in range(4)]
    small, large, largest, online = (connected(hub, line) for line in lines)
    for client, line in zip((small, large, largest), lines, strict=False):
        client.link_lost(line)
    for client, size in ((small, 1_000), (large, 4_000), (largest, 5_000), (online, 6_000)):
        client.peer.session.send(b"x" * size)
    kept = {client: client.peer.session.kept for client in (largest, large)}
    a_second_later(hub)
    gone = [client.has_gone for client in (small, large, largest, online)]
    assert gone == [False, True, True, False]
    assert caplog.messages == [
        f"ending the session of <Client {client.client_id} offline>, for which {size} bytes wait: "
        "too much waits in all"
        for client, size in kept.items()
    ]


def test_where_that_is_not_enough_slow_readers_go_as_well(hub: Hub) -> None:
    line = Line()
    line.unsent = 11_000
    slow, quick = connected(hub, line), connected(hub)
    a_second_later(hub)
    assert (slow.has_gone, quick.has_gone) == (True, False)
    assert str(slow.peer.ended) == "too much waits for all clients together (code 4002)"


def test_what_fits_is_left_alone(hub: Hub) -> None:
    client = connected(hub)
    client.peer.session.send(b"x" * 9_000)
    a_second_later(hub)
    a_second_later(hub)
    assert not client.has_gone
