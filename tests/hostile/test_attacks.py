"""Each attack of the table, over real sockets on a real server, while somebody innocent is connected.

The attacker gets the answer that the table says, the log one line about it, and nobody else notices.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gevent
import pytest
from gevent.event import Event

from greennow import Now
from greennow.core.context import This
from greennow.server.requests import requests_of
from greennow.testing import Harness

from .attacker import Attacker
from .attacks import ATTACKS, PAGE, Attack, rendered


def program(gate: Event) -> Now:
    """A server's program, with functions of all kinds; some wait for the gate to open."""
    now = Now()
    this = This(now.context)
    everyone = now.everyone

    @everyone.expose
    def add(a: int, b: int) -> int:
        return a + b

    def ask_often(times: int) -> None:
        for _ in range(times):
            this.now.f()

    def ask_and_forget() -> None:
        this.now.f()

    everyone.expose("tools.add")(add)
    everyone.expose("echo")(lambda value: value)
    everyone.expose("wait")(gate.wait)
    everyone.expose("wait_a_turn")(lambda: gevent.sleep(0))
    everyone.expose("keep")(lambda values: None)
    everyone.expose(ask_often)
    everyone.expose(ask_and_forget)
    return now


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder that is served, and beside it what is not."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text("the page")
    (folder / ".env").write_text("PASSWORD=1")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    return folder


@pytest.fixture
def gate() -> Event:
    return Event()


@pytest.fixture
def attacked(request: Any, site: Path, gate: Event) -> Iterator[Harness]:
    attack: Attack = request.param
    with Harness(program(gate), site, **attack.options) as h:
        yield h


def at_rest(h: Harness) -> Any:
    """What the server holds when nothing is in flight."""
    now = h.now
    peers = [client.peer for client in now.clients.values()]
    tables = [(len(peer.lending), len(peer.borrowing), len(peer.incoming), peer.under_way) for peer in peers]
    held = {"clients": len(now.clients), "tokens": len(now.tokens), "links": len(now.serving.links)}
    return held, tables, len(now.under_way), len(now.lending), now.get_groups(), sorted(now.everyone.now)


def lines_of(caplog: pytest.LogCaptureFixture, host: str) -> list[str]:
    """The lines of the log, without what is another each time."""
    messages = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    return [re.sub(r"<Client \S+ ", "<Client ", message.replace(host, "HOST")) for message in messages]


def expected_lines(attack: Attack) -> list[str]:
    """The lines that there are to be."""
    if attack.log is not None:
        return attack.log
    found = re.fullmatch(r"closed with (\d+): (.*)", attack.answer)
    assert found
    return [f"closing the link of <Client online>: {found[2]} (code {found[1]})"]


@pytest.mark.parametrize(
    ("attack", "attacked"),
    [(attack, attack) for attack in ATTACKS],
    ids=[re.sub(r"[^\w ]", "", attack.name) for attack in ATTACKS],
    indirect=["attacked"],
)
def test_it_is_answered_logged_and_harms_nobody(
    attack: Attack,
    attacked: Harness,
    gate: Event,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    h = attacked
    innocent = h.connect(headers={"Authorization": "Bearer secret"})
    innocent.now.vote = lambda: "yes"
    h.settle()
    before, session = at_rest(h), innocent.client_id
    attacker = Attacker(h, monkeypatch)
    try:
        answer = attack.act(attacker)
    finally:
        attacker.close()
    assert innocent.now.add(1, 2).result() == 3
    gate.set()
    h.advance(15)  # sessions that wait for nobody are over
    h.advance(2)
    h.settle()
    h.collect()
    assert requests_of(h._server._server)._is_empty.wait(5)
    assert answer == attack.answer
    assert lines_of(caplog, urlsplit(h.url).netloc) == expected_lines(attack)
    assert (innocent.client_id, innocent.online) == (session, True)
    assert at_rest(h) == before
    h.errors.clear()


def test_there_are_many_and_each_is_another() -> None:
    names = [attack.name for attack in ATTACKS]
    assert len(set(names)) == len(names) > 100


def test_the_page_shows_them() -> None:
    page = PAGE.read_text("utf-8")
    assert page == rendered(page), "write it anew: python -m tests.hostile.attacks"
