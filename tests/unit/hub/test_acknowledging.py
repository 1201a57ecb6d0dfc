"""Clients are told what was processed: of writes soon, of all else some time."""

from __future__ import annotations

import pytest

from greennow.core.context import Context
from greennow.core.messages import Ack, Cancel, Message, Write
from greennow.hub.hub import Hub, Shell
from greennow.hub.options import Options

from .lines import Reader


class World:
    """A hub with one client, and its clock."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.hub = Hub(Context(), Shell(), Options.make({}))
        self.hub.timers.time = lambda: self.seconds
        self.reader = Reader(self.hub)
        self.reader.client.peer.session.acknowledge()
        self.reader.read()

    def process(self, message: Message) -> None:
        """The client says something, with nothing to be answered."""
        self.reader.client.peer.handle(message)
        self.hub.acknowledging.owe(self.reader.client)

    def pass_time(self, seconds: float) -> list[Message]:
        """Let time pass; return what the client is told meanwhile."""
        self.seconds += seconds
        self.hub.timers.advance()
        return list(self.reader._codec.decode(self.reader.client.peer.session.take()))


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    ("message", "delay"), [(Write(()), 0.05), (Cancel(1), 5)], ids=["a write", "another message"]
)
def test_after_a_while_the_client_is_told_once(world: World, message: Message, delay: float) -> None:
    for processed in (3, 4):
        world.process(message)
        assert world.pass_time(delay - 0.01) == []
        assert world.pass_time(0.02) == [Ack(processed)]
        assert world.pass_time(10) == []


def test_a_write_behind_another_message_is_not_told_later_for_it(world: World) -> None:
    world.process(Cancel(1))
    world.process(Write(()))
    assert world.pass_time(0.06) == [Ack(4)]
    assert world.pass_time(10) == []


def test_who_has_been_told_meanwhile_is_not_told_again(world: World) -> None:
    world.process(Write(()))
    world.reader.client.peer.session.acknowledge()
    assert world.pass_time(0) == [Ack(3)]
    assert world.pass_time(10) == []


def test_who_has_gone_is_told_nothing(world: World) -> None:
    world.process(Write(()))
    world.process(Cancel(1))
    world.reader.client.disconnect()
    world.pass_time(10)
    assert world.hub.acknowledging._of_writes == world.hub.acknowledging._of_all_else == {}
