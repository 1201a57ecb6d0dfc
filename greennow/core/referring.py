"""What a codec asks for functions and streams."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from .errors import ProtocolError


class Referring(Protocol):
    """How functions become references and back; a session's peer, or a hub for what goes to many."""

    def reference(self, function: Callable[..., Any]) -> list[Any]:
        """Return the content of the tag for a function in arguments or results: it is lent."""

    def place(self, function: Any) -> list[Any] | None:
        """Return the content of the tag for a function in the namespace."""

    def function(self, content: Any) -> Any:
        """Return the function that the content of a tag means.

        Raises:
            ProtocolError: it means nothing.
        """

    def lend_stream(self, items: Any) -> int:
        """Return the number under which these items are sent."""

    def stream(self, number: int) -> Any:
        """Return the stream of theirs that has this number."""


class NoFunctions:
    """For messages that hold no functions: hello, and what comes before it."""

    def reference(self, function: Callable[..., Any]) -> list[Any]:
        """Nothing is lent."""
        raise ProtocolError("a function is out of place")

    def place(self, function: Any) -> None:
        """A function in the namespace is called by its place."""

    def function(self, content: Any) -> Any:
        """Nothing is borrowed."""
        raise ProtocolError("a function is out of place")

    def lend_stream(self, items: Any) -> int:
        """Nothing is read."""
        raise ProtocolError("a stream is out of place")

    def stream(self, number: int) -> Any:
        """Nothing is read."""
        raise ProtocolError("a stream is out of place")
