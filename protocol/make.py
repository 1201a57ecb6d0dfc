"""Make ``messages.json`` and ``hostile.json`` of the lists in ``good.py`` and ``hostile.py``.

``python protocol/make.py`` writes them; with ``--check`` it only says whether they are what it would write.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from cbor import encode, notation
from good import GOOD, Good
from hostile import HOSTILE, Hostile

HERE = Path(__file__).parent


def good_vector(good: Good) -> dict[str, Any]:
    """Return the vector of a good message."""
    vector = {
        "name": good.name,
        "hex": encode(good.shape).hex(),
        "message": {"kind": good.kind, **{name: notation(value) for name, value in good.fields.items()}},
    }
    return vector | ({"only_read": True} if good.only_read else {})


def hostile_vector(hostile: Hostile) -> dict[str, Any]:
    """Return the vector of what is refused."""
    data = bytes.fromhex(hostile.data) if isinstance(hostile.data, str) else encode(hostile.data)
    vector = {"name": hostile.name, "reason": hostile.reason, "hex": data.hex()}
    return vector | ({"javascript_may_read": True} if hostile.javascript_may_read else {})


def text(about: str, vectors: list[dict[str, Any]]) -> str:
    """Return the file, a vector a line, so that changes can be read."""
    names = [vector["name"] for vector in vectors]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"these names are given twice: {twice}")
    lines = ",\n".join(f"    {json.dumps(vector, ensure_ascii=True)}" for vector in vectors)
    return f'{{\n  "about": {json.dumps(about)},\n  "vectors": [\n{lines}\n  ]\n}}\n'


def files() -> dict[Path, str]:
    """Return each file and what is to be in it."""
    return {
        HERE / "messages.json": text(
            "Messages and what they mean. The notation is described in README.md.",
            [good_vector(good) for good in GOOD],
        ),
        HERE / "hostile.json": text(
            "What every end refuses with close code 1002. The reasons are described in README.md.",
            [hostile_vector(hostile) for hostile in HOSTILE],
        ),
    }


def main(arguments: list[str]) -> int:
    """Write the files, or check them; return how many are not what they should be."""
    stale = [
        file for file, content in files().items() if not file.exists() or file.read_text("utf-8") != content
    ]
    if "--check" in arguments:
        for file in stale:
            sys.stderr.write(f"{file.name} is not what make.py makes; run: python protocol/make.py\n")
        return len(stale)
    for file in stale:
        file.write_text(files()[file], "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
