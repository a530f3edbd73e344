"""Names and titles chosen to be something else in the code or the algebra that they end up in."""

from __future__ import annotations

import ast
import builtins
import io
import keyword
import tokenize
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import derive
import numeric
from derive.errors import LimitError, NameRefused, ParseError
from derive.words import GREEK, MAX_NAME, RESERVED
from numeric.execute import violations

SHAPE = """title {title}
source {title}
note {title}
input {0}[{1}, {2}]
param {3}[{2}]
hyper {4} = 2.5
output {5}[{1}]
def {7}({2}) = {2}*{4}
{6}[{1}, {2}] = tanh({7}({0}[{1}, {2}]))*{3}[{2}]
{5}[{1}] = sum[{2}]({6}[{1}, {2}])*{4}
"""
PLAIN = ("x", "n", "j", "w", "s", "y", "z", "f")


def emitted(names: Sequence[str], title: str = "t") -> str:
    return numeric.build(derive.parse(SHAPE.format(*names, title=title))).source


def without_docstrings(source: str) -> ast.Module:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return tree


def comments(source: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


def values(source: str) -> list[Any]:
    """What the kernel computes, executed as a user would: as a module of its own."""
    space: dict[str, Any] = {"__name__": "kernel"}
    exec(compile(source, "kernel", "exec"), space)
    x, w = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]]), np.array([1.0, -2.0, 0.5])
    y, saved = space["forward"](x, w)
    return [y, *space["backward"](saved, np.array([1.0, -0.5]))]


MANY = 40
EXPECTED = values(emitted(PLAIN))


# ---- names --------------------------------------------------------------------------------------


def sympy_names() -> list[str]:
    sympy = pytest.importorskip("sympy", reason="its names are wanted")
    return [*sympy.__all__]


EMITTED = (
    "np", "numpy", "forward", "backward", "saved", "check", "dtype", "N", "T", "t", "T_", "self",
    "args", "given", "kernel", "source", "arrays", "shape", "sigmoid_", "True", "False", "print",
    "_", "dy", "dz", "d", "dd", "ddx", "x_", "x1", "x2", "e1", "E5", "j2", "k2", "n2", "int", "out",
    "axis", "keepdims", "lambda_", "None_", "rows", "carry", "grad", "loss", "f0", "inf_", "nan",
)  # fmt: skip
SHORT = sorted({*keyword.kwlist, *keyword.softkwlist, *dir(builtins), *EMITTED, *GREEK.values()})
LONG = sorted({*dir(np), *dir(np.ndarray), *dir(np.linalg)} - set(SHORT))


def usable(name: str) -> bool:
    """Whether a name is free; one that is not must be refused, wherever it stands."""
    refused = (
        not name.isascii() or not name[0].isalpha() or not name.replace("_", "a").isalnum()
        or name in RESERVED or len(name) > MAX_NAME
    )  # fmt: skip
    if refused:
        for text in (f"input {name}\noutput y\ny = 1", f"output {name}\n{name} = 1"):
            with pytest.raises((NameRefused, ParseError, LimitError)) as caught:
                derive.parse(text)
            assert caught.value.span is not None
    return not refused


