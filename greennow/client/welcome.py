"""What a server's welcome says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.errors import ProtocolError
from ..core.limits import Limits
from ..core.referring import NoFunctions, Referring

#: How deep a welcome may nest, before the server has said how deep its values do.
DEEPEST = 200

#: How long the server may take to say welcome, in seconds.
WELCOME_TIME = 10.0

_TOLD = ("max_message", "max_depth", "resume_buffer", "heartbeat", "resume_window")


def told_limits(limits: Limits, told: dict[str, Any]) -> Limits:
    """Return the limits as the server's welcome sets them.

    Raises:
        ProtocolError: it does not say all that it has to.
    """
    told = {"max_callbacks": limits.max_callbacks, **told}  # it came to the protocol later than the others
    for name in (*_TOLD, "max_callbacks"):
        value = told.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
            raise ProtocolError(f"welcome: the limit {name} is missing")
    names = ("max_message", "max_depth", "max_callbacks", "resume_buffer")
    return limits._replace(**{name: told[name] for name in names})


class WelcomedFunctions(NoFunctions):
    """The functions in a WebSocket message that begins with welcome, and may go on."""

    def __init__(self, functions: Callable[[], Referring | None]) -> None:
        #: Returns whose they are, at this place in the message.
        self._functions = functions

    def function(self, content: Any) -> Any:
        """Return the function that a tag's content means."""
        functions = self._functions()
        return super().function(content) if functions is None else functions.function(content)

    def stream(self, number: int) -> Any:
        """Return the stream of theirs that has this number."""
        functions = self._functions()
        return super().stream(number) if functions is None else functions.stream(number)
