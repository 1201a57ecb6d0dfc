"""What a client's end on the server does where the network tests cannot look."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from greennow.core.context import Context
from greennow.core.errors import LimitExceeded
from greennow.core.messages import Write
from greennow.core.tree import MISSING, THEIRS, Set, plain
from greennow.hub.client import Client
from greennow.hub.hub import Hub, Shell
from greennow.hub.options import Options

from .lines import connected


def test_a_write_whose_check_outlasts_its_link_is_abandoned_and_comes_again() -> None:
    clients: list[Client] = []
    breaks = [True]

    def check(path: Any, value: Any) -> bool:
        if breaks.pop() if breaks else False:
            clients[0].replace_link()
        return True

    hub = Hub(Context(), Shell(), Options.make({"client_write": check}))
    clients.append(connected(hub))
    write = Write((Set(("x",), 1),))
    clients[0].peer.handle(write)
    assert clients[0].scope.get(("x",)) is MISSING
    assert clients[0].peer.session.processed == 1
    clients[0].peer.handle(write)
    assert clients[0].scope.get(("x",)) == 1
    assert clients[0].peer.session.processed == 2


def test_no_later_message_overtakes_a_refused_write_while_that_is_logged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hub = Hub(Context(), Shell(), Options.make({"client_write": ["y"]}))
    client = connected(hub)
    seen: list[bool] = []

    class Waits(logging.Handler):
        """The line breaks while it waits."""

        def emit(self, record: logging.LogRecord) -> None:
            seen.append(client.writes.is_checking)
            client.replace_link()

    monkeypatch.setattr(logging.getLogger("greennow"), "handlers", [Waits()])
    monkeypatch.setattr(logging.getLogger("greennow"), "level", logging.INFO)
    client.peer.handle(Write((Set(("x",), 1), Set(("y",), 1))))
    assert seen == [True]
    assert client.scope.get(("y",)) is MISSING
    assert client.peer.session.processed == 1


def test_a_function_lent_to_many_is_callable_by_those_it_was_lent_to_alone() -> None:
    hub = Hub(Context(), Shell(), Options.make({}))
    ann, bob = connected(hub), connected(hub)
    for client in (ann, bob):
        client.peer.handle(Write((Set(("f",), THEIRS),)))
    hub.everyone.exclude(bob.client_id).now.f(print)
    (handle,) = ann.wide_loans.counts
    assert ann.lent_elsewhere()[0].function(handle) is print
    assert bob.lent_elsewhere()[0].function(handle) is None
    assert bob.lent_elsewhere()[0].was_lent(handle)


def test_a_function_of_the_clients_replaces_no_value_above_it() -> None:
    hub = Hub(Context(), Shell(), Options.make({"client_write": False}))
    client = connected(hub)
    hub.everyone.now.score = 5
    client.peer.handle(Write((Set(("score", "f"), THEIRS), Set(("mine", "f"), THEIRS))))
    assert client.scope.get(("score",)) == 5
    assert client.scope.get(("mine", "f")) is THEIRS


def test_a_call_to_many_that_cannot_be_sent_lends_nothing() -> None:
    hub = Hub(Context(), Shell(), Options.make({"max_message": 2000}))
    ann = connected(hub)
    ann.peer.handle(Write((Set(("f",), THEIRS),)))
    with pytest.raises(LimitExceeded):
        hub.everyone.now.f(print, "x" * 3000)
    assert len(hub.lending) == 0
    assert ann.wide_loans.counts == {}


def test_the_dicts_on_the_way_to_a_name_are_names_too() -> None:
    hub = Hub(Context(), Shell(), Options.make({"max_names": 6}))
    client = connected(hub)
    deep = ("a", "b", "c", "d")
    assert hub.limits.max_names == 6
    client.peer.handle(Write((Set(deep, 1), Set((*deep[:3], "e"), 2), Set(("x", "y"), 3), Set(deep, 4))))
    assert plain(client.scope.get()) == {"a": {"b": {"c": {"d": 4, "e": 2}}}}
    assert client.scope.names == 5
    client.peer.handle(Write((Set(("x", "y", "z"), 3), Set(("x",), 5))))
    assert plain(client.scope.get()) == {"a": {"b": {"c": {"d": 4, "e": 2}}}, "x": 5}


def test_what_was_refused_has_made_no_dicts_on_its_way() -> None:
    hub = Hub(Context(), Shell(), Options.make({"max_names": 4}))
    client = connected(hub)
    client.peer.handle(Write((Set(("a", "b", "c", "d", "e"), 1), Set(("a", "b", "c", "d"), 1))))
    assert plain(client.scope.get()) == {"a": {"b": {"c": {"d": 1}}}}


def test_an_object_that_is_called_is_not_asked_whether_it_is_true() -> None:
    class Doubtful:
        def __call__(self) -> str:
            return "called"

        def __bool__(self) -> bool:
            raise ValueError("neither true nor false")

    hub = Hub(Context(), Shell(), Options.make({}))
    client, doubtful = connected(hub), Doubtful()
    hub.everyone.now.f = doubtful
    assert client.function_at(("f",)) is doubtful
    assert client.peer.references.function([1, ["f"]]) is doubtful
