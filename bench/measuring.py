"""One cell: a server and a load are started, and do a scenario's work once."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from .pinning import cores
from .processes import Failed, Process
from .scenarios import Scenario, Unit
from .servers import Commands, Server


class Measured(NamedTuple):
    """What one run gave for one row.

    Attributes:
        clients, outstanding: which row of the scenario.
        figure: what is counted, per unit.
        load_busy: which part of the time the load generator was working.
        p50, p99: how many milliseconds half of the calls and 99 of 100 took at most; else 0.
    """

    clients: int
    outstanding: int
    figure: float
    load_busy: float = 0.0
    p50: float = 0.0
    p99: float = 0.0


def measure(server: Server, commands: Commands, generator: str, scenario: Scenario) -> list[Measured]:
    """Run a scenario once in fresh processes; `Failed` if one of them gives up."""
    for_server, for_load = cores()
    with Process([*commands.server, scenario.key], for_server, commands.variables) as serving:
        port = int(serving.read_line() or "0")
        if not port:
            raise Failed(f"{server.name} has no port")
        load = _load(server, commands, generator, scenario)
        arguments = [*load, *_arguments(scenario), "--port", str(port), "--server", str(serving.pid)]
        with Process(arguments, for_load, commands.variables) as loading:
            if scenario.unit is Unit.MEMORY:
                return list(_memory(serving, loading))
            return [_measured(scenario, told) for told in _lines(loading)]


def _load(server: Server, commands: Commands, generator: str, scenario: Scenario) -> list[str]:
    if scenario.of_client:
        return [*commands.client, "--measure-itself"]
    if server.load:
        return commands.load
    return [generator, "--dialect", server.dialect]


def _arguments(scenario: Scenario) -> list[str]:
    return [
        *("--work", scenario.work, "--function", scenario.function),
        *("--clients", ",".join(map(str, scenario.clients))),
        *("--outstanding", ",".join(map(str, scenario.outstanding))),
        *("--times", str(scenario.times), "--seconds", str(scenario.seconds)),
    ]


def _lines(loading: Process) -> Iterator[dict[str, Any]]:
    while line := loading.read_line():
        yield json.loads(line)


def _memory(serving: Process, loading: Process) -> Iterator[Measured]:
    """Yield what a client takes beyond the first few, which make room for what is needed only once."""
    first_clients, first_bytes = 0, 0
    for told in _lines(loading):
        clients, used = told["clients"], serving.memory()
        if first_clients:
            yield Measured(clients, 1, (used - first_bytes) / 1024 / (clients - first_clients))
        else:
            first_clients, first_bytes = clients, used
        loading.say("on")


def _measured(scenario: Scenario, told: dict[str, Any]) -> Measured:
    done, spent = told["done"], told["server_cpu"]
    figure = math.nan  # where a quick run is over before the system's clock has moved
    if spent:
        figure = 1e6 * spent / done if scenario.unit.less_is_better else done / spent
    return Measured(told["clients"], told["outstanding"], figure, told["load_busy"], told["p50"], told["p99"])
