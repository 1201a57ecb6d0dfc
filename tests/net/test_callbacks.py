"""Functions that are passed along: released, the same each time, home again, on to a third, and too many."""

from __future__ import annotations

import gc
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest

from greennow import LimitExceeded, NoSuchFunction, Now
from greennow.client import Client, Disconnected
from greennow.testing import Harness, assert_no_leaks, lent

from ..unit.client.clocks import DEADLINE
from .serving import ServerThread


@pytest.fixture
def h() -> Iterator[Harness]:
    with Harness(Now()) as harness:
        yield harness
        assert_no_leaks(harness)


@pytest.fixture
def taken() -> list[Any]:
    """What the server with a thread of its own was passed, as it keeps it."""
    return []


@pytest.fixture
def now(taken: list[Any]) -> Now:
    now = Now()
    now.everyone.expose("give")(lambda: seven)
    now.everyone.expose("take")(taken.append)
    return now


def seven() -> int:
    return 7


def keep(h: Harness) -> tuple[Any, list[Any]]:
    """A client, and what it was passed as it keeps it."""
    kept: list[Any] = []
    ann = h.connect()
    ann.now.keep = kept.append
    h.settle()
    return ann, kept


# Released at the line


def test_the_server_releases_a_clients_callback_and_the_client_lets_go_of_it(h: Harness) -> None:
    kept: list[Any] = []
    h.everyone.expose("keep")(kept.append)
    ann = h.connect()
    ann.now.keep(seven)
    h.settle()
    with kept[0] as callback:
        reply = callback()
    h.settle()
    assert reply.result() == 7, "it was called before it was released"
    assert len(ann.end.peer.lending) == 0  # type: ignore[union-attr]
    error = kept[0]().exception()
    assert isinstance(error, NoSuchFunction)
    assert (str(error), error.missing) == ("function 0 was released here", "released")
    kept.clear()


def test_a_client_releases_the_servers_callback_and_the_server_lets_go_of_it(h: Harness) -> None:
    ann, kept = keep(h)
    ann.this.now.keep(seven)
    h.settle()
    kept[0].release()
    h.settle()
    assert len(ann.this.peer.lending) == 0
    with pytest.raises(NoSuchFunction, match="function 0 was released here"):
        kept[0].send()
    kept.clear()


def test_a_callback_lent_to_many_is_released_by_each(h: Harness) -> None:
    clients = [keep(h) for _ in range(3)]
    h.everyone.now.keep(seven)
    h.settle()
    for number, (_, kept) in enumerate(clients):
        assert [row.loans for row in lent(h)] == [3 - number]
        kept.pop().release()
        h.settle()
    assert lent(h) == ()


def test_a_release_outlives_a_broken_line(h: Harness) -> None:
    ann, kept = keep(h)
    ann.this.now.keep(seven)
    h.settle()
    h.hold(ann)
    h.drop(ann)
    kept[0].release()
    h.resume(ann)
    h.settle()
    assert lent(h) == ()
    kept.clear()


def test_any_thread_of_a_client_releases(now: Now, server: ServerThread, client: Client) -> None:
    stub = client.now.give().result(DEADLINE)
    thread = threading.Thread(target=stub.release)
    thread.start()
    thread.join(DEADLINE)
    assert str(stub().exception(DEADLINE)) == "function 0 was released here"
    client.flush(DEADLINE)
    assert server.run(lent, now) == ()


def test_another_thread_of_the_servers_releases_with_what_is_sent_next(
    taken: list[Any], client: Client
) -> None:
    client.now.take(seven).result(DEADLINE)
    taken[0].release()
    client.now.give().result(DEADLINE)
    peer = client._end.peer
    assert peer is not None
    assert len(peer.lending) == 0


# The same each time, home again, through a third


def test_a_function_passed_twice_is_one_stub_at_either_end(h: Harness) -> None:
    kept_by_server: list[Any] = []
    h.everyone.expose("take")(kept_by_server.append)
    ann, kept = keep(h)
    for pass_on, stubs in ((ann.now.take, kept_by_server), (ann.this.now.keep, kept)):
        pass_on([seven, {"again": seven}])
        pass_on(seven)
        h.settle()
        (first, others), last = stubs
        assert first is others["again"] is last
    kept.clear()
    kept_by_server.clear()
    first = others = last = stubs = None


