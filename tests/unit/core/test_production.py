"""A generator of ours by itself: turns, credit, what is thrown between turns, how it ends."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from typing import Any

import pytest

from greennow.core.complaints import write
from greennow.core.errors import Cancelled
from greennow.core.production import Production
from greennow.core.reply import Reply


class Stage:
    """Where it runs, and where its items go; every item is of ten bytes."""

    def __init__(self, size: int = 10) -> None:
        self.size = size
        self.told: list[Any] = []
        #: How many turns it was to have.
        self.asked = 0

    def produce(self, production: Production) -> None:
        self.asked += 1

    def report(self, error: BaseException, what: str) -> None:
        self.told.append((type(error).__name__, what))

    def log(self, what: str, error: BaseException | None = None) -> None:
        write(logging.WARNING if error is None else logging.ERROR, what, error)

    def interrupt(self, work: Any, error: Cancelled, replies: Sequence[Reply]) -> None:
        self.told.append(f"interrupted: {error}")

    def step(self) -> AbstractContextManager[None]:
        return nullcontext()

    def send_item(self, production: Production, item: Any) -> int:
        self.told.append(item)
        return self.size

    def send_end(self, production: Production, error: BaseException | None) -> None:
        self.told.append("end" if error is None else f"end: {error}")

    def forget(self, production: Production) -> None:
        self.told.append("forgotten")


@pytest.fixture
def stage() -> Stage:
    return Stage()


def produced(stage: Stage, items: Any) -> Production:
    return Production(stage, stage, 1, items, "a generator", None)


def numbers(count: int = 1_000) -> Iterator[int]:
    yield from range(count)


def test_it_has_nothing_to_do_until_it_is_read(stage: Stage) -> None:
    production = produced(stage, numbers())
    assert not production.has_to_do
    production.demanded(2)
    assert (production.has_to_do, stage.asked) == (True, 1)
    assert production.turn()
    assert stage.told == [0, 1]
    assert (production.credit, production.has_to_do, stage.asked) == (0, False, 1)


def test_others_have_their_turn_after_256_items(stage: Stage) -> None:
    production = produced(stage, numbers())
    production.demanded(600)
    assert [(production.turn(), len(stage.told), stage.asked) for _ in range(3)] == [
        (True, 256, 2),
        (True, 512, 3),
        (True, 600, 3),
    ]


def test_it_stops_at_64_kib_that_were_not_made_up_for() -> None:
    stage = Stage(size=30_000)
    production = produced(stage, numbers())
    production.demanded(10)
    production.turn()
    assert stage.told == [0, 1, 2]
    production.demanded(1)
    production.turn()
    assert stage.told == [0, 1, 2, 3]
    production.demanded(4)
    production.turn()
    assert stage.told == [*range(7)]


def test_at_its_end_it_says_so_once_and_is_at_work_no_more(stage: Stage) -> None:
    production = produced(stage, numbers(1))
    production.demanded(5)
    assert not production.turn()
    assert stage.told == [0, "forgotten", "end"]
    production.demanded(5)
    production.close("nobody reads it")
    assert not production.turn()
    assert stage.told == [0, "forgotten", "end"]


def test_a_turn_in_between_does_nothing(stage: Stage) -> None:
    def rows() -> Iterator[int]:
        assert production.turn()
        yield 1

    production = produced(stage, rows())
    production.demanded(1)
    production.turn()
    assert stage.told == [1]


def test_closed_while_it_runs_it_is_interrupted_and_closed_at_its_next_item(stage: Stage) -> None:
    def rows() -> Iterator[int]:
        try:
            production.block = "here"
            production.close("nobody reads it")
            yield 1
        finally:
            stage.told.append(f"closed at {production.block}")

    production = produced(stage, rows())
    production.demanded(5)
    assert not production.turn()
    assert stage.told == ["forgotten", "interrupted: nobody reads it", "closed at None"]


def test_its_variables_are_its_own_and_last_from_turn_to_turn(stage: Stage) -> None:
    variable = ContextVar("variable", default="outside")

    def rows() -> Iterator[str]:
        variable.set("inside")
        while True:
            yield variable.get()

    production = produced(stage, rows())
    for _ in range(2):
        production.demanded(1)
        production.turn()
        assert variable.get() == "outside"
    assert stage.told == ["inside", "inside"]


# What is thrown between turns


def patient() -> Generator[Any, None, None]:
    for number in range(10):
        try:
            yield number
        except TimeoutError as error:
            yield f"caught {error}"


def test_what_is_thrown_between_turns_is_thrown_where_it_stands(stage: Stage) -> None:
    production = produced(stage, patient())
    production.demanded(1)
    production.turn()
    production.thrown = TimeoutError("late")
    assert production.has_to_do
    assert production.turn()
    assert stage.told == [0], "what it yields then was not asked for"
    production.demanded(2)
    production.turn()
    assert stage.told == [0, "caught late", 1]


def test_it_may_end_by_that(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    production = produced(stage, numbers())
    production.demanded(1)
    production.turn()
    production.thrown = TimeoutError("late")
    assert not production.turn()
    assert stage.told == [0, "forgotten", "end: late"]
    assert [record.getMessage() for record in caplog.records] == ["a generator raised"]


def test_what_is_no_generator_ends_by_it(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    production = produced(stage, iter(range(10)))
    production.thrown = TimeoutError("late")
    assert not production.turn()
    assert stage.told == ["forgotten", "end: late"]
    assert caplog.records[0].levelno == logging.ERROR


# What is around it


def test_what_is_around_it_may_fail_and_the_stream_with_it(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    production = produced(stage, numbers())

    def around() -> None:
        raise ValueError("no context")

    production.run(around)
    assert stage.told == ["forgotten", "end: no context"]
    assert production.is_done
    assert list(production.items) == []


@pytest.mark.parametrize("ends", [ValueError, KeyboardInterrupt])
def test_when_it_fails_after_the_end_that_is_reported(stage: Stage, ends: type[BaseException]) -> None:
    production = produced(stage, numbers(0))
    production.demanded(1)

    def around() -> None:
        production.turn()
        raise ends("too late")

    if ends is KeyboardInterrupt:
        with pytest.raises(KeyboardInterrupt):
            production.run(around)
        assert stage.told == ["forgotten", "end"]
    else:
        production.run(around)
        assert stage.told == ["forgotten", "end", ("ValueError", "a generator raised when it was closed")]


def test_left_early_the_stream_is_at_its_end(stage: Stage) -> None:
    production = produced(stage, numbers())
    production.wake = _nothing
    production.run(_nothing)
    assert stage.told == ["forgotten", "end"]
    assert list(production.items) == []


def test_where_each_turn_is_asked_for_it_is_not(stage: Stage) -> None:
    production = produced(stage, numbers())
    production.demanded(1)
    production.run(production.turn)
    assert stage.told == [0]
    assert not production.is_done


def test_what_ends_the_program_is_said_and_raised(stage: Stage) -> None:
    def rows() -> Iterator[int]:
        yield 1
        raise KeyboardInterrupt

    production = produced(stage, rows())
    production.demanded(5)
    with pytest.raises(KeyboardInterrupt):
        production.run(production.turn)
    assert stage.told == [1, "forgotten", "end: "]


def _nothing() -> None: ...
