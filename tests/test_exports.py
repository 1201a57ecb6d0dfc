"""The public names, that they are all documented, and that importing them does nothing else."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"

ERRORS = {
    "Cancelled",
    "ConnectError",
    "Deadlock",
    "Detached",
    "Disconnected",
    "LimitExceeded",
    "NoSuchFunction",
    "NowError",
    "ProtocolError",
    "Refused",
    "RemoteError",
    "UnknownClient",
}

PUBLIC = {
    "greennow": ERRORS
    | {
        "DELETED",
        "Client",
        "Group",
        "Now",
        "Server",
        "__version__",
        "deadline",
        "everyone",
        "get_client",
        "get_group",
        "get_groups",
        "initialize",
        "on",
        "remove_group",
        "run",
        "serve",
        "start",
        "this",
        "wsgi",
    },
    "greennow.client": ERRORS | {"Client", "DELETED", "connect"},
    "greennow.testing": {"Harness", "assert_no_leaks", "lent"},
}

#: What is loaded when it is used: gevent with the server, msgspec when an annotated function is called.
LATE = ("gevent", "geventwebsocket", "msgspec")

#: Imports a module in an interpreter of its own and tells what else that did.
PROBE = """
import json, socket, sys, threading
opened = []
socket.socket.__init__ = lambda *args, **options: opened.append("socket")
import {module}
print(json.dumps({{
    "loaded": sorted(name for name in sys.modules if name.split(".")[0] in {late}),
    "opened": opened,
    "threads": [thread.name for thread in threading.enumerate()],
}}))
"""


@pytest.mark.parametrize("module", PUBLIC)
def test_the_public_names_are_these_and_exist(module: str) -> None:
    found = importlib.import_module(module)
    assert set(found.__all__) == PUBLIC[module]
    assert [name for name in found.__all__ if not hasattr(found, name)] == []


@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_name_stands_in_the_reference(module: str) -> None:
    pages = "\n".join(page.read_text("utf-8") for page in REFERENCE.glob("*.md"))
    code = re.findall(r"^```.*?^```|`[^`\n]+`", pages, re.MULTILINE | re.DOTALL)
    documented = {name for piece in code for name in re.findall(r"\w+", piece)}
    assert PUBLIC[module] - documented == set()


@pytest.mark.parametrize("module", ["greennow", "greennow.client"])
def test_importing_loads_nothing_heavy_and_opens_nothing(module: str) -> None:
    probe = [sys.executable, "-W", "error", "-c", PROBE.format(module=module, late=LATE)]
    told = subprocess.run(probe, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(told.stdout) == {"loaded": [], "opened": [], "threads": ["MainThread"]}


def test_both_packages_have_the_same_version() -> None:
    package = json.loads((ROOT / "js" / "package.json").read_text("utf-8"))
    assert package["version"] == importlib.import_module("greennow").__version__
