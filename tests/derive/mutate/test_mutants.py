"""Mutants: legal programs, printed and read back, each another one, the commonest first."""

from __future__ import annotations

from functools import cache

import pytest

import derive
from derive.legality import verify
from derive.mutate import (
    MOST_MUTANTS,
    OPERATORS,
    Mutant,
    Scene,
    drafts,
    every_mutant,
    held_constant,
    is_legal,
    mutants,
)

LAYERS = ["dense", "layer_norm", "conv2d", "maxpool2d", "softmax_cross_entropy", "embedding", "huber"]


@cache
def of(layer: str, name: str) -> tuple[Mutant, ...]:
    program = derive.load(layer)
    return tuple(mutants(program, derive.adjoint(program), name))


def gradients(layer: str) -> list[str]:
    return [a.name for a in derive.load(layer).arrays if a.differentiable]


@pytest.mark.parametrize("layer", LAYERS)
def test_a_mutant_is_a_legal_program_that_reads_back_as_itself(layer):
    for mutant in of(layer, gradients(layer)[0])[::2]:
        verify(mutant.program)
        assert derive.parse(str(mutant.program)) == mutant.program, mutant.phrase


def test_mutants_of_a_recurrence_are_legal_and_read_back():
    program = derive.load("lstm")
    backward = derive.adjoint(program)
    chosen = list(drafts(Scene.of(program, backward, "W_f")))[::16]
    legal = [m for m in (draft.mutant() for draft in chosen) if is_legal(m)]
    assert len(legal) > 15
    for mutant in legal:
        assert derive.parse(str(mutant.program)) == mutant.program, mutant.phrase


@pytest.mark.parametrize("layer", LAYERS)
def test_no_two_mutants_are_the_same_and_none_is_the_original(layer):
    texts = [str(m.program) for m in of(layer, gradients(layer)[0])]
    assert len(texts) == len(set(texts))
    assert str(derive.adjoint(derive.load(layer))) not in texts


def test_the_order_is_the_same_each_time():
    first, again = of("dense", "W"), of.__wrapped__("dense", "W")
    assert [m.phrase for m in first] == [m.phrase for m in again]


def test_the_commonest_mistakes_come_first():
    kinds = [m.operator for m in of("dense", "W") if m.equation in ("dW", "dz")]
    assert kinds[:2] == ["sign", "sign"]
    order = [name for name, _ in OPERATORS]
    assert [order.index(k) for k in kinds] == sorted(order.index(k) for k in kinds)


def test_the_gradient_itself_comes_before_what_it_is_made_of():
    signs = [m for m in of("dense", "W") if m.operator == "sign"]
    assert [m.equation for m in signs] == ["dW", "dz"]
    assert signs[0].phrase == "with the wrong sign"
    assert signs[1].phrase == "with the wrong sign in dz"


def test_their_number_is_bounded():
    program = derive.load("lstm")
    scene = Scene.of(program, derive.adjoint(program), "W_f")
    assert len(list(drafts(scene))) == MOST_MUTANTS


