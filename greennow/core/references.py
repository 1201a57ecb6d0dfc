"""Functions in messages: what stands for them on the wire, and what a reference means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from .borrowing import Borrowing
from .errors import NoSuchFunction, ProtocolError
from .functions import Caller, Function, Lending, Missing, NamedFunction, RemoteFunction
from .limits import Limits
from .messages import Target
from .missing import Shown, departed, none_at, none_lent, quoted
from .stream import Stream
from .streams import Streams
from .tree import THEIRS

#: In how many errors of one session near names are told.
_NEAR_NAMES = 20


class Owner(Caller, Shown, Protocol):
    """The end that a session is one of: it has functions at names, and may lend through further tables."""

    def lent_elsewhere(self) -> Sequence[Lending]:
        """Return further tables of lent functions that the other end may name."""

    def release_soon(self) -> None:
        """The program has released functions: their loans are to be returned soon. Called by any thread."""


class References:
    """The functions that one session's messages name: the codec's `Referring`."""

    __slots__ = (
        "_begun_now", "_caller", "_host", "_lent_now", "_limits", "_missed", "_returned_by", "_streams",
        "borrowing", "lending",
    )  # fmt: skip

    def __init__(self, caller: Caller, host: Owner, streams: Streams, limits: Limits) -> None:
        """
        Args:
            caller: through whom functions of theirs are called.
            host: whose functions stand at names.
            streams: those of the session.
            limits: how many functions may be lent, and for how long.
        """
        self._caller = caller
        self._host = host
        self._streams = streams
        self._limits = limits
        #: Functions of ours that the other end holds.
        self.lending = Lending(limits.max_callbacks)
        #: Functions of theirs that we hold.
        self.borrowing = Borrowing(caller, limits.max_borrowed, host)
        #: Handles lent, and streams begun, in the message that is being encoded; what returned them.
        self._lent_now: list[int] | None = None
        self._begun_now: list[int] | None = None
        self._returned_by: Target | None = None
        #: How often the other end has called what is not there.
        self._missed = 0

    def begin(self, returned_by: Target | None) -> None:
        """A message is to be encoded, with what this function of ours returned if it is an answer."""
        self._lent_now = self._begun_now = None
        self._returned_by = returned_by

    def take_back(self) -> None:
        """It could not be encoded: nothing stays lent that nobody would return."""
        for handle in self._lent_now or ():
            self.lending.take_back(handle, 1)
        for number in self._begun_now or ():
            self._streams.withdraw(number)

    def lend_stream(self, items: Any) -> int:
        """Return the number under which these items are sent."""
        number = self._streams.lend(items, self._returned_by)
        self._begun_now = [*(self._begun_now or ()), number]
        return number

    def stream(self, number: int) -> Stream:
        """Return the stream of theirs that has this number."""
        return self._streams.borrow(number)

    def own(self, target: Target) -> Function | None:
        """Return the function of ours that the other end means, or None."""
        if not isinstance(target, int):
            return self._host.function_at(target)
        for table in (self.lending, *self._host.lent_elsewhere()):
            function = table.function(target)
            if function is not None:
                return function
        return None

    def missing(self, target: Target) -> NoSuchFunction:
        """Return the error for a call of what is not there, or has departed, which says so."""
        if self.own(target) is not None:
            return departed(f"function {target}" if isinstance(target, int) else quoted(target))
        if isinstance(target, int):
            return self._none_lent(target)
        # Near names cost some milliseconds to find, and whoever errs asks for them a few times at most.
        self._missed += 1
        return none_at(target, self._host, near_names=self._missed <= _NEAR_NAMES)

    def _none_lent(self, handle: int) -> NoSuchFunction:
        tables = (self.lending, *self._host.lent_elsewhere())
        return none_lent(handle, tables, self._limits.callback_timeout)

    def reference(self, function: Function) -> list[Any]:
        """Return the tag's content for a function in arguments or results."""
        home = self._home(function)
        if home is not None:
            return home
        handle = self.lending.lend(self._behind(function))
        if self._lent_now is None:
            self._lent_now = []
        self._lent_now.append(handle)
        return [0, handle]

    def place(self, function: Any) -> list[Any] | None:
        """Return the tag's content for a function in the namespace."""
        return self._home(function)

    def _home(self, function: Function) -> list[Any] | None:
        """Return how to name a function of the other end's to it; None if it is none of those."""
        if not isinstance(function, RemoteFunction) or self._behind(function) is not function:
            return None
        if function.caller is not self._caller and function.caller is not self._host:
            return None
        target = function.target
        return [1, target if isinstance(target, int) else list(target)]

    def _behind(self, function: Function) -> Function:
        """Return the function of our own that a name of this namespace holds; else the function itself."""
        if isinstance(function, NamedFunction) and function.caller is self._host:
            return function.behind()
        return function

    def function(self, content: Any) -> Any:
        """Return the function that a tag's content means."""
        if content is None:
            return THEIRS
        whose, reference = content if isinstance(content, list) and len(content) == 2 else (None, None)
        if whose == 0 and type(reference) is int and reference >= 0:
            return self.borrowing.borrow(reference)
        if whose == 1:
            target = _target(reference)
            if target is not None:
                own = self.own(target)
                return self._stand_in(target) if own is None else own
        raise ProtocolError("a function's tag holds null, [0, handle], [1, handle] or [1, path]")

    def _stand_in(self, target: Target) -> Missing:
        # Near names are not looked for: a message may name many functions.
        error = self._none_lent(target) if isinstance(target, int) else none_at(target)
        return Missing(error.message, error.missing)


def _target(reference: Any) -> Target | None:
    """Return the handle or path that stands in a function's tag; None if it is neither."""
    if type(reference) is int and reference >= 0:
        return reference
    if isinstance(reference, list) and reference and all(type(key) in (str, int) for key in reference):
        return tuple(reference)
    return None
