"""Functions borrowed: one stub a handle, given back when it is garbage or released."""

from __future__ import annotations

import gc
import threading
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greennow.core.borrowing import BorrowedFunction, Borrowing
from greennow.core.errors import NoSuchFunction, ProtocolError
from greennow.core.functions import Lending, NamedFunction
from greennow.core.reply import Reply


class Recording:
    """A caller that keeps what was called, and how often it was told that loans are to be returned."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.reply = Reply()
        self.told = 0

    def call(
        self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any], timeout: float | None = None
    ) -> Reply:
        self.calls.append(("call", target, args, kwargs))
        return self.reply

    def send(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.calls.append(("send", target, args, kwargs))

    def function_at(self, path: Any) -> Any:
        return None

    def new_reply(self) -> Reply:
        return Reply()

    def release_soon(self) -> None:
        self.told += 1


def borrowing_of(caller: Recording, limit: int = 9) -> Borrowing:
    return Borrowing(caller, limit, caller)


@pytest.fixture
def caller() -> Recording:
    return Recording()


@pytest.fixture
def borrowing(caller: Recording) -> Borrowing:
    return borrowing_of(caller)


def one() -> int:
    return 1


# Stubs and their loans


def test_there_is_one_stub_a_handle(borrowing: Borrowing, caller: Recording) -> None:
    stub = borrowing.borrow(4)
    assert borrowing.borrow(4) is stub
    assert borrowing.borrow(6) is not stub
    stub(1)
    assert caller.calls == [("call", 4, (1,), {})]


def test_a_stub_that_is_kept_returns_nothing(borrowing: Borrowing) -> None:
    stub = borrowing.borrow(4)
    gc.collect()
    assert borrowing.take_returned() == ()
    assert stub.loans == 1


def test_a_stub_that_is_garbage_returns_as_many_loans_as_were_received(borrowing: Borrowing) -> None:
    stubs = [borrowing.borrow(4), borrowing.borrow(6), borrowing.borrow(4)]
    del stubs
    gc.collect()
    assert sorted(borrowing.take_returned()) == [(4, 2), (6, 1)]
    assert borrowing.take_returned() == ()


def test_a_handle_that_was_let_go_and_received_again_is_returned_as_one(borrowing: Borrowing) -> None:
    for _ in range(3):
        borrowing.borrow(4)
        gc.collect()
    assert borrowing.take_returned() == ((4, 3),)


def test_a_stub_after_a_release_counts_anew(borrowing: Borrowing) -> None:
    borrowing.borrow(4)
    gc.collect()
    assert borrowing.take_returned() == ((4, 1),)
    stub = borrowing.borrow(4)
    assert stub.loans == 1


def test_a_stub_in_a_cycle_is_returned_by_the_collector(borrowing: Borrowing) -> None:
    holder: list[Any] = [borrowing.borrow(4)]
    holder.append(holder)
    del holder
    gc.collect()
    assert borrowing.take_returned() == ((4, 1),)


def test_a_borrowed_function_may_be_kept_weakly_only_by_its_table(borrowing: Borrowing) -> None:
    borrowing.borrow(4)
    gc.collect()
    assert len(borrowing._stubs) == 0


# Releasing


def test_a_stub_that_is_released_returns_its_loans_at_once(borrowing: Borrowing, caller: Recording) -> None:
    stub = borrowing.borrow(4)
    borrowing.borrow(4)
    assert caller.told == 0
    stub.release()
    assert caller.told == 1
    assert borrowing.take_returned() == ((4, 2),)
    del stub
    gc.collect()
    assert borrowing.take_returned() == ()


def test_releasing_it_again_is_harmless(borrowing: Borrowing, caller: Recording) -> None:
    stub = borrowing.borrow(4)
    for _ in range(3):
        stub.release()
    assert borrowing.take_returned() == ((4, 1),)
    stub.release()
    assert borrowing.take_returned() == ()
    assert caller.told == 1


def test_leaving_the_block_releases_it_whatever_happened_there(borrowing: Borrowing) -> None:
    stub = borrowing.borrow(4)
    with suppress(KeyError), stub as same:
        assert same is stub
        raise KeyError
    assert borrowing.take_returned() == ((4, 1),)


def test_a_released_stub_calls_nothing_and_says_so(borrowing: Borrowing, caller: Recording) -> None:
    stub = borrowing.borrow(4)
    stub.release()
    errors = [stub(1).exception(), stub.with_(timeout=1)(2).exception()]
    with pytest.raises(NoSuchFunction) as raised:
        stub.send(3)
    for error in (*errors, raised.value):
        assert isinstance(error, NoSuchFunction)
        assert (str(error), error.missing) == ("function 4 was released here", "released")
    assert caller.calls == []
    assert repr(stub) == "<function 4 lent by the other end, released>"


def test_what_is_received_under_its_handle_later_is_a_fresh_stub(
    borrowing: Borrowing, caller: Recording
) -> None:
    stub = borrowing.borrow(4)
    kept = {stub: "kept"}
    stub.release()
    fresh = borrowing.borrow(4)
    assert fresh is not stub
    assert fresh != stub
    assert borrowing.borrow(4) is fresh
    assert borrowing.take_returned() == ((4, 1),)
    assert fresh(1) is caller.reply
    assert kept[stub] == "kept"
    stub.release()
    del fresh
    gc.collect()
    assert borrowing.take_returned() == ((4, 2),)


def test_a_loan_that_comes_while_it_is_being_released_is_returned_too(
    borrowing: Borrowing, caller: Recording
) -> None:
    """Another thread releases it in the midst of `borrow`."""
    stub = borrowing.borrow(4)
    stub.release()
    stub.loans += 1
    assert borrowing.take_returned() == ((4, 2),)


def test_it_may_be_released_by_many_threads_at_once(borrowing: Borrowing) -> None:
    stubs = [borrowing.borrow(handle) for handle in range(9)]
    threads = [threading.Thread(target=lambda: [stub.release() for stub in stubs]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(borrowing.take_returned()) == [(handle, 1) for handle in range(9)]


def test_releasing_a_name_does_nothing(caller: Recording) -> None:
    with NamedFunction(caller, ("f",)) as function:
        pass
    function.release()
    assert function(1) is caller.reply


def test_a_released_stub_cannot_be_lent_on(borrowing: Borrowing) -> None:
    lending = Lending(3)
    stub = borrowing.borrow(4)
    handle = lending.lend(stub)
    stub.release()
    with pytest.raises(NoSuchFunction, match="function 4 was released here"):
        Lending(3).lend(stub)
    function = lending.function(handle)
    assert function is not None
    assert str(function().exception()) == "function 4 was released here"


# Too many


def test_no_more_are_borrowed_at_once_than_the_limit(caller: Recording) -> None:
    borrowing = borrowing_of(caller, 2)
    stubs = [borrowing.borrow(0), borrowing.borrow(2)]
    borrowing.borrow(0)
    with pytest.raises(ProtocolError) as raised:
        borrowing.borrow(4)
    assert (raised.value.reason, raised.value.code) == (
        "more than max_callbacks=2 functions lent and not released",
        4008,
    )
    assert [stub.handle for stub in borrowing] == [0, 2]
    del stubs[0]
    gc.collect()
    assert borrowing.borrow(4).handle == 4
    assert len(borrowing) == 1


def test_what_was_released_does_not_count_though_it_is_kept(caller: Recording) -> None:
    borrowing = borrowing_of(caller, 1)
    released = borrowing.borrow(0)
    released.release()
    borrowing.take_returned()
    assert len(borrowing) == 0
    assert borrowing.borrow(2).handle == 2


def test_a_stub_that_took_the_place_of_a_released_one_stays(borrowing: Borrowing) -> None:
    released = borrowing.borrow(0)
    released.release()
    fresh = borrowing.borrow(0)
    borrowing.take_returned()
    assert list(borrowing) == [fresh]
    assert borrowing.borrow(0) is fresh


# Both ends


@given(st.lists(st.sampled_from(["lend", "drop", "release", "deliver", "return"]), max_size=40))
def test_the_lender_keeps_a_function_exactly_as_long_as_the_borrower_may_call_it(steps: list[str]) -> None:
    """Loans and releases are on the way at once, each in order; whatever crosses, nothing is lost or kept."""
    lending, borrowing = Lending(9), borrowing_of(Recording())
    loans: list[int] = []
    returned: list[tuple[tuple[int, int], ...]] = []
    kept: list[BorrowedFunction] = []

    def step(name: str) -> None:
        if name == "lend":
            loans.append(lending.lend(one))
        elif name == "deliver" and loans:
            kept.append(borrowing.borrow(loans.pop(0)))
        elif name in ("drop", "release"):
            if name == "release":
                for stub in kept:
                    stub.release()
            else:
                kept.clear()
                gc.collect(0)
            returned.append(borrowing.take_returned())
        elif name == "return" and returned:
            for handle, count in returned.pop(0):
                lending.take_back(handle, count)

    for name in steps:
        step(name)
        assert all(lending.function(stub.handle) is one for stub in kept if not stub.is_released)
        assert all(lending.function(handle) is one for handle in loans)
    while loans:
        step("deliver")
    step("drop")
    while returned:
        step("return")
    assert len(lending) == 0
