"""What errors say, and what they are."""

from __future__ import annotations

import builtins
import copy
import pickle
from collections.abc import Callable

import pytest

from greennow.core import errors
from greennow.core.errors import (
    Cancelled,
    ConnectError,
    Deadlock,
    Detached,
    Disconnected,
    LimitExceeded,
    NoSuchFunction,
    NowError,
    ProtocolError,
    Refused,
    RemoteError,
    UnknownClient,
)

SENTENCES: list[tuple[Exception, str]] = [
    (NowError("what happened"), "what happened"),
    (UnknownClient("abc"), "no client 'abc' is connected"),
    (Detached("now.player"), "now.player was deleted or replaced; read it again from now"),
    (Refused(), "not allowed"),
    (Refused("too long"), "too long"),
    (Refused("too long", ("player", "name")), "now.player.name: too long"),
    (RemoteError(), ""),
    (RemoteError("no such row"), "no such row"),
    (RemoteError("no such row", path=("find",)), "now.find() failed: no such row"),
    (RemoteError("'x'", "KeyError"), "KeyError: 'x'"),
    (RemoteError("'x'", "KeyError", ("db", "find")), "now.db.find() failed: KeyError: 'x'"),
    (NoSuchFunction("function 7 was released", "released"), "function 7 was released"),
    (NoSuchFunction("now.f is not a function here", path=("f",)), "now.f is not a function here"),
    (Cancelled(), ""),
    (Deadlock("a waits for b waits for a"), "a waits for b waits for a"),
    (ProtocolError("a message is an array"), "a message is an array (code 1002)"),
    (ProtocolError("too many calls", 4008), "too many calls (code 4008)"),
    (LimitExceeded("max_depth", 32), "the limit max_depth=32 was passed"),
    (
        LimitExceeded("max_message", 1024, "a message of 2000 bytes"),
        "a message of 2000 bytes: the limit max_message=1024 was passed",
    ),
    (Disconnected(), "the connection is closed (code 1006)"),
    (Disconnected("kicked", 4000), "kicked (code 4000)"),
    (ConnectError("refused", 4401), "refused (code 4401)"),
]


@pytest.mark.parametrize(("error", "sentence"), SENTENCES)
def test_the_sentence_of(error: Exception, sentence: str) -> None:
    assert str(error) == sentence


KINDS: list[tuple[type[Exception], type[Exception]]] = [
    (UnknownClient, NowError),
    (UnknownClient, LookupError),
    (Detached, NowError),
    (Detached, LookupError),
    (Refused, NowError),
    (Refused, PermissionError),
    (RemoteError, NowError),
    (NoSuchFunction, RemoteError),
    (Cancelled, NowError),
    (Deadlock, NowError),
    (ProtocolError, NowError),
    (LimitExceeded, NowError),
    (Disconnected, NowError),
    (Disconnected, ConnectionError),
    (ConnectError, Disconnected),
]


@pytest.mark.parametrize(("error", "kind"), KINDS)
def test_the_kind_of(error: type[Exception], kind: type[Exception]) -> None:
    assert issubclass(error, kind)


def test_every_error_is_exported_and_has_its_sentence_here() -> None:
    defined = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert defined == set(errors.__all__)
    assert {type(error).__name__ for error, _ in SENTENCES} == defined


def test_no_error_hides_one_of_pythons() -> None:
    assert set(errors.__all__).isdisjoint(vars(builtins))


ATTRIBUTES: list[tuple[Exception, dict[str, object]]] = [
    (UnknownClient("abc"), {"client_id": "abc"}),
    (Detached("now.a"), {"place": "now.a"}),
    (Refused("why", ("a", 0)), {"reason": "why", "path": ("a", 0)}),
    (RemoteError("m", "KeyError", ("f",)), {"message": "m", "type": "KeyError", "path": ("f",)}),
    (RemoteError("m"), {"message": "m", "type": "RemoteError", "path": None}),
    (NoSuchFunction("m"), {"message": "m", "type": "NoSuchFunction", "path": None, "missing": "never"}),
    (NoSuchFunction("m", "expired", ("f",)), {"missing": "expired", "path": ("f",)}),
    (ProtocolError("r"), {"reason": "r", "code": 1002}),
    (LimitExceeded("max_depth", 3, "d"), {"limit": "max_depth", "value": 3, "detail": "d"}),
    (Disconnected(), {"reason": "the connection is closed", "code": 1006}),
    (ConnectError("r", 4403), {"reason": "r", "code": 4403}),
]


@pytest.mark.parametrize(("error", "attributes"), ATTRIBUTES)
def test_the_attributes_of(error: Exception, attributes: dict[str, object]) -> None:
    assert {name: getattr(error, name) for name in attributes} == attributes


# Copies


def there_and_back(error: Exception) -> Exception:
    """As through a pool of processes."""
    copied: Exception = pickle.loads(pickle.dumps(error))
    return copied


COPIERS: list[Callable[[Exception], Exception]] = [there_and_back, copy.copy, copy.deepcopy]


def from_afar() -> RemoteError:
    """An error with all that the other end may say of one."""
    gone = NoSuchFunction("function 7 was released", "released", ("f",))
    cause = RemoteError("'x'", "KeyError", ("db", "find"))
    cause.trace, cause.__cause__ = "inner", gone
    error = RemoteError("bad row", "ValueError", ("g",))
    error.trace, error.__cause__ = "outer", cause
    return error


@pytest.mark.parametrize("copied", COPIERS)
@pytest.mark.parametrize(
    "error", [*[error for error, _ in SENTENCES], *[error for error, _ in ATTRIBUTES], from_afar()]
)
def test_a_copied_error_says_the_same_and_has_the_same_attributes(
    copied: Callable[[Exception], Exception], error: Exception
) -> None:
    copy = copied(error)
    assert copy is not error
    assert type(copy) is type(error)
    assert (str(copy), copy.args, vars(copy)) == (str(error), error.args, vars(error))


@pytest.mark.parametrize("copied", COPIERS)
def test_a_copied_error_has_the_causes_that_the_other_end_told_of(
    copied: Callable[[Exception], Exception],
) -> None:
    cause = copied(from_afar()).__cause__
    assert isinstance(cause, RemoteError)
    assert (str(cause), cause.trace) == ("now.db.find() failed: KeyError: 'x'", "inner")
    assert isinstance(cause.__cause__, NoSuchFunction)
    assert vars(cause.__cause__) == vars(NoSuchFunction("function 7 was released", "released", ("f",)))


def test_a_cause_of_this_program_does_not_keep_an_error_from_being_copied() -> None:
    """It may hold what cannot be."""
    error = RemoteError("no")
    error.__cause__ = ValueError(lambda: None)
    assert there_and_back(error).__cause__ is None


def test_what_the_other_end_says_is_kept_as_it_is_and_shown_so_that_it_forges_no_line() -> None:
    said = "no\nERROR root: the disk is full\x1b[2J"
    for error in (RemoteError(said), NoSuchFunction(said)):
        assert error.message == said
        assert str(error) == "no\n  ERROR root: the disk is full\\x1b[2J"
