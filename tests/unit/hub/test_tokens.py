"""Who resumes which session."""

from __future__ import annotations

from typing import Any

import pytest

from greennow.core.context import Context
from greennow.core.messages import Hello, Welcome
from greennow.hub.client import Client
from greennow.hub.hub import Hub, Shell
from greennow.hub.options import Options
from greennow.hub.user import User, is_same

from .lines import Line, connected


@pytest.fixture
def hub() -> Hub:
    return Hub(Context(), Shell(), Options.make({}))


def test_a_token_is_looked_up_by_what_tells_nothing_of_it(hub: Hub) -> None:
    client = connected(hub)
    assert hub.tokens.find(client.token) is client
    assert client.token not in hub.tokens._clients
    assert hub.tokens._key != Hub(Context(), Shell(), hub.options).tokens._key


@pytest.mark.parametrize("token", [None, b"", b"x" * 15, b"x" * 16, b"x" * 1_000_000])
def test_what_is_no_token_resumes_nothing(hub: Hub, token: bytes | None) -> None:
    connected(hub)
    assert hub.tokens.find(token) is None


def test_when_a_session_is_over_nothing_is_left_of_its_tokens(hub: Hub) -> None:
    client = connected(hub)
    assert hub.hello(Hello(1, 2, client.token), Line(), User) is client
    assert len(hub.tokens) == 2
    client.disconnect()
    assert len(hub.tokens) == 0


def test_a_token_stands_in_no_repr(hub: Hub) -> None:
    line = Line()
    client = connected(hub, line)
    (welcome,) = (message for message in line.said if isinstance(message, Welcome))
    assert welcome.token == client.token
    for shown in (repr(welcome), repr(Hello(1, 1, client.token)), repr(client), repr(client.user)):
        assert repr(client.token)[2:-1] not in shown
    assert repr(Hello(1, 1, client.token)) == "Hello(version=1, attempt=1, received=0, with a token)"


# Who comes with it.


class Account:
    """Says nothing of what is equal."""

    def __init__(self, number: int) -> None:
        self.number = number


class Odd:
    """Cannot be compared."""

    def __eq__(self, other: object) -> bool:
        raise TypeError

    __hash__ = None  # type: ignore[assignment]


THE_SAME: list[tuple[str, Any, Any, bool]] = [
    ("nobody is asked who they are", None, None, True),
    ("equal", {"name": "ann"}, {"name": "ann"}, True),
    ("not equal", "ann", "bob", False),
    ("somebody, and nobody", "ann", None, False),
    ("of one class, with the same attributes", Account(1), Account(1), True),
    ("of one class, with others", Account(1), Account(2), False),
    ("of another class", Account(1), type("Other", (Account,), {})(1), False),
    ("without attributes", object(), object(), False),
    ("not to be compared", Odd(), Odd(), False),
]


@pytest.mark.parametrize(("name", "one", "other", "same"), THE_SAME, ids=[case[0] for case in THE_SAME])
def test_identities_are_the_same(name: str, one: Any, other: Any, same: bool) -> None:
    assert is_same(one, other) is same


def resumed(hub: Hub, client: Client, identity: Any) -> bool:
    """Does a link with this identity and the client's token resume its session?"""
    hello = Hello(1, 2, client.token, client.peer.session.sent)
    return hub.hello(hello, Line(), lambda: User(identity=identity)) is client


def test_who_resumes_a_session_is_who_began_it(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    client = hub.hello(Hello(1, 1), Line(), lambda: User(identity="ann"))
    assert client is not None
    assert not resumed(hub, client, "mallory")
    assert (client.has_gone, client.online) == (False, True), "a thief may not end it either"
    assert caplog.messages == [f"another identity came with the token of {client}"]
    assert resumed(hub, client, "ann")


def test_what_the_program_makes_of_the_bag_changes_nothing_of_that(hub: Hub) -> None:
    client = hub.hello(Hello(1, 1), Line(), lambda: User(identity="ann"))
    assert client is not None
    client.user.identity = "somebody the database knows"
    assert resumed(hub, client, "ann")
    assert client.user.identity == "somebody the database knows"
