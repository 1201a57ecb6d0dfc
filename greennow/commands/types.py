"""``greennow types``: prints what a program's `now` holds, as declarations of TypeScript."""

from __future__ import annotations

import os
import sys
from argparse import Namespace

from ..hub.declarations import declarations
from ..server.patching import patch
from .hosted import hosted


def run(given: Namespace) -> int:
    """Print the declarations, in UTF-8 wherever they go: files of TypeScript are."""
    sys.path.insert(0, os.getcwd())
    patch()
    now, _ = hosted(given.app)
    text = declarations(now.scopes.everyone.get(), comments=True)
    sys.stdout.buffer.write(text.encode())
    return 0
