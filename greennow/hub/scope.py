"""Everyone's, the groups' and the clients' scopes: trees that are looked through.

A client sees everyone's scope, those of its groups, and its own, as one view (``view.py``). A
write in everyone's scope or a group's removes for good what narrower scopes hold at and below
its path, so all who look through that scope see the same there. A list is one unit: what
happens at or inside one is a put of the outermost list on the way.

A write costs the depth of its path and what it removes, however wide the tree is and however
many clients there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import count
from typing import Any, Final, NamedTuple

from ..core.paths import Path
from ..core.tree import MISSING, Delete, List, Operation, Set, Splice, Value, apply
from .index import Index
from .view import Node, Sight, changes, copy_of, look, put_node, root_node, size

__all__ = ["Change", "ClientScope", "EveryoneScope", "GroupScope", "Scope", "Scopes"]


class Change(NamedTuple):
    """What a write changed, and how to tell those who see it.

    Members are told the operation as it was written, which is right for each of them: the last set
    or delete of a path says all about it. Only an operation inside a list builds on what was
    there. So the ``others``, who saw something else there, are told the whole list.
    """

    #: As it was written.
    operation: Operation
    #: Where it counts: the outermost list's path if inside one, else the operation's.
    unit: Path
    #: The list that the writer saw, `MISSING` if not in a list.
    before: Value = MISSING
    #: The list afterwards, `MISSING` if not in a list.
    value: Value = MISSING
    #: The scopes of the members that did not see the very list that the writer saw.
    others: Collection[ClientScope] = ()

    @property
    def whole(self) -> Operation:
        """What to tell the ``others``."""
        return Set(self.unit, self.value)

    def operation_for(self, member: ClientScope) -> Operation:
        """Return what to tell the client whose own scope is ``member``."""
        return self.whole if member in self.others else self.operation


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
        #: What all see.
        self.everyone: Final = EveryoneScope(self)

    def group(self) -> GroupScope:
        """Return a new group's scope."""
        return GroupScope(self)

    def own(self) -> ClientScope:
        """Return a new client's own scope, which costs next to nothing until it is written."""
        return ClientScope(self)


