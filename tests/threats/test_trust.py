"""A checker that says yes to everything, and oracles that nobody asked for."""

from __future__ import annotations

import ast
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import derive
import numeric
from numeric.check import check_source
from numeric.check.tally import Tally
from tests.numeric.check.conftest import cases  # noqa: F401  a fixture
from tests.numeric.check.test_seeded_bugs import BUGS
from tests.test_architecture import BANNED_CALLS, BANNED_MODULES, calls, imports

ROOT = Path(__file__).resolve().parents[2]
# One bug for each proof that finds one; of the contract one that still gives all gradients.
SEEDS = {
    proof: (name, old, new)
    for name, old, new, proof, entry in reversed(BUGS)
    if proof != "S1 contract" or entry == "dx computed again"
}


# ---- a comparison that always says yes -----------------------------------------------------------


def yes(tally: Tally, *_: object, **__: object) -> bool:
    """Count a comparison and find nothing."""
    tally.comparisons += 1
    return True


@pytest.mark.parametrize("proof", sorted(SEEDS))
def test_a_comparison_that_always_agrees_lets_bugs_pass(
    proof: str,
    cases: dict[str, Any],  # noqa: F811  the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So the seeded bugs, which must be WRONG, turn red: they do look at the comparison."""
    name, old, new = SEEDS[proof]
    case = cases[name]
    source = case.kernel.replace(old, new)
    assert check_source(case.program, source, seed=1).verdict == "WRONG"
    monkeypatch.setattr(Tally, "compare", yes)
    monkeypatch.setattr(Tally, "equal", yes)
    assert check_source(case.program, source, seed=1).verdict != "WRONG"


def test_a_comparison_that_never_looks_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tally, "compare", lambda *_, **__: True)
    monkeypatch.setattr(Tally, "equal", lambda *_, **__: True)
    result = numeric.check(derive.load("tanh"), fast=True)
    assert (result.verdict, result.exit_code) == ("INCONCLUSIVE", 3)
    assert "nothing was compared" in str(result)


def test_every_line_of_a_proof_has_comparisons() -> None:
    result = numeric.check(derive.load("dense"))
    assert result.exit_code == 0
    assert all(line.comparisons > 0 for line in result.lines)


# ---- what is never loaded ------------------------------------------------------------------------

OPTIONAL = {"torch", "jax", "sympy", "tensorflow", "sklearn", "scipy", "autograd", "pickle5"}


def test_no_oracle_is_loaded_unless_asked_for() -> None:
    code = (
        "import sys, derive, numeric, reports.cli\n"
        "assert reports.cli.main(['check', 'tanh', '--fast']) == 0\n"
        "print(*sorted({m.split('.')[0] for m in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "PROVED" in done.stdout
    assert OPTIONAL.isdisjoint(done.stderr.split())


class Evil:
    """What a pickle may do when it is read."""

    def __reduce__(self) -> tuple[object, ...]:
        return print, ("code ran while a file was read",)


def test_an_array_of_objects_is_not_unpickled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "weights.npy"
    np.save(path, np.array([Evil()], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        np.load(path)
    assert capsys.readouterr().out == ""
    pickle.loads(pickle.dumps(Evil()))
    assert "code ran" in capsys.readouterr().out, "the payload works where it is read"


# The lint would see each of these.
CAUGHT = [
    "import pickle", "from joblib import load", "import yaml", "import sympy\nsympy.sympify('x')",
    "eval('1')", "builtins.eval('1')", "__import__('os')", "exec('1')", "parse_expr(t)", "lambdify(x)",
    "np.load(p, allow_pickle=True)", "subprocess.run('id', shell=True)", "os.system('id')",
]  # fmt: skip


@pytest.mark.parametrize("text", CAUGHT)
def test_the_lint_sees_what_it_forbids(text: str) -> None:
    tree = ast.parse(text)
    found = BANNED_MODULES.intersection(imports(tree))
    found |= (BANNED_CALLS | {"exec"}).intersection(calls(tree))
    assert found or forbidden_arguments(tree)


def forbidden_arguments(tree: ast.AST) -> list[str]:
    """Arguments that turn a safe call into one that runs something."""
    return [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword)
        and node.arg in {"allow_pickle", "shell"}
        and not (isinstance(node.value, ast.Constant) and node.value.value is False)
    ]


MODULES = sorted(
    p for name in ("derive", "numeric", "reports") for p in (ROOT / name).rglob("*.py")
)


def test_no_module_turns_a_safe_call_into_one_that_runs_something() -> None:
    found = {
        str(path.relative_to(ROOT)): forbidden_arguments(
            ast.parse(path.read_text(encoding="utf-8"))
        )
        for path in MODULES
    }
    assert {name: calls for name, calls in found.items() if calls} == {}
