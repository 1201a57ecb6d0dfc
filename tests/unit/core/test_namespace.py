"""`now` as a program touches it: names by attribute and item, and dicts that do what Python's do."""

from __future__ import annotations

import enum
from collections.abc import Mapping, MutableMapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greennow.core.lists import LiveList
from greennow.core.namespace import LiveDict, Namespace
from greennow.core.tree import MISSING, THEIRS, Delete, Dict, List, Set

from .spaces import CalledByPath, CountingLock, TreeSpace

#: The names that have to be reached by item, by where they stand.
METHODS = {
    "now": {"get", "items", "keys", "to_plain", "values"},
    "now.d": {
        "clear",
        "get",
        "items",
        "keys",
        "pop",
        "popitem",
        "setdefault",
        "to_plain",
        "update",
        "values",
    },
}


def make(data: Any = None, **options: Any) -> tuple[TreeSpace, Any]:
    space = TreeSpace(data, **options)
    return space, Namespace(space)


def at(now: Any, path: str) -> Any:
    return now if path == "now" else now.d


def delete(target: Any, key: Any) -> None:
    del target[key]


def assign(target: Any, key: Any, value: Any) -> None:
    target[key] = value


# Reading.


def test_names_are_read_by_attribute_and_by_item():
    _, now = make({"name": "bot", "player": {"x": 1, "": 2, "a.b": 3}, "scores": [1]})
    assert (now.name, now["name"], now.player.x, now["player"]["x"]) == ("bot", "bot", 1, 1)
    assert (now.player[""], now.player["a.b"], now.scores[0]) == (2, 3, 1)
    assert (type(now), type(now.player), type(now.scores)) == (Namespace, LiveDict, LiveList)


def test_a_function_is_what_the_space_gives_for_it():
    space, now = make()

    def ours() -> None: ...

    space.tree = Dict({"f": ours, "d": Dict({"g": THEIRS})})
    assert [
        (f.path, f.value) for f in (now.f, now["f"], now.get("f"), now.d.g, next(iter(now.d.values())))
    ] == [
        *[(("f",), ours)] * 3,
        *[(("d", "g"), THEIRS)] * 2,
    ]
    assert now.to_plain() == {"f": ours, "d": {"g": CalledByPath(("d", "g"), THEIRS)}}


@pytest.mark.parametrize("path", METHODS)
def test_the_methods_are_these_and_no_others(path):
    _, now = make({"d": {}})
    assert at(now, path)._methods == METHODS[path]


@pytest.mark.parametrize("path", METHODS)
def test_data_never_shadows_a_method(path):
    names = [*METHODS["now.d"], "__class__", "__len__", "_place", "_methods", "mro", "register", "__dict__"]
    data = {name: name for name in names}
    _, now = make({**data, "d": data})
    container = at(now, path)
    assert [container[name] for name in names] == names
    assert all(callable(getattr(container, name)) for name in METHODS[path])
    assert (container.mro, container.register, container.to_plain()["keys"]) == ("mro", "register", "keys")


@pytest.mark.parametrize("name", sorted({*METHODS["now.d"]} - METHODS["now"]))
def test_mapping_methods_that_change_are_ordinary_names_at_the_root(name):
    space, now = make()
    setattr(now, name, 1)
    assert (getattr(now, name), now[name], space.tree) == (1, 1, {name: 1})
    delattr(now, name)
    assert space.tree == {}


def test_completion_offers_methods_and_the_names_that_an_attribute_reaches():
    _, now = make({"d": {"x": 1, "a b": 2, "_y": 3, "items": 4}, "z": 5})
    assert METHODS["now.d"] | {"x"} <= set(dir(now.d))
    assert not {"a b", "_y"} & set(dir(now.d))
    assert METHODS["now"] | {"z", "d"} <= set(dir(now))


def test_what_is_missing_is_missing_for_in_get_hasattr_and_getattr():
    _, now = make({"x": None})
    assert ("x" in now, "y" in now, 3 in now, None in now) == (True, False, False, False)
    assert (now.get("x", 1), now.get("y"), now.get("y", 1), now.get(3, 1)) == (None, None, 1, 1)
    assert (hasattr(now, "x"), hasattr(now, "y"), getattr(now, "y", 2)) == (True, False, 2)


