"""What is seen at a path through several scopes: the newest write wins, name by name.

A view is what the writes that stand in its scopes give, applied to an empty tree in the order
in which they were made. Nothing here does it that way: a view is read where it is looked at.

Every write has a *stamp*, its number in the one order of all scopes. A scope keeps its writes
as a trie of `Node`. A node's *base* is what was put or deleted at its very path; it takes away
all that is older at and below that path, in every scope. So on the way down to a path there is
a *floor*, the newest base passed: what is older than the floor is dead, what is as old belongs
to the same write (one write of nested dicts has one stamp at all of its nodes) and lives. At
the path the newest living base is the value, unless something newer was put below it: that
makes it a dict.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any, Final

from ..core.paths import Key, Path
from ..core.tree import MISSING, Delete, Dict, Operation, Set, Value, difference, get


class Base(Enum):
    """What a node may have at its path other than a leaf and `MISSING`, which is a tombstone."""

    NOTHING = "nothing was written here"
    DICT = "a dict was put here; its names are nodes below"


NOTHING: Final = Base.NOTHING
DICT: Final = Base.DICT


class Node:
    """What one scope holds at and below one path.

    A write at a path puts a new node there. Hence nothing at or below a node is older than the
    node, and its base, where it has one, is exactly as old.
    """

    __slots__ = ("base", "below", "born", "changed", "kids", "plain")

    def __init__(self, born: int, base: Value = NOTHING, below: int = 0) -> None:
        #: What was put here: `NOTHING`, `DICT`, `MISSING` (it was deleted), or a leaf: a scalar, a
        #: function, a list. A leaf below which something is put becomes a `DICT` of its own age.
        self.base = base
        #: The stamp of the last put below, 0 if there was none. It made this a dict, which it
        #: remains when that name goes again.
        self.below = below
        #: The stamp of the write that made this node.
        self.born = born
        #: The nodes below by name, None rather than many empty dicts. An index finds nothing here.
        self.kids: dict[Any, Node] | None = None
        #: The dict that is seen through this scope alone, None until somebody looks.
        self.plain: Dict | None = None
        #: The names below which something was written since then, None while there are none.
        self.changed: dict[Any, None] | None = None

    @property
    def is_idle(self) -> bool:
        """Does this node say nothing, by itself or below? Then no view changes when it goes."""
        return self.base is NOTHING and not self.below and not self.kids

    def touch(self, key: Key) -> None:
        """Something is written at or below this name."""
        if self.plain is not None:
            if self.changed is None:
                self.changed = {key: None}
            else:
                self.changed.pop(key, None)
                self.changed[key] = None

    def put_below(self, stamp: int) -> None:
        """Become a dict, by the write number ``stamp``."""
        if self.base is not NOTHING:
            self.base = DICT
        self.below = stamp


def root_node() -> Node:
    """Return the node of a scope's root, which is a dict from before the first write (stamp 1)."""
    return Node(0, below=1)


def put_node(value: Value, stamp: int) -> Node:
    """Return the node of a value that the write number ``stamp`` puts."""
    if not isinstance(value, Dict):
        return Node(stamp, value)
    node = Node(stamp, DICT)
    if value:
        node.kids = {key: put_node(item, stamp) for key, item in value.items()}
    return node


def copy_of(node: Node) -> Node:
    """Return a copy of the node and all below it, with their ages."""
    copy = Node(node.born, node.base, node.below)
    if node.kids is not None:
        copy.kids = {key: copy_of(kid) for key, kid in node.kids.items()}
    return copy


def size(node: Node) -> int:
    """Return how many names the node and all below it are."""
    return 1 + sum(map(size, node.kids.values())) if node.kids else 1


