"""Machine-made mutants: they are what they say, a share is caught in every run, a miss is told."""

from __future__ import annotations

import ast
from itertools import islice

import pytest
from click.testing import CliRunner

from numeric.check.result import PROVED, WRONG
from trials.mutants import catalogue, command, equations, judge, rules, texts
from trials.mutants.equivalents import ROWS, proof_of
from trials.mutants.judge import CRASH, Judgement
from trials.mutants.mutant import Mutant, right_source
from trials.mutants.run import tell, told
from trials.mutants.text import edits

# A text, and what its edits must be among others.
EDITS = [
    ("y = a + b", ["a + b -> a - b", "a + b -> a", "a + b -> b"]),
    ("y = a @ b.T", ["a @ b.T -> b.T @ a", "a @ b.T -> a @ b", "b.T -> b"]),
    ("y = -a", ["-a -> a"]),
    ("y = a > 0", ["a > 0 -> a >= 0", "a > 0 -> a < 0", "0 -> 1", "0 -> -1"]),
    ("y = 0.5 * a", ["0.5 -> 0.505"]),
    ("y = a[t]", ["a[t] -> a[t + 1]", "a[t] -> a[t - 1]"]),
    ("y = a[1:n]", ["a[1:n] -> a[1:n + 1]", "a[1:n] -> a[1 - 1:n]"]),
    ("y = np.exp(a)", ["np.exp(a) -> a"]),
    ("y = a.sum(axis=0)", ["a.sum(axis=0) -> a.mean(axis=0)", "a.sum(axis=0) -> a"]),
    ("y = a.sum(axis=(0, 1))", ["(0, 1) -> (1, 0)"]),
    ("y[t] += a", ["y[t] += a -> y[t] = a", "y[t] += a -> pass"]),
    ("y[t] = a", ["y[t] = a -> pass"]),
    ("for t in range(n):\n        y = t", ["in range(n): y = t -> for t in reversed(range(n)): y = t",
                                        "-> for t in list(range(n))[:-1]: y = t"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), EDITS, ids=lambda v: v if isinstance(v, str) else "")
def test_edits_of_a_text(text, wanted):
    source = f"def f(a, b, n, t):\n    {text}\n    return y\n"
    found = list(edits(source))
    shown = [str(edit) for edit in found]
    assert [w for w in wanted if not any(s.endswith(w) or w in s for s in shown)] == []
    assert all(ast.unparse(ast.parse(e.source)) != ast.unparse(ast.parse(source)) for e in found)


def test_what_computes_nothing_is_not_edited():
    places = {edit.place.split(",")[0] for edit in edits(right_source("conv1d"))}
    assert places == {"forward", "backward"}


@pytest.mark.parametrize("kind", [catalogue, equations, rules, texts])
def test_a_mutant_is_made_where_it_is_judged(kind):
    mutant = next(iter(kind.listed()))
    source = kind.source(mutant)
    assert source != right_source(mutant.program)
    ast.parse(source)


def every(kind, step: int):
    """Every so many mutants of layers that take little time."""
    small = ("dense", "softmax", "huber", "embedding", "maxpool1d", "tanh")
    return islice((m for m in kind.listed() if m.program in small), 3, None, step)


SHARE = [*every(catalogue, 17), *every(texts, 29)]


@pytest.mark.parametrize("mutant", SHARE, ids=lambda m: f"{m.program}: {m.edit}"[:80])
def test_a_share_of_the_mutants_is_caught(mutant):
    found = judge.judge(mutant)
    assert found.verdict != CRASH, found.proof
    assert found.caught or proof_of(mutant) is not None


def test_equivalents_are_few_and_each_has_a_proof():
    assert all(len(proof) > 20 for _, _, proof in ROWS)
    assert proof_of(Mutant("dense", "text", "backward, dx: dz @ W -> dz", (0,))) is None


@pytest.mark.parametrize(("verdict", "code"), [(WRONG, 0), (PROVED, 1), (CRASH, 1)])
def test_a_miss_fails_the_command(monkeypatch, verdict, code):
    class Here:
        def __init__(self, _: int) -> None: ...
        def __enter__(self) -> Here:
            return self

        def __exit__(self, *_: object) -> None: ...
        def map(self, _, mutants, chunksize):  # noqa: ARG002  as an executor's
            return (Judgement(mutant, verdict, "S2 exact field", 0.1) for mutant in mutants)

    monkeypatch.setattr("trials.mutants.run.ProcessPoolExecutor", Here)
    done = CliRunner().invoke(command, ["--kind", "text", "--layer", "tanh"])
    assert done.exit_code == code, done.output
    assert ("tanh: " in done.output) is (code == 1)


def test_what_has_been_judged_is_not_judged_again(tmp_path, monkeypatch):
    ledger = tmp_path / "mutants.jsonl"
    mutants = list(islice((m for m in texts.listed() if m.program == "tanh"), 3))
    for mutant in mutants[:2]:
        tell(ledger, Judgement(mutant, WRONG, "S2 exact field", 0.1))
    with ledger.open("a") as out:
        out.write('{"mutant": {"prog')
    assert list(told(ledger)) == mutants[:2]
    monkeypatch.setattr("trials.mutants.run.code_digest", lambda: "of other code")
    assert told(ledger) == {}
