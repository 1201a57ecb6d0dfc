"""A conversation that outlives its links: exactly once, in order, each ack in its place, all of it bounded.

Messages here are lines of JSON: ``["ack", count, wanted]``, or whatever a test says.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from greennow.core.carriers import ACKNOWLEDGE_AFTER, JOINED
from greennow.core.errors import ProtocolError
from greennow.core.limits import Limits
from greennow.core.messages import Ack
from greennow.core.paths import Path
from greennow.core.session import Session
from greennow.core.tree import (
    MISSING,
    Delete,
    Dict,
    List,
    Operation,
    Set,
    Splice,
    Value,
    apply,
    get,
    highest_changed,
    same,
)
from greennow.core.values import share


def line(*message: Any) -> bytes:
    return json.dumps(message).encode() + b"\n"


def said(frame: bytes) -> list[Any]:
    """The messages of a frame."""
    return [tuple(json.loads(text)) for text in frame.splitlines()]


class Link:
    """Counts how often it is woken."""

    def __init__(self) -> None:
        self.woken = 0

    def wake(self) -> None:
        self.woken += 1


class Owner:
    """What a session is told by and tells."""

    def __init__(self) -> None:
        self.values: dict[Path, Any] = {}
        self.overflowed: list[str] = []

    def changed_values(self, paths: Iterable[Path]) -> list[bytes]:
        return [line("value", list(path), self.values.get(path)) for path in sorted(paths)]


def make(owner: Owner | None = None, **limits: int) -> Session:
    owner = owner or Owner()
    return Session(
        Limits(**limits),
        lambda ack: line("ack", ack.processed, ack.wanted),
        owner.changed_values,
        owner.overflowed.append,
    )


@pytest.fixture
def session() -> Session:
    """A session with a link."""
    session = make()
    session.attach(Link(), 0)
    return session


def take(session: Session) -> list[Any]:
    return said(session.take())


# Counting and acks


def test_messages_are_counted_from_one(session: Session) -> None:
    assert [session.send(line("a")), session.send(line("b"))] == [1, 2]
    assert session.sent == 2
    session.processed += 1
    session.count_applied()
    assert session.processed == 2


def test_what_waits_leaves_in_order_as_one_frame(session: Session) -> None:
    session.send(line("a"))
    session.send(line("b"))
    assert session.has_to_send
    assert take(session) == [("a",), ("b",)]
    assert not session.has_to_send
    assert session.take() == b""


def test_an_ack_of_the_last_write_applied_before_stands_ahead_of_each_message(session: Session) -> None:
    session.send(line("a"))
    session.count_applied()
    session.count_applied()
    session.processed += 1
    session.send(line("b"))
    session.send(line("c"))
    session.count_applied()
    session.send(line("d"))
    session.count_applied()
    assert take(session) == [("a",), ("ack", 2, False), ("b",), ("c",), ("ack", 4, False), ("d",)]


def test_no_ack_stands_ahead_of_a_message_if_nothing_was_applied_since_the_last(session: Session) -> None:
    session.processed += 1
    session.send(line("a"))
    assert take(session) == [("a",)]
    session.count_applied()
    session.processed += 1
    session.acknowledge()
    assert take(session) == [("ack", 3, False)]
    session.send(line("b"))
    assert take(session) == [("b",)]


def test_nothing_is_said_of_what_was_processed_until_there_is_a_reason(session: Session) -> None:
    session.processed += 1
    assert (session.owes_ack, session.owes_ack_of_write) == (True, False)
    session.count_applied()
    assert (session.owes_ack, session.owes_ack_of_write) == (True, True)
    assert not session.has_to_send
    assert session.take() == b""


def test_an_ack_is_sent_when_it_is_asked_for(session: Session) -> None:
    session.count_applied()
    session.acknowledge()
    assert session.has_to_send
    assert take(session) == [("ack", 1, False)]
    assert not session.owes_ack
    assert session.take() == b""


def test_it_can_ask_for_the_other_ends(session: Session) -> None:
    session.acknowledge(wanted=True)
    session.acknowledge()
    assert take(session) == [("ack", 0, True)]
    session.acknowledge()
    assert take(session) == [("ack", 0, False)]


def test_an_ack_that_is_due_comes_after_the_messages_that_wait(session: Session) -> None:
    session.send(line("a"))
    session.count_applied()
    session.acknowledge()
    assert take(session) == [("a",), ("ack", 1, False)]


def test_an_ack_is_due_when_much_has_arrived_since_the_last(session: Session) -> None:
    for _ in range(2):
        session.arrived(ACKNOWLEDGE_AFTER)
        session.processed += 1
        assert not session.has_to_send
        session.arrived(1)
        assert take(session) == [("ack", session.processed, False)]


def test_none_is_due_before_anything_was_processed(session: Session) -> None:
    session.arrived(2 * ACKNOWLEDGE_AFTER)
    assert not session.has_to_send
    session.processed += 1
    session.arrived(1)
    assert take(session) == [("ack", 1, False)]


def test_much_is_a_part_of_what_is_kept_where_that_is_little() -> None:
    session = make(resume_buffer=4_000)
    session.attach(Link(), 0)
    session.arrived(1_000)
    session.processed += 1
    assert not session.has_to_send
    session.arrived(1)
    assert session.has_to_send


def test_an_ack_ahead_of_a_message_counts_as_well(session: Session) -> None:
    session.arrived(ACKNOWLEDGE_AFTER)
    session.count_applied()
    session.send(line("a"))
    session.take()
    session.processed += 1
    session.arrived(ACKNOWLEDGE_AFTER)
    assert not session.has_to_send


def test_an_ack_of_less_than_was_processed_does_not_put_off_the_next(session: Session) -> None:
    session.arrived(ACKNOWLEDGE_AFTER)
    session.count_applied()
    session.send(line("a"))
    session.processed += 1
    assert take(session) == [("ack", 1, False), ("a",)]
    session.arrived(1)
    assert take(session) == [("ack", 2, False)]


def test_it_knows_what_is_in_flight(session: Session) -> None:
    for letter in "abc":
        session.send(line(letter))
    assert session.in_flight == 3
    session.take()
    session.acknowledged(2)
    assert session.in_flight == 1
    session.acknowledged(1)
    assert session.in_flight == 1
    session.acknowledged(3)
    assert session.in_flight == 0


@pytest.mark.parametrize("count", [2, 2**53 - 1])
def test_an_ack_of_what_was_not_sent_breaks_the_protocol(session: Session, count: int) -> None:
    session.send(line("a"))
    session.take()
    session.send(line("b"))
    with pytest.raises(ProtocolError) as caught:
        session.acknowledged(count)
    assert caught.value.reason == f"ack of {count} messages, but 1 were sent"
    session.acknowledged(1)


# Frames


def test_frames_are_joined_up_to_a_size(session: Session) -> None:
    message = line("a" * 20_000)
    for _ in range(5):
        session.send(message)
    assert [len(said(session.take())) for _ in range(3)] == [3, 2, 0]
    assert 3 * len(message) <= JOINED < 4 * len(message)


def test_a_message_larger_than_that_goes_alone(session: Session) -> None:
    for message in ("a", "b" * JOINED, "c"):
        session.send(line(message))
    assert [said(session.take())[0][0][0] for _ in range(3)] == ["a", "b", "c"]


def test_an_ack_that_is_due_waits_for_the_last_frame(session: Session) -> None:
    session.send(line("a" * JOINED))
    session.send(line("b"))
    session.count_applied()
    session.acknowledge()
    assert [message[0] for message in take(session)] == ["a" * JOINED]
    assert take(session) == [("b",), ("ack", 1, False)]


# Waking the link


def test_the_link_is_woken_for_whatever_is_to_be_sent() -> None:
    session, link = make(), Link()
    session.attach(link, 0)
    assert link.woken == 0
    session.send(line("a"))
    assert link.woken == 1
    session.acknowledge()
    assert link.woken == 2
    again = Link()
    session.detach()
    session.attach(again, 0)
    assert again.woken == 1


# Links come and go


def test_what_is_not_acknowledged_is_sent_again_with_its_acks() -> None:
    session = make()
    session.attach(Link(), 0)
    session.send(line("a"))
    session.count_applied()
    session.send(line("b"))
    assert take(session) == [("a",), ("ack", 1, False), ("b",)]
    session.count_applied()
    session.detach()
    session.send(line("c"))
    assert session.can_resume(1)
    session.attach(Link(), 1)
    assert take(session) == [("ack", 1, False), ("b",), ("ack", 2, False), ("c",), ("ack", 2, False)]
    assert session.in_flight == 2


def test_what_is_processed_is_told_at_once_on_a_new_link() -> None:
    session = make()
    session.attach(Link(), 0)
    assert not session.has_to_send
    session.count_applied()
    session.detach()
    session.attach(Link(), 0)
    assert take(session) == [("ack", 1, False)]


def test_the_order_is_that_of_sending_over_any_number_of_links() -> None:
    session = make()
    for number in range(6):
        session.send(line(number))
        session.attach(Link(), 0)
        session.take()
        session.detach()
    session.attach(Link(), 2)
    assert [message[0] for message in take(session)] == [2, 3, 4, 5]


RESUMABLE = [(0, False), (1, True), (2, True), (3, False)]


@pytest.mark.parametrize(("received", "can"), RESUMABLE)
def test_it_can_resume_from_what_is_kept_and_was_sent(session: Session, received: int, can: bool) -> None:
    for letter in "ab":
        session.send(line(letter))
    session.take()
    session.acknowledged(1)
    session.send(line("c"))
    assert session.can_resume(received) is can


def test_an_old_ack_on_a_new_link_does_no_harm() -> None:
    session = make()
    session.attach(Link(), 0)
    for letter in "abc":
        session.send(line(letter))
    session.take()
    session.detach()
    session.attach(Link(), 2)
    session.take()
    session.acknowledged(1)
    assert session.in_flight == 1
    session.acknowledged(3)
    assert session.in_flight == 0


def test_with_no_link_no_ack_is_owed() -> None:
    session = make()
    session.count_applied()
    assert not session.owes_ack


# Bounds


def test_without_a_link_the_buffer_is_bounded_by_the_resume_buffer() -> None:
    owner = Owner()
    session = make(owner, resume_buffer=2 * len(line("a")))
    session.send(line("a"))
    session.send(line("b"))
    assert owner.overflowed == []
    session.send(line("c"))
    assert owner.overflowed == ["resume_buffer"]


def test_what_the_lost_link_was_given_counts_too() -> None:
    owner = Owner()
    session = make(owner, resume_buffer=2 * len(line("a")))
    session.attach(Link(), 0)
    session.send(line("a"))
    session.take()
    session.detach()
    session.send(line("b"))
    assert owner.overflowed == []
    session.send(line("c"))
    assert owner.overflowed == ["resume_buffer"]


def test_what_a_slow_link_does_not_take_is_bounded_by_the_send_buffer() -> None:
    owner = Owner()
    session = make(owner, send_buffer=2 * len(line("a")), resume_buffer=0)
    session.attach(Link(), 0)
    for letter in "abc":
        session.send(line(letter))
    assert owner.overflowed == ["send_buffer"]


def test_a_link_that_works_may_carry_more_than_could_be_sent_again() -> None:
    owner = Owner()
    session = make(owner, resume_buffer=len(line("a")))
    session.attach(Link(), 0)
    for letter in "abcde":
        session.send(line(letter))
        session.take()
    assert owner.overflowed == []
    assert [session.can_resume(received) for received in range(6)] == [False, False, False, False, True, True]
    session.acknowledged(2)
    session.acknowledged(5)
    assert session.in_flight == 0


def test_acknowledged_bytes_make_room() -> None:
    owner = Owner()
    session = make(owner, resume_buffer=len(line("a")))
    for _ in range(9):
        session.attach(Link(), session.sent)
        session.send(line("a"))
        session.take()
        session.acknowledged(session.sent)
        session.detach()
    assert owner.overflowed == []


def test_changed_paths_are_bounded_as_well() -> None:
    owner = Owner()
    session = make(owner, max_names=2)
    session.conflate([("a",), ("b",), ("a", "x")])
    assert owner.overflowed == []
    session.conflate([("c",)])
    assert owner.overflowed == ["send_buffer"]


# Conflation


def blocked(owner: Owner) -> Session:
    session = make(owner)
    session.attach(Link(), 0)
    session.is_blocked = True
    return session


def test_writes_are_conflated_while_nobody_can_be_told() -> None:
    session = make()
    assert session.is_conflating
    session.attach(Link(), 0)
    assert not session.is_conflating
    session.is_blocked = True
    assert session.is_conflating
    session.attach(Link(), 0)
    assert not session.is_conflating


def test_only_the_newest_values_are_sent() -> None:
    owner = Owner()
    session = blocked(owner)
    owner.values = {("a",): 1, ("b",): 1}
    session.conflate([("a",), ("b",)])
    session.conflate([("a",)])
    owner.values = {("a",): 2}
    assert session.has_to_send
    assert session.in_flight == 1
    assert take(session) == [("value", ["a"], 2), ("value", ["b"], None)]
    assert session.sent == 2
    assert not session.has_to_send


def test_a_write_joins_those_that_are_conflated_until_they_are_sent() -> None:
    """The values are those of when they are sent: a write sent after them would be applied twice."""
    owner = Owner()
    session = blocked(owner)
    session.conflate([("l",)])
    session.is_blocked = False
    assert session.is_conflating
    session.conflate([("l",)])
    owner.values = {("l",): [1, 2]}
    assert take(session) == [("value", ["l"], [1, 2])]
    assert not session.is_conflating


def test_any_other_message_ends_it_with_the_values_of_that_moment() -> None:
    owner = Owner()
    session = blocked(owner)
    owner.values = {("a",): 1}
    session.conflate([("a",)])
    assert session.send(line("call")) == 2
    owner.values = {("a",): 2}
    session.conflate([("a",)])
    assert take(session) == [("value", ["a"], 1), ("call",), ("value", ["a"], 2)]


def test_the_ack_of_what_was_processed_goes_ahead_of_the_values() -> None:
    owner = Owner()
    session = blocked(owner)
    session.conflate([("a",)])
    session.count_applied()
    assert take(session) == [("ack", 1, False), ("value", ["a"], None)]


def test_what_a_link_was_given_is_not_conflated() -> None:
    owner = Owner()
    session = make(owner)
    session.attach(Link(), 0)
    session.send(line("write", 1))
    session.take()
    session.detach()
    session.conflate([("a",)])
    session.attach(Link(), 0)
    assert take(session) == [("write", 1), ("value", ["a"], None)]


def test_the_values_of_a_link_that_is_lost_are_those_of_that_moment() -> None:
    """What is kept for a resume has its number."""
    owner = Owner()
    session = blocked(owner)
    owner.values = {("a",): 1}
    session.conflate([("a",)])
    session.detach()
    owner.values = {("a",): 2}
    assert session.sent == 1
    session.attach(Link(), 0)
    assert take(session) == [("value", ["a"], 1)]


def test_when_it_is_over_nothing_is_kept(session: Session) -> None:
    session.send(bytes(1_000))
    session.take()
    session.send(bytes(500))
    session.is_blocked = True
    session.conflate([("x",)])
    assert (session.kept, session.waiting, session.conflated) == (1_500, 500, 1)
    session.end()
    assert (session.kept, session.waiting, session.conflated, session.is_blocked) == (0, 0, 0, False)
    assert session.link is None
    assert session.take() == b""


def test_it_says_how_it_stands() -> None:
    session = make()
    assert repr(session) == "<Session no link, sent 0, unacknowledged 0, processed 0>"
    session.attach(Link(), 0)
    session.send(line("a"))
    session.count_applied()
    assert repr(session) == "<Session linked, sent 1, unacknowledged 1, processed 1>"
    session.is_blocked = True
    assert repr(session) == "<Session blocked, sent 1, unacknowledged 1, processed 1>"


# Two sessions joined by links that are cut anywhere

NAMES = ["a", "b"]
PATHS: list[Path] = [(a,) for a in NAMES] + [(a, b) for a in NAMES for b in [*NAMES, 0]]
VALUES = st.sampled_from([0, 1, {}, {"a": 1}, {"b": {"a": 1}}, [], [1, 2]]).map(share)
OPERATIONS: st.SearchStrategy[Operation] = st.one_of(
    st.builds(Set, st.sampled_from(PATHS), VALUES),
    st.builds(Delete, st.sampled_from(PATHS)),
    st.builds(Splice, st.sampled_from(PATHS), st.integers(0, 2), st.integers(0, 2), st.just(List([7]))),
)


class End:
    """One end: it writes to a tree of its own and calls; the other end keeps a copy and what was called.

    Beside each message stands what the receiver is to find: which of its writes had been applied, how many of
    its messages processed, and for a call the whole tree at that moment.
    """

    def __init__(self) -> None:
        self.session = Session(Limits(), self._encode_ack, self.changed_values, self.overflowed)
        self.tree: Value = Dict()
        self.copy: Value = Dict()
        self.called = 0
        self.heard: list[int] = []
        #: The number of the last write that was applied.
        self.applied = 0
        #: The last ack that arrived on this link.
        self.last_ack = 0
        #: Encoded messages by number: the bytes of a session are these numbers.
        self.encoded: list[tuple[str, Any, int, int]] = []

    def _encode(self, kind: str, what: Any) -> bytes:
        self.encoded.append((kind, what, self.applied, self.session.processed))
        return b"%d " % (len(self.encoded) - 1)

    def _encode_ack(self, ack: Ack) -> bytes:
        return self._encode("ack", ack)

    def overflowed(self, limit: str) -> None:
        raise AssertionError(limit)

    def changed_values(self, paths: Iterable[Path]) -> list[bytes]:
        values = [(path, get(self.tree, path)) for path in paths]
        return [
            self._encode("write", Delete(path) if value is MISSING else Set(path, value))
            for path, value in values
        ]

    def write(self, operation: Operation) -> None:
        before, self.tree = self.tree, apply(self.tree, operation)
        if self.tree is before:
            return
        if self.session.is_conflating:
            self.session.conflate([highest_changed(before, operation)])
        else:
            self.session.send(self._encode("write", operation))

    def call(self) -> None:
        self.called += 1
        # The values of this moment come first; what is counted beside them is what is counted here.
        self.session.send(self._encode("call", (self.called, self.tree)))

    def receive(self, message: tuple[str, Any, int, int]) -> None:
        kind, what, applied, processed = message
        if kind == "ack":
            assert what.processed >= self.last_ack
            self.last_ack = what.processed
            self.session.acknowledged(what.processed)
            if what.wanted:
                self.session.acknowledge()
            return
        # So the ack covers that write and no later one.
        assert applied <= self.last_ack <= processed, "a message has its ack ahead of it, and none too early"
        if kind == "write":
            self.copy = apply(self.copy, what)
            self.session.count_applied()
            self.applied = self.session.processed
        else:
            number, tree = what
            self.heard.append(number)
            assert same(self.copy, tree), "a call sees what was written before it, and no more"
            self.session.processed += 1


class Pair:
    """The link between two ends: what is on the way to each, in frames."""

    def __init__(self) -> None:
        self.ends = (End(), End())
        self.on_the_way: tuple[deque[Any], deque[Any]] = (deque(), deque())
        self.is_up = False
        self.connect()

    def flush(self, number: int) -> None:
        """What an end has to send goes on its way, if the link takes it."""
        end = self.ends[number]
        if self.is_up and not end.session.is_blocked and end.session.link is not None:
            frame = end.session.take()
            self.on_the_way[1 - number].extend(end.encoded[int(index)] for index in frame.split())

    def deliver(self, number: int, count: int) -> None:
        """So many messages arrive at an end."""
        way = self.on_the_way[number]
        for _ in range(min(count, len(way))):
            self.ends[number].receive(way.popleft())

    def cut(self) -> None:
        """What is on the way is lost."""
        self.is_up = False
        for way, end in zip(self.on_the_way, self.ends, strict=True):
            way.clear()
            end.session.detach()

    def connect(self) -> None:
        if self.is_up:
            return
        self.is_up = True
        one, two = self.ends
        received = one.session.processed, two.session.processed
        for end, other in ((one, received[1]), (two, received[0])):
            assert end.session.can_resume(other)
            end.last_ack = 0
            end.session.attach(Link(), other)

    def settle(self) -> None:
        self.connect()
        for end in self.ends:
            end.session.is_blocked = False
            end.session.acknowledge(wanted=True)
        while any(end.session.has_to_send for end in self.ends) or any(self.on_the_way):
            for number in (0, 1):
                self.flush(number)
                self.deliver(number, 1_000)


ENDS = st.integers(0, 1)
STEPS = st.one_of(
    st.tuples(st.just("write"), ENDS, OPERATIONS),
    st.tuples(st.just("write"), ENDS, OPERATIONS),
    st.tuples(st.just("call"), ENDS),
    st.tuples(st.just("flush"), ENDS),
    st.tuples(st.just("deliver"), ENDS, st.integers(1, 4)),
    st.tuples(st.just("block"), ENDS, st.booleans()),
    st.tuples(st.just("ack"), ENDS),
    st.tuples(st.just("cut")),
    st.tuples(st.just("connect")),
)


def do(pair: Pair, step: tuple[Any, ...]) -> None:
    match step:
        case ("write", number, operation):
            pair.ends[number].write(operation)
        case ("call", number):
            pair.ends[number].call()
        case ("flush", number):
            pair.flush(number)
        case ("deliver", number, count):
            pair.deliver(number, count)
        case ("block", number, is_blocked):
            pair.ends[number].session.is_blocked = is_blocked and pair.is_up
        case ("ack", number):
            pair.ends[number].session.acknowledge()
        case ("cut",):
            pair.cut()
        case ("connect",):
            pair.connect()


@example(
    [
        ("cut",),
        ("write", 0, Set(("a",), List())),
        ("connect",),
        ("write", 0, Splice(("a",), 0, 0, List([7]))),
    ]
)
@given(st.lists(STEPS, max_size=60))
def test_each_message_arrives_once_and_in_order_with_each_ack_in_its_place(steps: list[Any]) -> None:
    """Whatever is written, called, blocked, cut and connected: `End.receive` asserts it for each message."""
    pair = Pair()
    for step in steps:
        do(pair, step)
    pair.settle()
    one, two = pair.ends
    for end, other in ((one, two), (two, one)):
        assert other.heard == list(range(1, end.called + 1))
        assert same(other.copy, end.tree)
        assert other.session.processed == end.session.sent
        assert end.session.in_flight == 0
        assert end.session._waiting_size == end.session._given_size == 0
