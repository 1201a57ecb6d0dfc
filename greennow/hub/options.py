"""The options of a `Now`: their names, defaults and checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from ..core.limits import Limits
from ..core.session import ACK_ROOM, JOINED
from ..core.values import share

#: What bounds a session when no option says otherwise.
_DEFAULT = Limits()


@dataclass(frozen=True)
class Options:
    """How one `Now` behaves. See ``docs/reference/server.md`` for each.

    Durations are in seconds, sizes in bytes.
    """

    client_write: bool | Sequence[str] | Callable[..., Any] = True
    serve_client: bool = True
    path: str = "/nowjs"
    scope: str = "window"
    client_options: Mapping[str, Any] = field(default_factory=dict)
    allowed_origins: Sequence[str] | str | None = None
    trusted_proxies: Sequence[str] = ()
    authenticate: Callable[[dict[str, Any]], Any] | None = None
    session: Callable[[dict[str, Any]], Any] | None = None
    heartbeat: float = 20.0
    resume_window: float = 15.0
    resume_buffer: int = _DEFAULT.resume_buffer
    send_buffer: int = _DEFAULT.send_buffer
    max_message: int = _DEFAULT.max_message
    max_depth: int = _DEFAULT.max_depth
    max_names: int = _DEFAULT.max_names
    max_callbacks: int = _DEFAULT.max_callbacks
    max_calls: int = _DEFAULT.max_calls
    max_groups: int = 1_000
    max_clients: int | None = None
    drain_timeout: float = 10.0

    @classmethod
    def make(cls, options: Mapping[str, Any]) -> Options:
        """Return the options that were given, checked.

        Raises:
            TypeError: an option is unknown, or of a wrong kind.
            ValueError: an option is out of range.
        """
        known = {field.name for field in fields(cls)}
        for name in options:
            if name not in known:
                raise TypeError(f"unknown option {name!r}; there are: {', '.join(sorted(known))}")
        made = cls(**options)
        made._check()
        return made

    def changed(self, options: Mapping[str, Any]) -> Options:
        """Return these options with others in their place; raises as `make` does."""
        return Options.make({**{field.name: getattr(self, field.name) for field in fields(self)}, **options})

    def _check(self) -> None:
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if value is None and name == "max_clients":
                continue
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise TypeError(f"option {name} is a number, not {value!r}")
            if not value >= least:  # NaN is neither
                raise ValueError(f"option {name}={value!r} is below {least}")
        if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", self.path):
            raise ValueError(f"option path={self.path!r} is no path such as '/nowjs'")
        if not re.fullmatch(r"window(\.[A-Za-z_$][\w$]*)*", self.scope):
            raise ValueError(f"option scope={self.scope!r} is no place such as 'window' or 'window.b'")
        if isinstance(self.client_write, str) or not (
            isinstance(self.client_write, (bool, Sequence)) or callable(self.client_write)
        ):
            raise TypeError(
                "option client_write is a bool, a list of patterns, or a function of path and value"
            )
        share(self.client_options, root="option client_options")

    @property
    def limits(self) -> Limits:
        """The bounds of each session."""
        options = {name: getattr(self, name) for name in Limits._fields if name != "max_incoming"}
        return Limits(**options, max_incoming=max(self.max_message, JOINED) + ACK_ROOM)


#: The least that each number may be.
_LEAST: Mapping[str, float] = {
    "heartbeat": 0.1,
    "resume_window": 0,
    "resume_buffer": 0,
    "send_buffer": 65_536,
    "max_message": 1_024,
    "max_depth": 2,
    "max_names": 1,
    "max_callbacks": 0,
    "max_calls": 1,
    "max_groups": 0,
    "max_clients": 0,
    "drain_timeout": 0,
}
