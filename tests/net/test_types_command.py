"""`greennow types`: what it prints, and what TypeScript's own compiler makes of that."""

from __future__ import annotations

import re
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest

import greennow

from .commands import ran

#: TypeScript's compiler, of the packages that now.js is built with; and the declarations of now.js.
COMPILER = Path(__file__).parents[2] / "js" / "node_modules" / ".bin" / "tsc"
NOW_JS = Path(greennow.__file__).parent / "static" / "now.d.ts"

#: A program with functions and values of every kind.
PROGRAM = '''
    import enum
    from collections.abc import Callable, Iterator
    from dataclasses import dataclass
    from datetime import datetime
    from typing import NamedTuple

    import greennow
    from greennow import Now, everyone

    class Color(enum.Enum):
        RED = "red"
        BLUE = "blue"

    class Point(NamedTuple):
        x: float
        y: float

    @dataclass
    class Player:
        name: str
        at: Point
        color: Color = Color.RED

    @everyone.expose
    def add(a: int, b: int = 0) -> int:
        """Adds two numbers."""
        return a + b

    @everyone.expose("room.enter")
    def enter(player: Player, then: Callable[[str], None], *tags: str) -> list[str]:
        then("welcome")
        return [player.name]

    @everyone.expose
    def keep(data: bytes, until: datetime | None = None): ...

    @everyone.expose("my-rows")
    def rows(function: str) -> Iterator[int]:
        yield 1

    everyone.now.scores = {"ann": 3, "the rest": [1, 2.5]}
    app = greennow.wsgi()

    other = Now()
    other.everyone.now.whose = "another's"
    number = 7
'''

RIGHT = """
    import { connect } from "./now.js";
    import type { Api, Player } from "./api.js";

    const now = connect<Api & { mine: string }>();
    const sum: number = await now.add(1);
    const ann: Player = { name: "ann", at: [1, 2], color: "blue" };
    const names: string[] = await now.room.enter(ann, (text) => console.log(text.length), "a", "b");
    now.keep.send(new Uint8Array(), new Date());
    const best: number = now.scores.ann + now.scores["the rest"][0];
    now["my-rows"]("all");
    now.mine = "a name of the page's own";
    console.log(sum, names, best);
"""

#: What a page begins with.
HEAD = """\
import { connect } from "./now.js";
import type { Api } from "./api.js";
const now = connect<Api>();
"""

#: Lines that the compiler has to refuse, with its codes.
WRONG = [
    ("a wrong argument", 'now.add("1");', "TS2345"),
    ("too many", "now.add(1, 2, 3);", "TS2554"),
    ("none", "now.add();", "TS2554"),
    ("no color", 'now.room.enter({ name: "ann", at: [1, 2], color: "green" }, () => {});', "TS2322"),
    ("half a point", 'now.room.enter({ name: "ann", at: [1] }, () => {});', "TS2322"),
    ("a result of another type", "const text: string = await now.add(1);", "TS2322"),
    ("a value of another type", 'now.scores.ann = "3";', "TS2322"),
    ("a function that there is not", "now.subtract(1);", "TS2339"),
]

CONFIGURATION = """{
    "compilerOptions": {
        "strict": true,
        "noEmit": true,
        "target": "es2022",
        "module": "esnext",
        "moduleResolution": "bundler",
        "lib": ["es2022", "dom"],
        "types": []
    },
    "files": ["page.ts"]
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the program, the declarations made from it, and what pages import."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "program.py").write_text(textwrap.dedent(PROGRAM))
    status, output, errors = ran("types", "program:app", cwd=folder)
    assert (status, errors) == (0, "")
    (folder / "api.d.ts").write_text(output)
    shutil.copy(NOW_JS, folder / "now.d.ts")
    (folder / "tsconfig.json").write_text(CONFIGURATION)
    return folder


def compiled(folder: Path, page: str) -> str:
    """What the compiler says of a page; nothing if it is right."""
    assert COMPILER.exists(), "npm ci in js/ has to be run first"
    (folder / "page.ts").write_text(textwrap.dedent(page))
    command = [str(COMPILER), "--project", str(folder), "--pretty", "false"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60).stdout


def test_a_page_that_uses_it_rightly_compiles(site: Path) -> None:
    assert compiled(site, RIGHT) == ""


def test_a_page_that_uses_it_wrongly_does_not(site: Path) -> None:
    said = compiled(site, HEAD + "\n".join(line for _, line, _ in WRONG))
    found = re.findall(r"^page\.ts\((\d+),\d+\): error (TS\d+)", said, re.MULTILINE)
    first = HEAD.count("\n") + 1
    assert found == [(str(number), code) for number, (_, _, code) in enumerate(WRONG, first)]


def test_docstrings_stand_there_as_comments(site: Path) -> None:
    assert (
        "  /** Adds two numbers. */\n  add(a: number, b?: number): number;\n"
        in (site / "api.d.ts").read_text()
    )


def test_a_now_of_the_programs_own_is_told_of(site: Path) -> None:
    status, output, errors = ran("types", "program:other", cwd=site)
    assert (status, errors) == (0, "")
    assert output.endswith("export interface Api {\n  whose: string;\n}\n")


def test_what_is_no_application_is_refused(site: Path) -> None:
    expected = "greennow: program:number is 7: neither a WSGI application nor a Now\n"
    assert ran("types", "program:number", cwd=site) == (1, "", expected)
