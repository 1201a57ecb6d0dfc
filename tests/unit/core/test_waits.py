"""Who waits for whom: what is followed from wait to wait, and where it comes round."""

from __future__ import annotations

from typing import Any

import pytest

from greennow.core.deadline import Bounds, Within
from greennow.core.errors import Deadlock
from greennow.core.messages import Waiting
from greennow.core.reply import Asked, Reply
from greennow.core.waits import Waits


class Work:
    """Work for a client that may wait."""

    def __init__(self, name: str, until: float | None = None) -> None:
        self.name = name
        self.until = until
        self.waits_for: Reply | None = None


class Counting(dict[int, Any]):
    """A table that counts how often it is looked into."""

    looks = 0

    def get(self, key: int, default: Any = None) -> Any:
        self.looks += 1
        return super().get(key, default)


class End:
    """The server's end of a session: its calls are f1, f2, ... and the client's g1, g2, ..."""

    def __init__(self, other_end: str) -> None:
        self.other_end = other_end
        self.incoming = Counting()
        self.awaited: dict[int, Reply] = {}
        self.waits = Waits(self)

    def work(self, number: int, until: float | None = None) -> Any:
        self.incoming[number] = work = Work(f"now.f{number}()", until)
        return work

    def call(self, number: int, *, has_deadline: bool = False) -> Reply:
        self.awaited[number] = reply = Reply()
        asked = Asked(self, number, (f"g{number}",), has_deadline)
        reply.is_under_way(None, lambda: None, asked)
        return reply


@pytest.fixture
def ann() -> End:
    return End("ann")


@pytest.fixture
def bob() -> End:
    return End("bob")


def error_of(reply: Reply) -> str:
    error = reply.exception()
    assert isinstance(error, Deadlock)
    return str(error)


def test_a_circle_is_named_whole_by_who_hears_of_its_end(ann: End, bob: End) -> None:
    replies = [ann.call(1), bob.call(1)]
    bob.waits.begin(ann.work(1), replies[1])
    ann.waits.begin(bob.work(1), replies[0])
    ann.waits.told(Waiting((1,), 1))
    assert not any(reply.done() for reply in replies)
    bob.waits.told(Waiting((1,), 1))
    assert not replies[1].done()
    assert error_of(replies[0]) == (
        "now.f1() waits for now.g1() of ann, which waits for now.f1(), "
        "which waits for now.g1() of bob, which waits for now.f1()"
    )


def test_a_message_costs_one_walk_however_often_it_names_a_call(ann: End) -> None:
    for number in range(1, 101):
        ann.waits.begin(ann.work(number), ann.call(number))
    for number in range(2, 101):
        ann.waits.told(Waiting((number,), number - 1))
    ann.incoming.looks = 0
    ann.waits.told(Waiting((100,) * 10_000, 99))
    assert ann.incoming.looks < 200
    assert not any(reply.done() for reply in ann.awaited.values())


@pytest.mark.parametrize(
    ("until", "has_deadline", "timeout"), [(5.0, False, None), (None, True, None), (None, False, 5.0)]
)
def test_a_wait_that_has_an_end_closes_no_circle(
    ann: End, until: float | None, has_deadline: bool, timeout: float | None
) -> None:
    work, reply = ann.work(1, until), ann.call(1, has_deadline=has_deadline)

    class Waits(Reply):
        """Meanwhile the client says that it waits, too."""

        def wait_until_done(self, timeout: float | None) -> None:
            ann.waits.told(Waiting((1,), 1))

    reply.__class__ = Waits
    with Within(Bounds(work=work)), pytest.raises(TimeoutError):
        reply.result(timeout)
    assert work.waits_for is None
    assert not reply.done()
