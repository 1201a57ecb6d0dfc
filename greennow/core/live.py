"""Containers of ``now`` that follow their data.

What a program reads out of ``now`` is a container with a `Place`: where it stands, found anew at each
use. A place is a parent, a key, and the *mark* of the container that was read, its identity in the tree:

- a changed container keeps its mark, one that was put in its place has another;
- in a list, what is inserted or deleted ahead moves an element along: it is looked for by its mark;
- a container whose mark is nowhere was deleted or replaced: `Detached`.

The tree never changes, only which tree is the present one. So whatever is made of one
``find()`` is of one moment, whoever writes meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import chain
from typing import Any, NoReturn, Protocol

from .errors import Detached
from .paths import Key, Path, path_text
from .tree import MISSING, THEIRS, Dict, List, Operation, Value, child
from .values import Live, share

#: Values that are plain as they are. Long lists of them are copied some ten times faster for it.
_SCALARS = frozenset({bool, bytes, float, int, str, type(None)})


class Space(Protocol):
    """What a namespace looks at: a client's replica, a client's view on the server, a group's scope."""

    @property
    def root(self) -> str:
        """How its paths begin in errors: ``now``, ``everyone.now``."""

    @property
    def max_depth(self) -> int:
        """How deep its values nest."""

    @property
    def lock(self) -> AbstractContextManager[object]:
        """Held from reading to writing where a change is made of what is there; may be taken again inside."""

    def get(self, path: Path) -> Value:
        """Return what stands at the path, which never changes, or `MISSING`. The empty path is the whole."""

    def write(self, operations: Sequence[Operation]) -> None:
        """Do the operations as one step; raise what the line that writes should raise."""

    def function(self, path: Path, value: Value) -> Any:
        """Return what the user gets where a function stands: one of ours, or `THEIRS`."""

    def missing(self, path: Path) -> Any:
        """Return what the user gets where nothing stands, or `MISSING` if that is an error."""


class Root:
    """The place of ``now`` itself, which never moves."""

    __slots__ = ("containers", "path", "space")

    def __init__(self, space: Space, containers: Mapping[type, Callable[[Place], Container]]) -> None:
        #: What is read and written.
        self.space = space
        #: What the user gets for a `Dict` and for a `List`. Given, for dicts hold lists and lists hold dicts.
        self.containers = containers
        #: Where this is; where it was last found, if it can move.
        self.path: Path = ()

    def find(self) -> Value:
        """Return what stands here now."""
        return self.space.get(())

    def child(self, key: Key) -> Value:
        """Return what stands below this under the key, or `MISSING`."""
        # Not from the whole: a server's view is made as it is read.
        return self.space.get((key,))

    def find_or_as_read(self) -> Value:
        """Return what a copy of this is made of."""
        return self.find()

    def locate(self) -> Path:
        """Return the path at which this stands now."""
        return self.path

    def text(self, *below: Key) -> str:
        """Return the path, or one below it, as a person would write it."""
        return path_text((*self.path, *below), self.space.root)

    # Values on their way out.

    def give(self, key: Key, value: Value) -> Any:
        """Return what the user gets for the value under the key."""
        if isinstance(value, (Dict, List)):
            return self.containers[type(value)](Place(self, key, value))
        if value is THEIRS or callable(value):
            return self.space.function((*self.path, key), value)
        return value

    def plain(self, value: Value, *below: Key) -> Any:
        """Return a copy in plain dicts and lists of a value at a path below this.

        Our own functions are in it as they were made, the other end's as they are called by their path.
        """
        if isinstance(value, Dict):
            return {
                key: item if type(item) in _SCALARS else self.plain(item, *below, key)
                for key, item in value.items()
            }
        if isinstance(value, List):
            return [
                item if type(item) in _SCALARS else self.plain(item, *below, index)
                for index, item in enumerate(value)
            ]
        return self.space.function((*self.path, *below), value) if value is THEIRS else value

    # Values on their way in.

    def share(self, value: Any, *below: Key) -> Value:
        """Return a copy of the value as a tree, to stand below this; raises as `values.share` does."""
        return share(value, (*self.path, *below), root=self.space.root, max_depth=self.space.max_depth)

    def write(self, operations: Sequence[Operation]) -> None:
        """Do the operations, if there are any, as one step."""
        if operations:
            self.space.write(operations)

    def holds(self, key: Key, value: Any) -> bool:
        """Is the value the very container that stands here under the key?

        ``now.scores += [3]`` changes the list and then assigns it to where it is. That is no change.
        """
        place = value._place if isinstance(value, Container) else None
        if not isinstance(place, Place) or place.space is not self.space:
            return False
        return place.path == (*self.path, key) and _has_mark(self.child(key), place.mark)


