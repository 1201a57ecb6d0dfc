"""What a peer may say: the whole vocabulary, as frozen values.

The shapes on the wire, and what each message means, are in ``docs/reference/protocol.md``;
``codec.py`` is the only file that knows the bytes. *Counted* messages are numbered by both
ends of a session and arrive exactly once and in order, over however many links.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from .paths import Path
from .tree import Operation

#: A function to call: the path in the callee's namespace, or the handle it lent.
Target: TypeAlias = "Path | int"

#: How many causes may stand behind an error, each behind the one before.
MAX_CAUSES = 5


class Hello(NamedTuple):
    """The client's first word on a link; ``token`` and ``received`` ask to resume."""

    version: int
    attempt: int
    token: bytes | None = None
    received: int = 0

    def __repr__(self) -> str:
        resumes = "" if self.token is None else ", with a token"
        return f"Hello(version={self.version}, attempt={self.attempt}, received={self.received}{resumes})"


class Welcome(NamedTuple):
    """The server's first word on a link; ``now`` is the view, given where not ``resumed``."""

    client_id: str
    token: bytes
    resumed: bool
    received: int
    limits: dict[str, Any]
    options: dict[str, Any]
    now: Any = None

    def __repr__(self) -> str:
        return f"Welcome(client_id={self.client_id!r}, resumed={self.resumed}, received={self.received})"


class Ack(NamedTuple):
    """So many of your counted messages are processed; ``wanted`` asks for your count at once."""

    processed: int
    wanted: bool = False


class Bye(NamedTuple):
    """The session is over for both ends."""

    code: int
    reason: str


class Write(NamedTuple):
    """Changes of the shared tree, one step."""

    operations: tuple[Operation, ...]


class Call(NamedTuple):
    """Call ``target``; ``id`` 0 asks for no answer."""

    id: int
    target: Target
    args: list[Any]
    kwargs: Mapping[str, Any] = MappingProxyType({})
    deadline: float | None = None


class Reply(NamedTuple):
    """What the call returned."""

    id: int
    value: Any


class Failure(NamedTuple):
    """What is said of an error; ``missing`` says why, where there was no function to call."""

    type: str
    message: str
    path: Path | None = None
    missing: str | None = None
    trace: str | None = None
    cause: Failure | None = None


class Fail(NamedTuple):
    """The call raised, or there was nothing to call."""

    id: int
    failure: Failure


class Cancel(NamedTuple):
    """Nobody waits any more for the answer to your call of this id, which is answered all the same."""

    id: int


class Next(NamedTuple):
    """Items of our stream of this id; ``end`` is True, or an error, after the last."""

    id: int
    items: list[Any]
    end: bool | Failure = False


class Demand(NamedTuple):
    """So many more items of your stream of this id are wanted; 0 closes it."""

    id: int
    wanted: int


class Release(NamedTuple):
    """Loans returned: handle and how many of them."""

    loans: tuple[tuple[int, int], ...]


class Refuse(NamedTuple):
    """Operations, by index, of your counted message of this number were refused."""

    number: int
    refusals: tuple[tuple[int, str], ...]


class Ready(NamedTuple):
    """The server's ``connect`` handlers have returned."""


class Waiting(NamedTuple):
    """Our work on your calls of these ids waits for our call ``waits_for``, and has for a while."""

    calls: tuple[int, ...]
    waits_for: int


Message: TypeAlias = (
    "Hello | Welcome | Ack | Bye | Write | Call | Reply | Fail | Cancel | Next | Demand"
    " | Release | Refuse | Ready | Waiting"
)