def batches(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Names in all roles, filled up with plain ones."""
    free = [name for name in names if usable(name)]
    for start in range(0, len(free), len(PLAIN)):
        batch = free[start : start + len(PLAIN)]
        clash = {f"d{name}" for name in batch} | set(batch)
        rest = [name for name in PLAIN if name not in clash and f"d{name}" not in clash]
        yield tuple([*batch, *rest][: len(PLAIN)])


def assert_right(source: str, names: Sequence[str]) -> None:
    assert list(violations(ast.parse(source))) == [], names
    for found, expected in zip(values(source), EXPECTED, strict=True):
        np.testing.assert_array_equal(found, expected, err_msg=str(names))


@pytest.mark.parametrize("turn", [0, 3])
def test_names_of_python_and_of_emitted_code_are_names_like_any_other(turn: int) -> None:
    clashes = 0
    for names in batches(SHORT[turn:] + SHORT[:turn]):
        try:
            source = emitted(names)
        except NameRefused as refusal:
            assert "gradient" in refusal.problem, names  # noqa: PT017  either is right
            clashes += 1
        else:
            assert_right(source, names)
    assert clashes <= 3, "names clash with a gradient's, dNAME, now and then"


def test_names_of_numpy_and_sympy_are_names_like_any_other() -> None:
    known = [name for name in sorted({*LONG, *sympy_names()} - set(SHORT)) if usable(name)]
    free = [name for name in known if f"d{name}" not in known and name[1:] not in known]
    assert len(free) > 1000
    for start in range(0, len(free), MANY):
        names = free[start : start + MANY]
        terms = " + ".join(f"{k}*{name}" for k, name in enumerate(names, 1))
        program = derive.parse(f"input {', '.join(names)}\noutput result\nresult = {terms}")
        source = numeric.build(program).source
        assert list(violations(ast.parse(source))) == []
        space: dict[str, Any] = {"__name__": "kernel"}
        exec(compile(source, "kernel", "exec"), space)
        result, saved = space["forward"](*np.ones(len(names)))
        assert result == len(names) * (len(names) + 1) / 2
        gradients = space["backward"](saved, np.float64(1.0))
        assert [float(g) for g in gradients] == [*map(float, range(1, len(names) + 1))], names


@pytest.mark.parametrize(
    "name",
    ["__import__", "__class__", "_x", "__builtins__", "_", "__", "_exact_divide", "a.b", "a b"],
)
def test_a_name_begins_with_a_letter_and_is_one_word(name: str) -> None:
    with pytest.raises((NameRefused, ParseError)) as caught:
        derive.parse(f"input {name}\noutput y\ny = 1")
    assert caught.value.span is not None
    assert caught.value.remedy


letters = st.sampled_from([*"abcxyzABEINOQS", *GREEK])
words = st.one_of(
    st.sampled_from(SHORT),
    st.builds(
        lambda first, rest: first + "".join(rest),
        letters,
        st.lists(st.one_of(letters, st.sampled_from("0159_")), max_size=12),
    ),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(words, min_size=8, max_size=8, unique=True))
def test_whatever_the_names_the_code_is_the_same(names: list[str]) -> None:
    try:
        source = emitted(names)
    except (NameRefused, LimitError, ParseError) as refusal:
        assert refusal.span is not None  # noqa: PT017  either is right
        return
    assert_right(source, names)


# ---- free text ----------------------------------------------------------------------------------

TITLES = [
    '"""', "'''", '"', "'", "\\", '\\"""', '"""\nimport os', "\\N{DASH}", "\\x22\\x22\\x22", "\\u0022",
    '""" + __import__("os").system("id") + """', "%s %(x)s {x} {0.__class__}", "# -*- coding: rot13",
    "#", "\\\\", '"" "', "ends with a quote\"", "ends with a backslash\\", "\\\"\"\"\\", "${HOME}",
    "'''\"\"\"", "<script>", "\\input{x}", "tab\there", "é ∂ ∑", "{", "}", "%", "\\n\\n\\nx = 1",
    ">>> 1/0", "r\"\"\"", "f'{1/0}'", ".. include:: /etc/passwd", ":func:`x`", "title note source",
]  # fmt: skip


@pytest.mark.parametrize("title", TITLES)
def test_free_text_stays_in_the_docstring(title: str) -> None:
    assert_only_in_docstring(title.replace("\n", " "))


@settings(max_examples=25, deadline=None)
@given(
    st.text(
        st.characters(exclude_categories=("C", "Zl", "Zp"), exclude_characters="\x85"), max_size=60
    )
)
def test_any_free_text_stays_in_the_docstring(title: str) -> None:
    assert_only_in_docstring(title)


def assert_only_in_docstring(title: str) -> None:
    try:
        source = emitted(PLAIN, title)
    except ParseError as refusal:  # a character that is not printable
        assert refusal.span is not None  # noqa: PT017  either is right
        return
    plain = emitted(PLAIN)
    assert ast.dump(without_docstrings(source)) == ast.dump(without_docstrings(plain))
    assert comments(source) == comments(plain)
    docstring = ast.get_docstring(ast.parse(source), clean=False)
    assert docstring is not None
    assert " ".join(title.replace('"', "'").split()) in " ".join(docstring.split())
