"""Calls of ours as messages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from .messages import Call, Target
from .paths import path_text
from .values import share

#: What a call has that names no argument.
_NONE: Mapping[str, Any] = MappingProxyType({})


def make_call(
    call_id: int,
    target: Target,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    max_depth: int,
    deadline: float | None = None,
) -> Call:
    """Return the call, its arguments copied and checked."""

    def shared(key: int | str, arg: Any) -> Any:
        return share(
            arg, root=lambda: f"argument {key} of {name_of(target)}", max_depth=max_depth, streams=True
        )

    return Call(
        call_id,
        target,
        [shared(index, arg) for index, arg in enumerate(args, 1)],
        {key: shared(key, arg) for key, arg in kwargs.items()} if kwargs else _NONE,
        deadline,
    )


def name_of(target: Target) -> str:
    """Return what is called, for people: ``now.add()``."""
    return f"function {target}" if isinstance(target, int) else f"{path_text(target)}()"
