"""What a command ends with when it cannot do what it was asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from difflib import get_close_matches


class CommandError(Exception):
    """A sentence for the person at the command line; the command exits with 1."""


def printable(text: str) -> str:
    """Return a text, which may be a stranger's, with what could do something to a terminal spelled out."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", lambda found: repr(found[0])[1:-1], text)


def did_you_mean(name: str, known: Collection[str], spell: Callable[[str], str] = str) -> str:
    """Return what to say behind "there is no ...": the known names that are near, or all where none is.

    Args:
        name: the one that there is not.
        known: those that there are.
        spell: gives a known name as it is to be written.
    """
    near = get_close_matches(name, known)
    if near:
        return f"did you mean {' or '.join(map(spell, near))}?"
    return f"there are: {', '.join(map(spell, sorted(known)))}"
