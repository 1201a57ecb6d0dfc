"""A name that nobody set, where one may all the same be called: a group's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn

from .lists import LiveList
from .live import Space
from .namespace import LiveDict
from .paths import Path, path_text
from .values import Unshareable, share

#: What a list or a dict would answer to. A placeholder is neither, and says so.
_METHODS = LiveList._methods | LiveDict._methods


class Placeholder(Unshareable):
    """What a group's ``now`` gives for a name that nobody set.

    It is false; it can be called, for each member may have a function of that name; it has further names
    below it. The public names of ``function`` (such as ``gather``) are its own by attribute. Whatever
    else is done to it is a mistake, and raises at the line that makes it.
    """

    __slots__ = ("_function", "_path", "_space")

    #: Where it is looked up, for the names below it.
    _space: Space
    #: The name.
    _path: Path
    #: What calling it calls.
    _function: Callable[..., Any]

    def __init__(self, space: Space, path: Path, function: Callable[..., Any]) -> None:
        # It may go out as the target of a call, so it has to be a path that can be written to.
        share({path[-1]: None}, path[:-1], root=space.root, max_depth=space.max_depth)
        for slot, value in (("_space", space), ("_path", path), ("_function", function)):
            object.__setattr__(self, slot, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function of this name in whoever has one."""
        return self._function(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name in _METHODS or name.startswith("_"):
            item = f"{self._text()}[{json.dumps(name)}]"
            raise self._error(f"it has no {name}; a function of that name is reached by item: {item}")
        if name in dir(type(self._function)):
            return getattr(self._function, name)
        return self._space.missing((*self._path, name))

    def __getitem__(self, name: str) -> Any:
        if not isinstance(name, str):
            raise self._error("it can only be called")
        return self._space.missing((*self._path, str.__str__(name)))

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Placeholder):
            return NotImplemented
        return self._space is other._space and self._path == other._path

    def __hash__(self) -> int:
        return hash(self._path)

    def __repr__(self) -> str:
        return f"<{self._text()}, not set>"

    def _error(self, therefore: str) -> AttributeError:
        return AttributeError(f"{self._text()} is not set: {therefore}")

    def _text(self) -> str:
        return path_text(self._path, self._space.root)

    def _refuse(self, *_: object) -> NoReturn:
        raise self._error("it can only be called")

    def _refuse_below(self, *_: object) -> NoReturn:
        raise self._error("nothing can be assigned or deleted below it; assign a dict to it first")

    __setattr__ = __delattr__ = __setitem__ = __delitem__ = _refuse_below

    __iter__ = __reversed__ = __len__ = __contains__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __int__ = __float__ = __complex__ = __index__ = __round__ = __trunc__ = __floor__ = __ceil__ = _refuse
    __neg__ = __pos__ = __abs__ = __invert__ = _refuse
    __add__ = __sub__ = __mul__ = __truediv__ = __floordiv__ = __mod__ = __divmod__ = __pow__ = _refuse
    __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __rfloordiv__ = __rmod__ = __rdivmod__ = _refuse
    __rpow__ = __matmul__ = __and__ = __or__ = __xor__ = __lshift__ = __rshift__ = _refuse
    __rmatmul__ = __rand__ = __ror__ = __rxor__ = __rlshift__ = __rrshift__ = _refuse
