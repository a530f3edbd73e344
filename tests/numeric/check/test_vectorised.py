"""Equations over whole arrays against the interpreter, which goes element by element."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import derive
from derive.expr import Read
from derive.index import Index, as_expr
from derive.mutate import Change, Scene, drafts
from derive.mutate.site import read_sites
from derive.program import Equation
from numeric.check.vectorised import Numbers, Unfit
from numeric.check.whatif import WhatIf
from numeric.interpret import floats, interpret, reals

# Extents that every built-in layer takes.
SIZES = {"n": 3, "t": 4, "j": 5, "i": 2, "k": 4, "c": 2, "h": 6, "w": 7, "f": 3, "p": 2, "q": 3,
         "s": 3, "o": 2, "u": 2, "v": 2}  # fmt: skip


def arrays_for(program, sizes):
    rng = np.random.default_rng(0)
    found = {}
    for array in program.arrays:
        shape = tuple(sizes[axis] for axis in array.axes)
        if array.integer:
            found[array.name] = rng.integers(0, sizes["k"], size=shape)
        else:
            # targets and probabilities lie between 0 and 1
            found[array.name] = np.asarray(rng.uniform(0.1, 0.9, size=shape))
    return found


def backward_of(layer):
    program = derive.load(layer)
    return program, derive.adjoint(program)


def whole(layer, arithmetic):
    """All values of a layer's derived equations, and its forward ones."""
    program, backward = backward_of(layer)
    sizes = SIZES | outputs_of(program)
    arrays = arrays_for(backward, sizes)
    name = next(a.name for a in program.arrays if a.differentiable)
    scene = Scene.of(program, backward, name)
    hypers = {h.name: h.default for h in program.hypers}
    return backward, arrays, WhatIf(scene, arrays, hypers, Numbers.of(arithmetic))


def outputs_of(program):
    """The extents of the outputs' axes that are not those of arrays."""
    arrays = arrays_for(program, SIZES)
    outputs = interpret(program, arrays)
    return {
        axis: size
        for name, y in outputs.items()
        for axis, size in zip(program.axes(name), y.shape, strict=True)
    }


