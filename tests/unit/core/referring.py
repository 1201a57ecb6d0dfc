"""How functions travel in tests of the codec: what stands for one says so itself."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

from greennow.core.borrowing import BorrowedFunction
from greennow.core.tree import THEIRS
from greennow.core.values import Streamed

#: Through whom nothing is called.
NOBODY = Mock()


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
        return f"{type(self).__name__}({self.content!r})"


class Lent(BorrowedFunction):
    """A function of the other end's that was lent under a handle."""

    def __init__(self, handle: int) -> None:
        super().__init__(NOBODY, handle, NOBODY)

    @property
    def content(self) -> list[int]:
        return [0, self.handle]


class Numbered(Streamed):
    """A stream, by its number."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Numbered) and self.number == other.number

    def __hash__(self) -> int:
        return hash(self.number)

    def __repr__(self) -> str:
        return f"Numbered({self.number})"


class ByContent:
    """Streams are `Numbered`.

    Functions are `Named` or `Lent`; one that has no address but its place is ``THEIRS``, as for a peer.
    """

    def reference(self, function: Any) -> Any:
        return function.content

    def place(self, function: Any) -> Any:
        return None if function is THEIRS else function.content

    def function(self, content: Any) -> Any:
        if content is None:
            return THEIRS
        whose, reference = content
        return Named(content) if whose else Lent(reference)

    def lend_stream(self, items: Any) -> int:
        number: int = items.number
        return number

    def stream(self, number: int) -> Numbered:
        return Numbered(number)