def test_a_name_that_is_a_subclass_of_str_counts_as_its_text():
    class Name(str, enum.Enum):
        X = "x"

    space, now = make({"x": {"x": 1}})
    assert (now[Name.X][Name.X], Name.X in now) == (1, True)
    now[Name.X][Name.X] = 2
    del now[Name.X][Name.X]
    assert space.written == [[Set(("x", "x"), 2)], [Delete(("x", "x"))]]
    assert {type(key) for operations in space.written for key in operations[0].path} == {str}


# Writing.


def test_each_change_is_one_step_of_the_smallest_operations():
    space, now = make({"d": {"a": 1, "b": 2}})
    now.x = 1
    now["y"] = (1, 2)
    del now.x
    del now["y"]
    d = now.d
    d.c = {"e": 3}
    d.update({"f": 1}, g=2)
    d.update([("h", 3)])
    d.setdefault("a", 9)
    d.setdefault("i", [])
    d.pop("a")
    d.pop("a", None)
    d.popitem()
    d.clear()
    assert space.written == [
        [Set(("x",), 1)],
        [Set(("y",), List([1, 2]))],
        [Delete(("x",))],
        [Delete(("y",))],
        [Set(("d", "c"), Dict({"e": 3}))],
        [Set(("d", "f"), 1), Set(("d", "g"), 2)],
        [Set(("d", "h"), 3)],
        [Set(("d", "i"), List())],
        [Delete(("d", "a"))],
        [Delete(("d", "i"))],
        [Delete(("d", name)) for name in "bcfgh"],
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda d: setattr(d, "x", 1),
        lambda d: delattr(d, "a"),
        lambda d: assign(d, "x", 1),
        lambda d: delete(d, "a"),
        lambda d: d.pop("a"),
        lambda d: d.popitem(),
        lambda d: d.setdefault("x", 1),
        lambda d: d.update(x=1),
        lambda d: d.clear(),
    ],
)
def test_the_lock_is_held_from_reading_to_writing(change):
    lock = CountingLock()
    space, now = make({"d": {"a": 1}}, lock=lock)
    held = []
    write = space.write
    space.write = lambda operations: (held.append(lock.depth), write(operations))
    change(now.d)
    assert min(held) >= 1
    assert lock.depth == 0


def test_a_dict_is_updated_with_one_moment_of_another():
    space, now = make({"d": {"a": 1}, "e": {"b": {"c": 2}, "f": 3}})
    space.tree = Dict({**space.tree, "e": Dict({**space.tree["e"], "g": THEIRS})})
    d, e = now.d, now.e
    space.asked.clear()
    d.update(e)
    assert space.asked.count(("e",)) == 1
    assert space.tree["d"] == {"a": 1, "b": {"c": 2}, "f": 3, "g": CalledByPath(("e", "g"), THEIRS)}


def test_a_step_that_cannot_be_shared_whole_writes_nothing():
    space, now = make({"d": {"a": 1}})
    with pytest.raises(TypeError):
        now.d.update({"a": 2, "b": {3}})
    assert space.written == []


def test_an_empty_update_and_clearing_nothing_write_nothing():
    space, now = make({"d": {}})
    now.d.update({})
    now.d.update()
    now.d.clear()
    assert space.written == []


def test_what_is_taken_out_is_plain():
    _, now = make({"d": {"a": {"b": 1}, "c": [2]}})
    assert [type(now.d.popitem()[1]), type(now.d.pop("a"))] == [list, dict]


# Every sentence.

