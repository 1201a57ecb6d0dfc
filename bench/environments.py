"""What the bench makes for itself in its cache folder: environments for the peers, and the load generator.

Each is made once, in a folder that is named after what it was made from, so that it is made anew when that
has changed. Nothing of it is ever imported by greennow.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

HERE = Path(__file__).parent

#: Where everything is made; git leaves it alone.
CACHE = HERE.parent / ".bench"

_COMPILE = ("-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Wconversion", "-Werror")


class Missing(Exception):
    """Something cannot be made here, or is not to be made; its text says why."""


def python_with(requirements: str, *, may_make: bool) -> Path:
    """Return the Python of an environment that has what a file in ``peers`` lists."""
    file = HERE / "peers" / f"{requirements}.txt"

    def make(folder: Path) -> None:
        _run(sys.executable, "-m", "venv", str(folder))
        _run(
            str(folder / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
            str(file),
        )

    return _made(requirements, [file], make, may_make=may_make) / "bin" / "python"


def modules_of(package: str, *, may_make: bool) -> Path:
    """Return the folder of Node's modules that the package.json of a folder in ``peers`` lists."""
    file = HERE / "peers" / package / "package.json"

    def make(folder: Path) -> None:
        folder.mkdir(parents=True)
        shutil.copy(file, folder)
        _run(_tool("npm"), "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder))

    return _made(package, [file], make, may_make=may_make)


def node() -> str:
    """Return the command that runs Node."""
    return _tool("node")


def asked_for(environment: str) -> list[str]:
    """Return the packages that an environment is made for, with their versions."""
    folder = HERE / "peers" / environment
    if folder.is_dir():
        packages = json.loads((folder / "package.json").read_text("utf-8"))["dependencies"]
        return [f"{name} {version}" for name, version in packages.items()]
    first, _, _ = folder.with_suffix(".txt").read_text("utf-8").partition("\n\n")
    return [line.replace("==", " ") for line in first.splitlines()]


def generator() -> Path:
    """Return the compiled load generator."""
    sources = sorted((HERE / "generator").glob("*.[ch]"))

    def make(folder: Path) -> None:
        folder.mkdir(parents=True)
        files = [str(source) for source in sources if source.suffix == ".c"]
        _run(_tool("cc"), *_COMPILE, "-o", str(folder / "generator"), *files)

    return _made("generator", sources, make, may_make=True) / "generator"


def _made(name: str, sources: Iterable[Path], make: Callable[[Path], None], *, may_make: bool) -> Path:
    """Return the folder that was made from these sources; it has its name only when it is complete."""
    digest = hashlib.sha256(sys.version.encode())
    for source in sources:
        digest.update(source.name.encode() + source.read_bytes())
    folder = CACHE / f"{name}-{digest.hexdigest()[:12]}"
    mark = folder / "complete"
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(
            lock, fcntl.LOCK_EX
        )  # of two benches that begin together one makes it, the other finds it
        if mark.exists():
            return folder
        if not may_make:
            raise Missing("it is not installed, and nothing is to be installed")
        for old in CACHE.glob(f"{name}-*"):
            shutil.rmtree(old)
        sys.stderr.write(f"making {folder.relative_to(HERE.parent)}\n")
        make(folder)
        mark.touch()
    return folder


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Missing(f"{name} is not on the PATH")
    return found


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  commands of this file
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Missing(f"{Path(command[0]).name} failed: {said[-1] if said else done.returncode}")
