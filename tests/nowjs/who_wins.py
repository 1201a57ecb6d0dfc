"""Who wins: one table of cases, which a test tries and the documents show.

``python tests/nowjs/who_wins.py`` writes it into ``docs/explanation/who-wins.md``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "who-wins.md"
BEGIN = "<!-- What follows is made of tests/nowjs/who_wins.py, which the tests try. -->\n"
END = "<!-- So much is made. -->\n"

#: Stands for any function.
FUNCTION = "a function"


class Case(NamedTuple):
    """Steps, and what is seen after the last of them, by name."""

    #: Why it is so: the rule, in words.
    rule: str
    #: One after the other, with nothing written before. Python, or the words that ``test_who_wins.py`` reads.
    steps: str
    ann: dict[str, Any]
    bob: dict[str, Any]
    #: What `everyone.now` reads as.
    everyone: dict[str, Any]
    #: What `get_group("red").now` reads as.
    red: dict[str, Any]
    #: Is the same so where the server writes it into `this.now`? It always may.
    at_the_server: bool = True


class Section(NamedTuple):
    """Cases about one thing."""

    title: str
    about: str
    cases: list[Case]


SECTIONS = [
    Section(
        "The newest write",
        "Whoever wrote last is seen.",
        [
            Case("newer, and for all",
                 "ann.x = 1; everyone.x = 2",
                 {"x": 2}, {"x": 2}, {"x": 2}, {"x": 2}),
            Case("newer, and ann's alone",
                 "everyone.x = 1; ann.x = 2",
                 {"x": 2}, {"x": 1}, {"x": 1}, {"x": 1}),
            Case("newer, and for the members",
                 "ann joins red; everyone.x = 1; red.x = 2",
                 {"x": 2}, {"x": 1}, {"x": 1}, {"x": 2}),
            Case("no kind of scope is above another",
                 "ann joins red; red.x = 1; everyone.x = 2",
                 {"x": 2}, {"x": 2}, {"x": 2}, {"x": 2}),
            Case("who comes later sees what everyone has",
                 "everyone.x = 1; ann.x = 2; bob connects",
                 {"x": 2}, {"x": 1}, {"x": 1}, {"x": 1}),
        ],
    ),
    Section(
        "Joining and leaving a group",
        "Both write nothing: the group's names come in at the age they have, and go out again. "
        "NowJS took only the functions away.",
        [
            Case("joining brings what was written before",
                 "red.x = 1; ann joins red",
                 {"x": 1}, {}, {}, {"x": 1}),
            Case("the group's is the older",
                 "red.x = 1; ann.x = 2; ann joins red",
                 {"x": 2}, {}, {}, {"x": 1}),
            Case("ann's came back: she was no member when it was written",
                 "ann.x = 1; red.x = 2; ann joins red; ann leaves red",
                 {"x": 1}, {}, {}, {"x": 2}),
            Case("ann's is gone for good: she was a member",
                 "ann joins red; ann.x = 1; red.x = 2; ann leaves red",
                 {}, {}, {}, {"x": 2}),
            Case("what she wrote as a member is hers",
                 "ann joins red; red.x = 1; ann.x = 2; ann leaves red",
                 {"x": 2}, {}, {}, {"x": 1}),
            Case("everyone's is seen again",
                 "everyone.x = 1; ann joins red; red.x = 2; ann leaves red",
                 {"x": 1}, {"x": 1}, {"x": 1}, {"x": 2}),
            Case("a group that is removed takes its names along",
                 "ann joins red; red.x = 1; red is removed",
                 {}, {}, {}, {}),
        ],
    ),
    Section(
        "Several groups",
        "The order of joining plays no part.",
        [
            Case("the newest write",
                 "ann joins red; ann joins blue; red.x = 1; blue.x = 2",
                 {"x": 2}, {}, {}, {"x": 1}),
            Case("joined last, but older",
                 "blue.x = 1; red.x = 2; ann joins red; ann joins blue",
                 {"x": 2}, {}, {}, {"x": 2}),
            Case("the other's is seen again",
                 "ann joins red; ann joins blue; red.x = 1; blue.x = 2; ann leaves blue",
                 {"x": 1}, {}, {}, {"x": 1}),
            Case("everyone's write removes what groups had",
                 "red.x = 1; blue.x = 2; everyone.x = 3; ann joins red",
                 {"x": 3}, {"x": 3}, {"x": 3}, {"x": 3}),
        ],
    ),
    Section(
        "Deletions",
        "A deletion is a write like any other.",
        [
            Case("gone for ann: it does not bring back what is older",
                 "everyone.x = 1; ann.x = 2; del ann.x",
                 {}, {"x": 1}, {"x": 1}, {"x": 1}),
            Case("the next write for all is newer",
                 "everyone.x = 1; del ann.x; everyone.x = 2",
                 {"x": 2}, {"x": 2}, {"x": 2}, {"x": 2}),
            Case("gone for all, also what was written for fewer",
                 "everyone.x = 1; ann.x = 2; del everyone.x",
                 {}, {}, {}, {}),
            Case("gone for the members",
                 "everyone.x = 1; ann joins red; del red.x",
                 {}, {"x": 1}, {"x": 1}, {}),
            Case("the deletion goes with the membership",
                 "everyone.x = 1; ann joins red; del red.x; ann leaves red",
                 {"x": 1}, {"x": 1}, {"x": 1}, {}),
        ],
    ),
    Section(
        "Names below names",
        "The rule holds name by name, at every depth.",
        [
            Case("name by name",
                 'everyone.p = {"x": 1, "y": 2}; ann.p.x = 9',
                 {"p": {"x": 9, "y": 2}}, {"p": {"x": 1, "y": 2}},
                 {"p": {"x": 1, "y": 2}}, {"p": {"x": 1, "y": 2}}),
            Case("each adds a name",
                 'ann joins red; everyone.p = {"a": 1}; red.p.b = 2; ann.p.c = 3',
                 {"p": {"a": 1, "b": 2, "c": 3}}, {"p": {"a": 1}}, {"p": {"a": 1}}, {"p": {"a": 1, "b": 2}}),
            Case("a write for all takes the name, and all below it",
                 'ann.p = {"x": 9}; everyone.p = {"y": 2}',
                 {"p": {"y": 2}}, {"p": {"y": 2}}, {"p": {"y": 2}}, {"p": {"y": 2}}),
            Case("and leaves what is above it",
                 'everyone.p = {"y": 1}; ann.p = {"x": 9}; everyone.p.y = 2',
                 {"p": {"x": 9, "y": 2}}, {"p": {"y": 2}}, {"p": {"y": 2}}, {"p": {"y": 2}}),
            Case("`y` is newer than ann's 5, `z` is older",
                 'everyone.p = {"y": 1, "z": 1}; ann.p = 5; everyone.p.y = 2',
                 {"p": {"y": 2}}, {"p": {"y": 2, "z": 1}}, {"p": {"y": 2, "z": 1}}, {"p": {"y": 2, "z": 1}}),
        ],
    ),
    Section(
        "Lists",
        "A list is one value: a change in it counts as a new list, though only the change travels.",
        [
            Case("ann has one of her own now",
                 "everyone.l = [1, 2]; ann.l.append(3)",
                 {"l": [1, 2, 3]}, {"l": [1, 2]}, {"l": [1, 2]}, {"l": [1, 2]}),
            Case("and loses it to the newest",
                 "everyone.l = [1, 2]; ann.l.append(3); everyone.l.append(4)",
                 {"l": [1, 2, 4]}, {"l": [1, 2, 4]}, {"l": [1, 2, 4]}, {"l": [1, 2, 4]}),
        ],
    ),
    Section(
        "A group without some",
        "Written through `exclude`, a name is set for each member that is there, as that member's own.",
        [
            Case("all but ann",
                 "everyone.x = 1; everyone.exclude(ann).x = 2",
                 {"x": 1}, {"x": 2}, {"x": 1}, {"x": 1}),
            Case("who comes later was not there",
                 "everyone.exclude(ann).x = 1; bob connects",
                 {}, {}, {}, {}),
        ],
    ),
    Section(
        "Functions",
        "Functions follow the same rule. One thing more: what the server exposes, no client can "
        "overwrite.",
        [
            Case("a group's function goes on leaving",
                 "red.f = hello; ann joins red; ann leaves red",
                 {}, {}, {}, {"f": FUNCTION}),
            Case("ann's own stays",
                 "ann.f = hello; ann joins red; red.x = 1; ann leaves red",
                 {"f": FUNCTION}, {}, {}, {"x": 1}),
            Case("a write for all is over hers, too",
                 "ann.f = hello; everyone.f = hello; del everyone.f",
                 {}, {}, {}, {}),
            Case("refused",
                 "everyone.f = hello; ann.f = 1",
                 {"f": FUNCTION}, {"f": FUNCTION}, {"f": FUNCTION}, {"f": FUNCTION}, at_the_server=False),
        ],
    ),
    Section(
        "Names of groups",
        'Any text but `"everyone"` names a group. Numbers do not: `get_group(7)` raises `TypeError`.',
        [
            Case("digits are text",
                 'get_group("7").x = 1; ann joins 7',
                 {"x": 1}, {}, {}, {}),
        ],
    ),
]  # fmt: skip

CASES = [case for section in SECTIONS for case in section.cases]


# The page.


def shown(value: Any) -> str:
    """A value, as the page writes it."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {shown(item)}' for name, item in value.items())}}}"
    return repr(value)


def cell(names: dict[str, Any]) -> str:
    """What somebody sees."""
    told = [name if value == FUNCTION else f"{name}: {shown(value)}" for name, value in names.items()]
    return ", ".join(f"`{text}`" for text in told) or "\N{EN DASH}"


def steps(case: Case) -> str:
    """The steps: code in code, words as words."""
    return ", ".join(f"`{step}`" if "." in step else step for step in case.steps.split("; "))


def lines() -> Iterator[str]:
    """The lines of all tables."""
    for section in SECTIONS:
        yield f"\n## {section.title}\n\n{section.about}\n\n"
        yield "| in this order | ann | bob | `everyone.now` | `red.now` | why |\n"
        yield "| --- | --- | --- | --- | --- | --- |\n"
        for case in section.cases:
            seen = " | ".join(map(cell, (case.ann, case.bob, case.everyone, case.red)))
            yield f"| {steps(case)} | {seen} | {case.rule} |\n"
    yield "\n"


def rendered(page: str) -> str:
    """The page with the tables as they are to be."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{''.join(lines())}{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text("utf-8")), "utf-8")
