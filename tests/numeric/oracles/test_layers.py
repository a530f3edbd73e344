"""Every built-in layer beside PyTorch and JAX, as a program and as the library's own layer."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

import derive
import numeric
from derive.errors import OptionRefused
from derive.parser import parse_tree
from numeric.check import plan
from numeric.check.oracles import compare
from numeric.check.tally import Tally
from numeric.oracles import library, natives

# The layers that the libraries do not have: of GRU another variant, of peepholes and matching none.
TORCH_LACKS = {"gru", "lstm_peephole", "match1d", "match2d", "step"}
JAX_LACKS = {
    "attention", "causal_attention", "gru", "hinge", "huber", "lstm", "lstm_peephole", "match1d",
    "match2d", "mse", "rms_norm", "rnn",
}  # fmt: skip
# JAX compiles every operation anew for every shape, so few layers are looked at here.
JAX_LAYERS = ("dense", "softmax_cross_entropy", "embedding", "maxpool1d")


def skip_without(name):
    return pytest.importorskip(name, reason="an optional oracle, not installed")


def s9(result):
    return next(line for line in result.lines if line.proof.startswith("S9"))


def beside(name, oracle):
    """The comparison alone, without the proofs."""
    program = derive.load(name)
    tree = parse_tree(str(program))
    rng = np.random.default_rng(0)
    hypers = {line.name: line.default for line in tree.hypers}
    kernel = numeric.build(program)
    subject = plan.subject_for(tree, kernel.program, hypers, kernel.source, rng)
    tally = Tally("S9", "1e-12 max", "INCONCLUSIVE")
    assert compare(tally, subject, library(oracle), rng)
    return tally.line()


@pytest.mark.parametrize("name", derive.layers())
def test_torch_agrees_with_every_layer(name):
    skip_without("torch")
    line = beside(name, "torch")
    assert (line.verdict, line.skipped) == ("PROVED", ())
    assert line.comparisons > 0
    assert line.worst < 0.1
    assert line.note.startswith("also beside its own") == (name not in TORCH_LACKS)


@pytest.mark.parametrize("name", JAX_LAYERS)
def test_jax_agrees(name):
    skip_without("jax")
    line = beside(name, "jax")
    assert (line.verdict, line.note.startswith("also beside its own")) == ("PROVED", True)


def test_a_check_names_the_library_and_its_version():
    torch = skip_without("torch")
    result = numeric.check(derive.load("tanh"), fast=True, oracles=("torch",))
    assert s9(result).proof == f"S9 torch {torch.__version__}"
    assert ("torch", torch.__version__) in result.versions


@pytest.mark.parametrize(("name", "lacks"), [("torch", TORCH_LACKS), ("jax", JAX_LACKS)])
def test_which_layers_a_library_has_itself(name, lacks):
    skip_without(name)
    assert set(natives(library(name))) == set(derive.layers()) - lacks


# ---- without a library --------------------------------------------------------------------


def given(monkeypatch, library):
    monkeypatch.setattr("numeric.oracles.library", lambda _: library)


def test_agreement_is_a_line_of_the_report(monkeypatch, numpy_library):
    given(monkeypatch, numpy_library)
    result = numeric.check(derive.load("dense"), fast=True, oracles=("any", "any"))
    assert result.verdict == "PROVED", str(result)
    lines = [line for line in result.lines if line.proof == "S9 complex steps 1"]
    assert len(lines) == 1
    assert lines[0].comparisons > 20
    assert lines[0].threshold == "1e-12 max"


def test_asking_a_library_changes_nothing_else(monkeypatch, numpy_library):
    given(monkeypatch, numpy_library)
    alone = numeric.check(derive.load("tanh"), fast=True)
    asked = numeric.check(derive.load("tanh"), fast=True, oracles=("any",))
    assert asked.lines[:-1] == alone.lines


@pytest.mark.parametrize("which", ["outputs", "gradients"])
def test_a_library_that_disagrees_leaves_it_open_who_is_right(monkeypatch, numpy_library, which):
    def vjp(model, inputs):
        outputs, pull = numpy_library.vjp(model, inputs)
        if which == "outputs":
            return {n: y * (1 + 1e-10) for n, y in outputs.items()}, pull
        return outputs, lambda seeds: {n: g + 1e-10 for n, g in pull(seeds).items()}

    given(monkeypatch, replace(numpy_library, vjp=vjp))
    result = numeric.check(derive.load("tanh"), fast=True, oracles=("any",))
    assert (result.verdict, result.exit_code) == ("INCONCLUSIVE", 3)
    assert s9(result).note.startswith(
        f"disagrees with complex steps 1: {'a' if which == 'outputs' else 'dz'}["
    )
    assert " here, " in s9(result).note


def test_a_library_that_fails_is_no_verdict(monkeypatch, numpy_library):
    def vjp(*_):
        raise RuntimeError("out of memory")

    given(monkeypatch, replace(numpy_library, vjp=vjp))
    result = numeric.check(derive.load("tanh"), fast=True, oracles=("any",))
    assert result.verdict == "INCONCLUSIVE"
    assert "cannot be compared: RuntimeError: out of memory" in s9(result).note


def test_a_program_that_is_all_kink_is_skipped(monkeypatch, numpy_library):
    given(monkeypatch, numpy_library)
    monkeypatch.setattr(sys.modules[compare.__module__], "NEAREST_KINK", 1e9)
    result = numeric.check(derive.load("relu"), fast=True, oracles=("any",))
    assert dict(s9(result).skipped) == {"too near a kink": 1}
    assert s9(result).verdict == "INCONCLUSIVE"


def test_an_unknown_oracle_is_refused_before_any_work():
    with pytest.raises(OptionRefused, match="no oracle"):
        numeric.check(derive.load("relu"), oracles=("theano",))
