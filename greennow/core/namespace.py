"""``now`` as a program touches it: names by attribute and item."""

from __future__ import annotations

import json
from collections.abc import (
    Callable,
    ItemsView,
    Iterable,
    Iterator,
    KeysView,
    Mapping,
    MutableMapping,
    ValuesView,
)
from typing import Any, Final

from .lists import LiveList
from .live import Container, Place, Root, Space
from .paths import PAGE_NAMES
from .tree import MISSING, Delete, Dict, List, Set, Value


class Names(Container, Mapping[str, Any]):
    """Names and what they hold.

    A name from data never becomes an attribute of Python's: those of the class's own methods, and those that
    begin with "_", are reached by item only.
    """

    __slots__ = ()

    # By attribute. Python asks __getattr__ for what is no method only.

    def __getattr__(self, name: str) -> Any:
        self._refuse_attribute(name)
        return self._read(name, AttributeError)

    def __setattr__(self, name: str, value: Any) -> None:
        self._refuse_attribute(name)
        self._assign({name: value})

    def __delattr__(self, name: str) -> None:
        self._refuse_attribute(name)
        self._delete(name, AttributeError)

    def __dir__(self) -> Iterable[str]:
        reached = (name for name in self if name.isidentifier() and not name.startswith("_"))
        return [*object.__dir__(self), *reached]

    # By item.

    def __getitem__(self, name: str) -> Any:
        return self._read(name, missing_key)

    def __setitem__(self, name: str, value: Any) -> None:
        self._assign({name: value})

    def __delitem__(self, name: str) -> None:
        self._delete(name, missing_key)

    def __contains__(self, name: object) -> bool:
        return self._held(name) is not MISSING

    def get(self, name: str, default: Any = None) -> Any:
        """Return what the name holds, or the default."""
        held = self._held(name)
        return default if held is MISSING else self._place.give(name, held)

    # All of one moment.

    def __iter__(self) -> Iterator[str]:
        return iter(self._place.find())

    def keys(self) -> KeysView[str]:
        """Return the names of this moment."""
        return self._place.find().keys()  # type: ignore[no-any-return]  # it is a Dict

    def items(self) -> ItemsView[str, Any]:
        """Return the names of this moment and what they hold."""
        return self._moment().items()

    def values(self) -> ValuesView[Any]:
        """Return what the names of this moment hold."""
        return self._moment().values()

    def _moment(self) -> dict[str, Any]:
        place = self._place
        return {name: place.give(name, value) for name, value in place.find().items()}

    # It changes.
    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        return bool(self.to_plain() == (other.to_plain() if isinstance(other, Names) else dict(other)))

    # What these are made of.

    def _refuse_attribute(self, name: str) -> None:
        if name in self._methods:
            what = "a method here, and the name"
        elif name.startswith("_"):
            what = 'a name that begins with "_", which'
        else:
            return
        here = self._place.text()
        raise AttributeError(f"{here}.{name} is {what} is reached by item only: {here}[{json.dumps(name)}]")

    def _held(self, name: object) -> Value:
        # Of a subclass of str only the text is data; the rest is the program's own business.
        return self._place.child(str.__str__(name)) if isinstance(name, str) else MISSING

    def _read(self, name: object, error: Callable[[str], Exception]) -> Any:
        place = self._place
        found = held = self._held(name)
        if isinstance(name, str):
            name = str.__str__(name)
            found = place.space.missing((*place.path, name)) if held is MISSING else place.give(name, held)
        if found is MISSING:
            raise error(self._text(name))
        return found

    def _assign(self, values: dict[str, Any]) -> None:
        place = self._place
        with place.space.lock:
            path = place.locate()
            changed = {name: value for name, value in values.items() if not place.holds(name, value)}
            copies = place.share(changed)
            place.write([Set((*path, name), value) for name, value in copies.items()])

    def _delete(self, name: str, error: Callable[[str], Exception]) -> None:
        with self._place.space.lock:
            if name not in self:
                raise error(self._text(name))
            self._place.write([Delete((*self._place.path, str.__str__(name)))])

    def _text(self, name: object) -> str:
        return self._place.text(name) if isinstance(name, str) else f"{self._place.text()}[{name!r}]"


class LiveDict(Names, MutableMapping[str, Any]):
    """A dict of ``now``: reads what is there, writes each change as one step."""

    __slots__ = ()

    def pop(self, name: str, default: Any = MISSING) -> Any:
        """Take the name away and return what it held, as plain data, or the default.

        Raises:
            KeyError: it holds nothing, and no default was given.
        """
        with self._place.space.lock:
            held = self._held(name)
            if held is MISSING and default is not MISSING:
                return default
            taken = self._place.plain(held, name)
            self._delete(name, missing_key)
        return taken

    def popitem(self) -> tuple[str, Any]:
        """Take the last name away and return it and what it held, as plain data.

        Raises:
            KeyError: there is none.
        """
        with self._place.space.lock:
            name = next(reversed(self._place.find()), None)
            if name is None:
                raise missing_key(f"{self._place.text()} is empty")
            return name, self.pop(name)

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Return what the name holds, after giving it the default if that was nothing."""
        with self._place.space.lock:
            if name not in self:
                self[name] = default
            return self[name]

    def update(self, other: Any = (), /, **names: Any) -> None:
        """Give names what a mapping, or pairs, say, in one step."""
        self._assign(dict(other.items() if isinstance(other, Names) else other, **names))

    def clear(self) -> None:
        """Take every name away, in one step."""
        place = self._place
        with place.space.lock:
            names = list(place.find())
            place.write([Delete((*place.path, name)) for name in names])


class Namespace(Names):
    """``now`` itself. ``core`` and ``ready`` belong to the page."""

    __slots__ = ()

    def __init__(self, space: Space) -> None:
        super().__init__(Root(space, _CONTAINERS))

    def _assign(self, values: dict[str, Any]) -> None:
        refused = PAGE_NAMES.intersection(values)
        if refused:
            raise ValueError(f"{self._text(min(refused))} belongs to the page; take another name")
        super()._assign(values)


#: What a user gets for what stands in a tree.
_CONTAINERS: Final[Mapping[type, Callable[[Place], Container]]] = {Dict: LiveDict, List: LiveList}


class _Said(str):
    """A sentence that a KeyError shows as it is, not between quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def missing_key(sentence: str) -> KeyError:
    """Return the KeyError that says this."""
    return KeyError(_Said(sentence))
