"""The scopes below everyone's: those of groups and of single clients."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..core.paths import Path
from ..core.tree import MISSING, List, Operation
from .index import Index
from .scope import Scope, differing
from .view import Node, changes
from .weight import weigh_base, weigh_name, weigh_node

if TYPE_CHECKING:
    from .scopes import Scopes


class NarrowScope(Scope):
    """A scope below everyone's, which an index knows."""

    __slots__ = ("_index",)

    def __init__(self, scopes: Scopes, index: Index[Any]) -> None:
        super().__init__(scopes)
        self._index = index

    def forget(self) -> None:
        """Let go of this scope: its client has gone, or its group was removed and has no members."""
        super().forget()
        for key, node in ((self._root and self._root.kids) or {}).items():
            self._index.remove((key,), node, self)

    def _needs_tombstone(self, path: Path) -> bool:
        """Is there anything at ``path`` for a tombstone of this scope's to hide?

        A tombstone hides what is older, in a scope that is, or may one day be, seen together with
        this one: a group that is not joined yet counts, for its names keep their age. Whatever is
        written later is newer than the tombstone, and is not hidden. So where no such scope
        has a node at the path now, a tombstone would never hide anything. It is left out, and
        names that come and go leave nothing behind.
        """
        raise NotImplementedError

    def _delete(self, path: Path) -> None:
        self._clear_narrower(path)
        if self._needs_tombstone(path):
            stamp = self._scopes.next_stamp()
            self._place(self._open(path, stamp)[-1], path, Node(stamp, MISSING))
        else:
            self.prune(path)

    def _note(self, path: Path, node: Node) -> None:
        self._index.add(path, node, self)

    def _strike(self, path: Path, node: Node) -> None:
        self._index.remove(path, node, self)


class GroupScope(NarrowScope):
    """What the members of a group see, over everyone's."""

    __slots__ = ("members",)

    def __init__(self, scopes: Scopes) -> None:
        super().__init__(scopes, scopes.groups)
        #: The scopes of the clients that have joined.
        self.members: set[ClientScope] = set()

    def _layers(self) -> Iterable[Scope]:
        return (self._scopes.everyone, self)

    def _clear_narrower(self, path: Path) -> None:
        for member in self.members & self._scopes.clients.at(path):
            member.prune(path)

    def _needs_tombstone(self, path: Path) -> bool:
        # Its members' own names are cleared by now; those of clients that may join later are not.
        return (
            self._scopes.everyone.holds(path)
            or bool(self._scopes.clients.at(path))
            or bool(self._scopes.groups.at(path) - {self})
        )

    def _others(self, unit: Path, before: List) -> Collection[ClientScope]:
        doubtful = self.members & self._scopes.clients.at(unit[:1])
        for group in self._scopes.groups.at(unit[:1]) - {self}:
            doubtful |= self.members & group.members
        return differing(doubtful, unit, before)


class ClientScope(NarrowScope):
    """What one client sees: its own, over its groups' and everyone's.

    Invariant: ``weight`` is the sum of `weigh_name` and `weigh_node` over the nodes below the root. All that
    comes and goes passes `_place`, `_take` and `_put_below`.
    """

    __slots__ = ("_groups", "weight")

    def __init__(self, scopes: Scopes) -> None:
        super().__init__(scopes, scopes.clients)
        self._groups: tuple[GroupScope, ...] = ()
        #: About how many bytes what is held here takes.
        self.weight = 0

    def join(self, group: GroupScope) -> list[Operation]:
        """Look through the group's scope as well; return what that changes for the client.

        Nothing is written or cleared: the group's names come in at the age they have.
        """
        if group in self._groups:
            return []
        group.members.add(self)
        return self._regroup((*self._groups, group), group)

    def leave(self, group: GroupScope) -> list[Operation]:
        """Look through the group's scope no longer; return what that changes for the client."""
        if group not in self._groups:
            return []
        group.members.remove(self)
        return self._regroup(tuple(other for other in self._groups if other is not group), group)

    def forget(self) -> None:
        """Let go of this scope: its client has gone."""
        super().forget()
        for group in self._groups:
            group.members.remove(self)
        self._groups = ()

    def _regroup(self, groups: tuple[GroupScope, ...], changed: GroupScope) -> list[Operation]:
        held = changed._root
        if held is None or not held.kids:
            self._groups = groups
            return []
        before = self._sight()
        self._groups = groups
        self._scopes.views_changed()
        return list(changes(before, self._sight(), held))

    def _layers(self) -> Iterable[Scope]:
        return (self._scopes.everyone, *self._groups, self)

    def _roots(self) -> Sequence[Node]:
        if self._groups:
            return super()._roots()
        own, wide = self._root, self._scopes.everyone._root
        if own is None or not own.kids:
            return (wide,) if wide is not None and wide.kids else self._scopes.empty
        return (wide, own) if wide is not None and wide.kids else (own,)

    def _needs_tombstone(self, path: Path) -> bool:
        return self._scopes.everyone.holds(path) or bool(self._scopes.groups.at(path))

    def _others(self, unit: Path, before: List) -> Collection[ClientScope]:
        return differing((), unit, before)

    def _put_below(self, node: Node, stamp: int) -> None:
        self.weight -= weigh_base(node)  # a leaf becomes a dict
        super()._put_below(node, stamp)

    def _place(self, parent: Node, path: Path, node: Node) -> Node:
        old = parent.kids.get(path[-1]) if parent.kids else None
        self.weight += weigh_node(node) - weigh_node(old) if old else weigh_name(path[-1]) + weigh_node(node)
        return super()._place(parent, path, node)

    def _take(self, parent: Node, path: Path) -> None:
        assert parent.kids
        self.weight -= weigh_name(path[-1]) + weigh_node(parent.kids[path[-1]])
        super()._take(parent, path)