ERRORS = [
    (lambda now: now.x, AttributeError, "now.x"),
    (lambda now: now.d.x, AttributeError, "now.d.x"),
    (lambda now: now.d["x y"], KeyError, 'now.d["x y"]'),
    (lambda now: now["x"], KeyError, "now.x"),
    (lambda now: now[3], KeyError, "now[3]"),
    (lambda now: now.d[None], KeyError, "now.d[None]"),
    (lambda now: now.l[0].x, AttributeError, "now.l[0].x"),
    (lambda now: delattr(now, "x"), AttributeError, "now.x"),
    (lambda now: delete(now, "x"), KeyError, "now.x"),
    (lambda now: delete(now, 3), KeyError, "now[3]"),
    (lambda now: delete(now.d, "x"), KeyError, "now.d.x"),
    (lambda now: now.d.pop("x"), KeyError, "now.d.x"),
    (lambda now: (now.d.clear(), now.d.popitem()), KeyError, "now.d is empty"),
    (
        lambda now: setattr(now.d, "items", 1),
        AttributeError,
        'now.d.items is a method here, and the name is reached by item only: now.d["items"]',
    ),
    (
        lambda now: setattr(now, "to_plain", 1),
        AttributeError,
        'now.to_plain is a method here, and the name is reached by item only: now["to_plain"]',
    ),
    (
        lambda now: delattr(now.d, "pop"),
        AttributeError,
        'now.d.pop is a method here, and the name is reached by item only: now.d["pop"]',
    ),
    (
        lambda now: setattr(now, "_x", 1),
        AttributeError,
        'now._x is a name that begins with "_", which is reached by item only: now["_x"]',
    ),
    (
        lambda now: now.d._x,
        AttributeError,
        'now.d._x is a name that begins with "_", which is reached by item only: now.d["_x"]',
    ),
    (
        lambda now: delattr(now.d, "__class__"),
        AttributeError,
        'now.d.__class__ is a name that begins with "_", which is reached by item only: now.d["__class__"]',
    ),
    (lambda now: setattr(now, "core", 1), ValueError, "now.core belongs to the page; take another name"),
    (lambda now: assign(now, "ready", 1), ValueError, "now.ready belongs to the page; take another name"),
    (lambda now: assign(now, "__proto__", 1), ValueError, "now.__proto__: this key is refused"),
    (lambda now: now.d.update({"__proto__": 1}), ValueError, "now.d.__proto__: this key is refused"),
    (lambda now: assign(now, "\ud800", 1), ValueError, "now: a text with a lone surrogate: '\\ud800'"),
    (lambda now: assign(now, 3, 1), TypeError, "now: keys are text, not int (3); use str(key)"),
    (lambda now: now.d.setdefault(3, 1), TypeError, "now.d: keys are text, not int (3); use str(key)"),
    (lambda now: setattr(now, "x", 1j), TypeError, "now.x: complex is not shareable"),
    (lambda now: setattr(now.d, "x", {"y": 1j}), TypeError, "now.d.x.y: complex is not shareable"),
    (lambda now: setattr(now.l[0], "y", 1j), TypeError, "now.l[0].y: complex is not shareable"),
    (lambda now: now.d.update(a=1, b=1j), TypeError, "now.d.b: complex is not shareable"),
    (lambda now: setattr(now.d, "x", [[[[]]]]), ValueError, "now.d.x[0][0]: nested deeper than max_depth=4"),
]


@pytest.mark.parametrize(("misuse", "error", "sentence"), ERRORS, ids=[case[2] for case in ERRORS])
def test_every_sentence_names_the_place(misuse, error, sentence):
    _, now = make({"d": {"a": 1}, "l": [{}]}, max_depth=4)
    with pytest.raises(error) as caught:
        misuse(now)
    assert str(caught.value) == sentence
    assert type(caught.value) is error


def test_paths_begin_with_the_spaces_root():
    _, now = make({"d": {}}, root='get_group("red").now')
    with pytest.raises(KeyError) as caught:
        now.d["x"]
    assert str(caught.value) == 'get_group("red").now.d.x'


def test_core_and_ready_are_ordinary_names_below_the_root():
    _, now = make({"d": {}})
    now.d.core = now.d.ready = 1
    assert now.d == {"core": 1, "ready": 1}


def test_what_a_space_gives_for_a_missing_name_is_what_is_read_there_and_nowhere_else():
    def missing(path: Any) -> Any:
        return ("placeholder", path) if path[-1] == "p" else MISSING

    _, now = make({"d": {}}, missing=missing)
    assert (now.p, now["p"], now.d.p) == (
        ("placeholder", ("p",)),
        ("placeholder", ("p",)),
        ("placeholder", ("d", "p")),
    )
    assert ("p" in now, now.get("p"), hasattr(now, "q")) == (False, None, False)
    with pytest.raises(KeyError):
        now.d.pop("p")
    assert now.d.setdefault("p", 1) == 1