def test_a_function_sent_home_is_the_original_at_either_end(h: Harness) -> None:
    h.everyone.expose("back")(lambda function: function)
    h.everyone.expose("give")(lambda: seven)
    h.everyone.expose("is_seven")(lambda function: function is seven)
    ann = h.connect()
    ann.now.give_back = lambda function: function
    h.settle()

    def theirs() -> None: ...

    assert ann.now.back(theirs).result() is theirs
    assert ann.this.now.give_back(seven).result() is seven
    assert ann.now.is_seven(ann.now.give().result()).result() is True


def forwarding(h: Harness) -> tuple[Any, Any, list[Any]]:
    """Ann lends to the server, which passes on to Bob, who keeps it."""
    ann = h.connect()
    bob, kept = keep(h)
    h.everyone.expose("pass_on")(lambda function: bob.this.now.keep(function) and None)
    h.settle()
    return ann, bob, kept


def test_a_function_passed_on_to_a_third_is_released_through_the_one_in_the_middle(h: Harness) -> None:
    ann, bob, kept = forwarding(h)
    for release in (kept.clear, lambda: kept.pop().release()):
        ann.now.pass_on(seven)
        h.settle()
        h.collect()
        assert kept[0]().result() == 7
        assert [(row.client, row.direction) for row in lent(h)] == [
            (ann.client_id, "borrowed"),
            (bob.client_id, "lent"),
        ]
        release()
        h.collect()
        assert lent(h) == ()
        assert len(ann.end.peer.lending) == 0


def test_a_third_that_leaves_lets_go_of_what_was_passed_on_to_it(h: Harness) -> None:
    ann, bob, kept = forwarding(h)
    ann.now.pass_on(seven)
    h.settle()
    bob.close()
    h.collect()
    assert len(ann.end.peer.lending) == 0
    assert isinstance(kept.pop()().exception(), Disconnected)


def test_what_the_one_in_the_middle_has_released_says_so_to_the_third(h: Harness) -> None:
    ann, _, kept = forwarding(h)
    middle: list[Any] = []
    h.everyone.expose("take")(middle.append)
    h.settle()
    ann.now.take(seven)
    ann.now.pass_on(seven)
    h.settle()
    middle.pop().release()
    error = kept.pop()().exception()
    assert isinstance(error, NoSuchFunction)
    assert (str(error), error.missing) == ("function 0 was released here", "released")
    h.settle()
    assert len(ann.end.peer.lending) == 0


# Too many


def many(count: int) -> list[Callable[[], int]]:
    return [lambda n=n: n for n in range(count)]  # type: ignore[misc]


def test_one_too_many_is_refused_at_the_line_with_the_places_that_made_them() -> None:
    line = many.__code__.co_firstlineno + 1
    sentence = (
        "functions lent and not released: the limit max_callbacks=5 was passed; "
        f"most of them were made at test_callbacks.py:{line} (4), "
        f"test_callbacks.py:{seven.__code__.co_firstlineno} (1)"
    )
    with Harness(Now(), max_callbacks=5) as h:
        kept_by_server: list[Any] = []
        h.everyone.expose("take")(kept_by_server.append)
        ann, kept = keep(h)
        for pass_on in (ann.now.take, ann.this.now.keep):
            pass_on([seven, *many(4)])
            with pytest.raises(LimitExceeded) as raised:
                pass_on(print)
            assert str(raised.value) == sentence
        h.settle()
        kept.clear()
        kept_by_server.clear()
        h.collect()
        ann.now.take([seven, *many(4)])
        h.settle()
        kept_by_server.clear()
        assert_no_leaks(h)


