"""Functions against the equations of a layer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

import derive
from derive.errors import CallRefused, DeriveError, OptionRefused
from numeric import check_function
from numeric.check.own import check_file
from tests.numeric.check.own.kernels_dense import DENSE
from tests.numeric.check.own.kernels_layers import MAX_POOL

Saved = Callable[[str], Path]

EMBEDDING = dedent("""
    import numpy as np

    def forward(id, E):
        return E[id], (E.shape, id)

    def backward(saved, dy):
        shape, id = saved
        dE = np.zeros(shape)
        np.add.at(dE, id, dy)
        return dE
""")
LEAKY = dedent("""
    import numpy as np

    SLOPE = 0.01

    def forward(z):
        return np.where(z > 0, z, SLOPE * z), z

    def backward(z, g):
        return np.where(z > 0, 1, SLOPE) * g
""")


@pytest.mark.parametrize(
    ("text", "layer", "hypers"),
    [
        (DENSE, "dense", {}),
        (EMBEDDING, "embedding", {}),
        (MAX_POOL, "maxpool2d", {"k": 2, "s": 2}),
        (LEAKY, "leaky_relu", {}),
        (LEAKY.replace("0.01", "0.3"), "leaky_relu", {"alpha": 0.3}),
    ],
)
def test_right_functions_are_proved(
    text: str, layer: str, hypers: dict[str, Any], saved: Saved
) -> None:
    result = check_file(saved(text), derive.load(layer), **hypers)
    assert result.verdict == "PROVED", str(result)
    assert {"S0 forward conformance", "S5 kinks and scatter", "coverage"} <= {
        line.proof for line in result.lines
    }


@pytest.mark.parametrize(
    ("text", "layer", "old", "new", "proof", "cause"),
    [
        (DENSE, "dense", "dz.sum(axis=0)", "dz.mean(axis=0)", "S3", "the mean over n instead"),
        (DENSE, "dense", "dz.sum(axis=0)", "dz[0]", "S3", "without the sum over n"),
        (DENSE, "dense", "dW = dz.T", "dW = -dz.T", "S3", "wrong sign"),
        (DENSE, "dense", "(z > 0)", "(z >= 0)", "S5", ""),
        (DENSE, "dense", "+ b\n", "\n", "S0", ""),
        (DENSE, "dense", "(z, 0), (", "(z, 0).sum(0), (", "S0", ""),
        (EMBEDDING, "embedding", "np.add.at(dE, id, dy)", "dE[id] = dy", "S3", "only the last"),
        (LEAKY, "leaky_relu", "SLOPE = 0.01", "SLOPE = 0.0100001", "S0", ""),
    ],
)
def test_a_bug_is_found_and_named(
    text: str, layer: str, old: str, new: str, proof: str, cause: str, saved: Saved
) -> None:
    assert old in text
    result = check_file(saved(text.replace(old, new)), derive.load(layer))
    assert result.verdict == "WRONG", str(result)
    assert result.counterexample is not None
    assert result.counterexample.proof.startswith(proof)
    assert cause in result.counterexample.cause
    assert result.exit_code == 1


def dense(x: Any, W: Any, b: Any) -> Any:
    z = x @ W.T + b
    return np.maximum(z, 0), (x, W, z)


def dense_in_another_order(b: Any, W: Any, x: Any) -> Any:
    return dense(x, W, b)


def renamed(inputs: Any, weights: Any, bias: Any) -> Any:
    return dense(inputs, weights, bias)


def gradients(saved: Any, g: Any) -> Any:
    x, W, z = saved
    dz = g * (z > 0)
    return dz @ W, dz.T @ x, dz.sum(0)


@pytest.mark.parametrize(
    ("forward", "backward", "shapes", "note"),
    [
        (dense_in_another_order, lambda s, g: gradients(s, g)[::-1], None, "matched by name"),
        (renamed, gradients, [(3, 2), (4, 2), (4,)], "by position: inputs is x, weights is W"),
        (renamed, gradients, [[(1, 2), (4, 2), (4,)], [(2, 3), (2, 3), (2,)]], "bias is b"),
    ],
)
def test_arrays_are_matched(forward: Any, backward: Any, shapes: Any, note: str) -> None:
    result = check_function(forward, backward, shapes, derive.load("dense"))
    assert result.verdict == "PROVED", str(result)
    assert note in "; ".join(result.notes)


@pytest.mark.parametrize(
    ("shapes", "hypers", "error", "message"),
    [
        ([(3, 2), (4, 3), (4,)], {}, CallRefused, r"shape \(4, 3\) of W does not fit: j is 2"),
        ([(3, 2), (4, 2), (4, 1)], {}, CallRefused, "of b does not fit: it has 1 axes"),
        ([(3, 2), (4, 2)], {}, CallRefused, "2 shapes are given, the program declares 3"),
        (None, {"k": 3}, OptionRefused, "no hyperparameter k"),
    ],
)
def test_what_does_not_fit_is_refused(
    shapes: Any, hypers: dict[str, Any], error: type[DeriveError], message: str
) -> None:
    with pytest.raises(error, match=message):
        check_function(dense, gradients, shapes, derive.load("dense"), **hypers)


def test_a_forward_of_other_arrays_is_refused() -> None:
    with pytest.raises(CallRefused, match=r"forward takes x, the program declares x\[n, j\], W"):
        check_function(lambda x: x, gradients, None, derive.load("dense"))


def test_a_forward_of_other_outputs_is_refused() -> None:
    with pytest.raises(CallRefused, match="returns 2 outputs besides saved, 1 is declared: a"):
        check_function(lambda x, W, b: (x, W, b), gradients, None, derive.load("dense"))


def test_shapes_that_forward_itself_refuses_are_left_out() -> None:
    def forward(x: Any, W: Any, b: Any) -> Any:
        if len(x) == 1:
            raise ValueError("one sample is not enough")
        return dense(x, W, b)

    result = check_function(forward, gradients, None, derive.load("dense"))
    assert any("n = 1" in note and "one sample is not enough" in note for note in result.notes)
    assert dict(result.lines[1].skipped or result.lines[0].skipped) == {"forward raises": 1}
