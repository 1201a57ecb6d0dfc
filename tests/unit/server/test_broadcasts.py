"""One frame goes to all who were told the same, whatever becomes of some of their links."""

from __future__ import annotations

from collections.abc import Callable

import gevent
import pytest

from greennow.core.limits import Limits
from greennow.core.session import Session
from greennow.hub.audience import Audience
from greennow.server.broadcasts import Broadcasts
from greennow.server.websocket import frame

from .members import Member


def all_of(data: bytes) -> int:
    return len(data)


def some_of(data: bytes) -> int:
    return 3


def none_of(data: bytes) -> int:
    raise BlockingIOError


def broken(data: bytes) -> int:
    raise ConnectionResetError("reset")


def session() -> Session:
    return Session(Limits(), lambda ack: b"ack", lambda paths: [], lambda limit: None)


@pytest.fixture
def sessions() -> list[Session]:
    return [session() for _ in range(3)]


def audience_of(sessions: list[Session], *sends: Callable[[bytes], int]) -> tuple[Audience, list[Member]]:
    members = [Member(session, send) for session, send in zip(sessions, sends, strict=True)]
    audience = Audience(members)  # type: ignore[arg-type]
    audience.admit()
    assert audience.left == []
    return audience, members


def test_all_have_one_frame_at_the_end_of_the_turn(sessions: list[Session]) -> None:
    audience, members = audience_of(sessions, all_of, all_of, all_of)
    broadcasts = Broadcasts()
    audience.add(b"one")
    broadcasts.send_soon(audience)
    audience.add(b"two")
    assert [member.got for member in members] == [[], [], []]
    gevent.sleep(0)
    assert [member.got for member in members] == [[frame(b"onetwo")]] * 3
    assert len({id(member.got[0]) for member in members}) == 1
    assert [session.kept for session in sessions] == [6, 6, 6]
    assert audience.has_said
    gevent.sleep(0)
    assert audience.messages == []


def test_what_was_sent_in_between_is_not_sent_again(sessions: list[Session]) -> None:
    audience, members = audience_of(sessions, all_of, all_of, all_of)
    broadcasts = Broadcasts()
    audience.add(b"one")
    broadcasts.send_soon(audience)
    broadcasts.send_now(audience)
    gevent.sleep(0)
    assert [member.got for member in members] == [[frame(b"one")]] * 3


@pytest.mark.parametrize(
    ("send", "unsent", "lost"),
    [
        (some_of, frame(b"one")[3:], ""),
        (none_of, frame(b"one"), ""),
        (broken, b"", "the line broke: reset"),
    ],
    ids=["the kernel takes a part", "the kernel takes nothing", "the line is broken"],
)
def test_a_link_that_does_not_take_all_holds_up_nobody(
    sessions: list[Session], send: Callable[[bytes], int], unsent: bytes, lost: str
) -> None:
    audience, members = audience_of(sessions, all_of, send, all_of)
    audience.add(b"one")
    Broadcasts().send_now(audience)
    gevent.sleep(0)
    assert [member.got for member in members] == [[frame(b"one")], [], [frame(b"one")]]
    assert (members[1].unsent, members[1].lost_because) == (unsent, lost)
    # It was given the message, which is sent again over the next link where this one does not carry it.
    assert [session.sent for session in sessions] == [1, 1, 1]
    assert audience.left == [sessions[1]]


def test_who_has_left_is_not_sent_anything(sessions: list[Session]) -> None:
    audience, members = audience_of(sessions, all_of, all_of, all_of)
    audience.add(b"one")
    sessions[1].leave()
    Broadcasts().send_now(audience)
    gevent.sleep(0)
    assert [member.got for member in members] == [[frame(b"one")], [], [frame(b"one")]]
    assert sessions[1].take() == b"one"


@pytest.mark.parametrize("end", [Session.leave, Session.detach, Session.end, Session.block])
def test_who_is_no_member_any_more_is_not_written_to(
    sessions: list[Session], end: Callable[[Session], None]
) -> None:
    audience, members = audience_of(sessions, all_of, all_of, all_of)
    for word in (b"one", b"two"):
        audience.add(word)
        if word == b"two":
            end(sessions[1])
        Broadcasts().send_now(audience)
    assert [len(member.got) for member in members] == [2, 1, 2]
    assert sessions[1] in audience.left


def test_who_comes_back_is_written_to_over_his_new_link(sessions: list[Session]) -> None:
    audience, members = audience_of(sessions, all_of, all_of, all_of)
    audience.add(b"one")
    Broadcasts().send_now(audience)
    sessions[1].detach()
    new = Member(sessions[1], all_of)
    assert sessions[1].take() == b"one"
    audience.admit()
    audience.add(b"two")
    Broadcasts().send_now(audience)
    assert [member.got for member in (*members, new)] == [
        [frame(b"one"), frame(b"two")],
        [frame(b"one")],
        [frame(b"one"), frame(b"two")],
        [frame(b"two")],
    ]


def test_a_fault_at_one_audience_keeps_nothing_from_another(
    sessions: list[Session], caplog: pytest.LogCaptureFixture
) -> None:
    broadcasts = Broadcasts()
    faulty, _ = audience_of(sessions[:1], all_of)
    other, (member,) = audience_of(sessions[1:2], all_of)
    sessions[0].link = None  # never so where the session is a member
    for audience in (faulty, other):
        audience.add(b"one")
        broadcasts.send_soon(audience)
    gevent.sleep(0)
    assert member.got == [frame(b"one")]
    assert [record.message for record in caplog.records] == ["the server failed to send to many"]
    assert faulty.messages == []