def test_a_client_that_lends_too_many_all_the_same_is_closed() -> None:
    with Harness(Now(), max_callbacks=5) as h:
        kept: list[Any] = []
        h.everyone.expose("keep")(kept.append)
        ann = h.connect()
        ann.end.peer.lending.limit = 1_000  # type: ignore[union-attr]
        reply = ann.now.keep(many(6))
        h.settle()
        error = reply.exception()
        assert isinstance(error, Disconnected)
        assert (error.code, error.reason) == (
            4008,
            "more than max_callbacks=5 functions lent and not released",
        )
        assert ann.closed is not None
        assert kept == []


# Called back while it waits


def test_calls_nest_twenty_deep_between_server_and_client(h: Harness) -> None:
    ann = h.connect()
    there = h.everyone.expose("down")(lambda n: n and ann.this.now.down(n - 1).result() + 1)
    ann.now.down = lambda n: n and ann.now.there(n - 1).result() + 1
    h.everyone.expose("there")(there)
    h.settle()
    assert ann.now.there(20).result() == 20
    assert ann.this.now.down(20).result() == 20


def test_callbacks_nest_twenty_deep_each_made_for_the_one_before(h: Harness) -> None:
    def ask_back(function: Any, n: int) -> Any:
        return function(lambda answer: answer + 1, n).result()

    h.everyone.expose("ask_back")(ask_back)
    ann = h.connect()
    ann.now.ask_back_too = ask_back
    h.settle()

    def down(now: Any, name: str) -> Callable[..., Any]:
        def step(finish: Any, n: int) -> Any:
            return finish(now[name](step, n - 1).result() if n else 0).result()

        return step

    assert ann.now.ask_back(down(ann.now, "ask_back"), 20).result() == 21
    assert ann.this.now.ask_back_too(down(ann.this.now, "ask_back_too"), 20).result() == 21
    gevent.idle()


def test_calls_nest_twenty_deep_with_the_one_thread_of_a_client(
    now: Now, server: ServerThread, client: Client
) -> None:
    threads = queue.SimpleQueue[str]()

    def there(client_id: str, n: int) -> Any:
        return n and now.get_client(client_id).now.here(n - 1).result() + 1

    def here(n: int) -> Any:
        threads.put(threading.current_thread().name)
        return n and client.now.there(client.client_id, n - 1).result(DEADLINE) + 1

    server.run(now.everyone.expose, there)
    client.now.here = here
    client.flush(DEADLINE)
    assert client.now.there(client.client_id, 20).result(DEADLINE) == 20
    assert server.run(lambda: now.get_client(client.client_id).now.here(20).result()) == 20
    assert {threads.get() for _ in range(threads.qsize())} == {"greennow dispatch"}


# Many, one after the other

#: Callbacks that are passed each way; ``python -m bench.callbacks`` passes more.
COUNT = 2_000


def test_of_thousands_of_callbacks_nothing_is_left_over(h: Harness) -> None:
    ann, bob, _ = forwarding(h)
    bob.now.keep = lambda function: function().result()
    ann.now.call = lambda function: function()
    h.everyone.expose("call")(lambda function: function())
    h.settle()
    ways = (ann.now.call, ann.this.now.call, ann.now.pass_on)
    for way in ways:
        for start in range(0, COUNT, 100):
            replies = [way(lambda n=n: n) for n in range(start, start + 100)]
            answers = [reply.result() for reply in replies]
            assert answers == [None] * 100 if way is ways[2] else answers == [*range(start, start + 100)]
    h.settle(DEADLINE)  # what was passed on is called when its giver has his answer
    h.collect()
    gc.collect()
    assert lent(h) == ()
    for client in (ann, bob):
        for peer in (client.this.peer, client.end.peer):
            assert (len(peer.lending), len(peer.borrowing)) == (0, 0)


def test_who_was_disconnected_by_a_call_of_many_is_lent_nothing() -> None:
    with Harness(Now()) as h:
        ann, bob = h.connect(), h.connect()
        ann.now.hear = lambda callback: None
        h.settle()
        bob.this.now.hear = lambda callback: ann.this.disconnect()
        h.settle()
        h.everyone.now.hear(lambda: None)
        assert len(h.now.lending) == 0
