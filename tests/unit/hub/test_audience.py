"""What is said to many in one turn is kept once, and each client has it in its order all the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from greennow.core.carriers import JOINED
from greennow.core.context import Context
from greennow.core.errors import ProtocolError
from greennow.core.messages import Ack, Call, Cancel, Message, Write
from greennow.core.shapes import CALL
from greennow.core.tree import THEIRS, Delete, Set
from greennow.hub.hub import Hub
from greennow.hub.options import Options

from .lines import Line, Reader, Turns, connected, readers


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def hub(turns: Turns) -> Hub:
    return Hub(Context(), turns, Options.make({}))


def said(reader: Reader) -> list[Message]:
    """What the session has to send by itself."""
    return list(reader._codec.decode(reader.client.peer.session.take()))


def heard(reader: Reader) -> list[Any]:
    """The calls that are kept until they are acknowledged, those that wait among them, by what is said."""
    session = reader.client.peer.session
    session.catch_up()
    kept = [data for data, _ in (*session._given, *session._waiting)]
    calls = [message for data in kept if data[1] == CALL for message in reader._codec.decode(data)]
    return [call.args[0] for call in calls]  # type: ignore[union-attr]


def test_what_is_said_in_a_turn_is_sent_in_one_piece_that_all_share(hub: Hub, turns: Turns) -> None:
    ann, bob = readers(hub, 2)
    for word in "abc":
        hub.everyone.now.hear(word)
    assert turns.sent == {}
    turns.end()
    (to_ann,), (to_bob,) = (turns.sent[reader.client.peer.session] for reader in (ann, bob))
    assert to_ann is to_bob
    assert [message.args for message in ann._codec.decode(to_ann)] == [["a"], ["b"], ["c"]]
    session = ann.client.peer.session
    assert (session.in_flight, session.kept, session.has_to_send) == (3, len(to_ann), False)
    assert [data for data, _ in session._given] == [data for data, _ in bob.client.peer.session._given]
    session.acknowledged(session.sent)
    assert (session.in_flight, session.kept) == (0, 0)


def test_a_turn_that_is_not_over_counts_as_under_way(hub: Hub) -> None:
    (ann,) = readers(hub, 1)
    hub.everyone.now.hear("a")
    session = ann.client.peer.session
    assert (session.in_flight, session.has_to_send) == (1, True)
    assert session.waiting == session.kept == hub.everyone.audiences.all().size > 0


def test_who_is_told_something_alone_has_all_in_the_order_in_which_it_was_said(
    hub: Hub, turns: Turns
) -> None:
    ann, bob = readers(hub, 2)
    hub.everyone.now.hear("a")
    ann.client.send(("hear",), ("b",), {})
    hub.everyone.now.hear("c")
    assert [message.args[0] for message in said(ann)] == ["a", "b", "c"]  # type: ignore[union-attr]
    turns.end()
    assert (heard(ann), heard(bob)) == (["a", "b", "c"], ["a", "c"])
    assert list(turns.sent) == [bob.client.peer.session]
    hub.everyone.now.hear("d")
    turns.end()
    assert list(turns.sent) == [bob.client.peer.session, ann.client.peer.session]


def test_what_was_said_before_a_message_was_counted_has_no_ack_of_it_ahead(hub: Hub, turns: Turns) -> None:
    ann, bob = readers(hub, 2)
    hub.everyone.now.value = 1
    ann.client.peer.handle(Write((Set(("value",), 2),)))
    hub.everyone.now.hear("b")
    turns.end()
    first, *rest = said(ann)
    assert first == Write((Set(("value",), 1),))
    assert rest == [Ack(3), Call(0, ("hear",), ["b"])]
    assert heard(bob) == ["b"]


@pytest.mark.parametrize(
    "do",
    [
        lambda reader: reader.client.link_lost(reader.client.link),
        lambda reader: reader.client.peer.session.block(),
        lambda reader: reader.client.peer.session.acknowledge(),
        lambda reader: reader.client.peer.session.conflate([("x",)]),
    ],
    ids=["its link broke", "its link takes nothing", "it is owed an ack", "it is told paths"],
)
@pytest.mark.parametrize("before", [True, False], ids=["before", "meanwhile"])
def test_who_cannot_be_told_with_the_others_keeps_it_in_its_own_queue(
    hub: Hub, turns: Turns, do: Callable[[Reader], None], before: bool
) -> None:
    ann, bob = readers(hub, 2)
    if before:
        do(ann)
    hub.everyone.now.hear("a")
    if not before:
        do(ann)
    hub.everyone.now.hear("b")
    turns.end()
    assert list(turns.sent) == [bob.client.peer.session]
    assert (heard(ann), heard(bob)) == (["a", "b"], ["a", "b"])


def test_a_message_that_was_counted_and_not_yet_acknowledged_keeps_a_client_apart(
    hub: Hub, turns: Turns
) -> None:
    ann, bob = readers(hub, 2)
    ann.client.peer.handle(Write(()))
    hub.everyone.now.hear("a")
    turns.end()
    assert list(turns.sent) == [bob.client.peer.session]
    assert said(ann) == [Ack(3), Call(0, ("hear",), ["a"])]


def test_who_calls_is_told_with_the_others(hub: Hub, turns: Turns) -> None:
    ann, bob = readers(hub, 2)
    ann.client.peer.handle(Cancel(1))
    hub.everyone.now.hear("a")
    ann.client.peer.handle(Cancel(1))
    turns.end()
    assert list(turns.sent) == [ann.client.peer.session, bob.client.peer.session]


def test_what_was_given_is_sent_again_over_the_next_link(hub: Hub, turns: Turns) -> None:
    (ann,) = readers(hub, 1)
    session = ann.client.peer.session
    processed = session.sent
    for word in "ab":
        hub.everyone.now.hear(word)
    turns.end()
    ann.client.replace_link()
    assert session.can_resume(processed + 1)
    session.attach(Line(), processed + 1)
    assert said(ann) == [Ack(2), Call(0, ("hear",), ["b"]), Ack(2)]


def test_what_was_given_is_kept_within_the_resume_buffer(turns: Turns) -> None:
    hub = Hub(Context(), turns, Options.make({"resume_buffer": 10_000}))
    (ann,) = readers(hub, 1)
    for _ in range(3):
        hub.everyone.now.hear("a" * 6_000)
        turns.end()
    assert ann.client.peer.session.kept < 7_000


def test_what_is_acknowledged_in_time_is_kept_once_for_all(hub: Hub, turns: Turns) -> None:
    ann, bob = readers(hub, 2)
    audience = hub.everyone.audiences.all()
    for _ in range(50):
        for _ in range(20):
            hub.everyone.now.hear("a" * 1_000)
            turns.end()
        for reader in (ann, bob):
            session = reader.client.peer.session
            session.acknowledged(session.sent - 5)
            assert 5_000 < session.kept < 5_100
            assert (session.in_flight, list(session._given)) == (5, [])
        assert audience._log.size <= 2 * 65_536
    session.acknowledged(session.sent)
    assert (session.kept, session.in_flight) == (0, 0)


def test_who_acknowledges_nothing_keeps_it_alone_and_the_others_do_not(hub: Hub, turns: Turns) -> None:
    ann, bob = readers(hub, 2)
    told = [str(number) * 300 for number in range(1_000)]
    for word in told:
        hub.everyone.now.hear(word)
        turns.end()
        session = ann.client.peer.session
        session.acknowledged(session.sent)
        assert (session.kept, list(session._given)) == (0, [])
    assert 800_000 < bob.client.peer.session.kept < 1_048_576
    ann.client.replace_link()
    bob.client.replace_link()
    assert (heard(ann), heard(bob)) == ([], told)


def test_an_ack_of_what_came_before_and_of_what_all_were_told(hub: Hub, turns: Turns) -> None:
    (ann,) = readers(hub, 1)
    session = ann.client.peer.session
    before = session.sent
    for word in "ab":
        ann.client.send(("hear",), (word,), {})
    session.take()
    for word in "cde":
        hub.everyone.now.hear(word)
        turns.end()
    for count in (1, 3, 3, 4):
        session.acknowledged(before + count)
        assert session.in_flight == 5 - count
    with pytest.raises(ProtocolError, match=f"ack of {before + 6} messages, but {before + 5} were sent"):
        session.acknowledged(before + 6)
    assert heard(ann) == ["e"]


def test_more_than_one_websocket_message_holds_goes_before_the_turn_is_over(hub: Hub, turns: Turns) -> None:
    (ann,) = readers(hub, 1)
    for letter in "abc":
        hub.everyone.now.hear(letter * (JOINED // 2 - 100))
    (sent,) = turns.sent[ann.client.peer.session]
    assert len(sent) <= JOINED
    turns.end()
    assert len(turns.sent[ann.client.peer.session]) == 2


def test_a_client_that_comes_or_goes_within_a_turn_changes_nothing_for_the_others(
    hub: Hub, turns: Turns
) -> None:
    ann, bob, carl = readers(hub, 3)
    hub.everyone.now.hear("a")
    (dora,) = readers(hub, 1)
    carl.client.disconnect()
    hub.everyone.now.hear("b")
    turns.end()
    assert [heard(reader) for reader in (ann, bob, dora)] == [["a", "b"], ["a", "b"], ["b"]]
    hub.everyone.now.hear("c")
    turns.end()
    assert [heard(reader)[-1] for reader in (ann, bob, dora)] == ["c", "c", "c"]


def test_who_joins_is_told_from_then_on_and_who_leaves_until_then(hub: Hub, turns: Turns) -> None:
    ann, bob = readers(hub, 2)
    room = hub.get_group("room")
    room.add_user(ann.client.client_id)
    for group, word in ((room, "a"), (hub.everyone, "b")):
        group.now.value = word
        group.now.hear(word)
    room.add_user(bob.client.client_id)
    (carl,) = readers(hub, 1)
    for group, word in ((room, "c"), (hub.everyone, "d")):
        group.now.hear(word)
    assert hub.everyone.audiences.all().clients == [ann.client, bob.client, carl.client]
    assert room.audiences.all().clients == [ann.client, bob.client]
    room.remove_user(ann.client.client_id)
    room.now.hear("e")
    turns.end()
    assert [heard(reader) for reader in (ann, bob, carl)] == [
        ["a", "b", "c", "d"],
        ["b", "c", "d", "e"],
        ["d"],
    ]


def test_one_group_after_another_is_told_in_order(hub: Hub, turns: Turns) -> None:
    ann, bob = readers(hub, 2)
    hub.get_group("room").add_user(ann.client.client_id)
    hub.everyone.now.hear("a")
    hub.get_group("room").now.hear("b")
    hub.everyone.now.hear("c")
    hub.everyone.exclude(bob.client.client_id).now.hear("d")
    turns.end()
    assert (heard(ann), heard(bob)) == (["a", "b", "c", "d"], ["a", "c"])


def test_an_audience_that_is_not_used_again_keeps_nobody(hub: Hub, turns: Turns) -> None:
    ann, bob = readers(hub, 2)
    hub.everyone.now.hear("a")
    audience = hub.everyone.audiences.all()
    bob.client.disconnect()
    turns.end()
    assert heard(ann) == ["a"]
    ann.client.peer.session.leave()
    assert (audience.clients, audience.sessions, audience.left) == ((), (), [])


# Who has a function at a path.


def found(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names at which members are looked for, from now on."""
    names: list[str] = []
    find = hub.fanout._find_callees
    monkeypatch.setattr(
        hub.fanout, "_find_callees", lambda *args: names.append(".".join(args[1])) or find(*args)
    )
    return names


