"""What the documents claim is tried: code compiles or runs, links lead somewhere, commands are the real ones.

Every block of Python compiles. A mark on the line before says otherwise: ``<!-- skip: reason -->`` leaves
it alone, ``<!-- run -->`` runs it too, in an interpreter of its own, where it has to come to an end.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
DOCUMENTS = sorted(ROOT.glob("*.md")) + sorted(
    path for folder in ("changes", "docs", "examples") for path in ROOT.glob(f"{folder}/**/*.md")
)

#: Where packages come from, and where somebody's copy of this repository lies, is no matter of ours.
REGISTRY_HOST = re.compile(r"(?:\bpypi|pythonhosted|npmjs|(?:deb|security)\.debian)\.(?:org|com)\b")
MACHINE_PATH = re.compile(r"(?<![\w./}$:])/(?:work|root|home/\w+|Users/\w+|tmp/\w+)(?:/\w|$)", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block of a document."""

    #: Where it begins, as ``file:line``.
    place: str
    language: str
    #: The line before the block.
    mark: str
    code: str


def blocks(document: Path) -> Iterator[Block]:
    """The fenced blocks of a document, in order."""
    text = document.read_text("utf-8")
    for found in re.finditer(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL):
        indent, language, code = found.groups()
        before = text[: found.start()]
        place = f"{document.relative_to(ROOT)}:{before.count(chr(10)) + 1}"
        code = re.sub(f"^{indent}", "", code, flags=re.MULTILINE)
        yield Block(place, language, before.rstrip("\n").rpartition("\n")[2].strip(), code)


BLOCKS = [block for document in DOCUMENTS for block in blocks(document)]
PYTHON = [block for block in BLOCKS if block.language == "python"]
COMPILED = [block for block in PYTHON if not block.mark.startswith("<!-- skip: ")]
RUN = [block for block in PYTHON if block.mark == "<!-- run -->"]


def by_place(block: Block) -> str:
    """The name of a test about this block."""
    return block.place


def prose(document: Path) -> str:
    """A document without its blocks and code."""
    code = re.compile(r"^ *```.*?^ *```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
    return code.sub("", document.read_text("utf-8"))


def anchors(document: Path) -> set[str]:
    """What a link may name after ``#``: the headings, spelled as sites that show Markdown spell them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def leads_somewhere(document: Path, link: str) -> bool:
    """Whether a link of a document's names a file of ours, and a heading in it."""
    path, _, anchor = link.partition("#")
    target = (document.parent / path).resolve() if path else document
    return target.exists() and (not anchor or anchor in anchors(target))


def is_ignored(name: str) -> bool:
    """Whether a file or folder of this name is no part of the repository."""
    patterns = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    return name == ".git" or any(fnmatch(name, pattern.strip("/")) for pattern in patterns)


def files_of_the_repository() -> Iterator[Path]:
    """All files that are committed or could be."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not is_ignored(name)]
        yield from (Path(folder, name) for name in names if not is_ignored(name))


@pytest.mark.parametrize("block", COMPILED, ids=by_place)
def test_a_block_of_python_compiles(block: Block) -> None:
    compile(block.code, block.place, "exec")


@pytest.mark.parametrize("block", RUN, ids=by_place)
def test_a_block_marked_to_run_runs(block: Block, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", block.code], cwd=tmp_path, check=True, timeout=60)


def test_a_mark_is_spelled_as_it_is_read() -> None:
    marks = [block.mark for block in BLOCKS if block.mark.startswith("<!--")]
    assert [mark for mark in marks if not re.fullmatch(r"<!-- (run|skip: .+) -->", mark)] == []


def test_the_readme_begins_with_the_two_commands() -> None:
    commands = [block.code for block in blocks(README) if block.language == "sh"]
    assert commands[:2] == ["./run chat\n", "./run tests\n"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", prose(document))
    ours = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in ours if not leads_somewhere(document, link)] == []


@pytest.mark.parametrize("pattern", [REGISTRY_HOST, MACHINE_PATH], ids=["registry host", "path of a machine"])
def test_no_file_names_what_only_one_machine_knows(pattern: re.Pattern[str]) -> None:
    found = {
        str(file.relative_to(ROOT)): match.group()
        for file in files_of_the_repository()
        if (match := pattern.search(file.read_text("utf-8", errors="replace")))
    }
    assert found == {}
