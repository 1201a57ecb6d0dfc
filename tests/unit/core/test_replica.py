"""The client's tree: confirmed, pending on top, equal to the server's when nothing is in flight."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greennow.core.paths import Path
from greennow.core.replica import Replica
from greennow.core.tree import THEIRS, Delete, Dict, List, Operation, Set, Splice, Value, apply, plain, same
from greennow.core.values import share


def put(path: str, value: Any) -> Set:
    return Set(tuple(path.split(".")), share(value))


def delete(path: str) -> Delete:
    return Delete(tuple(path.split(".")))


def replica_of(view: Any) -> Replica:
    replica = Replica()
    replica.reset(share(view))
    return replica


# Our own writes


def test_a_new_replica_is_empty() -> None:
    replica = Replica()
    assert plain(replica.shown) == plain(replica.confirmed) == {}


def test_our_own_write_is_shown_at_once_and_confirmed_by_its_ack() -> None:
    replica = replica_of({"x": 0})
    replica.write([put("x", 1)], 1)
    assert (plain(replica.shown), plain(replica.confirmed)) == ({"x": 1}, {"x": 0})
    replica.acknowledge(1)
    assert (plain(replica.shown), plain(replica.confirmed)) == ({"x": 1}, {"x": 1})


def test_an_ack_confirms_all_messages_up_to_it_and_no_more() -> None:
    replica = replica_of({})
    for number, name in enumerate("abc", 1):
        replica.write([put(name, number)], number)
    replica.acknowledge(2)
    assert (plain(replica.confirmed), plain(replica.shown)) == ({"a": 1, "b": 2}, {"a": 1, "b": 2, "c": 3})
    replica.acknowledge(1)
    assert plain(replica.confirmed) == {"a": 1, "b": 2}
    replica.acknowledge(9)
    assert plain(replica.confirmed) == {"a": 1, "b": 2, "c": 3}


def test_the_servers_write_goes_below_what_is_pending() -> None:
    """Its order wins: ours will be applied there after it."""
    replica = replica_of({"x": 0})
    replica.write([put("x", 1)], 1)
    replica.apply_theirs([put("x", 2), put("y", 2)])
    assert (plain(replica.confirmed), plain(replica.shown)) == ({"x": 2, "y": 2}, {"x": 1, "y": 2})
    replica.acknowledge(1)
    assert plain(replica.shown) == {"x": 1, "y": 2}


def test_the_servers_write_after_the_ack_wins() -> None:
    replica = replica_of({"x": 0})
    replica.write([put("x", 1)], 1)
    replica.acknowledge(1)
    replica.apply_theirs([put("x", 2)])
    assert plain(replica.shown) == {"x": 2}


def test_our_splice_moves_with_the_list_of_the_server() -> None:
    replica = replica_of({"l": [1, 2]})
    replica.write([Splice(("l",), 2, 0, List([3]))], 1)
    replica.apply_theirs([Splice(("l",), 0, 1, List())])
    assert plain(replica.shown) == {"l": [2, 3]}


def test_what_does_nothing_is_not_effective() -> None:
    replica = replica_of({"l": [1]})
    operations = [
        delete("x"),
        put("x", 1),
        delete("x"),
        delete("x"),
        Set(("l", 1), 0),
        Splice(("l",), 1, 0, List([2])),
        Set(("l", 1), 3),
    ]
    effective = replica.effective(operations)
    assert effective == [operations[1], operations[2], operations[5], operations[6]]
    assert plain(replica.shown) == {"l": [1]}


def test_before_there_is_a_session_writes_are_kept() -> None:
    replica = Replica()
    replica.write([put("x", 1)], None)
    assert plain(replica.shown) == {"x": 1}
    assert replica.reset(share({"y": 2})) == [put("x", 1)]
    assert plain(replica.shown) == {"y": 2}


# Refusals


def test_what_is_refused_is_rolled_back_and_told() -> None:
    replica = replica_of({"x": 0})
    replica.write([put("x", 1), put("y", 1), put("z", 1)], 4)
    assert replica.refuse(4, {0: "no", 2: "never"}) == [(put("x", 1), "no"), (put("z", 1), "never")]
    assert plain(replica.shown) == {"x": 0, "y": 1}
    replica.acknowledge(4)
    assert plain(replica.confirmed) == plain(replica.shown) == {"x": 0, "y": 1}


def test_what_came_before_shows_again() -> None:
    replica = replica_of({})
    replica.write([put("x", 1)], 1)
    replica.write([put("x", 2)], 2)
    replica.refuse(2, {0: "no"})
    assert plain(replica.shown) == {"x": 1}


@pytest.mark.parametrize(("number", "index"), [(1, 1), (2, 0), (0, 0)])
def test_a_refusal_of_what_is_not_pending_tells_nothing(number: int, index: int) -> None:
    replica = replica_of({})
    replica.write([put("x", 1)], 1)
    assert replica.refuse(number, {index: "no"}) == []
    assert plain(replica.shown) == {"x": 1}


def test_a_refusal_twice_is_told_once() -> None:
    replica = replica_of({})
    replica.write([put("x", 1)], 1)
    assert len(replica.refuse(1, {0: "no"})) == 1
    assert replica.refuse(1, {0: "no"}) == []


# Sessions end and begin

AGAIN: list[tuple[str, list[Any], list[Operation]]] = [
    ("a name of ours", [("write", put("x", 1))], [put("x", 1)]),
    ("a name of ours that was acknowledged", [("write", put("x", 1)), ("ack",)], [put("x", 1)]),
    ("a name that we deleted", [("write", delete("s"))], [delete("s")]),
    ("the newest value, never the steps", [("write", put("x", 1)), ("write", put("x", 2))], [put("x", 2)]),
    (
        "the highest path of ours",
        [("write", put("d.a", 1)), ("write", put("d", {"b": 2}))],
        [put("d", {"b": 2})],
    ),
    (
        "paths below it are part of it",
        [("write", put("d", {})), ("write", put("d.b", 2))],
        [put("d", {"b": 2})],
    ),
    (
        "a list as a whole, never the splices",
        [("write", Splice(("l",), 0, 1, List([7]))), ("write", Set(("l", 0), 8))],
        [put("l", [8, 2])],
    ),
    ("not what the server wrote there later", [("write", put("x", 1)), ("theirs", put("x", 2))], []),
    ("not what the server wrote above later", [("write", put("d.a", 1)), ("theirs", put("d", 2))], []),
    ("not what the server deleted later", [("write", put("x", 1)), ("theirs", delete("x"))], []),
    (
        "what the server wrote below a name of ours is part of it",
        [("write", put("d", {"a": 1})), ("ack",), ("theirs", put("d.b", 2))],
        [put("d", {"a": 1, "b": 2})],
    ),
    (
        "not a list that the server changed inside",
        [("write", put("m", [7])), ("ack",), ("theirs", Set(("m", 0), 8))],
        [],
    ),
    ("not what was refused", [("write", put("x", 1)), ("refuse",)], []),
    ("nothing, where only the server wrote", [("theirs", put("x", 1))], []),
    ("a function of ours", [("write", Set(("f",), print))], [Set(("f",), print)]),
    (
        "the rest of a dict that holds a function of the server's",
        [
            ("write", put("d", {"a": 1})),
            ("ack",),
            ("theirs", Set(("d", "f"), THEIRS)),
            ("theirs", Set(("d", "e", "g"), THEIRS)),
        ],
        [put("d.a", 1)],
    ),
    (
        "nothing of a list that holds one",
        [
            ("write", put("m", [1])),
            ("ack",),
            ("theirs", Splice(("m",), 0, 0, List([THEIRS]))),
            ("write", Set(("m", 1), 2)),
        ],
        [],
    ),
]


@pytest.mark.parametrize("ends", ["reset", "abandoned first"])
@pytest.mark.parametrize(("steps", "again"), [case[1:] for case in AGAIN], ids=[case[0] for case in AGAIN])
def test_a_fresh_session_puts_in_place_again(ends: str, steps: list[Any], again: list[Operation]) -> None:
    replica = replica_of({"s": 0, "l": [1, 2]})
    number = 0
    for kind, *what in steps:
        number += kind == "write"
        match kind:
            case "write":
                replica.write(what, number)
            case "theirs":
                replica.apply_theirs(what)
            case "ack":
                replica.acknowledge(number)
            case "refuse":
                replica.refuse(number, {0: "no"})
    if ends == "abandoned first":
        shown = plain(replica.shown)
        replica.abandon()
        assert plain(replica.shown) == shown
    assert replica.reset(share({"fresh": True})) == again
    assert plain(replica.shown) == plain(replica.confirmed) == {"fresh": True}
    assert not replica.pending


def test_what_was_put_in_place_again_is_ours_again() -> None:
    replica = replica_of({})
    replica.write([put("x", 1)], 1)
    for _ in range(2):
        again = replica.reset(share({}))
        replica.write(again, 1)
        assert again == [put("x", 1)]
        assert plain(replica.shown) == {"x": 1}


def test_what_an_abandoned_session_leaves_is_not_acknowledged_any_more() -> None:
    replica = replica_of({})
    replica.write([put("x", 1)], 1)
    replica.abandon()
    replica.write([put("y", 1)], None)
    replica.acknowledge(1)
    assert plain(replica.shown) == {"x": 1, "y": 1}


# A server and its client, at once

NAMES = ["a", "b"]
PATHS: list[Path] = [(a,) for a in NAMES] + [(a, b) for a in NAMES for b in [*NAMES, 0]]
OPERATIONS: st.SearchStrategy[Operation] = st.one_of(
    st.builds(Set, st.sampled_from(PATHS), st.sampled_from([0, 1, {}, {"a": 2}, [], [1, 2]]).map(share)),
    st.builds(Delete, st.sampled_from(PATHS)),
    st.builds(Splice, st.sampled_from(PATHS), st.integers(0, 2), st.integers(0, 2), st.just(List([7]))),
)
STEPS = st.one_of(
    st.tuples(st.just("server writes"), OPERATIONS),
    st.tuples(st.just("client writes"), st.lists(OPERATIONS, min_size=1, max_size=3)),
    st.tuples(st.just("to server"), st.frozensets(st.integers(0, 2))),
    st.tuples(st.just("to client")),
)


class Two:
    """A server's tree and a client's replica, with ordered streams between them."""

    def __init__(self) -> None:
        self.view: Value = Dict()
        self.replica = Replica()
        self.number = 0
        self.processed = 0
        self.to_server: deque[list[Operation]] = deque()
        #: What is said, and the server's view as of it.
        self.to_client: deque[tuple[Any, Value]] = deque()

    def server_writes(self, operation: Operation) -> None:
        after = apply(self.view, operation)
        if after is not self.view:
            self.view = after
            self.to_client.append((("ack", self.processed), None))
            self.to_client.append((("write", operation), self.view))

    def client_writes(self, operations: list[Operation]) -> None:
        effective = self.replica.effective(operations)
        if effective:
            self.number += 1
            self.replica.write(effective, self.number)
            self.to_server.append(effective)

    def server_receives(self, refused: frozenset[int]) -> None:
        if self.to_server:
            operations = self.to_server.popleft()
            reasons = {index: "no" for index in refused if index < len(operations)}
            self.to_client.append((("ack", self.processed), None))
            self.to_client.append((("refuse", self.processed + 1, reasons), self.view))
            for index, operation in enumerate(operations):
                if index not in reasons:
                    self.view = apply(self.view, operation)
            self.processed += 1

    def client_receives(self) -> None:
        if not self.to_client:
            return
        said, view = self.to_client.popleft()
        match said:
            case ("ack", count):
                self.replica.acknowledge(count)
            case ("refuse", number, reasons):
                self.replica.refuse(number, reasons)
            case ("write", operation):
                self.replica.apply_theirs([operation])
        if view is not None:
            assert same(self.replica.confirmed, view), "confirmed is the server's view as of this message"

    def settle(self) -> None:
        while self.to_server:
            self.server_receives(frozenset())
        self.to_client.append((("ack", self.processed), self.view))
        while self.to_client:
            self.client_receives()


@given(st.lists(STEPS, max_size=50))
def test_both_ends_are_equal_when_nothing_is_in_flight(steps: list[Any]) -> None:
    two = Two()
    for kind, *what in steps:
        match kind:
            case "server writes":
                two.server_writes(*what)
            case "client writes":
                two.client_writes(*what)
            case "to server":
                two.server_receives(*what)
            case "to client":
                two.client_receives()
        pending = [operation for _, operations in two.replica.pending for operation in operations.values()]
        shown = two.replica.confirmed
        for operation in pending:
            shown = apply(shown, operation)
        assert same(two.replica.shown, shown), "pending is shown on top of confirmed, in order"
    two.settle()
    assert same(two.replica.shown, two.view)
    assert same(two.replica.confirmed, two.view)
