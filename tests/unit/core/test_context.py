"""`this` is the client whose event or call is running, and nobody's elsewhere."""

from __future__ import annotations

import contextvars
import threading
from types import SimpleNamespace

import pytest

from greennow.core.context import Context, This

ANN = SimpleNamespace(now="ann's now", user="ann's bag", client_id="ann", get_groups=lambda: ("red", "blue"))
BOB = SimpleNamespace(now="bob's now", user="bob's bag", client_id="bob", get_groups=lambda: ())


@pytest.fixture
def context() -> Context:
    return Context()


@pytest.fixture
def this(context: Context) -> This:
    return This(context)


def test_it_is_the_client_that_runs(context: Context, this: This) -> None:
    with context.running(ANN):
        assert this.client is ANN
        assert (this.now, this.user, this.client_id) == ("ann's now", "ann's bag", "ann")
        assert this.get_groups() == ["red", "blue"]


def test_a_call_within_a_call_has_its_own_and_the_outer_one_comes_back(context: Context, this: This) -> None:
    with context.running(ANN):
        with context.running(BOB):
            assert this.client is BOB
        assert this.client is ANN
    assert context.get() is None


def test_it_comes_back_when_the_call_raises(context: Context) -> None:
    with pytest.raises(ZeroDivisionError), context.running(ANN):
        raise ZeroDivisionError
    assert context.get() is None


@pytest.mark.parametrize("name", ["client", "now", "user", "client_id"])
def test_elsewhere_it_says_what_to_do(this: This, name: str) -> None:
    with pytest.raises(RuntimeError) as caught:
        getattr(this, name)
    assert str(caught.value) == (
        "`this` is there only while an event or a call of a client runs (and in greenlets spawned "
        "by it, not in threads); keep `this.client` there, or use get_client(client_id)"
    )


def test_elsewhere_there_are_no_groups(this: This) -> None:
    with pytest.raises(RuntimeError):
        this.get_groups()


def test_a_thread_has_none(context: Context) -> None:
    seen: list[object] = []
    with context.running(ANN):
        thread = threading.Thread(target=lambda: seen.append(context.get()))
        thread.start()
        thread.join()
    assert seen == [None]


def test_a_copied_context_keeps_it(context: Context) -> None:
    """So a greenlet that is given one sees the same ``this``."""
    with context.running(ANN):
        copied = contextvars.copy_context()
    assert copied.run(context.get) is ANN
    assert context.get() is None


def test_two_servers_in_one_process_have_each_their_own(context: Context) -> None:
    other = Context()
    with context.running(ANN):
        assert other.get() is None


def test_its_repr_never_raises(context: Context, this: This) -> None:
    assert repr(this) == "<this: no client>"
    with context.running("ann"):
        assert repr(this) == "<this: ann>"
