"""``greennow serve``: serves a program, a folder or a page, with gevent's patching done."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from ..server.default import default
from ..server.patching import patch
from ..server.serve import Now
from .errors import CommandError
from .hosted import hosted
from .settings import SERVING, Setting, read_settings


def run(given: Namespace) -> int:
    """Serve until SIGINT or SIGTERM; with ``--reload`` in a process of its own, again and again."""
    if given.reload:
        return _reload(given)
    sys.path.insert(0, os.getcwd())
    named = {name: getattr(given, name) for name in SERVING}
    settings = read_settings(os.environ, given.config)
    settings |= {name: Setting(value, "") for name, value in named.items() if value is not None}
    patch()
    _serve(settings)
    return 0


def _serve(settings: Mapping[str, Setting]) -> None:
    where = {name: settings[name].value for name in settings if name in SERVING}
    if "keyfile" in where and "certfile" not in where:
        raise CommandError("a keyfile goes with a certfile, and there is none")
    where.pop("app", None)
    now, site = _now_and_site(settings.get("app"))
    options = {name: settings[name].loaded() for name in settings if name not in SERVING}
    try:
        now.set_options(options)
    except (TypeError, ValueError) as error:
        raise CommandError(str(error)) from None
    now.serve(site, **where)


def _now_and_site(app: Setting | None) -> tuple[Now, Any]:
    """Return whose clients are served, and what is served beside them."""
    if app is None:
        return default, None
    try:
        return hosted(app.value)
    except CommandError as error:
        raise app.error(str(error)) from None


def _reload(given: Namespace) -> int:
    try:
        from .reload import supervise  # noqa: PLC0415, LATE_IMPORTS says why
    except ModuleNotFoundError as error:
        if error.name != "watchfiles":
            raise
        raise CommandError("--reload needs watchfiles: pip install 'greennow[reload]'") from None
    return supervise(given.arguments)
