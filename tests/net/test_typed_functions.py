"""Functions with annotations, wherever they are exposed, over real sockets.

For the rules of these tests see ``test_harness.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from greennow import Now, RemoteError
from greennow.core.context import This
from greennow.testing import Harness


@dataclass
class Player:
    name: str
    x: float = 0.0


@pytest.fixture
def h() -> Iterator[Harness]:
    with Harness(Now()) as harness:
        yield harness


def double(number: int) -> int:
    return number * 2


def expose(h: Harness, how: str, client_id: str) -> None:
    """Let the client have ``double`` under the name ``f``."""
    client = h.now.get_client(client_id)
    group = h.now.get_group("few")
    if how == "a decorator":
        h.everyone.expose("f")(double)
    elif how == "everyone":
        h.everyone.now.f = double
    elif how == "a group":
        group.add_user(client_id)
        group.now.f = double
    else:
        client.now.f = double


@pytest.mark.parametrize("how", ["a decorator", "everyone", "a group", "one client"])
def test_a_function_of_the_servers_is_checked_however_it_was_exposed(h: Harness, how: str) -> None:
    ann = h.connect()
    expose(h, how, ann.client_id)
    h.settle()
    assert ann.now.f(2).result() == 4
    error = ann.now.f("2").exception()
    assert isinstance(error, RemoteError)
    assert str(error) == "now.f() failed: TypeError: argument number: expected int, got str"
    assert (error.type, error.path) == ("TypeError", ("f",))


def test_a_callback_of_the_servers_is_checked(h: Harness) -> None:
    h.everyone.expose("lend")(lambda: double)
    ann = h.connect()
    lent = ann.now.lend().result()
    assert lent(2).result() == 4
    assert str(lent("2").exception()) == "TypeError: argument number: expected int, got str"


def test_a_function_of_a_python_clients_is_checked_likewise(h: Harness) -> None:
    ann = h.connect()
    ann.now.f = double
    h.settle()
    assert ann.this.now.f(2).result() == 4
    error = ann.this.now.f("2").exception()
    assert str(error) == "now.f() failed: TypeError: argument number: expected int, got str"


def test_the_function_gets_what_it_says(h: Harness) -> None:
    this, heard = This(h.now.context), []

    def move(player: Player, then: Callable[[float], Any]) -> None:
        heard.append((this.client_id, player))
        then(player.x + 1)

    h.everyone.expose(move)
    ann = h.connect()
    told: list[float] = []
    ann.now.move({"name": "ann", "x": 1}, told.append).result()
    h.settle()
    assert (heard, told) == ([(ann.client_id, Player("ann", 1.0))], [2.0])
    error = ann.now.move({"name": "ann", "x": "1"}, told.append).exception()
    assert str(error) == "now.move() failed: TypeError: argument player.x: expected float, got str"


def test_what_the_server_calls_itself_is_not_checked(h: Harness) -> None:
    h.everyone.expose("f")(double)
    heard: list[Any] = []

    def note(number: int) -> None:
        heard.append(number)

    h.everyone.expose(note)
    ann = h.connect()
    assert ann.this.now.f("2").result() == "22"
    h.everyone.now.note("2")
    assert heard == ["2"]


def test_the_option_around_is_not_asked_about_a_call_that_does_not_fit() -> None:
    asked: list[str] = []

    def around(work: Any) -> Any:
        asked.append(work.name)
        return work()

    with Harness(Now(), around=around) as h:
        h.everyone.expose("f")(double)
        ann = h.connect()
        h.settle()
        assert ann.now.f(2).result() == 4
        assert str(ann.now.f("2").exception()).endswith("argument number: expected int, got str")
        assert asked == ["now.f()"]
        error = ann.now.f(1, 2).exception()
        assert str(error) == "now.f() failed: TypeError: too many positional arguments"


def test_nothing_is_logged_of_a_call_that_is_answered(h: Harness, caplog: pytest.LogCaptureFixture) -> None:
    h.everyone.expose("f")(double)
    ann = h.connect()
    h.settle()
    for args in ((), ("2",), (1, 2)):
        assert ann.now.f(*args).exception().type == "TypeError"
    assert caplog.records == []
    ann.now.f.send("2")
    h.settle()
    assert [record.getMessage() for record in caplog.records] == [
        "now.f() was not called: argument number: expected int, got str"
    ]
