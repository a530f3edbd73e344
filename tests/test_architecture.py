"""The shape of the code: what may import what, how large things are, what is never called."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from setuptools import find_packages

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("derive", "numeric", "reports")
MODULES = sorted(p for package in PACKAGES for p in (ROOT / package).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
BENCHMARKS = sorted((ROOT / "benchmarks").rglob("*.py"))
TRIALS = sorted((ROOT / "trials").rglob("*.py"))

LONGEST_MODULE = 400
LONGEST_TEST_MODULE = 500
LONGEST_FUNCTION = 40
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
# they run text that a user may have written
BANNED_CALLS = {
    "system", "popen", "sympify", "parse_expr", "parse_latex", "lambdify", "eval", "__import__",
}  # fmt: skip
BANNED_MODULES = {"pickle", "joblib", "yaml", "shelve", "marshal", "dill"}
# the only places that run text: emitted source, checked before; a kernel that the user asks us to
# check, in text or as his own functions
RUNS_TEXT = {
    "numeric/execute.py": {"exec"},
    "numeric/check/shim.py": {"exec"},
    "numeric/check/analytic.py": {"exec"},
    "numeric/check/own/transplant.py": {"exec", "eval"},
}


def identity(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


def calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name):
                yield called.id
            elif isinstance(called, ast.Attribute):
                yield called.attr


@pytest.fixture(params=MODULES, ids=identity, scope="module")
def module(request: pytest.FixtureRequest) -> tuple[str, ast.Module]:
    path: Path = request.param
    return identity(path), ast.parse(path.read_text(encoding="utf-8"))


FORBIDDEN_IMPORTS = {
    "derive": {"numeric", "reports", "numpy", "sympy", "mpmath", "click", "rich"},
    "numeric": {"reports", "sympy", "click", "rich"},
    "reports": {"sympy"},
}

# optional extras: imported when they are asked for, in one place each
OPTIONAL_IMPORTS = {"numeric/check/scalars.py": {"sympy"}}


def test_data_flows_one_way(module: tuple[str, ast.Module]) -> None:
    name, tree = module
    forbidden = FORBIDDEN_IMPORTS[name.split("/", maxsplit=1)[0]] | BANNED_MODULES
    forbidden -= OPTIONAL_IMPORTS.get(name, set())
    assert not forbidden.intersection(imports(tree))


def test_nothing_runs_what_a_user_wrote(module: tuple[str, ast.Module]) -> None:
    name, tree = module
    found = set(calls(tree)) & (BANNED_CALLS | {"exec"})
    assert found <= RUNS_TEXT.get(name, set())


def test_what_may_run_text_does() -> None:
    trees = {name: ast.parse((ROOT / name).read_text(encoding="utf-8")) for name in RUNS_TEXT}
    assert {name: set(calls(tree)) & {"exec", "eval"} for name, tree in trees.items()} == RUNS_TEXT


def test_functions_are_short(module: tuple[str, ast.Module]) -> None:
    _, tree = module
    long = {
        node.name: (node.end_lineno or node.lineno) - node.lineno + 1
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: size for name, size in long.items() if size > LONGEST_FUNCTION} == {}


def test_no_module_level_mutable_state(module: tuple[str, ast.Module]) -> None:
    _, tree = module
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Global)]


@pytest.mark.parametrize("path", [*MODULES, *BENCHMARKS, *TRIALS, *TESTS], ids=identity)
def test_files_are_short_and_named_after_what_they_hold(path: Path) -> None:
    limit = LONGEST_TEST_MODULE if path in TESTS else LONGEST_MODULE
    assert len(path.read_text(encoding="utf-8").splitlines()) <= limit
    assert path.stem not in NAMELESS


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import derive", {"numpy", "sympy", "mpmath", "numeric", "reports"}),
        ("import numeric", {"sympy", "sklearn", "matplotlib", "reports"}),
        ("import reports.cli", {"numpy", "mpmath", "rich", "numeric", "sympy"}),
    ],
)
def test_imports_at_run_time(statement: str, absent: set[str]) -> None:
    code = f"import sys\n{statement}\nprint(*(m for m in sys.modules if '.' not in m))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not absent.intersection(done.stdout.split())


@pytest.mark.parametrize(
    ("package", "names"),
    [
        ("derive", {"load", "parse", "adjoint", "bind", "layers", "Program", "DeriveError"}),
        ("numeric", {"build", "check", "interpret", "Network", "train", "Kernel", "CheckResult"}),
        ("reports", {"write"}),
    ],
)
def test_public_names(package: str, names: set[str]) -> None:
    module = __import__(package)
    assert names <= set(module.__all__)
    assert [name for name in module.__all__ if getattr(module, name, None) is None] == []


def test_the_wheel_holds_the_three_packages_only() -> None:
    include = [f"{package}{rest}" for package in PACKAGES for rest in ("", ".*")]
    found = find_packages(str(ROOT), include=include)
    assert {name.split(".")[0] for name in found} == set(PACKAGES)
    folders = {str(p.parent.relative_to(ROOT)).replace("/", ".") for p in MODULES}
    assert folders == set(found)
