"""A harness for tests of programs that use greennow: a real server and its clients, in one process.

::

    from greennow.testing import Harness

    with Harness() as h:
        ann, bob = h.connect(), h.connect()
        h.everyone.now.score = 3
        h.settle()
        assert ann.now.score == 3

For pytest there are the fixtures ``now_server`` and ``now_client`` (see ``plugin.py``). gevent is loaded
when the harness is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .harness import Harness
    from .leaks import assert_no_leaks, lent

__all__ = ["Harness", "assert_no_leaks", "lent"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'greennow.testing' has no attribute {name!r}")
    home = ".harness" if name == "Harness" else ".leaks"
    value = getattr(import_module(home, __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
