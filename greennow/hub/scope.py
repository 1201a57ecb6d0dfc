"""A scope: a tree that is looked through. Everyone's is here, the narrower ones in ``narrow.py``.

A client sees everyone's scope, those of its groups, and its own, as one view (``view.py``). A
write in everyone's scope or a group's removes for good what narrower scopes hold at and below
its path, so all who look through that scope see the same there. A list is one unit: what
happens at or inside one is a put of the outermost list on the way.

A write costs the depth of its path and what it removes, however wide the tree is and however
many clients there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..core.paths import Key, Path
from ..core.tree import MISSING, Delete, List, Operation, Set, Splice, Value, apply
from .view import Node, Sight, copy_of, look, put_node, root_node, size
from .weight import carry_over

if TYPE_CHECKING:
    from .narrow import ClientScope
    from .scopes import Scopes


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

    def leaves(self, path: Path) -> Iterator[tuple[Key, Value]]:
        """Yield the names that are seen below ``path``, as `Sight.leaves` does; none if it is no dict."""
        sight, depth = self._sight().follow(path)
        if depth == len(path):
            yield from sight.leaves()

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
        self._scopes.written(path[0])
        if len(path) == 1 and isinstance(operation, Set) and isinstance(path[0], str):
            # Most writes: what stands at a name of the root is in no list, and below nothing that is none.
            self._put(path, operation.value)
            return Change(operation, path)
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
        for node, key in zip(way, path, strict=False):
            node.touch(key)
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
        self._scopes.views_changed()
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
        inside = operation._replace(path=operation.path[depth:])
        value = apply(before, inside)
        if value is before:
            return None
        carry_over(before, inside, value)
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
            self._put_below(node, stamp)
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
        for node, key in zip(way, path, strict=True):
            node.touch(key)
        return way

    def _put_below(self, node: Node, stamp: int) -> None:
        node.put_below(stamp)

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
        return differing(doubtful, unit, before)


def _is_inside(operation: Operation, depth: int) -> bool:
    """Does the operation work inside the list that stands at ``depth`` on its path?"""
    path = operation.path
    return isinstance(path[depth], int) if depth < len(path) else isinstance(operation, Splice)


def differing(doubtful: Iterable[ClientScope], unit: Path, before: List) -> frozenset[ClientScope]:
    """Return those that do not see the very list.

    Who holds nothing at the top name, neither itself nor through another group, sees it for sure.
    """
    return frozenset(member for member in doubtful if member.get(unit) is not before)
