"""Where a value stands in ``now``: a path is a tuple of keys and list indices.

``("player", "x")`` is ``now.player.x``; ``("scores", 0)`` is ``now.scores[0]``.
"""

from __future__ import annotations

from typing import TypeAlias

Key: TypeAlias = "str | int"
Path: TypeAlias = "tuple[Key, ...]"

#: A key that JavaScript would take for the prototype; refused everywhere.
PROTOTYPE = "__proto__"

#: Names at the root of ``now`` that belong to the page.
PAGE_NAMES = frozenset({"core", "ready"})

#: The largest integer that JavaScript holds exactly; bounds indices, handles and call numbers.
MAX_INTEGER = 2**53 - 1


def path_text(path: Path, root: str = "now") -> str:
    """Return the path as a person would write it: ``now.player.x``, ``now["a b"][3]``."""
    parts = [root]
    for key in path:
        if isinstance(key, int):
            parts.append(f"[{key}]")
        elif key.isidentifier():
            parts.append(f".{key}")
        else:
            parts.append('["' + key.translate(_ESCAPES) + '"]')
    return "".join(parts)


def parse_path(path: str | Path) -> Path:
    """Return the path that a dotted string means; a tuple is taken as it is.

    ``"player.x"`` is ``("player", "x")``; the empty string is the whole of ``now``.
    """
    if isinstance(path, str):
        return tuple(path.split(".")) if path else ()
    return tuple(path)


#: Control characters of either kind, quotes and lone surrogates may not break a message or a log.
_ESCAPES = {
    code: f"\\u{code:04x}"
    for code in [*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000), 0x2028, 0x2029]
} | {ord('"'): '\\"', ord("\\"): "\\\\"}
