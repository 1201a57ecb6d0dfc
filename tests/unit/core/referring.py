"""How functions travel in tests of the codec: what stands for one says so itself."""

from __future__ import annotations

from typing import Any

from greennow.core.tree import THEIRS


class Named:
    """A function, by the content of its tag."""

    def __init__(self, content: Any) -> None:
        self.content = content

    def __call__(self) -> None: ...

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Named) and self.content == other.content

    def __hash__(self) -> int:
        return hash(repr(self.content))

    def __repr__(self) -> str:
        return f"Named({self.content!r})"


class ByContent:
    """Functions are `Named`; those of the namespace that have no address are ``THEIRS``, as for a peer."""

    def reference(self, function: Any) -> Any:
        return function.content

    def place(self, function: Any) -> Any:
        return None if function is THEIRS else function.content

    def function(self, content: Any) -> Any:
        return THEIRS if content is None else Named(content)
