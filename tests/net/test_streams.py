"""Generators between a server and its clients, over lines that break, stall and are held."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import gevent
import pytest
from gevent.event import Event

import greennow
from greennow import Cancelled, Disconnected, Now, RemoteError
from greennow.core.context import This
from greennow.core.stream import WINDOW
from greennow.testing import Harness
from greennow.testing.client import Client


class Rows:
    """A generator function that tells how far it has run, and how it ended."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.produced = 0
        self.ended: list[str] = []

    def __call__(self) -> Iterator[int]:
        try:
            for row in range(self.count):
                self.produced += 1
                yield row
        except BaseException as error:
            self.ended.append(type(error).__name__)
            raise
        finally:
            self.ended.append("cleaned up")


class Feed:
    """A generator function that yields one item and then waits for ever, or until `go_on`."""

    def __init__(self) -> None:
        self.go_on = Event()
        self.waits = Event()
        self.ended: list[str] = []

    def __call__(self) -> Iterator[str]:
        try:
            yield "first"
            while True:
                self.waits.set()
                self.go_on.wait()
                self.go_on.clear()
                yield "next"
        except BaseException as error:
            self.ended.append(type(error).__name__)
            raise
        finally:
            gevent.sleep(0)
            self.ended.append("cleaned up")


def nothing_left(h: Harness, *clients: Client) -> None:
    """No stream, no call and no code of the program's is left at either end."""
    for client in clients:
        for peer in (client.end.peer, client.this.peer):
            if peer is not None:
                assert (peer.under_way, peer.streams._ours, list(peer.streams._theirs)) == (0, {}, [])
    assert not h.now.under_way


# From the server


def test_a_client_reads_what_a_function_of_the_servers_yields(h: Harness) -> None:
    rows = Rows(1_000)
    h.everyone.now.rows = rows
    ann = h.connect()
    assert list(ann.now.rows()) == list(range(1_000))
    h.settle()
    assert rows.ended == ["cleaned up"]
    nothing_left(h, ann)


def test_a_table_that_is_read_slowly_is_never_more_than_256_rows_ahead(h: Harness) -> None:
    rows = Rows(20_000)
    h.everyone.now.rows = rows
    ann = h.connect()
    for number, row in enumerate(ann.now.rows(), 1):
        assert row == number - 1
        if number % 1_000 == 0:
            h.settle()
        assert rows.produced - number <= WINDOW
    assert number == 20_000


def test_breaking_off_ends_the_generator_at_once(h: Harness) -> None:
    rows = Rows(1_000_000)
    h.everyone.now.rows = rows
    ann = h.connect()
    for row in ann.now.rows():
        if row == 50:
            break
    h.settle()
    assert rows.ended == ["GeneratorExit", "cleaned up"]
    assert rows.produced <= 50 + WINDOW + 1
    nothing_left(h, ann)


def test_a_generator_that_waits_is_stopped_where_it_waits(h: Harness) -> None:
    feed = Feed()
    h.everyone.now.feed = feed
    ann = h.connect()
    with ann.now.feed().result() as stream:
        assert next(stream) == "first"
        feed.waits.wait()
    h.settle()
    assert feed.ended == ["Cancelled", "cleaned up"]
    nothing_left(h, ann)


def test_closed_in_the_turn_in_which_it_yields_its_cleaning_up_is_not_interrupted(h: Harness) -> None:
    feed = Feed()
    h.everyone.now.feed = feed
    ann = h.connect()
    stream = ann.now.feed().result()
    next(stream)
    feed.waits.wait()
    (production,) = ann.this.peer.streams._ours.values()
    feed.go_on.set()
    production.close("nobody reads it")
    h.settle()
    assert feed.ended[-1] == "cleaned up"
    assert not h.now.under_way


def test_this_is_the_client_for_all_of_it(h: Harness) -> None:
    this = This(h.now.context)

    def ids() -> Iterator[str]:
        while True:
            yield this.client_id
            gevent.sleep(0)

    h.everyone.now.ids = ids
    ann, bob = h.connect(), h.connect()
    of_ann, of_bob = ann.now.ids().result(), bob.now.ids().result()
    for _ in range(3):
        assert (next(of_ann), next(of_bob)) == (ann.client_id, bob.client_id)
    of_ann.close()
    of_bob.close()
    h.settle()
    nothing_left(h, ann, bob)


