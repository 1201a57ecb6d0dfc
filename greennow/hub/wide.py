"""Functions lent to many clients at once, as one of these clients has them."""

from __future__ import annotations

from ..core.errors import ProtocolError
from ..core.functions import Function, Lending


class WideLoans(Lending):
    """The part of the hub's table that was lent to one client, and how many loans of each it has."""

    __slots__ = ("_all", "counts")

    def __init__(self, lending: Lending) -> None:
        #: The table of all.
        self._all = lending
        #: Handles, all of them odd, and this client's loans.
        self.counts: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.counts)

    def lent(self, handle: int) -> None:
        """A function of the table was lent to this client, once more."""
        self.counts[handle] = self.counts.get(handle, 0) + 1

    def function(self, handle: int) -> Function | None:
        """Return the function lent to this client under the handle, or None."""
        return self._all.function(handle) if handle in self.counts else None

    def was_lent(self, handle: int) -> bool:
        """Was this handle ever given out?"""
        return self._all.was_lent(handle)

    def has_expired(self, handle: int) -> bool:
        """Was the function lent to this client under the handle let go of?"""
        return handle in self.counts and self._all.has_expired(handle)

    def take_back(self, handle: int, loans: int) -> None:
        """So many loans of a handle are returned.

        Raises:
            ProtocolError: more than this client has.
        """
        held = self.counts.get(handle, 0)
        if not 0 < loans <= held:
            raise ProtocolError(f"release of {loans} loans of handle {handle}, of which {held} are out")
        self.counts[handle] = held - loans
        if held == loans:
            del self.counts[handle]
        self._all.take_back(handle, loans)

    def take_back_all(self) -> None:
        """The client has gone."""
        for handle, loans in self.counts.items():
            self._all.take_back(handle, loans)
        self.counts.clear()
