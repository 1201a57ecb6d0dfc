"""What the prompt shows of a value."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any

import pytest

from greennow.commands.connect import _show
from greennow.core.errors import RemoteError
from greennow.core.reply import Reply


class Interrupted(Reply):
    """A reply that Ctrl-C ends the waiting for."""

    def wait_until_done(self, timeout: float | None) -> None:
        raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def last() -> Iterator[None]:
    yield
    vars(builtins).pop("_", None)


def replied(value: Any = None, error: Exception | None = None) -> Reply:
    reply = Reply()
    if error is None:
        reply.resolve(value)
    else:
        reply.reject(error)
    return reply


SHOWN = [
    ("a value", 3, "3\n", ""),
    ("nothing", None, "", ""),
    ("a result", replied([1]), "[1]\n", ""),
    ("no result", replied(None), "", ""),
    (
        "an error",
        replied(error=RemoteError("no\x1b[31m", path=("f",))),
        "",
        "RemoteError: now.f() failed: no\\x1b[31m\n",
    ),
    ("a reply too late", Interrupted(), "", "no longer waited for; the reply is `_`\n"),
]


@pytest.mark.parametrize(
    ("value", "output", "errors"), [case[1:] for case in SHOWN], ids=[case[0] for case in SHOWN]
)
def test_shown_is(value: Any, output: str, errors: str, capsys: pytest.CaptureFixture[str]) -> None:
    _show(value)
    assert tuple(capsys.readouterr()) == (output, errors)


def test_the_last_value_is_kept_and_so_is_a_reply_not_waited_for() -> None:
    _show(replied(3))
    assert vars(builtins)["_"] == 3
    reply = Interrupted()
    _show(reply)
    assert vars(builtins)["_"] is reply
