"""Every workload's equations build, and compute what the version written by hand computes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import derive
from benchmarks.comparison import TOLERANCE, worst, wrong
from benchmarks.contenders import (
    CONTENDERS,
    LESS,
    STYLES,
    NotOfferedError,
    Prepared,
    contender,
    tutorial,
)
from benchmarks.contenders.packing import GATES, packed, unpacked
from benchmarks.contenders.prepared import Results, at_full_rate, first_results
from benchmarks.workloads import WORKLOADS, Case

NAMES = [
    "mlp",
    "smce",
    "lenet",
    "conv",
    "maxpool",
    "maxpool3",
    "avgpool",
    "rnn",
    "lstm",
    "lstm_s",
    "gru",
    "ln",
    "attn",
    "sigmoid",
    "tanh",
    "gelu",
    "gelu_erf",
]
# float64 operations and bytes are the same whoever computes: 2*m*n*k for each product
FLOPS = {"mlp": 128.9e6, "lenet": 97.1e6, "conv": 1811.9e6, "rnn": 302.0e6, "attn": 201.3e6}
FLOPS |= {"lstm": 1208.0e6, "lstm_s": 39.3e6, "gru": 906.0e6}


def small(name: str, dtype: str = "float64") -> Case:
    workload = WORKLOADS[name]
    return at_full_rate(workload.case(dtype, sizes=workload.small))


def results(named: str, case: Case) -> Results:
    return first_results(case, contender(named).prepare(case))


def test_there_are_seventeen() -> None:
    assert list(WORKLOADS) == NAMES
    assert len(NAMES) == 17


@pytest.mark.parametrize("name", NAMES)
def test_operations_at_full_size(name: str) -> None:
    workload = WORKLOADS[name]
    assert workload.flops(workload.sizes) == pytest.approx(FLOPS.get(name, 0), rel=1e-3)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", NAMES)
def test_emitted_code_equals_the_hand_written(name: str, style: str) -> None:
    if name == "gelu_erf":
        pytest.importorskip("scipy", reason="the hand-written erf is SciPy's")
    case = small(name)
    reference = results("tutorial", case)
    assert {f"d{p}" for p in case.parameters} <= set(reference)
    assert wrong(results(style, case), reference, "float64") == (
        pytest.approx(0, abs=1e-13),
        "",
    )


@pytest.mark.parametrize("name", ["conv", "lstm", "attn", "mlp"])
def test_float32_stays_float32(name: str) -> None:
    case = small(name, "float32")
    found = results("readable", case)
    assert {array.dtype for array in found.values()} == {np.dtype("float32")}
    assert wrong(found, results("tutorial", case), "float32")[1] == ""


@pytest.mark.parametrize("name", ["mlp", "lenet"])
def test_a_network_takes_the_same_step(name: str) -> None:
    case = small(name)
    assert wrong(results("network", case), results("tutorial", case), "float64")[1] == ""


@pytest.mark.parametrize("named", LESS)
def test_the_fast_style_computes_the_same_without_each_pass(named: str) -> None:
    case = small("lstm")
    assert wrong(results(named, case), results("readable", case), "float64")[1] == ""


def test_a_layer_is_no_network() -> None:
    with pytest.raises(NotOfferedError, match="it is one layer"):
        CONTENDERS["network"].prepare(small("ln"))


@pytest.mark.parametrize("named", ["torch", "torch_cl", "jax", "autograd"])
@pytest.mark.parametrize("name", ["conv", "gru", "mlp"])
def test_peers_agree(named: str, name: str) -> None:
    pytest.importorskip(CONTENDERS[named].needs, reason="peers are an extra")
    case = small(name, "float32")
    try:
        found = results(named, case)
    except NotOfferedError:
        assert (named, name) in {("torch_cl", "gru"), ("torch_cl", "mlp")}
        return
    assert wrong(found, results("tutorial", case), "float32")[1] == ""


def test_every_draw_is_the_same_and_belongs_to_the_caller() -> None:
    one, other = small("smce"), small("smce")
    assert all(np.array_equal(one.arrays[k], other.arrays[k]) for k in one.arrays)
    assert (one.arrays["t"].sum(axis=1) == 1).all()
    one.fresh()["z"][:] = 0
    assert np.array_equal(one.arrays["z"], other.arrays["z"])


def test_sizes_that_leave_an_extent_open_are_named() -> None:
    with pytest.raises(KeyError, match="k"):
        WORKLOADS["smce"].case("float32", sizes={"n": 2})


def test_outputs_without_a_cotangent_are_dropped() -> None:
    assert derive.load("lstm").outputs == ("h", "c")
    assert WORKLOADS["lstm"].program().outputs == ("h",)


@pytest.mark.parametrize("name", ["lstm", "gru", "tanh"])
def test_gates_are_packed_and_unpacked(name: str) -> None:
    case = small(name)
    stacks = packed(case)
    apart = unpacked(name, {f"d{k}": v for k, v in stacks.items()})
    assert ("W" in stacks) == (name in GATES)
    assert "W_g" not in stacks
    assert {k: v.tolist() for k, v in apart.items()} == {
        f"d{k}": v.tolist() for k, v in case.arrays.items()
    }


# ---- the comparison sees what is wrong ----------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: {**r, "dx": r["dx"] * (1 + 1e-9)}, "dx differs by 1e-09"),
        (lambda r: {**r, "dx": r["dx"].astype("float32")}, "dx is float32"),
        (lambda r: {**r, "db": r["db"][:-1]}, r"db is float64 \(3,\), not float64 \(4,\)"),
        (lambda r: {**r, "dx": np.full_like(r["dx"], np.nan)}, "dx differs by inf"),
        (lambda r: {k: v for k, v in r.items() if k != "dW"}, "dW is missing on one side"),
        (lambda r: {**r, "dz": r["dx"]}, "dz is missing on one side"),
    ],
)
def test_what_differs_is_named(change: Callable[[Results], Results], said: str) -> None:
    reference = results("tutorial", small("conv"))
    found = change(dict(reference))
    error, note = wrong(found, reference, "float64")
    assert error > TOLERANCE["float64"]
    assert re.match(said, note), note


def test_the_worst_array_is_found() -> None:
    one = {"a": np.ones(3), "b": np.array([1.0, 4.0])}
    other = {"a": np.ones(3), "b": np.array([1.0, 5.0])}
    assert worst(one, other) == ("b", pytest.approx(0.2))
    assert worst(one, one)[1] == 0


def test_a_wrong_gradient_shows_in_an_sgd_step() -> None:
    case = small("mlp")
    right = tutorial.prepare(case)

    def read(loss: object) -> Results:
        found = right.read(loss)
        start = case.arrays["W1"]
        return {**found, "W1": start + 1.001 * (found["W1"] - start)}

    found = first_results(case, Prepared(right.step, read))
    error, note = wrong(found, results("readable", small("mlp")), "float64")
    assert note.startswith("dW1 differs by 0.001"), (error, note)


def test_the_rate_is_small_where_steps_are_timed() -> None:
    case = WORKLOADS["mlp"].case("float64", sizes=WORKLOADS["mlp"].small)
    assert case.rate < 0.1
    assert replace(case, rate=1.0) == at_full_rate(case)
