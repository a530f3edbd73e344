"""Calls that do not fit: one clear refusal each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import derive
from derive.errors import CallRefused, OptionRefused
from numeric.build import build
from numeric.kernel import Kernel

DENSE = build(derive.load("dense"))
EMBEDDING = build(derive.load("embedding"))
CONV = build(derive.load("conv2d"))
SQUARE = build(derive.parse("input X[i, i]\noutput y[i]\ny[i] = X[i, i]"))
SCALAR = build(derive.parse("input x[n], a\noutput y[n]\ny[n] = a*x[n]"))
FIXED = build(derive.parse("input x[k]\nindex k : 3\noutput y\ny = sum[k](x[k])"))
AHEAD = build(derive.parse("input x[n], y[m]\noutput z[m]\nz[m] = x[m + 1]*y[m]"))
GUARDED = build(
    derive.parse("input x[n], y[m]\noutput z[m]\nz[m] = (x[m] if m >= 2 else 0) + y[m]")
)
AGREE = build(derive.parse("input x[n], y[m]\noutput z\nz = sum[k](x[k]*y[k])"))
EMPTY = build(derive.parse("input x[n, k]\noutput z[n]\nz[n] = max[k](x[n, k])"))


def dense(**changed: Any) -> dict[str, Any]:
    given = {"x": np.ones((2, 5)), "W": np.ones((4, 5)), "b": np.ones(4)}
    return {k: v for k, v in {**given, **changed}.items() if v is not None}


def embedding(**changed: Any) -> dict[str, Any]:
    return {"id": np.array([0, 2, 1]), "E": np.ones((3, 2)), **changed}


FORWARD = [
    # names
    (DENSE, dense(w=np.ones((4, 5)), W=None), r"'w'.*takes x\[n, j\], W\[i, j\], b\[i\]"),
    (DENSE, dense(weight=np.ones((4, 5))), r"no array is called 'weight'"),
    (DENSE, dense(b=None), r"b\[i\] is missing; this kernel takes"),
    (DENSE, {}, r"x\[n, j\], W\[i, j\], b\[i\] are missing"),
    # kinds of numbers
    (DENSE, dense(x=np.ones((2, 5), int)), r"x\[n, j\] holds floats.*integers.*astype\(float\)"),
    (DENSE, dense(b=[1, 2, 3, 4]), r"b\[i\] holds floats.*integers"),
    (DENSE, dense(x=np.ones((2, 5), complex)), r"x\[n, j\] holds floats.*complex128"),
    (DENSE, dense(x=np.ones((2, 5), object)), r"x\[n, j\] holds floats.*object"),
    (DENSE, dense(x=np.full((2, 5), "a")), r"x\[n, j\] holds floats.*<U1"),
    (DENSE, dense(x=np.ones((2, 5), bool)), r"x\[n, j\] holds floats.*bool"),
    (DENSE, dense(x=np.ones((2, 5), np.float16)), r"x\[n, j\] holds floats.*float16"),
    (DENSE, dense(x=[[1.0, 2.0], [1.0]]), r"x\[n, j\] is not an array: its rows differ"),
    (DENSE, dense(x=None) | {"x": None}, r"x\[n, j\] holds floats.*object"),
    (EMBEDDING, embedding(id=np.ones(3)), r"id\[n\] holds integers; given is float64"),
    (EMBEDDING, embedding(id=np.ones(3, bool)), r"id\[n\] holds integers; given is bool"),
    # ranks
    (DENSE, dense(b=np.ones((4, 1))), r"b\[i\] has 1 axis, \(size\(i\),\); given is shape \(4, 1\)"),
    (DENSE, dense(x=np.ones(5)), r"x\[n, j\] has 2 axes, .*given is shape \(5,\)"),
    (DENSE, dense(x=1.0), r"x\[n, j\] has 2 axes, .*given is shape \(\)"),
    (SCALAR, {"x": np.ones(3), "a": np.ones(1)}, r"a has 0 axes, \(\); given is shape \(1,\)"),
    # extents
    (
        DENSE,
        dense(W=np.ones((4, 3))),
        r"W\[i, j\] has shape \(4, 3\), expected \(size\(i\), size\(j\)\) = \(4, 5\): "
        r"size\(j\) is 3 in W and 5 in x",
    ),
    (DENSE, dense(b=np.ones(3)), r"b\[i\] has shape \(3,\), expected .* = \(4,\): size\(i\) is 3"),
    (SQUARE, {"X": np.ones((2, 3))}, r"X\[i, i\] has shape \(2, 3\), expected .* = \(2, 2\)"),
    (FIXED, {"x": np.ones(4)}, r"x\[k\] has shape \(4,\), expected .*3"),
    (
        CONV,
        {"x": np.ones((1, 1, 2, 9)), "W": np.ones((1, 1, 4, 3)), "b": np.ones(1)},
        r"the extent of index u, .* is -1 where size\(h\) = 2, size\(p\) = 4",
    ),
    (AGREE, {"x": np.ones(3), "y": np.ones(2)}, r"size\(m\) is 2 and size\(n\) is 3; they must be equal"),
    # reads that only the extents keep on the grid
    (
        AHEAD,
        {"x": np.ones(3), "y": np.ones(4)},
        r"x is read at m \+ 1 = 4, but x\[n\] has elements 0 to 2 along axis 0",
    ),
    (
        GUARDED,
        {"x": np.ones(3), "y": np.ones(4)},
        r"x is read at m = 3 where m = 3, but x\[n\] has elements 0 to 2",
    ),
    # reductions over nothing
    (EMPTY, {"x": np.ones((2, 0))}, r"max\[k\] is over nothing: size\(k\) = 0"),
    # labels
    (EMBEDDING, embedding(id=np.array([0, 3, 1])), r"id\[1\] is 3, but E.*0 to 2"),
    (EMBEDDING, embedding(id=np.array([0, 1, -1])), r"id\[2\] is -1, but E.*0 to 2"),
]


@pytest.mark.parametrize(("kernel", "arrays", "match"), FORWARD)
def test_forward_refuses(kernel: Kernel, arrays: dict[str, Any], match: str) -> None:
    with pytest.raises(CallRefused, match="(?s)" + match):
        kernel.forward(**arrays)


def saved() -> Any:
    return DENSE.forward(**dense())[1]


def others() -> Any:
    return SCALAR.forward(x=np.ones(3), a=np.ones(()))[1]


BACKWARD = [
    (saved, {"da": np.ones((2, 4))}, r"no output is called 'da'.*did you mean a=\?"),
    (saved, {"y": np.ones((2, 4))}, r"no output is called 'y'.*a\[n, i\]"),
    (saved, {"a": np.ones((4, 2))}, r"cotangent of a\[n, i\] has shape \(4, 2\).*= \(2, 4\)"),
    (saved, {"a": np.ones((2, 4), complex)}, r"cotangent of a\[n, i\] holds floats.*complex"),
    (saved, {"a": 1.0}, r"cotangent of a\[n, i\] has shape \(\)"),
    (others, {"a": np.ones((2, 4))}, r"saved does not come from this kernel"),
    (lambda: None, {}, r"saved does not come from this kernel"),
    (lambda: (1, 2), {}, r"saved does not come from this kernel"),
]


@pytest.mark.parametrize(("made", "cotangents", "match"), BACKWARD)
def test_backward_refuses(
    made: Callable[[], Any], cotangents: dict[str, Any], match: str
) -> None:
    with pytest.raises(CallRefused, match="(?s)" + match):
        DENSE.backward(made(), **cotangents)


BUILD = [
    ({"style": "quick"}, r"no style .quick..*readable.*fast"),
    ({"style": "fast", "without": ("nap",)}, r"no pass .nap."),
    ({"without": ("hoist",)}, r"readable style has no passes.*fast"),
    ({"dtype": "int64"}, r"no kernels in int64.*float32"),
    ({"dtype": "float16"}, r"no kernels in float16"),
    ({"dtype": "nonsense"}, r"no kernels in nonsense"),
    ({"q": 3}, r"q"),
]


@pytest.mark.parametrize(("options", "match"), BUILD)
def test_build_refuses(options: dict[str, Any], match: str) -> None:
    with pytest.raises(OptionRefused, match="(?s)" + match):
        build(derive.load("conv2d"), **options)


def test_messages_name_the_equation_and_the_remedy() -> None:
    with pytest.raises(CallRefused) as refusal:
        DENSE.forward(**dense(W=np.ones((4, 3))))
    assert refusal.value.equation == "z[n, i] = sum[j](W[i, j]*x[n, j]) + b[i]"
    assert "the same extent along j" in refusal.value.remedy


# ---- calls that do fit --------------------------------------------------------------------------


def test_a_cotangent_that_is_left_out_is_zero() -> None:
    program = derive.parse("input x[n]\noutput a[n], b[n]\na[n] = 2*x[n]\nb[n] = 3*x[n]")
    kernel = build(program)
    _, kept = kernel.forward(x=np.ones(2))
    assert kernel.backward(kept, a=np.ones(2))["x"].tolist() == [2, 2]
    assert kernel.backward(kept)["x"].tolist() == [0, 0]


@pytest.mark.parametrize("name", ["lambda", "saved", "forward", "np", "print", "self", "x_", "dtype"])
def test_any_name_is_a_keyword(name: str) -> None:
    kernel = build(derive.parse(f"input {name}[n]\noutput y[n]\ny[n] = 2*{name}[n]"))
    outputs, kept = kernel.forward(**{name: np.ones(2)})
    assert outputs["y"].tolist() == [2, 2]
    assert kernel.backward(kept, y=np.ones(2))[name].tolist() == [2, 2]


def test_lists_of_floats_are_arrays() -> None:
    outputs, _ = DENSE.forward(x=[[1.0, 2.0]], W=[[3.0, 4.0]], b=[0.5])
    assert outputs["a"].tolist() == [[11.5]]


@pytest.mark.parametrize("given", [np.float32, np.float64, int])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_dtype_casts(given: Any, dtype: str) -> None:
    kernel = build(derive.load("dense"), dtype=dtype)
    outputs, kept = kernel.forward(**{k: v.astype(given) for k, v in dense().items()})
    assert outputs["a"].dtype == dtype
    gradients = kernel.backward(kept, a=np.ones((2, 4)))
    assert {g.dtype for g in gradients.values()} == {np.dtype(dtype)}


def test_unsigned_and_small_labels_are_labels() -> None:
    for dtype in (np.uint8, np.int16, np.uint64):
        outputs, _ = EMBEDDING.forward(**embedding(id=np.array([2, 0], dtype)))
        assert outputs["y"].shape == (2, 2)


@pytest.mark.parametrize(
    ("text", "arrays", "message"),
    [
        ("input x[n, i], w[i]\noutput y[i]\ny[i] = sum[n](x[n, 0])*w[i]",
         {"x": np.ones((2, 0)), "w": np.ones(0)}, r"x is read at 0"),
        ("input x[n, i], w[n]\noutput y[i, n]\ny[i, n] = max[m](x[m, i])*w[n]\nindex m : size(n)",
         {"x": np.ones((0, 2)), "w": np.ones(0)}, r"max\[m\] is over nothing"),
    ],
)  # fmt: skip
def test_a_value_that_is_not_there_is_refused_although_the_output_is_empty(
    text: str, arrays: dict[str, np.ndarray], message: str
) -> None:
    with pytest.raises(CallRefused, match=message):
        build(derive.parse(text)).forward(**arrays)
