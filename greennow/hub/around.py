"""What the option ``around`` is given: work of the program's, to be run within something of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from .client import Client


class Work:
    """A handler, or a function that was called, about to run. Calling this runs it.

    Attributes:
        client: whose event or call it is, or None; the same as ``this.client``.
        name: what runs, for logs: ``now.add()``, ``a handler of 'connect'``.
    """

    __slots__ = ("_run", "client", "name")

    def __init__(self, client: Client | None, name: str, run: Callable[[], Any]) -> None:
        self.client = client
        self.name = name
        self._run = run

    def __call__(self) -> Any:
        """Run it and return what it returns; what it raises is raised."""
        return self._run()

    def __repr__(self) -> str:
        return f"<Work {self.name} for {self.client}>"


#: The option: calls the work and returns what that returned.
Around: TypeAlias = Callable[[Work], Any]


def wrapped(
    around: Around | None, client: Client | None, name: str, function: Callable[..., Any]
) -> Callable[..., Any]:
    """Return the function as it is run: within ``around``, where there is one."""
    if around is None:
        return function
    return lambda *args, **kwargs: around(Work(client, name, partial(function, *args, **kwargs)))
