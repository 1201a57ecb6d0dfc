"""A name that nobody set can be called and has names below it; all else is a mistake, and says so."""

from __future__ import annotations

import math
import operator
from typing import Any

import pytest

from greennow.core.lists import LiveList
from greennow.core.namespace import LiveDict, Namespace
from greennow.core.placeholder import Placeholder

from .spaces import TreeSpace


class Calling:
    """What is called: as a group's function, with a method of its own."""

    def __init__(self, path: Any, calls: list[Any]) -> None:
        self.path = path
        self.calls = calls

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        self.calls.append((self.path, args, kwargs))

    def gather(self) -> Any:
        return ("gathered", self.path)


@pytest.fixture
def calls() -> list[Any]:
    return []


@pytest.fixture
def now(calls: list[Any]) -> Namespace:
    space = TreeSpace({"d": {"x": 1}}, root="everyone.now", max_depth=4)
    space.missing = lambda path: Placeholder(space, path, Calling(path, calls))
    return Namespace(space)


def test_it_is_called_by_its_path(now, calls):
    now.f(1, k=2)
    now["f"]()
    now.ui.show("x")
    now.d["a b"].g()
    now.f["append"]["_x"]()
    assert calls == [
        (("f",), (1,), {"k": 2}),
        (("f",), (), {}),
        (("ui", "show"), ("x",), {}),
        (("d", "a b", "g"), (), {}),
        (("f", "append", "_x"), (), {}),
    ]


def test_the_methods_of_what_it_calls_are_its_own_and_their_names_are_reached_by_item(now, calls):
    assert now.f.gather() == ("gathered", ("f",))
    now.f["gather"]()
    assert calls == [(("f", "gather"), (), {})]


def test_it_is_false_missing_and_only_itself(now):
    assert not now.f
    assert callable(now.f)
    assert ("f" in now, now.get("f"), now.get("f", 3)) == (False, None, 3)
    assert (now.f == now["f"], now.f != now.g, now.f == now.f.g) == (True, True, False)
    assert (now.f == None, now.f == 0, now.f is None, now.f in [now.f]) == (False, False, False, True)  # noqa: E711
    assert {now.f: 1}[now.f] == 1
    assert (repr(now.f), f"{now.d.g}") == ("<everyone.now.f, not set>", "<everyone.now.d.g, not set>")


def increase(now: Any) -> None:
    now.f += 1


ONLY_CALLED = "everyone.now.f is not set: it can only be called"
HAS_NO = (
    "everyone.now.f is not set: it has no {0}; "
    'a function of that name is reached by item: everyone.now.f["{0}"]'
)
NOTHING_BELOW = (
    "everyone.now.f is not set: nothing can be assigned or deleted below it; assign a dict to it first"
)
WITH_ONE = [
    *[iter, list, dict, len, reversed, sorted, int, float, complex, hex, round, abs],
    *[math.trunc, math.floor, math.ceil, operator.neg, operator.pos, operator.inv],
]
WITH_TWO = [
    *[operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, divmod],
    *[operator.pow, operator.matmul, operator.and_, operator.or_, operator.xor, operator.lshift],
    *[operator.rshift, operator.lt, operator.le, operator.gt, operator.ge],
]
USES = [
    *[(use, ONLY_CALLED) for use in WITH_ONE],
    *[(lambda f, use=use: use(f, 1), ONLY_CALLED) for use in WITH_TWO],
    *[(lambda f, use=use: use(1, f), ONLY_CALLED) for use in WITH_TWO],
    (lambda f: 1 in f, ONLY_CALLED),
    (lambda f: f[0], ONLY_CALLED),
    (lambda f: f[1:], ONLY_CALLED),
    (lambda f: [1][f], ONLY_CALLED),
    (lambda f: f.append(1), HAS_NO.format("append")),
    (lambda f: f.items(), HAS_NO.format("items")),
    (lambda f: f._x, HAS_NO.format("_x")),
    (lambda f: setattr(f, "x", 1), NOTHING_BELOW),
    (lambda f: delattr(f, "x"), NOTHING_BELOW),
    (lambda f: operator.setitem(f, "x", 1), NOTHING_BELOW),
    (lambda f: operator.delitem(f, "x"), NOTHING_BELOW),
]


@pytest.mark.parametrize(("use", "sentence"), USES)
def test_anything_else_names_the_path(now, use, sentence):
    with pytest.raises(AttributeError) as caught:
        use(now.f)
    assert str(caught.value) == sentence


def test_adding_to_a_name_that_is_not_set_is_refused(now):
    with pytest.raises(AttributeError) as caught:
        increase(now)
    assert str(caught.value) == ONLY_CALLED


@pytest.mark.parametrize(
    "method",
    sorted({name for kind in (LiveList, LiveDict) for name in dir(kind) if not name.startswith("_")}),
)
def test_the_methods_of_lists_and_dicts_are_refused(now, method):
    with pytest.raises(AttributeError):
        getattr(now.d.f, method)


@pytest.mark.parametrize(
    ("read", "error", "sentence"),
    [
        (lambda now: now["__proto__"], ValueError, "everyone.now.__proto__: this key is refused"),
        (lambda now: now.f["__proto__"], ValueError, "everyone.now.f.__proto__: this key is refused"),
        (lambda now: now["\ud800"], ValueError, "everyone.now: a text with a lone surrogate: '\\ud800'"),
        (lambda now: now.a.b.c.d.e, ValueError, "everyone.now.a.b.c.d: nested deeper than max_depth=4"),
    ],
)
def test_a_path_that_no_call_can_have_is_refused(now, read, error, sentence):
    with pytest.raises(error) as caught:
        read(now)
    assert str(caught.value) == sentence


def test_it_cannot_be_shared(now):
    with pytest.raises(TypeError):
        now.g = now.f
    with pytest.raises(TypeError):
        now.g = [now.f]