# As Python's own.


def test_what_it_is():
    _, now = make({"d": {"x": 1}})
    assert (isinstance(now, Mapping), isinstance(now, MutableMapping)) == (True, False)
    assert (isinstance(now.d, MutableMapping), bool(now.d), bool(now)) == (True, True, True)
    assert (dict(now.d), {**now.d}, dict(**now.d), [*now.d]) == ({"x": 1}, {"x": 1}, {"x": 1}, ["x"])
    match now.d:
        case {"x": x}:
            assert x == 1
    del now.d["x"]
    assert (bool(now.d), len(now.d)) == (False, 0)


def test_a_dict_equals_mappings_and_nothing_else():
    _, now = make({"d": {"x": {"y": [1]}}, "e": {"x": {"y": [1]}}})
    assert now.d == {"x": {"y": [1]}}
    assert {"x": {"y": [1]}} == now.d  # noqa: SIM300  # the other side's turn
    assert now.d == now.e
    assert now.d.x == now.e["x"]
    assert now.d == {"x": now.e.x}
    assert now == {"d": now.d, "e": now.e}
    assert now.d != now.e.x
    assert now.d != [("x", {"y": [1]})]


def test_items_and_values_are_of_one_moment():
    _, now = make({"d": {"a": {"n": 1}, "b": 2}})
    keys, items, values = now.d.keys(), now.d.items(), now.d.values()
    now.d.clear()
    assert (list(keys), len(items), list(values)[1]) == (["a", "b"], 2, 2)


KEYS = st.sampled_from(["a", "b", "items", "_x", "", "ü"])
VALUES = st.recursive(
    st.integers(0, 2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=4,
)


def swap(d: Any, j: str, k: str) -> None:
    d[j], d[k] = d[k], d[j]


ACTIONS = st.one_of(
    st.tuples(st.just(assign), KEYS, VALUES),
    st.tuples(st.just(delete), KEYS),
    st.tuples(st.just(lambda d, k: d[k]), KEYS),
    st.tuples(st.just(lambda d, k, v: d.get(k, v)), KEYS, VALUES),
    st.tuples(st.just(lambda d, k: d.pop(k)), KEYS),
    st.tuples(st.just(lambda d, k, v: d.pop(k, v)), KEYS, VALUES),
    st.tuples(st.just(lambda d: d.popitem())),
    st.tuples(st.just(lambda d, k, v: d.setdefault(k, v)), KEYS, VALUES),
    st.tuples(st.just(lambda d, v: d.update(v)), st.dictionaries(KEYS, VALUES, max_size=2)),
    st.tuples(st.just(lambda d, k, v: d.update([(k, v)], a=1)), KEYS, VALUES),
    st.tuples(st.just(lambda d: d.clear())),
    st.tuples(st.just(swap), KEYS, KEYS),
    st.tuples(st.just(lambda d, k: (k in d, len(d), bool(d), str(d))), KEYS),
    st.tuples(st.just(lambda d: (list(d), list(d.keys()), list(d.items()), list(d.values())))),
    st.tuples(st.just(lambda d, k, v: (d.keys() & v, k in d, v in d.values())), KEYS, st.just("a")),
)


def outcome(action: Any, target: Any, args: Any) -> Any:
    """What came of it: the result, or the kind of error."""
    try:
        return action(target, *args)
    except KeyError:
        return KeyError


@given(st.dictionaries(KEYS, VALUES, max_size=4), st.lists(ACTIONS, max_size=10))
def test_whatever_is_done_to_it_comes_out_as_with_pythons_own_dict(values, actions):
    _, now = make({"d": values})
    d, plain = now.d, now.d.to_plain()
    for action, *args in actions:
        assert outcome(action, d, args) == outcome(action, plain, args)
        assert d == plain
        assert list(d.to_plain().items()) == list(plain.items())
