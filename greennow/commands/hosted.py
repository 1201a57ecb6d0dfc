"""What is served: whose clients, and the site beside them."""

from __future__ import annotations

from typing import Any

from ..server.default import default
from ..server.serve import Now
from ..server.wsgi import NowApplication
from .errors import CommandError
from .program import is_path, load_app


def hosted(text: str) -> tuple[Now, Any]:
    """Return the `Now` and the site that a text stands for: ``module:app``, or a path of the default `Now`'s.

    Raises:
        CommandError: it stands for nothing that can be served.
    """
    if is_path(text):
        return default, text
    found = load_app(text)
    if isinstance(found, Now):
        return found, None
    if isinstance(found, NowApplication) and isinstance(found.hub, Now):
        return found.hub, found
    if callable(found):
        return default, found
    raise CommandError(f"{text} is {found!r}: neither a WSGI application nor a Now")
