"""``greennow serve``: serves a program, a folder or a page, with gevent's patching done."""

from __future__ import annotations

from argparse import Namespace

from .chosen import choose
from .errors import CommandError


def run(given: Namespace) -> int:
    """Serve until SIGINT or SIGTERM; with ``--reload`` in a process of its own, again and again."""
    if given.reload:
        return _reload(given)
    chosen = choose(given)
    chosen.now.serve(chosen.site, **chosen.where)
    return 0


def _reload(given: Namespace) -> int:
    try:
        from .reload import supervise  # noqa: PLC0415, LATE_IMPORTS says why
    except ModuleNotFoundError as error:
        if error.name != "watchfiles":
            raise
        raise CommandError("--reload needs watchfiles: pip install 'greennow[reload]'") from None
    return supervise(given.arguments)
