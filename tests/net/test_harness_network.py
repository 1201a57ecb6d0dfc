"""The harness's bad network: the same faults from the same seed, and nothing lost by them."""

from __future__ import annotations

import logging
import re
import sys
from collections import Counter

import pytest

from greennow import Now
from greennow.testing import Harness
from greennow.testing.network import BadNetwork

#: Faults of one run, and clients.
STRIKES = 40
CLIENTS = 4


def struck(h: Harness, network: BadNetwork) -> list[tuple[str, bool]]:
    """Calls, writes and broadcasts while the network strikes; what was told, and who was online then."""
    now = h.now
    heard: list[tuple[int, int]] = []
    said: list[list[int]] = [[] for _ in range(CLIENTS)]

    @now.everyone.expose
    def hear(who: int, number: int) -> None:
        heard.append((who, number))
        now.everyone.now.count = len(heard)

    clients = [h.connect() for _ in range(CLIENTS)]
    for client, numbers in zip(clients, said, strict=True):
        client.now.listen = numbers.append
    h.settle()
    happened = []
    for number in range(STRIKES):
        happened.append((network.strike(), all(client.online for client in clients)))
        for who, client in enumerate(clients):
            client.now.hear(who, number)
            client.now.mine = number
        h.everyone.now.listen(number)
        if number % 9 == 0:
            h.settle()
    network.calm()
    assert said == [list(range(STRIKES))] * CLIENTS
    for who, client in enumerate(clients):
        assert [number for caller, number in heard if caller == who] == list(range(STRIKES))
        assert (client.now.count, client.now.mine) == (STRIKES * CLIENTS, STRIKES - 1)
        assert (client.this.now.count, client.this.now.mine) == (STRIKES * CLIENTS, STRIKES - 1)
    return happened


@pytest.mark.parametrize("heartbeat", [2, 20])
@pytest.mark.parametrize("seed", range(4))
def test_within_the_window_nothing_is_lost_and_a_replay_is_the_same(seed: int, heartbeat: float) -> None:
    runs = []
    for _ in range(2):
        gone: list[str] = []
        now = Now()
        now.on("disconnect", gone.append)
        with Harness(now, heartbeat=heartbeat) as h:
            with h.bad_network(seed) as network:
                runs.append(struck(h, network))
            assert gone == []
            assert network.told == [line for line, _ in runs[-1]]
    assert runs[0] == runs[1]


def test_every_kind_of_fault_comes_and_is_told() -> None:
    with Harness(Now()) as h:
        for _ in range(3):
            h.connect()
        with h.bad_network(seed=1) as network:
            for _ in range(400):
                network.strike()
        kinds = Counter(re.sub(r"clients\[\d\](, )?|[\d.]+", "", line).strip(" :") for line in network.told)
    assert kinds.keys() == {
        "cut",
        "reads nothing",
        "what it receives is held",
        "what it sends is held",
        "what it receives and sends is held",
        "delayed by  s",
        "throttled to  bytes a second",
        "half-open",
        "as it should be",
        "s pass",
        "s pass; before that, as they should be",
    }


def test_without_a_seed_there_is_one_to_be_told() -> None:
    with Harness(Now()) as h:
        h.connect()
        with h.bad_network() as network:
            lines = [network.strike() for _ in range(20)]
        with h.bad_network(network.seed) as again:
            assert [again.strike() for _ in range(20)] == lines


def test_it_strikes_whom_it_was_told_to() -> None:
    with Harness(Now()) as h:
        ann, bob = h.connect(), h.connect()
        with h.bad_network(seed=3, clients=[bob]) as network:
            for _ in range(50):
                network.strike()
                assert ann.online
                assert not ann.is_left_out
        assert not any("clients[0]" in line for line in network.told)


def test_leaving_the_block_ends_all_faults() -> None:
    with Harness(Now()) as h:
        clients = [h.connect() for _ in range(5)]
        with h.bad_network(seed=4) as network:
            for _ in range(30):
                network.strike()
            assert any(client.is_left_out for client in clients)
        assert not any(client.is_left_out for client in clients)
        assert all(client.online for client in clients)


def test_beyond_the_window_sessions_end() -> None:
    gone: list[str] = []
    now = Now()
    now.on("disconnect", gone.append)
    with Harness(now) as h:
        clients = [h.connect() for _ in range(5)]
        with h.bad_network(seed=5, beyond_window=True) as network:
            for _ in range(60):
                network.strike()
            assert gone
            network.calm()
        assert all(client.now == client.this.now == {} for client in clients)
        assert len(now.clients) == 5


def test_what_is_shuffled_is_the_same_from_the_same_seed() -> None:
    with Harness(Now()) as h:
        orders = [h.bad_network(seed).shuffled(range(20)) for seed in (6, 6, 7)]
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == sorted(orders[2]) == list(range(20))


def test_an_error_in_the_block_tells_how_it_came_about(caplog: pytest.LogCaptureFixture) -> None:
    with Harness(Now()) as h:
        client = h.connect()
        network = h.bad_network(seed=8)
        with caplog.at_level(logging.ERROR, "greennow"), pytest.raises(ZeroDivisionError) as raised:
            strike_and_fail(network)
        assert not client.is_left_out
    told = "\n  ".join(["the network was bad_network(seed=8):", *network.told])
    if sys.version_info >= (3, 11):
        assert raised.value.__notes__ == [told]
    else:
        assert [record.getMessage() for record in caplog.records] == [told]


def strike_and_fail(network: BadNetwork) -> None:
    with network:
        for _ in range(3):
            network.strike()
        1 // 0  # noqa: B018


def test_a_network_without_clients_has_nobody_to_strike() -> None:
    with Harness(Now()) as h:
        network = h.bad_network(seed=0)
        with pytest.raises(ValueError, match=r"^a bad network needs clients to strike$"):
            [network.strike() for _ in range(20)]
