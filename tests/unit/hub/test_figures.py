"""What a client costs, in figures."""

from __future__ import annotations

import pytest

from greennow.core.context import Context
from greennow.core.errors import Disconnected
from greennow.core.messages import Call, Write
from greennow.core.tree import THEIRS, Set
from greennow.hub.figures import Figures
from greennow.hub.hub import Hub, Shell
from greennow.hub.options import Options

from .lines import Line, Reader, connected

NOTHING = Figures(
    waiting=0,
    unacknowledged=0,
    conflated=0,
    is_blocked=False,
    under_way=0,
    unanswered=0,
    names=0,
    lent=0,
    borrowed=0,
    groups=0,
)


@pytest.fixture
def hub() -> Hub:
    return Hub(Context(), Shell(), Options.make({}))


def test_one_that_has_read_all_and_holds_nothing_costs_nothing(hub: Hub) -> None:
    client = connected(hub)
    client.peer.session.acknowledged(len(client.peer.session.take()) and 1)
    assert client.figures == NOTHING


def test_bytes_wait_until_they_are_sent_and_are_kept_until_they_are_acknowledged(hub: Hub) -> None:
    line = Line()
    client = connected(hub, line)
    ready = client.figures.waiting
    client.peer.session.send(bytes(1_000))
    line.unsent = 50
    assert client.figures == NOTHING._replace(waiting=ready + 1_050)
    client.peer.session.take()
    assert client.figures == NOTHING._replace(waiting=50, unacknowledged=ready + 1_000)
    line.unsent = 0
    client.peer.session.acknowledged(2)
    assert client.figures == NOTHING


def test_what_a_blocked_line_is_to_be_told_of_is_counted_by_names(hub: Hub) -> None:
    reader = Reader(hub)
    reader.read()
    reader.client.peer.session.is_blocked = True
    for number in range(5):
        hub.everyone.now.x = hub.everyone.now.y = number
    assert reader.client.figures == NOTHING._replace(conflated=2, is_blocked=True, names=1)


def test_calls_functions_names_and_groups_are_counted_both_ways(hub: Hub) -> None:
    reader = Reader(hub)
    client = reader.client
    hub.get_group("room").add_user(client.client_id)
    client.now.hear(print)
    client.now.hear(print)
    hub.everyone.now.hear(len)
    hub.everyone.expose("wait")(lambda callback: client.now.hear(callback))
    lent = client.peer.borrowing.borrow(0)
    client.peer.handle(Call(1, ("wait",), [lent]))
    client.peer.handle(Write((Set(("mine", "x"), 1),)))
    client.peer.session.take()
    client.peer.session.acknowledged(client.peer.session.sent)
    assert client.figures == NOTHING._replace(
        under_way=1, unanswered=3, names=3, lent=2, borrowed=1, groups=1
    )


def test_what_is_kept_for_one_that_is_away_still_counts_and_of_one_that_has_gone_its_names_alone(
    hub: Hub,
) -> None:
    line = Line()
    client = connected(hub, line)
    client.peer.handle(Write((Set(("f",), THEIRS),)))
    client.now.f(print)
    client.peer.session.take()
    sent = client.figures.unacknowledged
    client.link_lost(line)
    client.peer.session.send(bytes(1_000))
    hub.everyone.now.x = 1
    assert client.figures == NOTHING._replace(
        waiting=1_000, unacknowledged=sent, conflated=1, unanswered=1, names=1, lent=1
    )
    client.end(Disconnected("away for too long"))
    assert client.figures == NOTHING._replace(names=1)
