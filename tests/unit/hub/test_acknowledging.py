"""Clients are told what was processed: of writes soon, of all else with the next heartbeat."""

from __future__ import annotations

import pytest

from greennow.core.context import Context
from greennow.core.messages import Ack, Cancel, Message, Write
from greennow.hub.audience import Audience
from greennow.hub.heartbeats import Heartbeats
from greennow.hub.hub import Hub, Shell
from greennow.hub.options import Options

from .lines import Reader


class World:
    """A hub with one client, and its clock."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.hub = Hub(Context(), Shell(), Options.make({"heartbeat": 20}))
        self.hub.timers.time = lambda: self.seconds
        self.reader = Reader(self.hub)
        self.client = self.reader.client
        self.client.peer.session.acknowledge()
        self.reader.read()

    def pass_time(self, seconds: float) -> list[Message]:
        """Let time pass; return what the client is told meanwhile."""
        self.seconds += seconds
        self.hub.timers.advance()
        return list(self.reader._codec.decode(self.client.peer.session.take()))


@pytest.fixture
def world() -> World:
    return World()


def test_of_its_writes_a_client_is_told_soon_and_once(world: World) -> None:
    for processed in (3, 4):
        world.client.peer.handle(Write(()))
        assert world.pass_time(0.04) == []
        assert world.pass_time(0.02) == [Ack(processed)]
        assert world.pass_time(10) == []


def test_it_is_told_of_all_before_and_behind_as_well(world: World) -> None:
    world.client.peer.handle(Cancel(1))
    world.client.peer.handle(Write(()))
    world.client.peer.handle(Cancel(2))
    assert world.pass_time(0.06) == [Ack(5)]


def test_who_has_been_told_meanwhile_is_not_told_again(world: World) -> None:
    world.client.peer.handle(Write(()))
    world.client.peer.session.acknowledge()
    assert world.pass_time(0) == [Ack(3)]
    assert world.pass_time(10) == []


def test_who_has_gone_is_told_nothing(world: World) -> None:
    world.client.peer.handle(Write(()))
    world.client.disconnect()
    world.pass_time(10)
    assert world.hub.acknowledging._clients == {}


def test_of_all_else_it_is_told_with_a_heartbeat_without_being_asked(world: World) -> None:
    Heartbeats(world.hub).start()
    world.client.peer.handle(Cancel(1))
    assert world.pass_time(9.9) == []
    assert world.pass_time(0.2) == [Ack(3)]
    world.reader.has_heard = world.reader.has_said = True
    assert world.pass_time(10) == []
    assert world.pass_time(10) == [Ack(3, wanted=True)]


def test_who_was_told_something_with_others_is_not_asked_for_a_sign_of_life(world: World) -> None:
    Heartbeats(world.hub).start()
    audience = Audience([world.client])
    audience.admit()
    assert audience.left == []
    world.reader.has_heard = True
    world.reader.has_said = False
    audience.give()
    assert world.pass_time(10.1) == []
    world.reader.has_heard = True
    assert world.pass_time(10) == [Ack(2, wanted=True)]