def test_what_is_around_calls_is_around_the_generator_from_its_first_item_to_its_last() -> None:
    told: list[str] = []
    variable = ContextVar("variable", default="outside")

    @contextmanager
    def app_context() -> Iterator[None]:
        token = variable.set("inside")
        try:
            yield
        finally:
            variable.reset(token)

    def around(work: Any) -> Any:
        told.append(f"before {work.name}")
        try:
            with app_context():
                return work()
        finally:
            told.append(f"after {work.name}")

    def rows() -> Iterator[str]:
        yield variable.get()
        yield variable.get()

    now = Now(around=around)
    now.everyone.now.rows = rows
    with Harness(now) as h:
        ann = h.connect()
        stream = ann.now.rows().result()
        assert told == ["before now.rows()", "after now.rows()"]
        assert list(stream) == ["inside", "inside"]
        h.settle()
        assert told[2:] == ["before a generator of now.rows()", "after a generator of now.rows()"]


def test_where_that_fails_the_reader_is_told(caplog: pytest.LogCaptureFixture) -> None:
    def around(work: Any) -> Any:
        if work.name.startswith("a generator"):
            raise RuntimeError("no database")
        return work()

    rows = Rows(3)
    now = Now(around=around)
    now.everyone.now.rows = rows
    with Harness(now) as h:
        ann = h.connect()
        with pytest.raises(RemoteError, match=r"^now\.rows\(\) failed: RuntimeError: no database$"):
            list(ann.now.rows())
        h.settle()
        assert rows.ended == []
        nothing_left(h, ann)


def test_a_timeout_of_the_generators_comes_between_its_items_too(h: Harness) -> None:
    late = Event()

    def rows() -> Iterator[Any]:
        try:
            with gevent.Timeout(0.05):
                while True:
                    yield "in time"
        except gevent.Timeout:
            late.set()
            yield "late"

    h.everyone.now.rows = rows
    ann = h.connect()
    stream = ann.now.rows().result()
    next(stream)
    late.wait()
    assert list(stream) == ["in time"] * (WINDOW - 1) + ["late"]
    h.settle()
    nothing_left(h, ann)


def test_a_generator_may_ask_the_very_client_that_reads_it(h: Harness) -> None:
    this = This(h.now.context)

    def squares() -> Iterator[int]:
        for number in range(20):
            yield this.now.square(number).result()

    h.everyone.now.squares = squares
    ann = h.connect()
    ann.now.square = lambda number: number * number
    h.settle()
    assert list(ann.now.squares()) == [number * number for number in range(20)]


def test_generators_of_both_may_read_each_other_twenty_deep(h: Harness) -> None:
    this = This(h.now.context)

    def down(depth: int) -> Iterator[int]:
        yield depth
        if depth:
            yield from this.now.down(depth - 1)

    h.everyone.now.server_down = down
    ann = h.connect()

    def down_at_ann(depth: int) -> Iterator[int]:
        yield depth
        if depth:
            yield from ann.now.server_down(depth - 1)

    ann.now.down = down_at_ann
    h.settle()
    assert list(ann.now.server_down(20)) == list(range(20, -1, -1))
    h.settle()
    nothing_left(h, ann)


def test_it_is_closed_at_the_deadline_around_the_loop(h: Harness) -> None:
    feed = Feed()
    h.everyone.now.feed = feed
    ann = h.connect()
    seen: list[Any] = []

    def read() -> None:
        try:
            with greennow.deadline(5):
                seen.extend(ann.now.feed())
        except TimeoutError as error:
            seen.append(str(error))

    reading = gevent.spawn(read)
    feed.waits.wait()
    gevent.idle()
    h.advance(5)
    reading.get()
    assert seen[0] == "first"
    assert str(seen[1]).startswith("the next item of a stream has not come within ")
    h.settle()
    assert feed.ended == ["Cancelled", "cleaned up"]


# From a client


def test_the_server_reads_what_a_client_passes(h: Harness) -> None:
    h.everyone.now.total = sum
    ann = h.connect()
    rows = Rows(1_000)
    assert ann.now.total(rows()).result() == sum(range(1_000))
    h.settle()
    assert rows.ended == ["cleaned up"]
    nothing_left(h, ann)


def test_a_handler_that_breaks_off_closes_the_clients_generator_at_once(h: Harness) -> None:
    def first(rows: Any) -> int:
        for row in rows:
            return row
        return -1

    h.everyone.now.first = first
    ann = h.connect()
    rows = Rows(1_000_000)
    assert ann.now.first(rows()).result() == 0
    h.settle()
    assert rows.ended == ["GeneratorExit", "cleaned up"]
    nothing_left(h, ann)


def test_a_handler_that_is_given_up_does_not_take_that_for_the_end(h: Harness) -> None:
    told: list[Any] = []
    waits = Event()

    def load(rows: Any) -> None:
        try:
            for row in rows:
                told.append(row)
                waits.set()
            told.append("complete")
        except Cancelled as error:
            told.append(str(error))
            raise
        finally:
            gevent.sleep(0)
            told.append("cleaned up")

    def rows() -> Iterator[int]:
        yield 1
        ann.now.never().result()

    h.everyone.now.load = load
    h.everyone.now.never = Event().wait
    ann = h.connect()
    reply = ann.now.load(rows())
    waits.wait()
    gevent.idle()
    reply.cancel()
    h.settle()
    assert told == [1, "the caller has given up", "cleaned up"]
    nothing_left(h, ann)


