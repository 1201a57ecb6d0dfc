"""``python -m tests.fuzz frames --runs 1000000``: a coverage-guided fuzzer looks for bytes that do harm.

It needs atheris, best in an environment of its own::

    python -m venv .fuzz
    .fuzz/bin/pip install atheris .
    .fuzz/bin/python -m tests.fuzz messages --runs 1000000

What breaks a promise ends it with a traceback, and the bytes are kept in a file.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from types import ModuleType

TARGETS = ("frames", "codec", "messages")

#: The longest input, in bytes; longer ones find nothing else.
MAX_INPUT = 300

#: What one input may take, in seconds, and all together in memory, in MB.
MAX_SECONDS, MAX_MEMORY = 5, 512


def main(arguments: list[str]) -> int:
    """Fuzz until so many inputs were tried; ends the process by itself."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--runs", type=int, default=100_000, help="how many inputs are tried")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other inputs")
    asked = parser.parse_args(arguments)
    try:
        atheris = import_module("atheris")
    except ModuleNotFoundError:
        sys.stderr.write("fuzzing needs atheris: pip install atheris, where it has a wheel for your Python\n")
        return 2
    logging.getLogger("greennow").propagate = False  # what is closed is told, each time
    with tempfile.TemporaryDirectory() as corpus:
        _fuzz(atheris, asked, Path(corpus))
    return 0


def _fuzz(atheris: ModuleType, asked: argparse.Namespace, corpus: Path) -> None:
    with atheris.instrument_imports(include=["greennow"]):
        seeds = import_module("tests.fuzz.seeds")
        check = seeds.check_of(asked.target)
    for number, seed in enumerate(seeds.seeds_of(asked.target)):
        (corpus / str(number)).write_bytes(seed)
    atheris.Setup(
        [
            sys.argv[0],
            f"-runs={asked.runs}",
            f"-seed={asked.seed}",
            f"-max_len={MAX_INPUT}",
            f"-timeout={MAX_SECONDS}",
            f"-rss_limit_mb={MAX_MEMORY}",
            "-len_control=0",
            "-print_final_stats=1",
            str(corpus),
        ],
        check,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
