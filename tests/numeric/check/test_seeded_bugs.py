"""Wrong kernels, each right but for one edit: what must be found, by which proof, and where."""

from __future__ import annotations

import pytest

from numeric.check import check_source

S0, S1, S2 = "S0 forward conformance", "S1 contract", "S2 exact field"
S4, S5, S6 = "S4 linear in cotangent", "S5 kinks and scatter", "S6 floats"

# (kernel, what to replace, by what, the proof that finds it, the entry it names)
BUGS = [
    # sums, signs, factors
    ("dense", "dz.sum(axis=0)", "dz[:1].sum(axis=0)", S2, "db"),
    ("dense", "dz.sum(axis=0)", "dz.sum(axis=0) / max(len(dz), 1)", S2, "db"),
    ("dense", "dx = dz @ W", "dx = -(dz @ W)", S2, "dx"),
    ("dense", "dW = dz.T @ x", "dW = dz.T @ x * 1.0005", S2, "dW"),
    ("dense", "dW = dz.T @ x", "dW = dz.T @ x + 1e-20", S4, "dW"),
    ("dense", "dW = dz.T @ x", "dW = 0 * (dz.T @ x)", S2, "dW"),
    ("cross_entropy", "(dloss / len(p))", "dloss", S2, "dz"),
    ("cross_entropy", "(p - t)", "p", S2, "dz"),
    ("cross_entropy", "(p - t)", "p * (p - t)", S2, "dz"),
    # axes that only square shapes can confuse
    ("dense", "dW = dz.T @ x", "dW = (x.T @ dz if x.shape == dz.shape else dz.T @ x)", S2, "dW"),
    ("dense", "dx = dz @ W",
     "dx = (dz @ W.T if W.shape[0] == W.shape[1] else dz @ W)", S2, "dx"),
    ("rnn", "carry = da[t] @ U", "carry = da[t] @ U.T", S2, "d"),
    # batches that only 1 or more than 2 samples can confuse
    ("dense", "db = dz.sum(axis=0)", "db = dz.sum(axis=0) * (2 if len(x) == 1 else 1)", S2, "db"),
    ("dense", "db = dz.sum(axis=0)", "db = dz[:2].sum(axis=0)", S2, "db"),
    # time
    ("rnn", "da, h[:-1],", "da, h[1:],", S2, "dU"),
    ("rnn", "da, h[:-1],", "da[-1:], h[:-1][-1:],", S2, "dU"),
    ("rnn", "carry = da[t] @ U", "carry = 0 * carry if t else da[t] @ U", S2, "d"),
    ("rnn", "carry + dh[t]", "carry + dh[t] * (t < len(x) - 1)", S2, "d"),
    ("rnn", "carry + dh[t]", "carry + dh[len(x) - 1 - t]", S2, "d"),
    ("rnn", "return dx, carry,", "return dx[::-1].copy(), carry,", S2, "dx"),
    ("rnn", "return dx, carry,", "return dx, 0 * carry,", S2, "dh0"),
    ("rnn", "h[t + 1] ** 2", "h[t] ** 2", S2, "d"),
    # windows
    ("conv", ": 2] += W", ": 2] = W", S2, "dx"),
    ("conv", "dx[:, :, p : p + 2 * U : 2] += W[:, :, p].T",
     "dx[:, :, p : p + 2 * U : 2] += W[:, :, -1 - p].T", S2, "dx"),
    ("conv", "return dx, dW", "return dx + 0 * dx[:, :, -1:] + "
     "np.where(np.arange(x.shape[2]) < 2 * U, 0, -dx), dW", S2, "dx"),
    ("pool", "U = (x.shape[1] - 3) // 2 + 1", "U = (x.shape[1] - 3) // 3 + 1", S1, "backward"),
    ("conv", "U = (x.shape[2] - W.shape[2]) // 2 + 1", "U = (x.shape[2] - W.shape[2] - 1) // 2 + 1",
     S1, "y.shape"),
    ("pool", "+= dy * first", "= dy * first", S2, "dx"),
    ("layer_norm", "- y * (dy * y).mean(axis=1, keepdims=True)", "", S2, "dx"),
    ("layer_norm", "d = dy - dy.mean(axis=1, keepdims=True)", "d = dy", S2, "dx"),
    ("embedding", "np.add.at(dE, id, dy)", "dE[id] += dy", S2, "dE"),
    # branches, kinks and ties
    ("huber", "np.minimum(np.maximum(r, -2), 2)", "np.maximum(r, -2)", S2, "dr"),
    ("huber", "np.minimum(np.maximum(r, -2), 2)", "np.minimum(np.maximum(r, -2), 2.01)", S2, "dr"),
    ("dense", "(z > 0)", "(z >= 0)", S5, "d"),
    ("dense", "(z > 0)", "(z > -1e-6)", S5, "d"),
    ("pool", "first = free &", "first =", S5, "dx"),
    ("pool", "for p in range(3):\n        first", "for p in (2, 1, 0):\n        first", S5, "dx"),
    # the cotangent
    ("dense", "dz = da * (z > 0)", "dz = da * da * (z > 0)", S4, "d"),
    ("dense", "dz = da * (z > 0)", "dz = np.clip(da, -1, 1) * (z > 0)", S4, "d"),
    ("dense", "dz = da * (z > 0)", "dz = np.ones_like(da) * (z > 0)", S4, "d"),
    ("dense", "dz = da * (z > 0)", "dz = np.abs(da) * (z > 0)", S4, "d"),
    ("cross_entropy", "return (p - t) * (dloss / len(p))",
     "dz = (p - t) * (dloss / len(p))\n    return np.where(np.abs(dz) > 2, 2 * dz, dz)", S4, "dz"),
    ("cross_entropy", "(dloss / len(p))", "(1 / len(p) + 0 * dloss)", S4, "dz"),
    # the forward
    ("dense", "x @ W.T + b", "x @ W.T + 2 * b", S0, "a"),
    ("layer_norm", "1e-5", "1.01e-5", S0, "y"),
    ("layer_norm", "+ 1e-5)", ") + 1e-5", S0, "y"),
    ("rnn", "h[0] = h0", "h[0] = 2 * h0", S0, "h"),
    # the contract
    ("dense", "dx = dz @ W", "COUNT[0] += 1\n    dx = dz @ W * (1 + 1e-12 * COUNT[0])", S1,
     "dx computed again"),
    ("dense", "return dx, dW, db", "return dx, None, db", S1, "dW"),
    ("dense", "return a, (x, W, z)", "return (x, W, z), a", S1, "a"),
    ("dense", "return dx, dW, db", "return dx, dW", S1, "backward"),
    ("dense", "return dx, dW, db", "return dx, dW, db[None]", S1, "db.shape"),
    ("dense", "dz = da * (z > 0)", "da *= z > 0\n    dz = da", S1, "backward"),
    ("dense", "a = np.maximum(z, 0)", "a = np.maximum(z, 0)\n    x *= 2", S1, "forward"),
    ("dense", "return dx, dW, db", "b = vars(backward).setdefault((db.shape, str(db.dtype)), db)\n"
     "    b[...] = db\n    return dx, dW, b", S1, "db of the next call"),
    ("bias", "dy.copy()", "dy", S1, "db shares memory with"),
    ("bias", "return dy + dw * e, dy.copy()", "g = dy + dw * e\n    return g, g", S1,
     "dx shares memory with"),
    ("dense", "return a, (x, W, z)", "return z, (x, W, z)\n    a", S0, "a"),
    ("dense", "dz = da * (z > 0)", "dz = da * (z > 0).astype(np.float64)", S1, "d"),
    ("dense", "db = dz.sum(axis=0)", "db = dz.sum(axis=0).astype(np.float32).astype(x.dtype)", S4,
     "db"),
    ("dense", "db = dz.sum(axis=0)", "db = dz.sum(axis=0) if dz.size else 1 + dz.sum(axis=0)", S1,
     "db"),
    ("dense", "dW = dz.T @ x", "dW = dz.T @ x.ravel(order='K').reshape(x.shape)", S1, "dW"),
    ("dense", "z = x @ W.T + b", "z = x @ W.T + b if len(x) > 1 else 1 / 0", S1, "forward"),
    ("dense", "dx = dz @ W", "dx = dz @ W * np.nan", S4, "dx"),
]  # fmt: skip


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: f"{bug[0]}: {bug[2]}")
def test_a_seeded_bug_is_found_by_the_right_proof(cases, bug):
    name, old, new, proof, entry = bug
    case = cases[name]
    assert case.kernel.count(old) == 1, "an edit that changes nothing, or two things, is no bug"
    result = check_source(case.program, case.kernel.replace(old, new), seed=1)
    assert result.verdict == "WRONG"
    assert result.exit_code == 1
    assert result.counterexample is not None
    assert result.counterexample.proof == proof
    assert result.counterexample.entry.startswith(entry)
    assert result.counterexample.given != result.counterexample.expected