class Sight:
    """What is seen at one path: the nodes that the scopes have there, and the floor.

    Attributes:
        is_dict: whether a dict is seen.
        leaf: what is seen otherwise: a scalar, a function, a list, or `MISSING`.
    """

    __slots__ = ("_based", "_floor", "_nodes", "is_dict", "leaf")

    def __init__(self, nodes: Sequence[Node], floor: int = 0) -> None:
        base: Value = NOTHING
        below = 0
        for node in nodes:
            if node.born >= floor and node.base is not NOTHING:
                base, floor = node.base, node.born
            if node.below > below:
                below = node.below
        self._nodes = nodes
        #: The floor of what is below: the stamp of the newest base at this path or above.
        self._floor = floor
        #: Whether that base stands at this very path.
        self._based = base is not NOTHING
        self.is_dict: bool = base is DICT or below > floor
        self.leaf: Value = MISSING if base is NOTHING or base is DICT else base

    @property
    def is_missing(self) -> bool:
        """Whether nothing is seen."""
        return not self.is_dict and self.leaf is MISSING

    def child(self, key: Key) -> Sight:
        """Return what is seen under ``key`` of this dict."""
        nodes = [node.kids[key] for node in self._nodes if node.kids and key in node.kids]
        return Sight(nodes, self._floor)

    def follow(self, path: Path) -> tuple[Sight, int]:
        """Walk down as far as dicts go; return what is seen there, and how many keys were walked."""
        sight = self
        for depth, key in enumerate(path):
            if not sight.is_dict:
                return sight, depth
            sight = sight.child(key)
        return sight, len(path)

    def get(self, path: Path) -> Value:
        """Return what is seen at ``path``, counted from here, or `MISSING`."""
        sight, depth = self.follow(path)
        return sight.value() if sight.is_dict else get(sight.leaf, path[depth:])

    def leaves(self) -> Iterator[tuple[Key, Value]]:
        """Yield the names of this dict and the leaf that is seen at each, `MISSING` for a dict.

        One by one as they are asked for: who looks at few pays for few. A name may come more than once.
        """
        if self.is_dict:
            for node in self._nodes:
                for key in node.kids or ():
                    yield key, self.child(key).leaf

    def value(self) -> Value:
        """Return what is seen, as an immutable tree. What one scope alone shows is shared."""
        if not self.is_dict:
            return self.leaf
        if len(self._nodes) == 1 and self._nodes[0].born >= self._floor:
            return _alone(self._nodes[0])
        widest, *rest = self._nodes
        whole = _alone(widest) if widest.born >= self._floor else MISSING
        # Where the widest scope has a living dict, a copy of that needs correction only in the others' names.
        seen, changed = (Dict(whole), rest) if isinstance(whole, Dict) else (Dict(), self._nodes)
        seen.mark = self._mark()
        for key in dict.fromkeys(key for node in changed for key in node.kids or ()):
            value = self.child(key).value()
            if value is MISSING:
                seen.pop(key, None)
            else:
                seen[key] = value
        return seen

    def _mark(self) -> object:
        """Return the identity of the dict seen; one that is made here later has another.

        It is the age of the base that made it. Without a base, puts below have made it: then it is the
        age of the oldest node that takes part. At one path all nodes go together, or a tombstone stays
        in their place; so the next dict here is younger in any case. The identity stays while the dict
        lives; only one made by puts below in several scopes may change it, when an older node takes part
        that a base above had hidden.
        """
        if self._based:
            return ("dict", self._floor)
        oldest = min(node.born for node in self._nodes if node.below > self._floor)
        return ("dict", max(self._floor, oldest))


def look(roots: Sequence[Node], path: Path) -> Value:
    """Return what is seen at ``path`` through scopes with these roots, or `MISSING`."""
    if len(path) == 1:
        # Most looks are at a name of the root. Nothing stands above it, and mostly one scope alone holds it.
        key, found = path[0], None
        for root in roots:
            node = root.kids.get(key) if root.kids else None
            if node is not None:
                if found is not None:
                    break
                found = node
        else:
            return MISSING if found is None else _alone(found)
    return Sight(roots).get(path)


def changes(before: Sight, after: Sight, node: Node, path: Path = ()) -> Iterator[Operation]:
    """Yield the operations from one view to the next, when all that came or went is one scope.

    Args:
        before: what was seen at the path.
        after: what is seen there now.
        node: what that scope has there. Where it has nothing, nothing can differ.
        path: where this is.
    """
    if node.base is NOTHING and before.is_dict and after.is_dict:
        for key, kid in (node.kids or {}).items():
            yield from changes(before.child(key), after.child(key), kid, (*path, key))
        return
    old, new = before.value(), after.value()
    if old is not MISSING and new is not MISSING:
        yield from difference(old, new, path)
    elif new is not MISSING:
        yield Set(path, new)
    elif old is not MISSING:
        yield Delete(path)


def _alone(node: Node) -> Value:
    """Return what is seen through the node's scope alone, when nothing in it is older than the floor."""
    if node.base is not DICT and (node.base is not NOTHING or not node.below):
        return MISSING if node.base is NOTHING else node.base
    if node.plain is not None and node.changed is not None:
        # A copy of what was seen before, corrected: of ten thousand names mostly one has changed.
        node.plain, changed = Dict(node.plain, node.plain.mark), node.changed
        node.changed = None
        for key in changed:
            kid = node.kids.get(key) if node.kids else None
            value = MISSING if kid is None else _alone(kid)
            if value is MISSING:
                node.plain.pop(key, None)
            else:
                node.plain[key] = value
    elif node.plain is None:
        seen = ((key, _alone(kid)) for key, kid in (node.kids or {}).items())
        node.plain = Dict(((key, value) for key, value in seen if value is not MISSING), ("dict", node.born))
    return node.plain