def test_a_stream_is_passed_on_to_another_client_and_closed_through_it(h: Harness) -> None:
    def relay(client_id: str) -> Any:
        return h.now.get_client(client_id).now.rows().result()

    h.everyone.now.relay = relay
    ann, bob = h.connect(), h.connect()
    rows = Rows(1_000)
    ann.now.rows = rows
    h.settle()
    assert list(bob.now.relay(ann.client_id)) == list(range(1_000))
    for row in bob.now.relay(ann.client_id):
        if row == 5:
            break
    h.settle()
    assert rows.ended == ["cleaned up", "GeneratorExit", "cleaned up"]
    nothing_left(h, ann, bob)


def test_who_reads_what_was_passed_on_is_told_that_its_maker_has_gone(h: Harness) -> None:
    def relay(client_id: str) -> Any:
        return h.now.get_client(client_id).now.feed().result()

    h.everyone.now.relay = relay
    ann, bob = h.connect(), h.connect()
    started = Event()

    def feed() -> Iterator[int]:
        yield 1
        started.set()
        ann.now.never().result()

    h.everyone.now.never = Event().wait
    ann.now.feed = feed
    h.settle()
    stream = bob.now.relay(ann.client_id).result()
    assert next(stream) == 1
    started.wait()
    ann.close()
    with pytest.raises(RemoteError, match="Disconnected"):
        next(stream)
    h.settle()
    nothing_left(h, bob)


def test_a_generator_goes_to_one_client_and_not_to_a_group(h: Harness) -> None:
    ann, bob = h.connect(), h.connect()
    for client in (ann, bob):
        client.now.show = lambda rows: None
    h.settle()
    with pytest.raises(
        TypeError,
        match=r"^a generator goes to one client: its items come once; call each client by itself$",
    ):
        h.everyone.now.show(n for n in range(3))
    with pytest.raises(TypeError, match=r"generator is not shareable by a name; use list\(\.\.\.\)"):
        h.everyone.now.rows = (n for n in range(3))
    h.settle()
    nothing_left(h, ann, bob)


@pytest.mark.parametrize("of", [lambda rows: rows, lambda rows: [{"rows": rows}]])
def test_nor_to_all_who_are_to_answer_and_none_is_called(h: Harness, of: Callable[[Any], Any]) -> None:
    ann, bob = h.connect(), h.connect()
    called: list[Any] = []
    for client in (ann, bob):
        client.now.show = called.append
    h.settle()
    text = "^a generator goes to one client: its items come once; call each client by itself$"
    with pytest.raises(TypeError, match=text):
        h.everyone.now.show.gather(of(n for n in range(3)))
    with pytest.raises(TypeError, match=text):
        h.everyone.now.show.gather(rows=of(n for n in range(3)))
    h.settle()
    assert called == []
    nothing_left(h, ann, bob)


def test_nor_to_one_client_after_another(h: Harness) -> None:
    ann, bob = h.connect(), h.connect()
    for client in (ann, bob):
        client.now.show = list
    h.settle()
    rows = (n for n in range(3))
    assert ann.this.now.show(rows).result() == [0, 1, 2]
    with pytest.raises(ValueError, match=r"^a generator can be sent once: its items come once$"):
        bob.this.now.show(rows)


# At the end that made it


def test_at_the_end_that_made_it_the_generator_itself_comes(h: Harness) -> None:
    rows = Rows(3)
    ann = h.connect()
    ann.now.rows = rows
    h.everyone.now.server_rows = rows
    h.settle()
    assert list(ann.now.rows()) == [0, 1, 2]
    assert list(ann.this.now.server_rows()) == [0, 1, 2]
    nothing_left(h, ann)


# Faults


def test_over_lines_that_are_cut_every_item_comes_once_and_in_order(h: Harness) -> None:
    h.everyone.now.rows = Rows(2_000)
    ann = h.connect()
    seen: list[int] = []

    def read() -> None:
        for row in ann.now.rows():
            seen.append(row)
            if row % 300 == 299:
                gevent.sleep(0)

    reading = gevent.spawn(read)
    for _ in range(20):
        h.drop(ann)
        h.resume(ann)
        if reading.ready():
            break
    h.settle()
    reading.get()
    assert seen == list(range(2_000))
    nothing_left(h, ann)