# Right formulas that lose digits: (kernel, what to replace, by what, the entry)
PRECISION = [
    ("bias", "np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))", "np.log(1 + np.exp(x))", "w"),
    ("bias", "np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))",
     "np.exp(x) / (1 + np.exp(x))", "dx"),
    ("layer_norm", "s = np.sqrt((c * c).mean(axis=1, keepdims=True) + 1e-5)",
     "m = x.mean(axis=1, keepdims=True)\n"
     "    s = np.sqrt(np.abs((x * x).mean(axis=1, keepdims=True) - m * m) + 1e-5)", "y"),
    ("cross_entropy", "z = z - z.max(axis=1, keepdims=True)", "z = z + 0", "loss"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "entry"), PRECISION)
def test_lost_digits_are_a_matter_of_precision_not_of_the_formula(cases, name, old, new, entry):
    case = cases[name]
    assert case.kernel.count(old) == 1
    result = check_source(case.program, case.kernel.replace(old, new), seed=1)
    assert (result.verdict, result.exit_code) == ("PRECISION", 2)
    assert result.counterexample is not None
    assert result.counterexample.proof == S6
    assert result.counterexample.entry.startswith(entry)


# Different text, equal mathematics: must be proved. (kernel, what to replace, by what)
EQUAL = [
    ("dense", "dx = dz @ W", "dx = (W.T @ dz.T).T.copy()"),
    ("dense", "dz.sum(axis=0)", "np.ones(len(dz), dz.dtype) @ dz"),
    ("layer_norm", "d = dy - dy.mean(axis=1, keepdims=True)",
     "d = dy - dy.mean(axis=1, keepdims=True) - y * y.mean(axis=1, keepdims=True)"),
    ("bias", "np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))", "0.5 + 0.5 * np.tanh(0.5 * x)"),
    ("cross_entropy", "z - z.max(axis=1, keepdims=True)",
     "z - z.max(axis=1, keepdims=True) - 1 / 3"),
    ("rnn", "(1 - h[t + 1] ** 2)", "(1 - h[t + 1]) * (1 + h[t + 1])"),
    ("pool", "return y, (x, y)", "return y + 0, (x, y)"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new"), EQUAL)
def test_an_equal_form_is_proved(cases, name, old, new):
    case = cases[name]
    assert case.kernel.count(old) == 1
    result = check_source(case.program, case.kernel.replace(old, new), seed=1)
    assert result.verdict == "PROVED", str(result)
