"""Functions lent and borrowed: one handle, one stub, and counts that no crossing can lose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from greennow.core.errors import LimitExceeded, NoSuchFunction, ProtocolError
from greennow.core.functions import (
    Lending,
    Missing,
    NamedFunction,
    RemoteFunction,
)
from greennow.core.reply import Reply


class Recording:
    """A caller that keeps what was called."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.reply = Reply()

    def call(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Reply:
        self.calls.append(("call", target, args, kwargs))
        return self.reply

    def send(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.calls.append(("send", target, args, kwargs))


@pytest.fixture
def caller() -> Recording:
    return Recording()


@pytest.fixture
def lending() -> Lending:
    return Lending(3)


def one() -> int:
    return 1


def two() -> int:
    return 2


# Stubs


def test_calling_a_stub_calls_through_its_caller(caller: Recording) -> None:
    stub = RemoteFunction(caller, ("a", "f"))
    assert stub(1, 2, k=3) is caller.reply
    assert stub.send(4, k=5) is None  # type: ignore[func-returns-value]
    assert caller.calls == [("call", ("a", "f"), (1, 2), {"k": 3}), ("send", ("a", "f"), (4,), {"k": 5})]


def test_any_name_may_be_an_argument(caller: Recording) -> None:
    RemoteFunction(caller, 7).send(target=1, args=2, function=3)
    assert caller.calls == [("send", 7, (), {"target": 1, "args": 2, "function": 3})]


def test_stubs_of_one_function_are_equal(caller: Recording) -> None:
    stub, again = NamedFunction(caller, ("f",)), NamedFunction(caller, ("f",))
    others = [
        NamedFunction(caller, ("g",)),
        NamedFunction(Recording(), ("f",)),
        RemoteFunction(caller, 0),
        one,
    ]
    assert stub == again
    assert hash(stub) == hash(again)
    assert all(stub != other for other in others)
    assert len({stub, again, *others}) == 1 + len(others)


def test_a_stub_says_what_it_is(caller: Recording) -> None:
    assert repr(NamedFunction(caller, ("a", "b c"))) == '<function now.a["b c"]>'
    assert repr(RemoteFunction(caller, 7)) == "<function 7 lent by the other end>"


# Lending


def test_a_function_has_one_handle_while_it_is_lent(lending: Lending) -> None:
    assert [lending.lend(one), lending.lend(two), lending.lend(one)] == [0, 2, 0]
    assert (lending.function(0), lending.function(2)) == (one, two)
    assert len(lending) == 2


def test_it_is_forgotten_when_all_its_loans_are_returned(lending: Lending) -> None:
    handle = lending.lend(one)
    lending.lend(one, loans=2)
    lending.take_back(handle, 2)
    assert lending.function(handle) is one
    lending.take_back(handle, 1)
    assert lending.function(handle) is None
    assert len(lending) == 0
    assert lending._handles == {}


def test_a_release_that_crosses_a_new_loan_does_not_lose_it(lending: Lending) -> None:
    handle = lending.lend(one)
    lending.lend(one)
    lending.take_back(handle, 1)
    assert lending.function(handle) is one


def test_a_handle_is_never_used_again(lending: Lending) -> None:
    first = lending.lend(one)
    lending.take_back(first, 1)
    assert lending.lend(one) != first
    assert lending.function(first) is None


@pytest.mark.parametrize("loans", [3, 2**53 - 1])
def test_more_than_was_lent_cannot_be_returned(lending: Lending, loans: int) -> None:
    handle = lending.lend(one, loans=2)
    with pytest.raises(ProtocolError) as caught:
        lending.take_back(handle, loans)
    assert caught.value.reason == f"release of {loans} loans of handle 0, of which 2 are out"
    assert lending.function(handle) is one


@pytest.mark.parametrize("handle", [0, 1, 7])
def test_what_was_not_lent_cannot_be_returned(lending: Lending, handle: int) -> None:
    with pytest.raises(ProtocolError, match=f"release of 1 loans of handle {handle}, of which 0 are out"):
        lending.take_back(handle, 1)


def test_so_many_functions_may_be_lent_at_once(lending: Lending) -> None:
    functions: list[Callable[[], int]] = [lambda n=n: n for n in range(4)]  # type: ignore[misc]
    handles = [lending.lend(function) for function in functions[:3]]
    with pytest.raises(LimitExceeded) as caught:
        lending.lend(functions[3])
    line = functions[0].__code__.co_firstlineno
    assert str(caught.value) == (
        "functions lent and not released: the limit max_callbacks=3 was passed; "
        f"most of them were made at test_functions.py:{line} (3)"
    )
    assert lending.lend(functions[0]) == handles[0]
    lending.take_back(handles[1], 1)
    assert lending.lend(functions[3]) not in handles


def test_where_nothing_may_be_lent_there_is_no_place_to_name() -> None:
    with pytest.raises(LimitExceeded) as caught:
        Lending(0).lend(one)
    assert str(caught.value) == "functions lent and not released: the limit max_callbacks=0 was passed"


def test_what_is_out_is_told_with_its_loans_but_for_what_has_expired(lending: Lending) -> None:
    lending.lend(one, loans=2)
    lending.expire()
    lending.expire()
    lending.lend(two, loans=3)
    assert list(lending) == [(2, two, 3)]


def test_it_knows_which_handles_it_ever_gave_out(lending: Lending) -> None:
    lending.take_back(lending.lend(one), 1)
    lending.lend(two)
    assert [lending.was_lent(handle) for handle in range(5)] == [True, False, True, False, False]


def test_two_tables_never_give_the_same_handle() -> None:
    even, odd = Lending(9, first=0), Lending(9, first=1)
    handles = [table.lend(function) for table in (even, odd) for function in (one, two)]
    assert handles == [0, 2, 1, 3]
    assert [odd.was_lent(handle) for handle in range(5)] == [False, True, False, True, False]


class Chat:
    def say(self) -> None: ...

    def leave(self) -> None: ...

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Chat)

    def __hash__(self) -> int:
        return 0


def test_a_method_is_the_same_function_each_time_it_is_read(lending: Lending) -> None:
    chat = Chat()
    assert lending.lend(chat.say) == lending.lend(chat.say)
    assert lending.lend(chat.leave) != lending.lend(chat.say)


def test_methods_of_equal_objects_are_not_the_same(lending: Lending) -> None:
    chat, other = Chat(), Chat()
    assert lending.lend(chat.say) != lending.lend(other.say)


def test_equal_callables_are_not_the_same(lending: Lending) -> None:
    class Always:
        def __call__(self) -> None: ...

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 0

    a, b = Always(), Always()
    assert lending.lend(a) != lending.lend(b)


def test_a_callable_that_cannot_be_hashed_is_lent_too(lending: Lending) -> None:
    class Unhashable(dict[str, int]):
        def __call__(self) -> None: ...

    function = Unhashable()
    assert lending.lend(function) == lending.lend(function)


# What is not there


def test_what_stands_for_a_function_that_is_gone_says_so_when_it_is_called() -> None:
    with pytest.raises(NoSuchFunction) as caught:
        Missing("function 7 was released", "released")(1, k=2)
    assert str(caught.value) == "function 7 was released"
    assert caught.value.missing == "released"
