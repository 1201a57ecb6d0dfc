"""Autobahn|Testsuite: setting it up, running it, and what it says of an endpoint.

It runs on CPython 2.7 alone, and the last virtualenv that makes environments for that is of 2022. A C
compiler builds what it needs.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import gevent.subprocess

#: What is installed.
VERSION = "25.10.1"
_SUITE = f"autobahntestsuite=={VERSION}"
_VIRTUALENV = "virtualenv==20.15.1"

#: How many cases each of its groups has. There is no 8; 12 and 13 are about an extension that is not spoken.
CASES = {"1": 16, "2": 11, "3": 7, "4": 10, "5": 20, "6": 145, "7": 37, "9": 54, "10": 1}

#: What may be said of a case, and of how it closed.
_GOOD = {"OK", "NON-STRICT", "INFORMATIONAL"}
_CLOSED_WELL = {"OK", "INFORMATIONAL"}


class CannotRun(Exception):
    """Something that the suite needs is not there."""


class Verdict(NamedTuple):
    """What was said of one case."""

    case: str
    behavior: str
    close: str

    @property
    def group(self) -> str:
        """The first number of the case."""
        return self.case.partition(".")[0]

    @property
    def is_good(self) -> bool:
        """Is it none that has to be mended?"""
        return self.behavior in _GOOD and self.close in _CLOSED_WELL

    @property
    def words(self) -> str:
        """Both verdicts, or the one if they are the same."""
        return self.behavior if self.behavior == self.close else f"{self.behavior}, closing {self.close}"


def verdicts_in(index: Any, agent: str) -> list[Verdict]:
    """Return what the suite's ``index.json`` says of an endpoint, in the order of the cases."""
    found = [Verdict(case, said["behavior"], said["behaviorClose"]) for case, said in index[agent].items()]
    return sorted(found, key=lambda verdict: [int(number) for number in verdict.case.split(".")])


def faults(verdicts: list[Verdict]) -> Iterator[str]:
    """Yield which cases failed, and of which groups cases are missing: the suite itself never fails."""
    for verdict in verdicts:
        if not verdict.is_good:
            yield f"case {verdict.case}: {verdict.words}"
    for group, expected in CASES.items():
        count = sum(verdict.group == group for verdict in verdicts)
        if count != expected:
            yield f"group {group}: {count} cases were run, not {expected}"


def set_up(folder: Path) -> Path:
    """Return the suite's command, which is installed in this folder if it is not there.

    Raises:
        CannotRun: there is no CPython 2.7, or something cannot be installed.
    """
    command = folder / "suite" / "bin" / "wstest"
    if command.exists():
        return command
    python = _python_2()
    shutil.rmtree(folder, ignore_errors=True)
    tools = folder / "tools"
    _run([sys.executable, "-m", "venv", str(tools)])
    _run([str(tools / "bin" / "pip"), "install", "-q", _VIRTUALENV])
    _run([str(tools / "bin" / "virtualenv"), "-q", "-p", python, str(folder / "suite")])
    _run([str(folder / "suite" / "bin" / "pip"), "install", "-q", _SUITE])
    return command


def _python_2() -> str:
    """Return a CPython 2.7: one on the PATH, or one of pyenv's that is not selected."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for candidate in ("python2.7", *map(str, root.glob("versions/2.7*/bin/python2.7"))):
        found = shutil.which(candidate)
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            return found
    raise CannotRun("Autobahn|Testsuite needs CPython 2.7, such as pyenv installs: pyenv install 2.7.18")


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotRun(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def run(command: Path, url: str, folder: Path) -> list[Verdict]:
    """Have the suite try its cases on an endpoint that this process serves; return what it says.

    Raises:
        CannotRun: it says nothing.
    """
    agent, reports = "greennow", folder / "reports"
    shutil.rmtree(reports, ignore_errors=True)
    asked = {
        "outdir": str(reports),
        "servers": [{"agent": agent, "url": url}],
        "cases": [f"{group}.*" for group in CASES],
        "exclude-cases": [],
        "exclude-agent-cases": {},
    }
    specification = folder / "specification.json"
    specification.write_text(json.dumps(asked))
    arguments = [str(command), "-m", "fuzzingclient", "-s", str(specification)]
    done = gevent.subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    index = reports / "index.json"
    if not index.exists():
        raise CannotRun(f"the suite has written no {index.name}:\n{done.stdout.decode(errors='replace')}")
    return verdicts_in(json.loads(index.read_text()), agent)
