"""Functions between two ends: lent, borrowed, called by path or by handle, released.

A function runs where it was made; what travels is a reference. One that stands in the namespace
is called by its path. Any other is *lent*: it gets a handle, a number of its session. The lender counts
how often it sent each handle; the borrower counts how often it received it, and returns that
count when it has let go of its stub. At zero the lender forgets the function. Counts, not
flags: a release that crosses a new loan on the way must not lose it. The borrower's half is ``borrowing.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import MethodType, TracebackType
from typing import Any, Protocol, TypeAlias

from .errors import LimitExceeded, NoSuchFunction, ProtocolError
from .ledger import Ledger
from .messages import Target
from .paths import Path, path_text
from .reply import Reply
from .sites import most_frequent

Function: TypeAlias = Callable[..., Any]


class Caller(Protocol):
    """What a stub calls through: a peer, or what follows one session after the other."""

    @property
    def has_gone(self) -> bool:
        """Is nobody there any more who could be called?"""

    def call(
        self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any], timeout: float | None = None
    ) -> Reply:
        """Call and return the coming answer, which has to come within so many seconds."""

    def send(self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Call one way."""

    def function_at(self, path: Path) -> Function | None:
        """Return our own function at this path of the shared namespace, or None."""

    def new_reply(self) -> Reply:
        """Return a reply of the kind that this end's code can wait for."""


class RemoteFunction:
    """A function of the other end. Calling it returns a `Reply`; ``.send(...)`` asks for none.

    A context manager: leaving the block releases it.
    """

    __slots__ = ("__weakref__", "caller", "target")

    def __init__(self, caller: Caller, target: Target) -> None:
        #: Through whom it is called.
        self.caller = caller
        #: Its path, or the handle under which it was lent.
        self.target = target

    def __call__(self, *args: Any, **kwargs: Any) -> Reply:
        """Call it; the reply is the coming answer."""
        return self.caller.call(self.target, args, kwargs)

    def send(self, *args: Any, **kwargs: Any) -> None:
        """Call it one way: nothing comes back, and nobody waits."""
        self.caller.send(self.target, args, kwargs)

    def with_(self, *, timeout: float | None = None) -> Callable[..., Reply]:
        """Return what calls it with a deadline: ``now.f.with_(timeout=5)(1, 2)``.

        Args:
            timeout: within how many seconds it has to answer. After them the function is stopped, and the
                reply raises `TimeoutError`.
        """
        return lambda *args, **kwargs: self.caller.call(self.target, args, kwargs, timeout)

    def release(self) -> None:
        """Give a lent function back; one that stands at a name is not lent, and nothing happens.

        From any thread, as often as you like. What was called before is still answered; a later call fails
        with `NoSuchFunction`.
        """

    def check(self) -> None:
        """Raise `NoSuchFunction` if it was released."""

    def __enter__(self) -> RemoteFunction:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RemoteFunction):
            return NotImplemented
        return self.caller is other.caller and self.target == other.target

    def __hash__(self) -> int:
        return hash((id(self.caller), self.target))

    def __repr__(self) -> str:
        if isinstance(self.target, int):
            return f"<function {self.target} lent by the other end>"
        return f"<function {path_text(self.target)}>"


class NamedFunction(RemoteFunction):
    """A function read from a name of ``now``: it calls whatever function the name holds then."""

    __slots__ = ()

    def behind(self) -> Function:
        """Return the function of this end's that the name holds; this one if it holds none."""
        assert not isinstance(self.target, int)
        return self.caller.function_at(self.target) or self


def _expired() -> None:
    """Stands for a function that has expired."""