# (layer, gradient, what a phrase is, the equation that then stands there)
CHANGED = [
    ("dense", "b", "without the sum over n (only n = 0)", "db[i] = dz[0, i]"),
    ("dense", "b", "without the sum over n (only the last n)", "db[i] = dz[size(n) - 1, i]"),
    ("dense", "b", "with the mean over n instead of the sum", "db[i] = sum[n](dz[n, i])/size(n)"),
    ("dense", "b", "without the sum over n, which is still an axis", "db[n, i] = dz[n, i]"),
    ("dense", "W", "transposed", "dW[j, i] = sum[n](dz[n, i]*x[n, j])"),
    ("dense", "W", "without the factor [z[n, i] > 0] in dz", "dz[n, i] = da[n, i]"),
    ("dense", "W", "without the cotangent da[n, i], as if it were 1 in dz", "dz[n, i] = [z[n, i] > 0]"),
    ("dense", "W", "with the value of relu in place of its derivative at a[n, i] in dz",
     "dz[n, i] = da[n, i]*a[n, i]"),
    ("dense", "x", "with W[j, i] in place of W[i, j]", "dx[n, j] = sum[i](dz[n, i]*W[j, i])"),
    ("rnn", "W_hh", "with h[t, n, k] in place of h[t - 1, n, k]",
     "dW_hh[i, k] = sum[t, n](dh_in[t, n, i]*h[t, n, k])"),
    ("rnn", "W_hh", "without the carry from the next step in dh_total",
     "dh_total[t, n, i] = dh[t, n, i] + sum[o](dy[t, n, o]*W_hy[o, i])"),
    ("rnn", "x", "reversed along t", "dx[t, n, j] = sum[i](dh_in[size(t) - 1 - t, n, i]*W_xh[i, j])"),
    ("conv2d", "W", "with s and d exchanged", "dW[f, c, p, q] = sum[n, u, v](dy[n, f, u, v]"
     "*x[n, c, d*u + s*p - P, d*v + s*q - P])"),
    ("conv2d", "W", "as if P were 0", "dW[f, c, p, q] = sum[n, u, v](dy[n, f, u, v]"
     "*x[n, c, s*u + d*p, s*v + d*q])"),
    ("maxpool2d", "x", "with the gradient to all of the ties", "dx[n, c, h, w] = sum[p, q]("
     "dy[n, c, (h - p + P)/s, (w - q + P)/s]"
     "*[x[n, c, h, w] == y_arg_max[n, c, (h - p + P)/s, (w - q + P)/s]])"),
    ("embedding", "E", "with only the last of the contributions along n, not their sum",
     "dE[k, i] = sum[n where id[n] == k](dy[n, i]*[sum[n2 where id[n2] == k and n2 > n](1) == 0])"),
    ("layer_norm", "x", "with sqrt(var[n]) + eps in place of sqrt(var[n] + eps) in xhat_sqrt",
     "xhat_sqrt[n] = sqrt(var[n]) + eps"),
    ("huber", "y", "with r[n, i] whatever the condition", "dy[n, i] = dloss*r[n, i]/size(n)"),
]  # fmt: skip


@pytest.mark.parametrize("row", CHANGED, ids=lambda row: f"{row[0]}: {row[2]}")
def test_a_phrase_says_what_is_changed(row):
    layer, name, phrase, equation = row
    program = derive.load(layer)
    scene = Scene.of(program, derive.adjoint(program), name)
    found = [draft for draft in drafts(scene) if draft.phrase == phrase]
    assert len(found) == 1
    mutant = found[0].mutant()
    assert equation in str(mutant.program).splitlines()
    assert is_legal(mutant)


def test_what_goes_round_in_a_circle_is_not_legal():
    program = derive.load("rnn")
    scene = Scene.of(program, derive.adjoint(program), "x")
    phrase = "with dh_in[t, n, k] in place of dh_in[t + 1, n, k] in dh_total"
    found = [draft for draft in drafts(scene) if draft.phrase == phrase]
    assert len(found) == 1
    assert not is_legal(found[0].mutant())


def test_every_mutant_changes_the_equation_that_it_names():
    program = derive.load("dense")
    backward = derive.adjoint(program)
    original = {e.name: e for e in backward.equations}
    found = list(every_mutant(program, backward))
    assert {m.equation for m in found} == {"dz", "dx", "dW", "db"}
    for mutant in found:
        changed = mutant.program.definition(mutant.equation)
        assert changed != original[mutant.equation], mutant.phrase


def test_a_value_that_is_held_constant_is_named():
    phrases = [m.phrase for m in of("layer_norm", "x") if m.operator == "held constant"]
    assert "with x held constant in mu" in phrases
    assert "with mu held constant in xhat" in phrases
    program = derive.load("rnn")
    assert not list(held_constant(Scene.of(program, derive.adjoint(program), "W_hy")))