def test_those_with_a_function_are_found_once(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    names = found(hub, monkeypatch)
    ann = readers(hub, 2)[0]
    for _ in range(3):
        hub.everyone.now.hear("a")
    hub.everyone.now.other = 1
    ann.client.peer.handle(Write((Set(("mine",), 1),)))
    hub.everyone.now.hear("b")
    assert names == ["hear"]


@pytest.mark.parametrize(
    ("change", "still"),
    [
        (lambda hub, ann: ann.client.peer.handle(Write((Delete(("hear",)),))), False),
        (lambda hub, ann: ann.client.peer.handle(Write((Set(("hear",), THEIRS),))), True),
        (lambda hub, ann: ann.client.write([Set(("hear",), 1)]), False),
        (lambda hub, ann: hub.get_group("loud").add_user(ann.client.client_id), False),
    ],
    ids=["deleted", "written again", "overwritten", "hidden by a group"],
)
def test_those_with_a_function_are_found_anew_when_that_may_have_changed(
    hub: Hub, turns: Turns, change: Callable[[Hub, Reader], None], still: bool
) -> None:
    (ann,) = readers(hub, 1)
    hub.get_group("loud").now.hear = 2
    hub.everyone.now.hear("a")
    turns.end()
    change(hub, ann)
    turns.end()
    hub.everyone.now.hear("b")
    turns.end()
    assert heard(ann) == (["a", "b"] if still else ["a"])


def test_a_group_that_is_left_shows_the_function_again(hub: Hub, turns: Turns) -> None:
    (ann,) = readers(hub, 1)
    loud = hub.get_group("loud")
    loud.now.hear = 2
    loud.add_user(ann.client.client_id)
    hub.everyone.now.hear("a")
    loud.remove_user(ann.client.client_id)
    hub.everyone.now.hear("b")
    turns.end()
    assert heard(ann) == ["b"]


def test_only_so_many_paths_are_remembered(hub: Hub, turns: Turns) -> None:
    (ann,) = readers(hub, 1)
    bob = connected(hub)
    names = [f"hear{number}" for number in range(250)]
    ann.client.peer.handle(Write(tuple(Set((name,), THEIRS) for name in names)))
    for _ in range(2):
        for name in names:
            getattr(hub.everyone.now, name)(name)
        turns.end()
    assert heard(ann) == names * 2
    assert len(hub.everyone.audiences._callees) <= 100
    assert len(hub.scopes.marks) <= 100
    assert not bob.has_gone
