"""A reply is a Future to everybody who knows Futures."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Iterator

import pytest

from greennow.client.dispatch import Dispatcher
from greennow.client.reply import ThreadReply
from greennow.core.errors import RemoteError

from .clocks import DEADLINE, HandClock


@pytest.fixture
def dispatcher() -> Iterator[Dispatcher]:
    dispatcher = Dispatcher(None, HandClock(), lambda error: None)
    dispatcher.start()
    yield dispatcher
    dispatcher.stop()
    dispatcher.join(DEADLINE)


def resolve_soon(reply: ThreadReply, value: object) -> threading.Thread:
    thread = threading.Thread(target=reply.resolve, args=(value,))
    thread.start()
    return thread


def test_it_is_waited_for_as_any_future(dispatcher: Dispatcher) -> None:
    replies = [ThreadReply(dispatcher) for _ in range(3)]
    threads = [resolve_soon(reply, number) for number, reply in enumerate(replies)]
    done, not_done = concurrent.futures.wait(replies, DEADLINE)
    assert (len(done), not_done) == (3, set())
    assert sorted(reply.result() for reply in concurrent.futures.as_completed(replies, DEADLINE)) == [0, 1, 2]
    for thread in threads:
        thread.join()


def test_asyncio_awaits_it(dispatcher: Dispatcher) -> None:
    async def main() -> object:
        reply = ThreadReply(dispatcher)
        resolve_soon(reply, 7).join()
        return await asyncio.wait_for(asyncio.wrap_future(reply), DEADLINE)

    # In a thread of its own: the browser's tests leave a loop running in the one that they are run in.
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        assert thread.submit(asyncio.run, main()).result(DEADLINE) == 7


def test_a_timeout_is_the_built_in_one(dispatcher: Dispatcher) -> None:
    with pytest.raises(TimeoutError) as raised:
        ThreadReply(dispatcher).result(0)
    assert str(raised.value) == "no answer within 0 s"
    assert type(raised.value) is TimeoutError


def test_an_error_is_raised_by_result_and_returned_by_exception(dispatcher: Dispatcher) -> None:
    reply = ThreadReply(dispatcher)
    error = RemoteError("no")
    reply.reject(error)
    assert reply.exception(DEADLINE) is error
    with pytest.raises(RemoteError):
        reply.result()


def test_done_callbacks_are_tasks(dispatcher: Dispatcher, caplog: pytest.LogCaptureFixture) -> None:
    reply, ran, done = ThreadReply(dispatcher), [], threading.Event()
    reply.add_done_callback(lambda r: ran.append((r is reply, threading.current_thread().name)))
    reply.add_done_callback(lambda r: 1 / 0)
    reply.resolve(1)
    reply.add_done_callback(lambda r: done.set())
    assert done.wait(DEADLINE)
    assert ran == [(True, "greennow dispatch")]
    assert [record.getMessage() for record in caplog.records] == ["a done callback raised"]


def test_done_callbacks_run_at_once_when_the_client_is_closed(dispatcher: Dispatcher) -> None:
    reply, ran = ThreadReply(dispatcher), []
    reply.resolve(1)
    dispatcher.stop()
    dispatcher.join(DEADLINE)
    reply.add_done_callback(lambda r: ran.append(r.result()))
    assert ran == [1]


def test_a_cancelled_one_is_done_for_everybody_and_its_answer_is_dropped(dispatcher: Dispatcher) -> None:
    reply = ThreadReply(dispatcher)
    assert reply.cancel()
    assert reply.cancel()
    assert concurrent.futures.wait([reply], 0).done == {reply}
    reply.resolve(1)
    with pytest.raises(concurrent.futures.CancelledError):
        reply.result(DEADLINE)


def test_one_that_is_answered_cannot_be_cancelled(dispatcher: Dispatcher) -> None:
    reply = ThreadReply(dispatcher)
    reply.resolve(1)
    assert not reply.cancel()
    assert reply.result() == 1


def test_a_thread_that_waits_for_one_that_is_cancelled_goes_on(dispatcher: Dispatcher) -> None:
    reply, started, raised = ThreadReply(dispatcher), threading.Event(), []

    def wait() -> None:
        started.set()
        try:
            reply.result(DEADLINE)
        except concurrent.futures.CancelledError as error:
            raised.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    assert started.wait(DEADLINE)
    reply.cancel()
    thread.join(DEADLINE)
    assert len(raised) == 1
