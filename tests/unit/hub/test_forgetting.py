"""What is kept for all members of audiences goes when all have acknowledged it."""

from __future__ import annotations

import pytest

from greennow.core.context import Context
from greennow.hub.forgetting import Forgetting
from greennow.hub.hub import Hub
from greennow.hub.options import Options

from .lines import Reader, Turns, readers


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def hub(turns: Turns) -> Hub:
    hub = Hub(Context(), turns, Options.make({}))
    hub.timers.time = lambda: 0.0
    Forgetting(hub).start()
    return hub


def a_while_later(hub: Hub) -> None:
    now = hub.timers.time() + 5.0
    hub.timers.time = lambda: now
    hub.timers.advance()


def acknowledge(reader: Reader, but: int = 0) -> None:
    session = reader.client.peer.session
    session.acknowledged(session.sent - but)


def test_what_all_have_acknowledged_is_forgotten(hub: Hub, turns: Turns) -> None:
    ann, bob = readers(hub, 2)
    audience = hub.everyone.audiences.all()
    for word in "abc":
        hub.everyone.now.hear(word)
        turns.end()
    acknowledge(ann)
    a_while_later(hub)
    assert audience._log.start == 0
    acknowledge(bob, but=1)
    a_while_later(hub)
    assert (audience._log.start, audience._log.end) == (2, 3)
    assert bob.client.peer.session.kept == audience._log.size
    acknowledge(bob)
    a_while_later(hub)
    assert audience._log.size == 0


def test_what_an_audience_keeps_that_is_not_used_again_is_forgotten_as_well(hub: Hub, turns: Turns) -> None:
    ann, bob = readers(hub, 2)
    audience = hub.everyone.audiences.all()
    hub.everyone.now.hear("a")
    turns.end()
    bob.client.disconnect()
    assert ann.client.peer.session.audience is audience
    acknowledge(ann)
    a_while_later(hub)
    assert audience._log.size == 0


def test_what_nobody_is_a_member_for_any_more_is_forgotten_at_once(hub: Hub, turns: Turns) -> None:
    ann, bob = readers(hub, 2)
    room = hub.get_group("room")
    for reader in (ann, bob):
        room.add_user(reader.client.client_id)
    room.now.hear("a")
    turns.end()
    audience = room.audiences.all()
    assert audience._log.size > 0
    ann.client.peer.session.leave()
    assert audience._log.size > 0
    hub.everyone.now.hear("b")
    turns.end()
    assert audience._log.size == 0
    assert ann.client.peer.session.in_flight == bob.client.peer.session.in_flight == 2
