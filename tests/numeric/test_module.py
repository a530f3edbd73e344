"""The text of whole modules: golden files, names, docstrings, layout, and what may run."""

from __future__ import annotations

import ast
import difflib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import derive
import numeric
from numeric.build import build
from numeric.execute import execute, violations
from numeric.layout import Line, body, items

GOLDEN = Path(__file__).parent / "golden"
SHOWN = ("dense", "lstm", "conv2d", "maxpool2d", "embedding", "softmax_cross_entropy")


@pytest.mark.parametrize("layer", SHOWN)
def test_golden_text(layer: str, request: pytest.FixtureRequest) -> None:
    """Run with ``--update`` to accept a change, after reading it."""
    found = build(derive.load(layer)).source
    path = GOLDEN / f"{layer}.txt"
    if request.config.getoption("--update"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8")
    expected = path.read_text(encoding="utf-8") if path.exists() else ""
    changed = difflib.unified_diff(expected.splitlines(), found.splitlines(), lineterm="")
    assert found == expected, "\n".join(changed)


@pytest.mark.parametrize("layer", derive.layers())
def test_text_stays_inside_the_margin(layer: str) -> None:
    for line in build(derive.load(layer)).source.splitlines():
        assert len(line) <= 88, line
        assert line == line.rstrip()


def test_linters_have_nothing_to_say(tmp_path: Path) -> None:
    for layer in derive.layers():
        (tmp_path / f"{layer}.py").write_text(build(derive.load(layer)).source, encoding="utf-8")
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "E,F,W,C4,RET"]
    done = subprocess.run(
        [*command, "--line-length", "88", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("layer", derive.layers())
def test_no_line_is_dead(layer: str) -> None:
    """Every name that a function gives a value is looked at again."""
    for function in ast.parse(build(derive.load(layer)).source).body:
        if not isinstance(function, ast.FunctionDef):
            continue
        names = [n for n in ast.walk(function) if isinstance(n, ast.Name)]
        stored = {n.id for n in names if isinstance(n.ctx, ast.Store)} - {"_"}
        assert stored <= {n.id for n in names if isinstance(n.ctx, ast.Load)}, function.name


@pytest.mark.parametrize("layer", derive.layers())
def test_time_loops_only_on_recurrences_and_no_slow_calls(layer: str) -> None:
    source = build(derive.load(layer)).source
    code = source.split("def check(")[0]
    assert "einsum" not in code
    assert ("np.add.at" in code) <= (layer == "embedding")
    loops = [
        ast.unparse(node.target)
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.For)
    ]
    blocks = {"k"} if "def blocks(" in code else set()
    assert {name.rstrip("_") for name in loops} <= {"t", "p", "q", "c"} | blocks


NAMES = [
    ("lambda", "lambda_"),
    ("np", "np_"),
    ("saved", "saved_"),
    ("forward", "forward_"),
    ("sum", None),
    ("print", "print_"),
    ("sigmoid", None),
    ("dtype", "dtype_"),
    ("N", "N"),
]


@pytest.mark.parametrize(("name", "identifier"), NAMES)
def test_names_that_others_own_get_an_underscore(name: str, identifier: str | None) -> None:
    if identifier is None:  # reserved by the language already
        with pytest.raises(derive.DeriveError):
            derive.parse(f"input {name}[n]\noutput y[n]\ny[n] = 2*{name}[n]")
        return
    source = build(derive.parse(f"input {name}[n]\noutput y[n]\ny[n] = 2*{name}[n]")).source
    assert f"def forward({identifier}):" in source


def test_a_size_does_not_hide_an_array() -> None:
    source = build(derive.parse("input N[n], x[n]\noutput y[n]\ny[n] = N[n]*x[n] + size(n)")).source
    assert "size_n" in source
    assert "def forward(N, x):" in source


INJECTIONS = [
    'title  """\nimport os',
    'title  """ + __import__("os").system("true") + """',
    "title  \\",
    'title  ends with a quote "',
    "source a\\N{BELL}b",
    "note   \x0c form feed",
    "note   тест ∑ é",
]


@pytest.mark.parametrize("line", INJECTIONS)
def test_free_text_stays_in_the_docstring(line: str) -> None:
    text = f"{line.splitlines()[0]}\ninput x[n]\noutput y[n]\ny[n] = 2*x[n]"
    try:
        program = derive.parse(text)
    except derive.DeriveError:
        return
    tree = ast.parse(build(program).source)
    assert [type(node).__name__ for node in tree.body[:2]] == ["Expr", "Import"]
    plain = ast.parse(build(derive.parse(text.split("\n", 1)[1])).source)
    assert [ast.dump(node) for node in tree.body[1:]] == [ast.dump(n) for n in plain.body[1:]]


ODD = [
    ("import os", "an import of os"),
    ("x = y.__class__", "the attribute __class__"),
    ("__builtins__", "the name __builtins__"),
    ("class A: pass", "ClassDef"),
    ("while True: pass", "While"),
    ("from numpy import linalg", "ImportFrom"),
    ("global x", "Global"),
    ("x = yield", "Yield"),
    ("with a: del b", "Delete"),
]


@pytest.mark.parametrize(("text", "match"), ODD)
def test_only_what_emission_makes_may_run(text: str, match: str) -> None:
    assert match in next(iter(violations(ast.parse(text))))
    with pytest.raises(AssertionError, match="emission produced"):
        execute(text)


def test_a_module_sees_numpy_and_little_else() -> None:
    namespace = execute("import numpy as np\n\n\ndef f():\n    return np.ones(2)\n")
    assert namespace["f"]().tolist() == [1, 1]
    assert namespace["np"] is np
    for name in ("open", "eval", "exec", "getattr", "globals", "compile"):
        with pytest.raises(NameError):
            execute(f"{name}(1)")


def test_comments_share_a_column() -> None:
    lines = [Line("z = x @ W.T", "(1)"), Line("for t in range(T):"), Line("a = z", "(2)", 1)]
    assert list(body(lines)) == [
        "    z = x @ W.T  # (1)",
        "    for t in range(T):",
        "        a = z    # (2)",
    ]


def test_a_comment_without_room_stands_above() -> None:
    long = "y = " + " + ".join(["x"] * 20)
    assert list(body([Line(long, "(1)")])) == ["    # (1)", "    " + long]


def test_long_lists_are_wrapped() -> None:
    names = [f"name_{k}" for k in range(30)]
    lines = items("def forward(", names, "):")
    assert lines[0] == "def forward("
    assert lines[-1] == "):"
    assert max(map(len, lines)) <= 88
    assert items("return ", ["a", "b"], "") == ["return a, b"]


def test_hyperparameters_are_named_and_no_size_is_called_like_one() -> None:
    source = build(derive.load("conv2d"), s=2).source
    assert "Hyperparameters\n  s = 2, P = 0, d = 1\n" in source
    assert "W (F, C, size_p, Q)" in source


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"x": np.ones((2, 3)), "W": np.ones((4, 5)), "b": np.ones(4)}, r"W has shape \(4, 5\), "
        r"expected \(I, 3\)"),
        ({"x": np.ones(3), "W": np.ones((4, 3)), "b": np.ones(4)}, r"x has shape \(3,\), "
        r"expected \(N, J\)"),
    ],
)  # fmt: skip
def test_a_module_on_its_own_names_the_array_that_does_not_fit(given: dict, match: str) -> None:
    forward = execute(build(derive.load("dense")).source)["forward"]
    with pytest.raises(ValueError, match=match):
        forward(**given)


def test_indices_of_one_extent_hand_its_size_on_once() -> None:
    text = (
        "input x[n], w[n, j], v[j]\nindex k : size(j)\noutput y[n]\n"
        "y[n] = x[n]/(2 + mean[k](v[k])^2)"
    )
    kernel = numeric.build(derive.parse(text))
    _, saved = kernel.forward(x=np.ones(2), w=np.ones((2, 3)), v=np.ones(3))
    assert kernel.backward(saved, y=np.ones(2))["v"].shape == (3,)