class Lending:
    """The functions that one end lent: by handle, with the count of loans not yet returned.

    One that is lent for long may expire: it is let go of, while its loans are counted until they return.
    """

    __slots__ = ("_fresh", "_handles", "_lent", "_next", "ledger", "limit")

    def __init__(self, limit: int, first: int = 0) -> None:
        #: How many may be out at once.
        self.limit = limit
        #: The next handle. Even ones are a session's, odd ones those of a fan-out to many sessions.
        self._next = first
        #: Handle to function and the number of loans out.
        self._lent: dict[int, tuple[Function, int]] = {}
        #: Identity of a function to its handle, for the time it is lent.
        self._handles: dict[object, int] = {}
        #: The handles given out since `expire` was last called.
        self._fresh: dict[int, None] = {}
        #: In debug, where it is written down what is lent since when.
        self.ledger: Ledger | None = None

    def __len__(self) -> int:
        return len(self._lent)

    def lend(self, function: Function, loans: int = 1) -> int:
        """Return the handle of the function, with so many loans more.

        Raises:
            LimitExceeded: too many functions are lent already; says where most of them were made.
            NoSuchFunction: it is borrowed, and was released.
        """
        identity = _identity(function)
        handle = self._handles.get(identity)
        if handle is None:
            self._check(function)
            handle = self._next
            self._next += 2
            self._handles[identity] = handle
            self._lent[handle] = (function, 0)
            if self.ledger is not None:
                self.ledger.lent(handle)
        self._lent[handle] = (function, self._lent[handle][1] + loans)
        self._fresh[handle] = None
        return handle

    def _check(self, function: Function) -> None:
        """Raise if this function cannot be lent now."""
        if isinstance(function, RemoteFunction):
            function.check()
        if len(self._lent) >= self.limit:
            most = most_frequent(lent for _, lent, _ in self)
            made = f"most of them were made at {most}" if most else ""
            raise LimitExceeded("max_callbacks", self.limit, "functions lent and not released", made)

    def __iter__(self) -> Iterator[tuple[int, Function, int]]:
        """Yield handle, function and loans of what is out and has not expired."""
        for handle, (function, loans) in list(self._lent.items()):
            if function is not _expired:
                yield handle, function, loans

    def expire(self) -> None:
        """Let go of the functions that were not lent since the last time this was called."""
        for handle, (function, loans) in self._lent.items():
            if handle not in self._fresh and function is not _expired:
                del self._handles[_identity(function)]
                self._lent[handle] = (_expired, loans)
        self._fresh.clear()

    def forget(self) -> None:
        """Let go of all: nobody can call them any more."""
        self._lent.clear()
        self._handles.clear()
        self._fresh.clear()

    def function(self, handle: int) -> Function | None:
        """Return the function lent under this handle, or None."""
        lent = self._lent.get(handle)
        return lent[0] if lent and lent[0] is not _expired else None

    def has_expired(self, handle: int) -> bool:
        """Was the function lent under this handle let go of, for it was out too long?"""
        return self._lent.get(handle, (None, 0))[0] is _expired

    def was_lent(self, handle: int) -> bool:
        """Was this handle ever given out?"""
        return handle < self._next and handle % 2 == self._next % 2

    def take_back(self, handle: int, loans: int) -> None:
        """So many loans of a handle are returned.

        Raises:
            ProtocolError: more than are out.
        """
        function, out = self._lent.get(handle, (None, 0))
        if function is None or loans > out:
            raise ProtocolError(f"release of {loans} loans of handle {handle}, of which {out} are out")
        if loans == out:
            del self._lent[handle]
            self._handles.pop(_identity(function), None)
            self._fresh.pop(handle, None)
            if self.ledger is not None:
                self.ledger.returned(handle)
        else:
            self._lent[handle] = (function, out - loans)


class Missing:
    """Stands where a function was meant that is not there: calling it says so."""

    def __init__(self, message: str, missing: str) -> None:
        self._error = NoSuchFunction(message, missing)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Say that there is no function."""
        raise self._error


def _identity(function: Function) -> object:
    """What makes it the same function: a bound method is made anew at each read of it."""
    if isinstance(function, MethodType):
        return (id(function.__self__), function.__func__)
    return id(function)
