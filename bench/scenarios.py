"""What is measured: the same work for every server."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

#: Clients that are there before the memory of a client is measured.
FIRST_CLIENTS = 50


class Unit(Enum):
    """What a figure counts; all of them are about the processor time or the memory of one process."""

    CALLS = "calls per CPU second"
    CONNECTIONS = "connections per CPU second"
    DELIVERIES = "microseconds of CPU per delivery"
    MEMORY = "KiB per client"

    @property
    def less_is_better(self) -> bool:
        """Is it a cost?"""
        return self in (Unit.DELIVERIES, Unit.MEMORY)


class Scenario(NamedTuple):
    """Work that clients do; a row of the table for each number of clients and of calls outstanding.

    Attributes:
        key: what it is asked for by.
        title: what it is called; may name the numbers below.
        unit: what is counted.
        work: what the load generator calls it.
        clients: how many are connected.
        outstanding: how many calls each client keeps under way.
        function: what the clients call.
        times: how often one call has that done, what it tells or calls back.
        seconds: how long it is measured, where it can go on for as long as one likes.
        most_runs: how often it is run at most: what hardly varies and takes long has its time limited.
        only: the servers that have such a thing; none means all.
        of_client: is it the load's process that is measured, a client as programs have it?
    """

    key: str
    title: str
    unit: Unit
    work: str
    clients: tuple[int, ...] = (1,)
    outstanding: tuple[int, ...] = (1,)
    function: str = "add"
    times: int = 1
    seconds: float = 0.6
    most_runs: int = 100
    only: frozenset[str] = frozenset()
    of_client: bool = False

    @property
    def points(self) -> list[Point]:
        """The rows."""
        clients = self.clients[1:] if self.unit is Unit.MEMORY else self.clients
        return [Point(self, number, outstanding) for number in clients for outstanding in self.outstanding]

    def tiny(self) -> Scenario:
        """The same with numbers that only show that it works."""
        clients = tuple(min(number, 4 + at) for at, number in enumerate(self.clients))
        return self._replace(
            clients=clients,
            outstanding=tuple(min(number, 3 + at) for at, number in enumerate(self.outstanding)),
            times=min(self.times, 5),
            seconds=0.05,
        )


class Point(NamedTuple):
    """One row of the table."""

    scenario: Scenario
    clients: int
    outstanding: int

    @property
    def name(self) -> str:
        """The title with the numbers."""
        scenario = self.scenario
        return scenario.title.format(clients=self.clients, outstanding=self.outstanding, times=scenario.times)


SCENARIOS = (
    Scenario("calls", "calls one after another", Unit.CALLS, "calls"),
    Scenario("pipelined", "calls, {outstanding:,} outstanding", Unit.CALLS, "calls", outstanding=(1_000,)),
    Scenario(
        "load", "calls, {clients} clients x {outstanding} outstanding", Unit.CALLS, "calls",
        clients=(50,), outstanding=(1, 5, 20), seconds=0.5,
    ),
    Scenario("bounce", "callback round trips", Unit.CALLS, "bounce", function="bounce", times=100),
    Scenario(
        "say", "a call of 100 bytes to {clients:,} clients", Unit.DELIVERIES, "tell",
        clients=(100, 1_000, 5_000), function="say",
    ),
    Scenario(
        "burst", "{times} such calls in one turn to {clients:,} clients", Unit.DELIVERIES, "tell",
        clients=(1_000,), function="say", times=20,
    ),
    Scenario(
        "change", "a variable changed, a turn after each, to {clients} clients", Unit.DELIVERIES, "tell",
        clients=(100,), function="change", times=100,
    ),
    Scenario(
        "tree", "the same beside 10,000 other names", Unit.DELIVERIES, "tell",
        clients=(100,), function="change_in_tree", times=100, only=frozenset({"greennow"}),
    ),
    Scenario(
        "memory", "{clients:,} idle clients", Unit.MEMORY, "hold",
        clients=(FIRST_CLIENTS, 1_000, 5_000, 10_000), most_runs=2,
    ),
    Scenario("connect", "connections until ready", Unit.CONNECTIONS, "connect", clients=(2_000,)),
    Scenario(
        "resume", "{clients:,} sessions cut and resumed at once", Unit.CONNECTIONS, "resume",
        clients=(5_000,), function="say", only=frozenset({"greennow", "socket.io"}), most_runs=3,
    ),
    Scenario(
        "client", "the Python client's calls one after another", Unit.CALLS, "calls", of_client=True,
        only=frozenset({"greennow", "python-socketio", "RPyC"}),
    ),
    Scenario(
        "client-pipelined", "the Python client's calls, {outstanding:,} outstanding", Unit.CALLS, "calls",
        outstanding=(1_000,), of_client=True, only=frozenset({"greennow", "python-socketio", "RPyC"}),
    ),
)  # fmt: skip