@pytest.mark.parametrize("layer", derive.layers())
def test_derived_equations_have_the_values_that_the_interpreter_gives(layer):
    backward, arrays, found = whole(layer, floats())
    for name, value in interpret(backward, arrays).items():
        np.testing.assert_allclose(found.known[name], value, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("layer", ["rnn", "conv1d", "maxpool1d", "softmax_cross_entropy", "embedding"])
def test_the_same_in_many_digits(layer):
    backward, arrays, found = whole(layer, reals(40))
    for name, value in interpret(backward, arrays, reals(40)).items():
        assert np.max(np.abs(found.known[name] - value)) < 1e-36


# (program, what its output is, from x of shape (3, 4))
PIECES = [
    ("y[n] = mean[k where k <= n](x[n, k])", lambda x: [x[n, : n + 1].mean() for n in range(3)]),
    ("y[n] = prod[k](x[n, k])", lambda x: x.prod(axis=1)),
    ("y[n] = max[k where k > n](x[n, k])", lambda x: [x[n, n + 1 :].max() for n in range(3)]),
    ("y[n] = argmin[k](x[n, k])", lambda x: x.argmin(axis=1)),
    ("y[n] = logsumexp[k](x[n, k])", lambda x: np.log(np.exp(x).sum(axis=1))),
    ("y[n] = sum[k](x[n, k] if k > 1 and not k == 3 else 2*x[n, k])",
     lambda x: (x * [2, 2, 1, 2]).sum(axis=1)),
    ("y[n] = sum[k]([x[n, k] > 0.5 or k == 0])", lambda x: ((x > 0.5) | (np.arange(4) == 0)).sum(1)),
    ("y[n] = sum[k](k*x[n, k]^2)/size(k) + pi", lambda x: (np.arange(4) * x**2).sum(1) / 4 + np.pi),
    ("y[n] = x[n, min(n, 1)] + x[2 - n, n % 2]",
     lambda x: [x[n, min(n, 1)] + x[2 - n, n % 2] for n in range(3)]),
    ("y[n] = max(x[n, 0], sigmoid(x[n, 1]))", lambda x: np.maximum(x[:, 0], 1 / (1 + np.exp(-x[:, 1])))),
]  # fmt: skip


@pytest.mark.parametrize(("equation", "expected"), PIECES, ids=lambda v: v if isinstance(v, str) else "")
def test_every_node_has_its_meaning(equation, expected):
    text = f"input x[n, k]\noutput y[n], z\n{equation}\nz = sum[n, k](x[n, k])\n"
    program = derive.parse(text)
    x = np.random.default_rng(1).uniform(0.1, 0.9, size=(3, 4))
    scene = Scene.of(program, derive.adjoint(program), "x")
    given = {"x": x} | {a.name: np.zeros(3 if a.axes else ()) for a in scene.backward.arrays[1:]}
    for arithmetic in (floats(), reals(30)):
        found = WhatIf(scene, given, {}, Numbers.of(arithmetic)).known["y"]
        np.testing.assert_allclose(found.astype(float), expected(x), rtol=1e-12)


def test_a_start_may_be_written_after_its_recurrence():
    program = derive.parse(
        "input x[t, n], h0[n]\nparam U\noutput h[t, n]\n"
        "h[t, n] = tanh(U*h[t - 1, n] + x[t, n])\nh[-1, n] = h0[n]\n"
    )
    backward = derive.adjoint(program)
    arrays = arrays_for(backward, SIZES)
    found = WhatIf(Scene.of(program, backward, "U"), arrays, {}, Numbers.of(floats()))
    np.testing.assert_allclose(found.known["dU"], interpret(backward, arrays)["dU"], rtol=1e-12)


def test_what_goes_round_in_a_circle_has_no_value():
    _, _, found = whole("rnn", floats())
    equation = found.scene.backward.definition("dh_total")
    assert equation is not None
    here = tuple(as_expr(Index(name)) for name in ("t", "n", "k"))
    site = next(s for s, read in read_sites(equation.expr) if read.array == "dh_in")
    changed = Equation(equation.name, equation.indices, site.put(Read("dh_in", here)))
    assert found.gradient() is not None
    assert found.gradient(Change("", (changed,))) is None


def test_the_largest_of_no_numbers_has_no_value():
    program = derive.parse("input x[n, k]\noutput y[n]\ny[n] = max[k](x[n, k])\n")
    scene = Scene.of(program, derive.adjoint(program), "x")
    given = {"x": np.zeros((3, 0)), "dy": np.zeros(3)}
    with pytest.raises(Unfit, match="the largest of no numbers"):
        WhatIf(scene, given, {}, Numbers.of(floats()))


def test_a_change_that_needs_equal_extents_has_no_value_elsewhere():
    program, backward = backward_of("dense")
    scene = Scene.of(program, backward, "x")
    swap = next(d for d in drafts(scene) if d.phrase == "with W[j, i] in place of W[i, j]")
    for i, there in ((2, False), (4, True)):
        sizes = {"n": 3, "j": 4, "i": i}
        found = WhatIf(scene, arrays_for(backward, sizes), {}, Numbers.of(floats()))
        assert (found.gradient(swap.change) is not None) == there
        if there:
            known = found.known
            np.testing.assert_allclose(found.gradient(swap.change), known["dz"] @ known["W"].T)


def test_hyperparameters_are_given_as_fractions():
    program, backward = backward_of("conv1d")
    hypers = {h.name: h.default for h in program.hypers} | {"s": Fraction(2)}
    sizes = SIZES | {"u": (6 - 2) // 2 + 1}
    arrays = arrays_for(backward, sizes)
    scene = Scene.of(program, backward, "x")
    found = WhatIf(scene, arrays, hypers, Numbers.of(floats()))
    np.testing.assert_allclose(found.known["dx"], interpret(backward, arrays, s=2)["dx"])