class Place(Root):
    """The place of a container of ``now``."""

    __slots__ = ("as_read", "mark", "parent")

    def __init__(self, parent: Root, key: Key, value: Dict | List) -> None:
        super().__init__(parent.space, parent.containers)
        self.path = (*parent.path, key)
        #: What it stands in.
        self.parent = parent
        #: The identity of the container that was read.
        self.mark = value.mark
        #: The container as it was read, until it is used. ``a[i], a[j] = a[j], a[i]`` reads both, then
        #: overwrites one ahead of assigning it.
        self.as_read: Value = value

    def find(self) -> Value:
        """Return what stands here now, and refresh ``path``.

        Raises:
            Detached: it was deleted or replaced.
        """
        self.as_read = MISSING
        # At one path, and in one list, no two containers ever have the same mark; so one look where it was
        # last is enough to know.
        value = self.space.get(self.path)
        return value if _has_mark(value, self.mark) else self._search()

    def child(self, key: Key) -> Value:
        """Return what stands below this under the key, or `MISSING`."""
        return child(self.find(), key)

    def locate(self) -> Path:
        """Return the path at which this stands now."""
        self.find()
        return self.path

    def find_or_as_read(self) -> Value:
        """Return what stands here now; if it is gone and was not used since it was read, what it was then."""
        as_read = self.as_read
        try:
            return self.find()
        except Detached:
            if as_read is MISSING:
                raise
            return as_read

    def _search(self) -> Value:
        # A name of the root's is where it was, or nowhere; else what it stands in may have moved.
        if len(self.path) > 1:
            around = self.parent.find()
            elsewhere = range(len(around)) if isinstance(around, List) else ()
            for key in chain(self.path[-1:], elsewhere):
                value = child(around, key)
                if _has_mark(value, self.mark):
                    self.path = (*self.parent.path, key)
                    return value
        raise Detached(self.text())


class Container(Live):
    """What is the same in every container of ``now``: comparing, showing and copying it."""

    __slots__ = ("_place",)

    #: Where it stands.
    _place: Root

    #: The public names of the class. Data of these names is reached by item only.
    _methods: frozenset[str]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._methods = frozenset(name for name in dir(cls) if not name.startswith("_"))
        # The json module says "Object of type <name> is not JSON serializable"; so it says what to do.
        cls.__name__ = f"{cls.__name__} (use its to_plain())"

    def __init__(self, place: Root) -> None:
        # Past a subclass's __setattr__, which is for data.
        object.__setattr__(self, "_place", place)

    def to_plain(self) -> Any:
        """Return a copy of one moment in plain dicts and lists, which the taker may change."""
        return self._place.plain(self._place.find())

    def __len__(self) -> int:
        return len(self._place.find())

    def __repr__(self) -> str:
        try:
            return repr(self.to_plain())
        except Detached as error:
            # A debugger or a log that shows it shall not fail.
            return f"<{error.place}, deleted or replaced>"

    def __copy__(self) -> Any:
        return self.to_plain()

    def __deepcopy__(self, memo: object) -> Any:
        return self.to_plain()

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"{self._place.text()} follows its data and cannot be pickled; use its to_plain()")

    def _tree(self) -> Value:
        return self._place.plain(self._place.find_or_as_read())


def _has_mark(value: Value, mark: object) -> bool:
    return isinstance(value, (Dict, List)) and value.mark == mark
