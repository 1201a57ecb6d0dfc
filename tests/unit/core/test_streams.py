"""Two ends in memory: generators that one returns or passes, and the other reads; each test both ways."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from greennow.core.deadline import deadline
from greennow.core.errors import (
    Cancelled,
    Disconnected,
    LimitExceeded,
    ProtocolError,
    RemoteError,
)
from greennow.core.limits import Limits
from greennow.core.messages import Demand, Failure, Next
from greennow.core.peer import Peer
from greennow.core.reply import Reply
from greennow.core.stream import WINDOW, Stream
from greennow.core.tree import Set
from greennow.core.values import share

from .ends import Two

LIMITS = Limits(max_calls=3, max_callbacks=3, max_message=20_000)


@pytest.fixture(params=["ann reads", "bob reads"])
def two(request: pytest.FixtureRequest) -> Iterator[Two]:
    two = Two(LIMITS)
    if request.param == "bob reads":
        two.ann, two.bob = two.bob, two.ann
    yield two
    gc.collect()


class Rows:
    """A generator function that tells how far it has run, and how it ended."""

    def __init__(self, count: int, error: type[Exception] | None = None) -> None:
        self.count = count
        self.error = error
        self.produced = 0
        self.ended = 0

    def __call__(self) -> Iterator[int]:
        try:
            for row in range(self.count):
                self.produced += 1
                yield row
            if self.error is not None:
                raise self.error("no more")
        finally:
            self.ended += 1


def at_rest(*peers: Peer) -> bool:
    """Is nothing kept of any stream?"""
    return all(
        not peer.under_way
        and not peer.streams._ours
        and not peer.streams._theirs
        and not peer.outgoing.replies
        for peer in peers
    )


def read(two: Two, rows: Callable[..., Any]) -> Reply:
    """Ann calls what Bob has."""
    two.bob.expose(rows, "rows")
    return two.call("rows")


# Items


def test_what_a_generator_yields_is_read_in_its_order(two: Two) -> None:
    rows = Rows(1_000)
    assert list(read(two, rows)) == list(range(1_000))
    assert rows.ended == 1
    two.settle()
    assert at_rest(two.ann.peer, two.bob.peer)


def test_an_empty_one_ends_at_once(two: Two) -> None:
    assert list(read(two, Rows(0))) == []


def test_items_are_what_results_are(two: Two) -> None:
    back: list[Any] = []

    def rows() -> Iterator[Any]:
        yield {"a": (1, b"x", None)}
        yield back.append
        yield (letter for letter in "ab")

    mapping, function, letters = read(two, rows)
    assert mapping == {"a": [1, b"x", None]}
    function(7)
    two.settle()
    assert back == [7]
    assert list(letters) == ["a", "b"]


def test_a_generator_may_be_passed_and_stand_within_data(two: Two) -> None:
    two.bob.expose(lambda table, *, more: sum(table["rows"]) + sum(more), "total")
    rows, more = Rows(10), Rows(3)
    two.ann.named("total")
    reply = two.ann.named("total")({"rows": rows()}, more=more())
    two.settle()
    assert reply.result() == 45 + 3
    assert (rows.ended, more.ended) == (1, 1)


def test_a_function_that_is_called_once_more_gives_another_stream(two: Two) -> None:
    one, other = read(two, Rows(3)).result(), two.call("rows").result()
    assert one is not other
    assert [next(one), next(other), *one, *other] == [0, 0, 1, 2, 1, 2]


def test_a_generator_runs_only_when_it_is_read_and_then_only_some_items_ahead(two: Two) -> None:
    rows = Rows(20_000)
    stream = read(two, rows).result()
    two.settle()
    assert rows.produced == 0
    ahead = 0
    for number, row in enumerate(stream, 1):
        assert row == number - 1
        two.settle()
        ahead = max(ahead, rows.produced - number)
    assert WINDOW - 1 <= ahead <= WINDOW
    assert rows.produced == 20_000


def test_large_items_are_held_back_until_those_before_them_are_used_up(two: Two) -> None:
    produced = 0

    def pages() -> Iterator[bytes]:
        nonlocal produced
        for _ in range(40):
            produced += 1
            yield bytes(15_000)

    stream = read(two, pages).result()
    for number, page in enumerate(stream, 1):
        assert page == bytes(15_000)
        two.settle()
        assert (produced - number) * 15_000 <= 65_536 + 15_000
    assert number == 40


def test_who_reads_may_wait_for_what_the_generator_waits_for(two: Two) -> None:
    """Each item of the one takes one of the other."""

    def doubled(numbers: Any) -> Iterator[int]:
        for number in numbers:
            yield 2 * number

    two.bob.expose(doubled)
    reply = two.ann.named("f")(n for n in range(5))
    two.settle()
    assert list(reply) == [0, 2, 4, 6, 8]
    two.settle()
    assert at_rest(two.ann.peer, two.bob.peer)


def test_a_stream_that_is_passed_on_is_another_one(two: Two) -> None:
    rows = Rows(700)
    two.ann.expose(rows, "back")
    two.bob.expose(lambda: two.bob.named("back")().result())
    stream = two.call("f").result()
    assert next(stream) == 0
    assert list(stream) == list(range(1, 700))
    two.settle()
    assert rows.ended == 1
    assert at_rest(two.ann.peer, two.bob.peer)


def test_a_stream_that_is_passed_on_closes_the_one_behind_it(two: Two) -> None:
    rows = Rows(700)
    two.ann.expose(rows, "back")
    two.bob.expose(lambda: two.bob.named("back")().result())
    stream = two.call("f").result()
    next(stream)
    stream.close()
    two.settle()
    assert rows.ended == 1
    assert at_rest(two.ann.peer, two.bob.peer)


# Errors


def test_an_error_comes_after_the_items_before_it(two: Two, caplog: pytest.LogCaptureFixture) -> None:
    stream = read(two, Rows(300, ValueError)).result()
    seen: list[Any] = []
    with pytest.raises(RemoteError, match=r"^now\.rows\(\) failed: ValueError: no more$"):
        seen.extend(stream)
    assert seen == list(range(300))
    assert [record.getMessage() for record in caplog.records] == ["a generator of now.rows() raised"]
    assert list(stream) == []


def test_a_remote_error_is_an_answer_and_is_not_logged(two: Two, caplog: pytest.LogCaptureFixture) -> None:
    def rows() -> Iterator[int]:
        yield 1
        raise RemoteError("sold out", "SoldOut")

    stream = read(two, rows).result()
    next(stream)
    with pytest.raises(RemoteError) as caught:
        next(stream)
    assert (caught.value.message, caught.value.type) == ("sold out", "SoldOut")
    assert caplog.records == []


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (object(), "an item of a generator of now.rows(): object is not shareable"),
        (bytes(30_000), "a message of 30008 bytes: the limit max_message=20000 was passed"),
    ],
)
def test_an_item_that_cannot_be_sent_ends_it_with_the_error(
    two: Two, item: object, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    ended = []

    def rows() -> Iterator[Any]:
        try:
            yield 1
            yield item
        finally:
            ended.append(True)

    stream = read(two, rows).result()
    assert next(stream) == 1
    with pytest.raises(RemoteError) as caught:
        next(stream)
    assert said in str(caught.value)
    assert ended == [True]
    assert caplog.records[0].getMessage() == "a generator of now.rows() yielded what cannot be sent"
    assert at_rest(two.ann.peer, two.bob.peer)


def test_a_name_holds_no_stream(two: Two) -> None:
    with pytest.raises(TypeError, match=r"^now\.x: generator is not shareable by a name; use list\(\.\.\.\)"):
        share((n for n in ()), ("x",))


def test_a_generator_is_sent_once(two: Two, caplog: pytest.LogCaptureFixture) -> None:
    numbers = iter_numbers()
    two.bob.expose(lambda value: None)
    first = two.ann.named("f")(numbers)
    with pytest.raises(ValueError, match=r"^a generator can be sent once: its items come once$"):
        two.ann.named("f")(numbers)
    assert first is not None


def test_not_in_another_session_either(two: Two) -> None:
    other = Two(LIMITS)
    other.ann.sent_items = two.ann.sent_items
    other.ann.peer = Peer(other.ann, LIMITS)
    numbers = iter_numbers()
    two.ann.named("f")(numbers)
    with pytest.raises(ValueError, match=r"^a generator can be sent once: its items come once$"):
        other.ann.named("f")(numbers)


def iter_numbers() -> Iterator[int]:
    yield from range(3)


def test_one_that_was_not_sent_after_all_may_be(two: Two) -> None:
    numbers = iter_numbers()
    two.bob.expose(lambda items, *rest: list(items))
    with pytest.raises(LimitExceeded):
        two.ann.named("f")(numbers, bytes(30_000))
    assert two.ann.peer.under_way == 0
    reply = two.ann.named("f")(numbers)
    two.settle()
    assert reply.result() == [0, 1, 2]


# Closing


def test_breaking_off_ends_the_generator(two: Two) -> None:
    rows = Rows(1_000_000)
    reply = read(two, rows)
    for row in reply:
        if row == 50:
            break
    del reply
    two.settle()
    assert rows.ended == 1
    assert rows.produced <= 50 + WINDOW + 1
    assert at_rest(two.ann.peer, two.bob.peer)


def test_a_stream_that_nobody_looked_at_is_closed(two: Two) -> None:
    rows = Rows(10)
    reply = read(two, rows)
    del reply
    two.settle()
    assert rows.produced == 0
    assert at_rest(two.ann.peer, two.bob.peer)


def test_so_is_one_whose_call_was_given_up(two: Two) -> None:
    two.bob.expose(Rows(10), "rows")
    reply = two.ann.named("rows")()
    reply.cancel()
    two.settle()
    two.settle()
    assert at_rest(two.ann.peer, two.bob.peer)


def test_with_closes_it(two: Two) -> None:
    rows = Rows(1_000)
    with read(two, rows).result() as stream:
        assert next(stream) == 0
    two.settle()
    assert rows.ended == 1
    assert list(stream) == []
    stream.close()
    assert at_rest(two.ann.peer, two.bob.peer)


def test_items_that_cross_the_closing_are_dropped(two: Two) -> None:
    stream = read(two, Rows(10)).result()
    reader = two.ann
    with stream._source.step():
        stream._ask()
    reader.send_waiting(two.bob)
    stream.close()
    two.settle()
    assert list(stream) == []
    assert at_rest(two.ann.peer, two.bob.peer)


def test_an_error_in_the_closing_is_reported_where_the_generator_is(two: Two) -> None:
    def rows() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            raise ValueError("cannot close")

    stream = read(two, rows).result()
    next(stream)
    stream.close()
    two.settle()
    assert ("ValueError", "a generator of now.rows() raised when it was closed") in two.bob.told


def test_one_that_ignores_being_closed_is_left_and_that_is_reported_once(two: Two) -> None:
    def rows() -> Iterator[int]:
        while two.bob.told.count("ignored") < 2:
            try:
                yield 1
            except GeneratorExit:
                two.bob.told.append("ignored")

    kept = rows()  # Python closes it once more when it is freed
    stream = read(two, lambda: kept).result()
    next(stream)
    stream.close()
    two.settle()
    assert two.bob.told.count("ignored") == 1
    assert ("RuntimeError", "a generator of now.rows() raised when it was closed") in two.bob.told
    assert at_rest(two.ann.peer, two.bob.peer)


def test_what_the_generator_waits_for_is_given_up_when_it_is_closed(two: Two) -> None:
    caught: list[BaseException] = []
    two.ann.expose(Reply, "never")

    def rows() -> Iterator[Any]:
        yield 1
        waiting = two.bob.named("never")()
        stream.close()
        try:
            waiting.result()
        except BaseException as error:
            caught.append(error)
            raise

    stream = read(two, rows).result()
    assert next(stream, "nothing any more") == "nothing any more"
    assert [str(error) for error in caught] == ["nobody reads the stream any more"]
    assert isinstance(caught[0], Cancelled)
    assert two.bob.told.count("interrupted: nobody reads the stream any more") == 1
    two.settle()
    assert at_rest(two.bob.peer)


def test_who_is_given_up_while_it_reads_does_not_take_that_for_the_end(two: Two) -> None:
    """Else an upload that is broken off would look complete."""
    seen: list[Any] = []
    waits = 0

    def settle() -> None:
        nonlocal waits
        waits += 1
        if waits == 2:
            reply.cancel()
        two.settle()

    def load(rows: Any) -> None:
        try:
            seen.extend(rows)
            seen.append("complete")
        except Cancelled as error:
            seen.append(str(error))
            raise

    two.bob.settle = settle
    two.bob.expose(load)
    rows = Rows(1_000_000)
    reply = two.ann.named("f")(rows())
    two.settle()
    assert (waits, seen) == (2, [*range(WINDOW), "the caller has given up"])
    two.settle()
    assert rows.ended == 1
    assert at_rest(two.ann.peer, two.bob.peer)


# Time


def test_a_deadline_around_the_loop_ends_it_and_the_stream(two: Two) -> None:
    rows = Rows(3)

    def slow() -> Iterator[int]:
        yield from rows()
        two.ann.advance(5)
        two.bob.holds_turns = True
        yield 7

    stream = read(two, slow).result()
    seen = []
    with (
        pytest.raises(TimeoutError, match=r"^the next item of a stream has not come within 5 s$"),
        deadline(5),
    ):
        seen.extend(iter(stream.__next__, 7))
    two.bob.holds_turns = False
    two.settle()
    assert list(stream) == []
    assert at_rest(two.ann.peer, two.bob.peer)


def test_a_wait_in_vain_keeps_nothing_for_the_collector(two: Two) -> None:
    def slow() -> Iterator[int]:
        two.bob.holds_turns = True
        two.ann.advance(6)
        yield 7

    def reads(stream: Stream) -> weakref.ref[Stream]:
        try:
            next(stream)
            next(stream)
        except TimeoutError:
            return weakref.ref(stream)
        raise AssertionError("there was time enough")

    gc.collect()
    gc.disable()
    try:
        with deadline(5):
            gone = reads(read(two, slow).result())
        assert gone() is None
    finally:
        gc.enable()
    two.bob.holds_turns = False
    two.settle()


def test_a_deadline_within_the_generator_lasts_from_item_to_item(two: Two) -> None:
    two.ann.expose(Reply, "never")

    def rows() -> Iterator[Any]:
        with deadline(5):
            yield 1
            reply = two.bob.named("never")()
            two.bob.advance(6)
            try:
                reply.result()
            except TimeoutError as error:
                yield str(error)
        free = two.bob.named("never")()
        two.bob.advance(100)
        yield free.done()

    assert list(read(two, rows)) == [1, "now.never() has not answered within 5 s", False]


# The session


def test_who_reads_when_the_session_ends_is_told_after_the_items_that_came(two: Two) -> None:
    rows = Rows(1_000)
    stream = read(two, rows).result()
    next(stream)
    for host in (two.ann, two.bob):
        host.peer.end(Disconnected("gone", 1001))
        host.go_on()
    seen: list[Any] = []
    with pytest.raises(Disconnected, match=r"^gone \(code 1001\)$"):
        seen.extend(stream)
    assert seen == list(range(1, len(seen) + 1))
    assert seen
    assert rows.ended == 1
    assert list(stream) == []
    stream.close()
    assert at_rest(two.ann.peer, two.bob.peer)


def test_a_generator_for_one_who_has_gone_never_begins(two: Two) -> None:
    rows = Rows(3)
    two.bob.expose(rows, "rows")
    two.bob.holds_calls = True
    two.ann.named("rows")()
    two.settle()
    two.bob.peer.end(Disconnected("gone"))
    two.bob.held[0].run()
    assert (rows.produced, two.bob.peer.under_way) == (0, 0)


# Limits


def test_streams_and_calls_under_way_are_counted_together(two: Two, caplog: pytest.LogCaptureFixture) -> None:
    streams = [read(two, Rows(10)).result() for _ in range(3)]
    assert two.bob.peer.under_way == 3
    refused = two.call("rows")
    with pytest.raises(
        RemoteError, match=r"the limit max_calls=3 of calls and streams under way was passed$"
    ):
        refused.result()
    streams.pop()
    two.settle()
    assert list(two.call("rows")) == list(range(10))


def test_who_returns_too_many_is_told(two: Two, caplog: pytest.LogCaptureFixture) -> None:
    reply = read(two, lambda: [iter_numbers() for _ in range(5)])
    with pytest.raises(
        RemoteError,
        match=r"LimitExceeded: calls and streams under way: the limit max_calls=3 was passed$",
    ):
        reply.result()
    assert two.bob.peer.under_way == 0


def test_more_streams_than_one_end_takes_break_the_protocol(two: Two) -> None:
    streams = two.ann.peer.streams
    kept = [streams.borrow(number) for number in (1, 2, 7)]
    with pytest.raises(ProtocolError, match=r"^more than max_calls=3 streams at once \(code 4008\)$"):
        streams.borrow(8)
    assert len(kept) == 3


# What breaks the protocol


def test_numbers_of_streams_only_rise(two: Two) -> None:
    stream = two.ann.peer.streams.borrow(5)
    for number in (5, 4, 1):
        with pytest.raises(ProtocolError, match=rf"^stream {number} comes after stream 5 \(code 1002\)$"):
            two.ann.peer.streams.borrow(number)
    assert isinstance(stream, Stream)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (Next(1, [1]), "items of stream 1, which was not sent"),
        (Next(1, [], True), "items of stream 1, which was not sent"),
        (Next(1, [], Failure("T", "m")), "items of stream 1, which was not sent"),
        (Demand(1, 1), "demand of stream 1, which was not sent"),
        (Demand(1, 0), "demand of stream 1, which was not sent"),
    ],
)
def test_what_is_said_of_a_stream_that_there_never_was(two: Two, message: Any, said: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        two.ann.peer.handle(message)
    assert caught.value.reason == said


def test_items_that_were_not_asked_for(two: Two) -> None:
    stream = read(two, Rows(10)).result()
    with pytest.raises(ProtocolError) as caught:
        two.ann.peer.handle(Next(1, [1]))
    assert caught.value.reason == "1 items of stream 1, of which 0 are awaited"
    assert stream is not None


def test_a_demand_beyond_all_bounds_holds_no_more_than_64_kib(two: Two) -> None:
    produced = 0

    def endless() -> Iterator[bytes]:
        nonlocal produced
        while True:
            produced += 1
            yield bytes(1_000)

    stream = read(two, endless).result()
    for _ in range(3):
        two.ann.peer.say(Demand(1, 2**53 - 1))
    two.ann.send_waiting(two.bob)
    for _ in range(50):
        two.bob.go_on()
    assert produced <= 65_536 // 1_000 + 1
    stream.close()
    two.bob.go_on()
    assert not two.bob.peer.under_way or two.ann.send_waiting(two.bob)


def test_writes_and_items_keep_their_order(two: Two) -> None:
    def rows() -> Iterator[int]:
        two.bob.peer.write([Set(("x",), 1)])
        yield 1
        two.bob.peer.write([Set(("x",), 2)])

    stream = read(two, rows).result()
    two.ann.told.clear()
    assert next(stream) == 1
    written = [told[1] for told in two.ann.told if told[0] == "applied"]
    assert written == [(Set(("x",), 1),), (Set(("x",), 2),)]


# Memory


def test_a_stream_that_is_read_to_its_end_is_freed_without_the_collector(two: Two) -> None:
    gc.collect()
    gc.disable()
    try:
        for error in (None, RemoteError):
            reply = read(two, Rows(300, error))
            stream = reply.result()
            (production,) = two.bob.peer.streams._ours.values()
            gone = [weakref.ref(stream), weakref.ref(production.items)]
            del reply, production
            try:
                for _ in stream:
                    pass
            except RemoteError:
                pass
            two.settle()
            del stream
            assert [ref() for ref in gone] == [None, None]
    finally:
        gc.enable()
