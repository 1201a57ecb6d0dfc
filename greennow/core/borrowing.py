"""Functions of the other end's, lent to us: a stub a handle, and the loans that go back.

A borrower lets go of a stub when it is garbage, or when the program releases it: at once, and from then on
that stub calls nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, Protocol
from weakref import WeakValueDictionary

from .errors import NoSuchFunction, ProtocolError
from .functions import Caller, Function, RemoteFunction
from .messages import Target
from .paths import Path
from .reply import Reply


class BorrowedFunction(RemoteFunction):
    """A stub for a handle: one object a handle. When it is garbage, or released, its loans go back."""

    __slots__ = ("borrowing", "handle", "is_released", "loans")

    def __init__(self, caller: Caller, handle: int, borrowing: Borrowing) -> None:
        super().__init__(caller, handle)
        #: The number under which the other end knows it.
        self.handle = handle
        #: How often the handle was received while this stub lived, and not yet returned.
        self.loans = 0
        #: Was it released? Then what is received under this handle is another stub.
        self.is_released = False
        #: Where the loans go.
        self.borrowing = borrowing

    def release(self) -> None:
        """Give the function back, now."""
        if not self.is_released:
            self.is_released = True
            self.caller = Released(self.caller)
            self.borrowing.release(self)

    def check(self) -> None:
        """Raise `NoSuchFunction` if it was released."""
        if self.is_released:
            raise released_here(self.target)

    def __del__(self) -> None:
        if self.loans:
            self.borrowing.let_go(self.handle, self.loans)

    def __hash__(self) -> int:
        return hash(self.handle)  # its caller changes when it is released

    def __repr__(self) -> str:
        return f"<function {self.handle} lent by the other end{', released' if self.is_released else ''}>"


class Released:
    """What a released stub calls through: nothing is called any more."""

    def __init__(self, caller: Caller) -> None:
        #: Through whom it called before; it makes the replies.
        self._caller = caller

    @property
    def has_gone(self) -> bool:
        """There is somebody to say so."""
        return False

    def call(
        self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any], timeout: float | None = None
    ) -> Reply:
        """Return a reply that says so."""
        reply = self.new_reply()
        reply.reject(released_here(target))
        return reply

    def send(self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Say so."""
        raise released_here(target)

    def function_at(self, path: Path) -> Function | None:
        """A lent function stands nowhere."""
        return None

    def new_reply(self) -> Reply:
        """Return a reply of the kind that this end's code can wait for."""
        return self._caller.new_reply()


def released_here(target: Target) -> NoSuchFunction:
    """Return the error of one who uses a stub that this very end has released."""
    return NoSuchFunction(f"function {target} was released here", "released")


#: What a session has that was never lent a function, which is nearly every one: nothing, in both forms. Of
#: its own they would take 1.5 KB.
_NO_STUBS: WeakValueDictionary[int, BorrowedFunction] = WeakValueDictionary()
_NOTHING: deque[Any] = deque(maxlen=0)


class Releasing(Protocol):
    """The end that borrows."""

    def release_soon(self) -> None:
        """Have the loans returned that are to be."""


class Borrowing:
    """The functions that one end borrowed: a stub a handle, for as long as somebody keeps it.

    `release` and `let_go` may be called at any moment and by any thread, so they only note what is to be
    returned; everything else belongs to whoever handles messages.
    """

    __slots__ = ("_caller_of_stubs", "_host", "_limit", "_stubs", "returned")

    def __init__(self, caller: Caller, limit: int, host: Releasing) -> None:
        """
        Args:
            caller: through whom the stubs call.
            limit: how many may be kept at once.
            host: told that loans are to be returned soon; by any thread.
        """
        self._caller_of_stubs = caller
        self._limit = limit
        self._host = host
        #: Handle to its stub, while that lives.
        self._stubs = _NO_STUBS
        #: What has not been told yet: handle and count of loans whose stubs are garbage, and released stubs.
        self.returned: deque[tuple[int, int] | BorrowedFunction] = _NOTHING

    def __len__(self) -> int:
        return len(self._stubs)

    def __iter__(self) -> Iterator[BorrowedFunction]:
        return (stub for stub in list(self._stubs.values()) if not stub.is_released)

    def borrow(self, handle: int) -> BorrowedFunction:
        """Return the stub for a handle that was received once more.

        Raises:
            ProtocolError: the other end lends more than it may.
        """
        if self._stubs is _NO_STUBS:
            self._stubs, self.returned = WeakValueDictionary(), deque()
        stub = self._stubs.get(handle)
        if stub is None or stub.is_released:
            stub = self._stubs[handle] = self._fresh(handle)
        stub.loans += 1
        return stub

    def _fresh(self, handle: int) -> BorrowedFunction:
        if len(self) >= self._limit:
            reason = f"more than max_callbacks={self._limit} functions lent and not released"
            raise ProtocolError(reason, code=4008)
        return BorrowedFunction(self._caller_of_stubs, handle, self)

    def let_go(self, handle: int, loans: int) -> None:
        """A stub is garbage; it had so many loans."""
        self.returned.append((handle, loans))  # atomic, and nothing else: garbage is collected anywhere

    def release(self, stub: BorrowedFunction) -> None:
        """A stub was released; its loans are counted when they are taken, for one may just have come."""
        self.returned.append(stub)
        self._host.release_soon()

    def take_returned(self) -> tuple[tuple[int, int], ...]:
        """Return the loans to be released now, each handle once, and forget them."""
        loans: dict[int, int] = {}
        while self.returned:
            returned = self.returned.popleft()
            if isinstance(returned, BorrowedFunction):
                handle, count = returned.handle, returned.loans
                returned.loans = 0
                if self._stubs.get(handle) is returned:
                    del self._stubs[handle]  # whoever keeps it on counts for nothing
            else:
                handle, count = returned
            if count:
                loans[handle] = loans.get(handle, 0) + count
        return tuple(loans.items())
