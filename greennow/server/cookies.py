"""The cookies of a request."""

from __future__ import annotations

import re

#: In a value in quotes, a character or what stands for one.
_ESCAPED = re.compile(r"\\([0-3][0-7][0-7]|.)")


def cookies_of(header: str) -> dict[str, str]:
    """Return the cookies that a header holds; what is none of them is left out.

    Not by `http.cookies`: that takes seconds for a header of some kilobytes that is made for it, in versions
    of Python that are in use, and drops all cookies for one that it cannot read.
    """
    cookies: dict[str, str] = {}
    for part in header.split(";"):
        name, equals, value = part.partition("=")
        if equals and name.strip():
            # The first of a name is the one whose path fits best.
            cookies.setdefault(name.strip(), _unquoted(value.strip()))
    return cookies


def _unquoted(value: str) -> str:
    if len(value) < 2 or not (value[0] == value[-1] == '"'):
        return value
    return _ESCAPED.sub(lambda found: _character(found[1]), value[1:-1])


def _character(escape: str) -> str:
    return chr(int(escape, 8)) if len(escape) == 3 else escape
