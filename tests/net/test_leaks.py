"""What `greennow.testing` tells of functions that are out, and of what else is left over."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from greennow import Now
from greennow.testing import Harness, assert_no_leaks, lent


@pytest.fixture
def h() -> Iterator[Harness]:
    with Harness(Now()) as harness:
        yield harness
        assert_no_leaks(harness)


def site(function: Callable[..., Any]) -> str:
    return f"test_leaks.py:{function.__code__.co_firstlineno} {function.__qualname__[-60:]}"


def leaks(h: Harness) -> list[str]:
    """The lines that say what is left over, but for the table's."""
    with pytest.raises(AssertionError) as raised:
        assert_no_leaks(h)
    return str(raised.value).splitlines()


# What is out


def test_functions_are_told_that_are_out_in_either_direction(h: Harness) -> None:
    kept: list[Any] = []
    h.everyone.expose("keep")(kept.append)

    def ours() -> None: ...

    def theirs() -> None: ...

    h.everyone.expose("give")(lambda: ours)
    ann = h.connect()
    stubs = [ann.now.give().result() for _ in range(2)]
    ann.now.keep(theirs)
    h.settle()
    assert list(lent(h)) == [
        (ann.client_id, "lent", 0, site(ours), None, None, 2),
        (ann.client_id, "borrowed", 0, site(theirs), None, None, 1),
    ]
    assert [row.site for row in lent(h.now)] == [site(ours), ""]
    assert len(leaks(h)) == 5, "a head, two lines of a table, and two that say what it is"
    stubs.clear()
    kept.clear()


def test_of_nothing_there_is_no_table(h: Harness) -> None:
    assert (list(lent(h)), str(lent(h))) == ([], "no functions are out")


def test_a_function_lent_to_many_is_told_once(h: Harness) -> None:
    kept: list[Any] = []
    for _ in range(3):
        h.connect().now.keep = kept.append
    h.settle()

    def wide() -> None: ...

    h.everyone.now.keep(wide)
    h.settle()
    assert list(lent(h)) == [("many", "lent", 1, site(wide), None, None, 3)]
    kept.clear()


def test_in_debug_the_table_has_ages_and_calls() -> None:
    def wide() -> None: ...

    def callback() -> None: ...

    with Harness(Now(), debug=True) as h:
        kept: list[Any] = []
        ann = h.connect()
        ann.now.keep = kept.append
        h.settle()
        ann.this.now.keep(callback)
        h.settle()
        h.advance(1.5)
        h.everyone.now.keep(wide)
        h.settle()
        for stub in kept:
            stub().result()
        kept[0].send()
        h.settle()
        h.advance(0.25)
        assert list(lent(h)) == [
            ("many", "lent", 1, site(wide), 0.25, 1, 1),
            (ann.client_id, "lent", 0, site(callback), 1.75, 2, 1),
        ]
        width = len(ann.client_id)
        assert str(lent(h)).splitlines() == [
            f"{'client':{width}}  direction  functions  age    calls  loans  made at",
            f"{'many':{width}}  lent       1          0.2 s  1      1      {site(wide)}",
            f"{ann.client_id:{width}}  lent       1          1.8 s  2      1      {site(callback)}",
        ]
        stub = None
        kept.clear()
        assert_no_leaks(h)
        assert h.now.lending.ledger is not None
        assert h.now.lending.ledger.entry(1) == (None, None)


def test_as_text_what_was_made_at_one_place_is_one_line_and_there_are_not_too_many(h: Harness) -> None:
    kept: list[Any] = []
    ann = h.connect()
    ann.now.keep = kept.extend
    h.settle()
    rare = [eval(compile(f"lambda: {n}", f"{n}.py", "eval")) for n in range(50)]
    often = [lambda n=n: n for n in range(1_200)]
    ann.this.now.keep(rare + often)
    h.settle()
    head, first, second, *others, rest = str(lent(h)).splitlines()
    assert head.split() == ["client", "direction", "functions", "age", "calls", "loans", "made", "at"]
    assert first.split() == [ann.client_id, "lent", "1,200", "-", "-", "1,200", *site(often[0]).split()]
    assert second.split() == [ann.client_id, "lent", "1", "-", "-", "1", "0.py:1", "<lambda>"]
    assert len(others) == 38
    assert rest == "... and 11 more places"
    kept.clear()


# What is left over


def test_calls_that_are_under_way_are_left_over(h: Harness) -> None:
    ann, bob = h.connect(), h.connect()
    ann.now.f = bob.now.f = lambda: "at last"
    h.settle()
    h.hold(ann)
    h.hold(bob, sent=False)
    replies = [ann.this.now.f(), bob.now.f()]
    assert leaks(h) == [
        "something is left over",
        f"calls are under way of the server with {ann.client_id}: 1 made, 0 answered",
    ]
    for client in (ann, bob):
        h.resume(client)
    assert [reply.result() for reply in replies] == ["at last"] * 2


def test_clients_and_groups_that_have_gone_are_left_over_while_somebody_keeps_them(h: Harness) -> None:
    ann = h.connect()
    kept = ann.this
    room = h.now.get_group("room")
    room.add_user(ann.client_id)
    assert_no_leaks(h)
    ann.close()
    h.settle()
    assert sorted(leaks(h)[1:]) == [
        f"a client that has gone is still referred to: {kept.client_id}",
        "a group that has gone is still referred to: 'room'",
    ]


def test_a_client_that_keeps_nothing_lets_go_of_its_functions_as_it_goes(h: Harness) -> None:
    ann = h.connect()
    this = ann.this
    kept: list[Any] = []
    ann.now.keep = kept.append
    h.settle()
    this.now.keep(lambda: None)
    h.settle()
    assert len(this.peer.lending) == 1
    ann.close()
    h.settle()
    assert len(this.peer.lending) == 0


# The log


@pytest.mark.parametrize(("count", "is_logged"), [(99, False), (100, True)])
def test_in_debug_a_client_that_ends_with_many_functions_out_is_logged(
    caplog: pytest.LogCaptureFixture, count: int, is_logged: bool
) -> None:
    kept: list[Any] = []
    with caplog.at_level(logging.INFO, "greennow"), Harness(Now(), debug=True) as h:
        h.everyone.expose("keep")(kept.extend)
        ann = h.connect()
        ann.now.keep([lambda n=n: n for n in range(count)]).result()
        client_id = ann.client_id
        ann.close()
        h.settle()
    first = f"client {client_id} ends with {count} functions out:"
    said = [record.getMessage() for record in caplog.records if " ends with " in record.getMessage()]
    assert [text.splitlines()[0] for text in said] == [first] * is_logged
