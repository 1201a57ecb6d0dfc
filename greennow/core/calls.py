"""Calls of ours as messages."""

from __future__ import annotations

from typing import Any

from .messages import Call, Target
from .paths import path_text
from .values import share


def make_call(
    call_id: int,
    target: Target,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    max_depth: int,
    deadline: float | None = None,
) -> Call:
    """Return the call, its arguments copied and checked."""
    name = name_of(target)
    return Call(
        call_id,
        target,
        [
            share(arg, root=f"argument {index} of {name}", max_depth=max_depth, streams=True)
            for index, arg in enumerate(args, 1)
        ],
        {
            key: share(arg, root=f"argument {key} of {name}", max_depth=max_depth, streams=True)
            for key, arg in kwargs.items()
        },
        deadline,
    )


def name_of(target: Target) -> str:
    """Return what is called, for people: ``now.add()``."""
    return f"function {target}" if isinstance(target, int) else f"{path_text(target)}()"
