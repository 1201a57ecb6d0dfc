"""What is to be served, as the command line, the environment and the file say together."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from typing import Any, NamedTuple

from ..server.default import default
from ..server.patching import patch
from ..server.serve import Now
from .errors import CommandError
from .hosted import hosted
from .settings import SERVING, Setting, read_settings


class Chosen(NamedTuple):
    """Whose clients are served, what beside them, and where."""

    now: Now
    #: The site, as `Now.serve` takes it.
    site: Any
    #: Host, port and certificate, where they were said.
    where: dict[str, Any]


def choose(given: Namespace) -> Chosen:
    """Have gevent patch the standard library, load the program, and set the options.

    Raises:
        CommandError: something cannot be understood or is not there.
    """
    sys.path.insert(0, os.getcwd())
    named = {name: getattr(given, name) for name in SERVING}
    settings = read_settings(os.environ, given.config)
    settings |= {name: Setting(value, "") for name, value in named.items() if value is not None}
    patch()
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
    return Chosen(now, site, where)


def _now_and_site(app: Setting | None) -> tuple[Now, Any]:
    if app is None:
        return default, None
    try:
        return hosted(app.value)
    except CommandError as error:
        raise app.error(str(error)) from None