@pytest.mark.parametrize("fault", ["stalled", "held", "holding"])
def test_a_client_that_is_held_costs_no_more_than_the_credit(h: Harness, fault: str) -> None:
    rows = Rows(1_000_000)
    h.everyone.now.rows = rows
    ann = h.connect()
    stream = ann.now.rows().result()
    next(stream)
    h.settle()
    if fault == "stalled":
        h.stall(ann)
    else:
        h.hold(ann, received=fault == "held", sent=fault == "holding")
    for _ in range(WINDOW - 1):
        next(stream)
    h.settle()
    assert rows.produced <= 2 * WINDOW + 1
    h.resume(ann)
    assert next(stream) == WINDOW
    stream.close()
    h.settle()
    assert rows.ended == ["GeneratorExit", "cleaned up"]
    nothing_left(h, ann)


def test_past_the_resume_window_the_reader_is_told_and_the_generator_closed(h: Harness) -> None:
    rows = Rows(1_000_000)
    h.everyone.now.rows = rows
    ann = h.connect()
    stream = ann.now.rows().result()
    next(stream)
    h.settle()
    h.hold(ann)
    h.drop(ann)
    h.advance(h.now.options.resume_window + 1)
    seen = []
    with pytest.raises(Disconnected):
        seen.extend(stream)
    assert seen == list(range(1, WINDOW))
    assert rows.ended == ["GeneratorExit", "cleaned up"]
    h.resume(ann)
    h.settle()
    again = ann.now.rows().result()
    assert next(again) == 0
    again.close()
    h.settle()
    nothing_left(h, ann)


def test_a_client_that_goes_leaves_no_generator_behind_at_either_end(h: Harness) -> None:
    feed, rows = Feed(), Rows(1_000_000)
    kept: list[Any] = []
    h.everyone.now.feed = feed
    h.everyone.now.keep = lambda items: kept.append((items, next(items))) and None
    ann = h.connect()
    stream = ann.now.feed().result()
    next(stream)
    ann.now.keep(rows()).result()
    feed.waits.wait()
    ann.close()
    h.settle()
    assert feed.ended == ["Cancelled", "cleaned up"]
    assert rows.ended == ["GeneratorExit", "cleaned up"]
    with pytest.raises(Disconnected):
        list(kept[0][0])


# At rest, and stopping


def test_a_generator_between_two_items_is_at_rest_and_one_at_work_is_not(h: Harness) -> None:
    feed = Feed()
    h.everyone.now.feed = feed
    h.everyone.now.rows = Rows(1_000)
    ann = h.connect()
    rows = ann.now.rows().result()
    next(rows)
    h.settle()
    assert not h.now.under_way
    stream = ann.now.feed().result()
    next(stream)
    feed.waits.wait()
    assert len(h.now.under_way) == 1
    with pytest.raises(TimeoutError, match=r"code runs: __call__\(\) at .*test_streams\.py"):
        h.settle(timeout=0.1)
    stream.close()
    rows.close()
    h.settle()


def test_who_waits_for_an_item_is_named_as_what_moves(h: Harness) -> None:
    feed = Feed()
    h.everyone.now.load = list
    h.everyone.now.never = Event().wait
    ann = h.connect()

    def rows() -> Iterator[Any]:
        yield ann.now.never().result()

    reply = ann.now.load(rows())
    with pytest.raises(TimeoutError, match=r"(?s)waits for an answer"):
        h.settle(timeout=0.1)
    reply.cancel()
    h.settle()
    assert feed.ended == []
    nothing_left(h, ann)


@pytest.mark.parametrize("state", ["at work", "between items", "not begun"])
def test_a_server_that_stops_closes_generators_and_does_not_wait_for_their_end(state: str) -> None:
    now = Now()
    feed, rows = Feed(), Rows(1_000_000)
    now.everyone.now.feed = feed
    now.everyone.now.rows = rows
    with Harness(now) as h:
        ann = h.connect()
        stream = (ann.now.feed if state == "at work" else ann.now.rows)().result()
        if state != "not begun":
            next(stream)
        if state == "at work":
            feed.waits.wait()
        else:
            h.settle()
        with gevent.Timeout(5):
            h._server.stop(timeout=60)
        if state == "at work":
            assert feed.ended == ["Cancelled", "cleaned up"]
        else:
            assert rows.ended == (["GeneratorExit", "cleaned up"] if state == "between items" else [])
        assert not now.under_way
        assert not [greenlet for greenlet in now.greenlets.spawned if not greenlet.ready()]


# Limits


def test_open_streams_count_as_calls_under_way() -> None:
    now = Now(max_calls=3)
    now.everyone.now.rows = Rows(10)
    with Harness(now) as h:
        ann = h.connect()
        streams = [ann.now.rows().result() for _ in range(3)]
        with pytest.raises(
            RemoteError, match=r"the limit max_calls=3 of calls and streams under way was passed$"
        ):
            ann.now.rows().result()
        streams.pop().close()
        assert list(ann.now.rows()) == list(range(10))
        del streams
        gc.collect()
        h.settle()
        nothing_left(h, ann)
