"""All scopes of one server, and the one order of their writes."""

from __future__ import annotations

from itertools import count
from typing import Final

from ..core.paths import Key
from .common import CommonFunctions
from .index import Index
from .narrow import ClientScope, GroupScope
from .scope import EveryoneScope
from .view import root_node


class Scopes:
    """All scopes of one server, and the one order of their writes."""

    def __init__(self) -> None:
        #: Gives the stamp of the next write: 1, 2, 3, ...
        self.next_stamp: Final = count(1).__next__
        #: Which groups hold something at a path.
        self.groups: Final[Index[GroupScope]] = Index()
        #: Which clients hold something of their own at a path.
        self.clients: Final[Index[ClientScope]] = Index()
        #: The roots that are seen where nothing was written: one empty dict for all.
        self.empty: Final = (root_node(),)
        #: For names that are called in groups, a mark that is another after each write at or below them; see
        #: `Audiences`.
        self.marks: Final[dict[Key, object]] = {}
        #: What all see, and the functions that nobody sees otherwise.
        self.everyone: Final = EveryoneScope(self)
        self.common: Final = CommonFunctions(self)

    def written(self, name: Key) -> None:
        """Something is written at or below this name, in one of the scopes."""
        if name in self.marks:
            self.marks[name] = object()
        self.common.forget(name)

    def views_changed(self) -> None:
        """Without a write, somebody sees other names than before."""
        for name in self.marks:
            self.marks[name] = object()
        self.common.forget_all()

    def group(self) -> GroupScope:
        """Return a new group's scope."""
        return GroupScope(self)

    def own(self) -> ClientScope:
        """Return a new client's own scope, which costs next to nothing until it is written."""
        return ClientScope(self)