class Scope:
    """A tree that is looked through; the base of the three kinds."""

    __slots__ = ("_forgotten", "_root", "_scopes", "names")

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes
        #: What this scope holds, None while that is nothing.
        self._root: Node | None = None
        #: Whether the owner has gone and writes are dropped.
        self._forgotten = False
        #: How many names are held here: values, dicts and tombstones. A list is one.
        self.names = 0

    def get(self, path: Path = ()) -> Value:
        """Return what is seen at ``path`` through this scope, or `MISSING`.

        Returns:
            An immutable tree: a moment that stays. A dict in which only one scope holds anything
            is the very same object for all who look through that scope.
        """
        return look(self._roots(), path)

    def holds(self, path: Path) -> bool:
        """Does this scope itself hold something at or below ``path``?"""
        node = self._root
        for key in path:
            node = node.kids.get(key) if node and node.kids else None
        return node is not None

    def write(self, operation: Operation) -> Change | None:
        """Carry out the operation; return None if it changes nothing.

        A set of what is there already is a change: it is newer now.
        """
        path = operation.path
        if self._forgotten or not path:
            return None
        sight, depth = self._sight().follow(path)
        if not sight.is_dict and isinstance(sight.leaf, List) and _is_inside(operation, depth):
            return self._write_list(operation, depth, sight.leaf)
        if isinstance(operation, Set) and all(isinstance(key, str) for key in path):
            self._put(path, operation.value)
        elif isinstance(operation, Delete) and depth == len(path) and not sight.is_missing:
            self._delete(path)
        else:
            return None
        return Change(operation, path)

    def prune(self, path: Path) -> None:
        """Remove what this scope holds at and below ``path``, where it does hold something.

        What is left above without anything to say goes as well. Where something was put below, a
        dict remains.
        """
        assert self._root
        way = [self._root]
        for key in path:
            assert way[-1].kids
            way.append(way[-1].kids[key])
        for node in way:
            node.plain = None
        self._take(way[-2], path)
        for depth in range(len(path) - 1, 0, -1):
            if not way[depth].is_idle:
                break
            self._take(way[depth - 1], path[:depth])

    def forget(self) -> None:
        """Let go of this scope: its client has gone, or its group was removed and has no members.

        It can still be read; writes are dropped.
        """
        self._forgotten = True

    def copied(self) -> Node | None:
        """Return all that this scope holds, for `put_back`."""
        return self._root and copy_of(self._root)

    def put_back(self, root: Node | None) -> None:
        """Hold what `copied` returned instead, at the age it had; there is no member to be told.

        A scope that was forgotten is in use again.
        """
        if not self._forgotten:
            self.forget()
        self._forgotten = False
        self._root = root and copy_of(root)
        self.names = size(root) - 1 if root else 0
        for key, node in ((self._root and self._root.kids) or {}).items():
            self._note((key,), node)

    def _layers(self) -> Iterable[Scope]:
        """Return the scopes that are seen through this one, the widest first."""
        raise NotImplementedError

    def _others(self, unit: Path, before: List) -> Collection[ClientScope]:
        """Return the members who see something else at ``unit`` than the list ``before``."""
        raise NotImplementedError

    def _sight(self) -> Sight:
        return Sight(self._roots())

    def _roots(self) -> Sequence[Node]:
        return [root for scope in self._layers() if (root := scope._root) and root.kids] or self._scopes.empty

    def _write_list(self, operation: Operation, depth: int, before: List) -> Change | None:
        unit = operation.path[:depth]
        value = apply(before, operation._replace(path=operation.path[depth:]))
        if value is before:
            return None
        others = self._others(unit, before)
        self._put(unit, value)
        return Change(operation, unit, before, value, others)

    def _clear_narrower(self, path: Path) -> None:
        """Remove what narrower scopes hold at and below ``path``, where there are any."""

    def _note(self, path: Path, node: Node) -> None:
        """Enter ``node``, held at ``path`` from now on, into the index, where there is one."""

    def _strike(self, path: Path, node: Node) -> None:
        """Take ``node``, held at ``path`` until now, out of the index, where there is one."""

    def _put(self, path: Path, value: Value) -> None:
        self._clear_narrower(path)
        stamp = self._scopes.next_stamp()
        way = self._open(path, stamp)
        for node in way:
            node.put_below(stamp)
        self._place(way[-1], path, put_node(value, stamp))

    def _delete(self, path: Path) -> None:
        self._clear_narrower(path)
        self.prune(path)

    def _open(self, path: Path, stamp: int) -> list[Node]:
        """Return the nodes above ``path``, from the root on, for a change; make those that lack."""
        node = self._root = self._root or root_node()
        way = [node]
        for depth, key in enumerate(path[:-1], 1):
            kid = node.kids.get(key) if node.kids else None
            node = kid or self._place(node, path[:depth], Node(stamp))
            way.append(node)
        for node in way:
            node.plain = None
        return way

    def _place(self, parent: Node, path: Path, node: Node) -> Node:
        """Hold ``node`` at ``path``, instead of what is there."""
        if parent.kids is None:
            parent.kids = {}
        old = parent.kids.get(path[-1])
        parent.kids[path[-1]] = node
        # The most frequent case, one leaf for another, changes neither the count nor the index.
        if old is None or old.kids or node.kids:
            if old is not None:
                self.names -= size(old)
                self._strike(path, old)
            self.names += size(node)
            self._note(path, node)
        return node

    def _take(self, parent: Node, path: Path) -> None:
        """Hold nothing at ``path`` any more."""
        assert parent.kids
        old = parent.kids.pop(path[-1])
        self.names -= size(old)
        self._strike(path, old)


class EveryoneScope(Scope):
    """What all see."""

    __slots__ = ()

    def _layers(self) -> Iterable[Scope]:
        return (self,)

    def _clear_narrower(self, path: Path) -> None:
        for scope in [*self._scopes.groups.at(path), *self._scopes.clients.at(path)]:
            scope.prune(path)

    def _others(self, unit: Path, before: List) -> Collection[ClientScope]:
        doubtful = set(self._scopes.clients.at(unit[:1]))
        doubtful.update(*(group.members for group in self._scopes.groups.at(unit[:1])))
        return _differing(doubtful, unit, before)


class _NarrowScope(Scope):
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


class GroupScope(_NarrowScope):
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
        return _differing(doubtful, unit, before)


class ClientScope(_NarrowScope):
    """What one client sees: its own, over its groups' and everyone's."""

    __slots__ = ("_groups",)

    def __init__(self, scopes: Scopes) -> None:
        super().__init__(scopes, scopes.clients)
        self._groups: tuple[GroupScope, ...] = ()

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
        before = self._sight()
        self._groups = groups
        return list(changes(before, self._sight(), changed._root)) if changed._root else []

    def _layers(self) -> Iterable[Scope]:
        return (self._scopes.everyone, *self._groups, self)

    def _needs_tombstone(self, path: Path) -> bool:
        return self._scopes.everyone.holds(path) or bool(self._scopes.groups.at(path))

    def _others(self, unit: Path, before: List) -> Collection[ClientScope]:
        return _differing((), unit, before)


def _is_inside(operation: Operation, depth: int) -> bool:
    """Does the operation work inside the list that stands at ``depth`` on its path?"""
    path = operation.path
    return isinstance(path[depth], int) if depth < len(path) else isinstance(operation, Splice)


def _differing(doubtful: Iterable[ClientScope], unit: Path, before: List) -> frozenset[ClientScope]:
    """Return those that do not see the very list.

    Who holds nothing at the top name, neither itself nor through another group, sees it for sure.
    """
    return frozenset(member for member in doubtful if member.get(unit) is not before)
