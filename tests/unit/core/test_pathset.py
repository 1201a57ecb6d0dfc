"""A path in the set stands for everything below it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greennow.core.paths import Path
from greennow.core.pathset import PathSet


class Model:
    """The same in the plainest words: a list of paths, none below another."""

    def __init__(self) -> None:
        self.paths: set[Path] = set()

    def add(self, path: Path) -> None:
        if not any(path[: len(other)] == other for other in self.paths):
            self.remove_below(path)
            self.paths.add(path)

    def remove_below(self, path: Path) -> None:
        self.paths = {other for other in self.paths if other[: len(path)] != path}

    def discard(self, path: Path) -> None:
        self.paths.discard(path)


A, B, AB, ABC, AD = ("a",), ("b",), ("a", "b"), ("a", "b", "c"), ("a", "d")

STEPS: list[tuple[str, list[tuple[str, Path]], set[Path]]] = [
    ("a path is added once", [("add", A), ("add", A)], {A}),
    ("a path covers those below it", [("add", ABC), ("add", AD), ("add", A)], {A}),
    ("what is covered is not added", [("add", A), ("add", ABC)], {A}),
    ("neighbours are apart", [("add", AB), ("add", AD), ("add", B)], {AB, AD, B}),
    ("an index is not the text of it", [("add", ("a", 0)), ("add", ("a", "0"))], {("a", 0), ("a", "0")}),
    ("all below is removed", [("add", ABC), ("add", AD), ("add", B), ("remove_below", A)], {B}),
    ("what is above stays", [("add", A), ("remove_below", AB)], {A}),
    (
        "removing what is not there does nothing",
        [("add", AB), ("remove_below", AD), ("remove_below", B)],
        {AB},
    ),
    ("the very path is discarded", [("add", AB), ("add", AD), ("discard", AB)], {AD}),
    ("what is below is not discarded", [("add", AB), ("discard", A)], {AB}),
    ("what is above is not discarded", [("add", A), ("discard", AB)], {A}),
    ("what is not there is not discarded", [("add", A), ("discard", B), ("discard", ("b", "c"))], {A}),
    ("what was removed may be added again", [("add", AB), ("remove_below", A), ("add", ABC)], {ABC}),
    (
        "a path under one that was removed is no longer covered",
        [("add", A), ("discard", A), ("add", AB)],
        {AB},
    ),
]


@pytest.mark.parametrize(("steps", "members"), [case[1:] for case in STEPS], ids=[case[0] for case in STEPS])
def test_a_path_stands_for_all_below(steps: list[tuple[str, Path]], members: set[Path]) -> None:
    paths = PathSet()
    for method, path in steps:
        getattr(paths, method)(path)
    assert set(paths) == members
    assert len(paths) == len(members)
    assert bool(paths) == bool(members)


def test_a_new_set_is_empty() -> None:
    assert list(PathSet()) == []
    assert not PathSet()


KEYS: Any = st.sampled_from(["a", "b", 0])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["add", "add", "remove_below", "discard"]),
            st.lists(KEYS, min_size=1, max_size=4).map(tuple),
        )
    )
)
def test_it_does_what_a_list_of_paths_would(steps: list[tuple[str, Path]]) -> None:
    paths, model = PathSet(), Model()
    for method, path in steps:
        getattr(paths, method)(path)
        getattr(model, method)(path)
        assert set(paths) == model.paths
        assert len(paths) == len(model.paths)


def test_it_keeps_nothing_of_what_was_removed() -> None:
    paths = PathSet()
    for path in (ABC, AD):
        paths.add(path)
    paths.remove_below(ABC)
    paths.discard(AD)
    assert paths._root == {}
