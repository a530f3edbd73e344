"""Equations of every kind against their evaluation one element at a time."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pytest

import derive
from derive.program import Program
from tests.numeric.emit.brute import evaluate
from tests.numeric.emit.running import run

Sizes = dict[str, int]

ROWS: dict[str, tuple[str, tuple[Sizes, ...]]] = {
    "dense": (
        "input x[n,j]\nparam W[i,j], b[i]\noutput a[n,i]\n"
        "z[n,i] = sum[j](W[i,j]*x[n,j]) + b[i]\na[n,i] = relu(z[n,i])",
        ({"n": 3, "j": 2, "i": 4}, {"n": 0, "j": 2, "i": 1}, {"n": 1, "j": 0, "i": 2}),
    ),
    "dense over time": (
        "input x[t,n,j]\nparam W[i,j]\noutput y[t,n,i]\ny[t,n,i] = tanh(sum[j](W[i,j]*x[t,n,j]))",
        ({"t": 2, "n": 3, "j": 2, "i": 4}, {"t": 0, "n": 3, "j": 2, "i": 1}),
    ),
    "bilinear": (
        "input x[n,i], z[n,j]\nparam W[k,i,j]\noutput y[n,k]\n"
        "y[n,k] = sum[i,j](W[k,i,j]*x[n,i]*z[n,j])",
        ({"n": 3, "i": 2, "j": 4, "k": 2}, {"n": 1, "i": 1, "j": 1, "k": 1}),
    ),
    "quadratic form": (
        "input x[i]\nparam A[i,j]\noutput y\nindex j : size(i)\ny = sum[i,j](x[i]*A[i,j]*x[j])",
        ({"i": 3, "j": 3}, {"i": 0, "j": 0}),
    ),
    "chain": (
        "input x[n,i]\nparam A[i,j], B[j,k]\noutput y[n,k]\n"
        "y[n,k] = sum[i,j](x[n,i]*A[i,j]*B[j,k])",
        ({"n": 3, "i": 2, "j": 4, "k": 5},),
    ),
    "heads": (
        "input x[b,i,j]\nparam W[h,d,j], V[h,e,j]\noutput s[b,h,i,k]\nindex k : size(i)\n"
        "q[b,h,i,d] = sum[j](W[h,d,j]*x[b,i,j])\n"
        "s[b,h,i,k] = sum[d](q[b,h,i,d]*q[b,h,k,d])/sqrt(size(d)) + sum[e,j](V[h,e,j]*x[b,k,j])",
        ({"b": 2, "i": 3, "j": 2, "h": 2, "d": 3, "e": 2},),
    ),
    "softmax": (
        "input z[n,k]\noutput p[n,k]\nindex i : size(k)\n"
        "p[n,k] = exp(z[n,k])/sum[i](exp(z[n,i]))",
        ({"n": 3, "k": 4}, {"n": 0, "k": 4}, {"n": 2, "k": 1}),
    ),
    "log softmax": (
        "input z[n,k]\noutput p[n,k]\nindex i : size(k)\n"
        "p[n,k] = log(exp(z[n,k])/sum[i](exp(z[n,i])))",
        ({"n": 3, "k": 4},),
    ),
    "logsumexp where": (
        "input z[n,k]\noutput p[n]\np[n] = logsumexp[k where k >= n](z[n,k])",
        ({"n": 3, "k": 4},),
    ),
    "cosine": (
        "input x[n,i], y[n,i]\noutput c[n]\n"
        "c[n] = sum[i](x[n,i]*y[n,i])/sqrt(sum[i](x[n,i]^2)*sum[i](y[n,i]^2))",
        ({"n": 3, "i": 4}, {"n": 1, "i": 1}),
    ),
    "distances": (
        "input x[n,j], y[m,j]\noutput d[n,m]\nd[n,m] = sum[j]((x[n,j] - y[m,j])^2)",
        ({"n": 3, "m": 2, "j": 4}, {"n": 3, "m": 0, "j": 4}),
    ),
    "transposed": (
        "input x[i,j]\noutput y[j,i]\ny[j,i] = x[i,j]",
        ({"i": 3, "j": 2}, {"i": 0, "j": 2}),
    ),
    "spread": (
        "input x[i], c\noutput y[n,i], z[n,i]\nindex n : 3\ny[n,i] = x[i]\nz[n,i] = c",
        ({"i": 3}, {"i": 0}),
    ),
    "numbers": (
        "input x[i]\noutput y[i], z[i], w[i], k[i]\ny[i] = i\nz[i] = 3\nw[i] = x[i]*i/size(i)\n"
        "k[i] = [i == 1] + [x[i] > 0.5]",
        ({"i": 3}, {"i": 1}),
    ),
    "powers": (
        "input x[i]\noutput y[i]\ny[i] = x[i]^3 + x[i]^-2 + (x[i] + 1)^5 + x[i]^0.5 + 2^x[i]",
        ({"i": 3},),
    ),
    "functions": (
        "input x[i]\noutput y[i]\n"
        "y[i] = exp(x[i]) + log(x[i]) + sqrt(x[i]) + abs(x[i]) + sin(x[i])*cos(x[i]) + "
        "tanh(x[i]) + sigmoid(x[i]) + softplus(x[i]) + erf(x[i]) + gelu(x[i]) + silu(x[i]) + "
        "step(x[i]) + max(x[i], 0.5) + min(x[i], 0.5) + leaky_relu(x[i], 0.1) + elu(x[i], 1)",
        ({"i": 4},),
    ),
    "shift": (
        "input x[i]\noutput y[u]\nindex u : size(i) - 1\ny[u] = x[u+1] - x[u]",
        ({"i": 5}, {"i": 1}, {"i": 2}),
    ),
    "stride": (
        "input x[i]\noutput y[u]\nindex u : size(i)//2\ny[u] = x[2*u]*x[2*u + 1]",
        ({"i": 5}, {"i": 6}, {"i": 1}, {"i": 0}),
    ),
    "reversal": (
        "input x[t,n]\noutput y[t,n]\ny[t,n] = x[size(t)-1-t,n]*x[t,n]",
        ({"t": 4, "n": 2}, {"t": 0, "n": 2}, {"t": 1, "n": 1}),
    ),
    "element": (
        "input x[t,n]\noutput y[n]\ny[n] = x[0,n] + x[size(t)-1,n]",
        ({"t": 4, "n": 2}, {"t": 1, "n": 0}),
    ),
    "diagonal": (
        "input x[i,i]\noutput y[i], t\ny[i] = x[i,i]\nt = sum[i](x[i,i])",
        ({"i": 3}, {"i": 0}, {"i": 1}),
    ),
    "cumulative sum": (
        "input x[n,i]\noutput y[n,i]\nindex j : size(i)\ny[n,i] = sum[j where j <= i](x[n,j])",
        ({"n": 2, "i": 4}, {"n": 2, "i": 0}, {"n": 2, "i": 1}),
    ),
    "discounted sum": (
        "input x[t]\nhyper g = 0.9\noutput y[t]\nindex j : size(t)\n"
        "y[t] = sum[j where j <= t](g^(t - j)*x[j])",
        ({"t": 4}, {"t": 1}),
    ),
    "relative bias": (
        "input s[i,j]\nparam b[r]\noutput y[i,j]\ny[i,j] = s[i,j] + b[i - j + size(j) - 1]",
        ({"i": 3, "j": 4, "r": 6}, {"i": 1, "j": 1, "r": 1}),
    ),
    "edge clamp": (
        "input x[i]\noutput y[i]\n"
        "y[i] = (x[max(i-1, 0)] + x[i] + x[min(i+1, size(i)-1)])/3",
        ({"i": 4}, {"i": 1}, {"i": 0}),
    ),
    "pixel shuffle": (
        "input x[n,k,h,w]\noutput y[n,c,u,v]\nhyper r = 2 : int\n"
        "index c : size(k)//(r*r)\nindex u : size(h)*r\nindex v : size(w)*r\n"
        "y[n,c,u,v] = x[n, c*r*r + (u % r)*r + v % r, u//r, v//r]",
        ({"n": 2, "k": 4, "h": 2, "w": 3}, {"n": 1, "k": 8, "h": 0, "w": 1}),
    ),
    "gather": (
        "const id[b] : int\nparam E[v,d]\noutput y[b,d]\ny[b,d] = E[id[b], d]^2",
        ({"b": 5, "v": 3, "d": 2}, {"b": 0, "v": 3, "d": 2}),
    ),
    "gather last": (
        "const id[n,t] : int\ninput p[n,t,v]\noutput y[n,t]\ny[n,t] = log(p[n,t,id[n,t]])",
        ({"n": 2, "t": 3, "v": 3}, {"n": 0, "t": 3, "v": 3}),
    ),
    "gather middle": (
        "const id[n] : int\ninput p[m,v,k]\noutput y[m,n,k]\ny[m,n,k] = p[m,id[n],k]*2",
        ({"n": 2, "m": 3, "v": 3, "k": 2},),
    ),
    "mean where": (
        "input x[n,i]\nconst m[i] : int\noutput y[n]\ny[n] = mean[i where m[i] <= 1 or i == 0](x[n,i])",
        ({"n": 2, "i": 5}, {"n": 0, "i": 2}),
    ),
    "prod but one": (
        "input x[j]\noutput y[k]\nindex k : size(j)\ny[k] = prod[j where j != k](x[j])",
        ({"j": 4}, {"j": 1}, {"j": 0}),
    ),
    "guarded log": (
        "input x[i], y[i]\noutput z\nz = sum[i where i >= 1](log(x[i-1])*y[i])",
        ({"i": 4}, {"i": 1}),
    ),
    "guarded read": (
        "input u[i]\noutput y[i]\ny[i] = u[i-1]/u[i] if i >= 1 else 0",
        ({"i": 4}, {"i": 1}),
    ),
    "data choice": (
        "input x[i], y[i]\noutput z[i]\n"
        "z[i] = sqrt(x[i] - y[i]) if x[i] > y[i] else x[i]*y[i]",
        ({"i": 6}, {"i": 0}),
    ),
    "extremes": (
        "input x[n,i,j]\noutput a[n], b[n], c[n]\na[n] = max[i,j](x[n,i,j])\n"
        "b[n] = min[j,i](x[n,i,j]*x[n,i,j])\nc[n] = prod[i,j](x[n,i,j])",
        ({"n": 2, "i": 3, "j": 2}, {"n": 0, "i": 3, "j": 1}),
    ),
    "unused indices": (
        "input x[n,i]\noutput y, m, p\ny = sum[n,i](x[n,0])\nm = max[n,i](x[n,0])\n"
        "p = prod[n,i](x[n,0])",
        ({"n": 2, "i": 3},),
    ),
    "outer": (
        "input x[i], y[j]\noutput z[i,j], s\nz[i,j] = x[i]*y[j]\ns = sum[i,j](x[i]*y[j])",
        ({"i": 2, "j": 3}, {"i": 0, "j": 3}),
    ),
    "padded full convolution": (
        "input x[t]\nparam w[k]\noutput y[u]\nindex u : size(t) + size(k) - 1\npad x = 0\n"
        "y[u] = sum[k](w[k]*x[u - k])",
        ({"t": 4, "k": 3}, {"t": 1, "k": 1}, {"t": 2, "k": 4}),
    ),
    "padded by one": (
        "input x[t]\noutput y[t], z[t]\npad x = 1\ny[t] = x[t-1]*x[t+1]\nz[t] = x[2*t - 1]",
        ({"t": 4}, {"t": 1}, {"t": 0}),
    ),
    "upsampled": (
        "input x[t]\noutput y[u]\nindex u : 2*size(t)\npad x = 0\ny[u] = x[u/2]*3 + x[(u - 1)/2]",
        ({"t": 4}, {"t": 0}),
    ),
}

CONV1D = (
    "input x[n,c,h]\nparam W[f,c,p]\nhyper s = {s} : int, P = {P} : int, d = {d} : int\n"
    "output y[n,f,u]\nindex u : (size(h) + 2*P - d*(size(p) - 1) - 1)//s + 1\npad x = 0\n"
    "y[n,f,u] = sum[c,p](W[f,c,p]*x[n,c,s*u + d*p - P])"
)
CAUSAL = (
    "input x[n,c,t]\nparam W[f,c,p]\noutput y[n,f,t]\npad x = 0\n"
    "y[n,f,t] = sum[c,p](W[f,c,p]*x[n,c,t - 2*p])"
)
DEPTHWISE = (
    "input x[n,c,h]\nparam W[c,p]\nhyper s = {s} : int, P = {P} : int\noutput y[n,c,u]\n"
    "index u : (size(h) + 2*P - size(p))//s + 1\npad x = 0\n"
    "y[n,c,u] = sum[p](W[c,p]*x[n,c,s*u + p - P])"
)
TRANSPOSED = (
    "input x[n,c,h]\nparam W[c,f,p]\nhyper s = {s} : int, P = {P} : int\noutput y[n,f,u]\n"
    "index u : s*(size(h) - 1) + size(p) - 2*P\npad x = 0\n"
    "y[n,f,u] = sum[c,p](W[c,f,p]*x[n,c,(u + P - p)/s])"
)
POOL = (
    "input x[n,c,h]\nhyper k = {k} : int, s = {s} : int, P = {P} : int\noutput y[n,c,u]\n"
    "index p : k\nindex u : (size(h) + 2*P - k)//s + 1\npad x = {pad}\n"
    "y[n,c,u] = {op}[p](x[n,c,s*u + p - P])"
)
MATCH = (
    "input x[n,c,h]\nparam W[f,c,p]\nhyper s = {s} : int\noutput y[n,f,u]\n"
    "index u : (size(h) - size(p))//s + 1\ny[n,f,u] = sum[c,p]((x[n,c,s*u + p] - W[f,c,p])^2)"
)
WINDOWED: dict[str, tuple[str, tuple[Sizes, ...]]] = {
    **{
        f"conv1d s={s} P={P} d={d}": (
            CONV1D.format(s=s, P=P, d=d),
            tuple({"n": n, "c": 2, "h": h, "f": 3, "p": 2} for n, h in ((2, 7), (1, 6), (0, 5))),
        )
        for s in (1, 2, 3)
        for P in (0, 1, 2)
        for d in (1, 2)
    },
    "causal": (CAUSAL, ({"n": 2, "c": 2, "t": 6, "f": 3, "p": 3}, {"n": 1, "c": 1, "t": 0, "f": 1, "p": 2})),
    **{
        f"depthwise s={s} P={P}": (
            DEPTHWISE.format(s=s, P=P), ({"n": 2, "c": 3, "h": 7, "p": 3}, {"n": 1, "c": 1, "h": 3, "p": 1}),
        )
        for s in (1, 2)
        for P in (0, 1)
    },
    **{
        f"transposed s={s} P={P}": (
            TRANSPOSED.format(s=s, P=P), ({"n": 2, "c": 2, "h": 4, "f": 3, "p": 3}, {"n": 1, "c": 1, "h": 2, "f": 1, "p": 2}),
        )
        for s in (1, 2, 3)
        for P in (0, 1)
    },
    **{
        f"{op} pool k={k} s={s} P={P}": (
            POOL.format(op=op, k=k, s=s, P=P, pad="-inf" if op == "max" else 0),
            ({"n": 2, "c": 2, "h": 7}, {"n": 0, "c": 1, "h": 6}),
        )
        for op in ("max", "mean", "sum")
        for k, s, P in ((2, 2, 0), (3, 2, 1), (3, 1, 1), (2, 3, 0))
    },
    **{
        f"match s={s}": (MATCH.format(s=s), ({"n": 2, "c": 2, "h": 7, "f": 3, "p": 3},))
        for s in (1, 2)
    },
    "pool without a start": (
        "input x[n,h]\noutput y[n,u]\nindex p : 2\nindex u : size(h)//2\n"
        "y[n,u] = logsumexp[p](x[n,2*u + p])*min[p](x[n,2*u + p])",
        ({"n": 2, "h": 5}, {"n": 2, "h": 1}),
    ),
    "product over windows": (
        "input x[n,h]\noutput y[n,u]\nindex p : 3\nindex u : size(h) - 2\n"
        "y[n,u] = prod[p](x[n,u + p])",
        ({"n": 2, "h": 5},),
    ),
    "autocorrelation": (
        "input x[t]\noutput r[k]\nindex k : 3\nindex i : size(t) - 2\n"
        "r[k] = sum[i](x[i]*x[i + k])",
        ({"t": 6},),
    ),
}  # fmt: skip

ALL = {**ROWS, **WINDOWED}
CASES = [
    pytest.param(text, sizes, id=f"{name}-{','.join(f'{k}{v}' for k, v in sizes.items())}")
    for name, (text, table) in ALL.items()
    for sizes in table
]


def arrays(program: Program, sizes: Sizes, seed: int, dtype: Any) -> dict[str, Any]:
    """Values in (0.1, 0.9), where every function of the tables is smooth; labels below 3."""
    rng = np.random.default_rng(seed)
    found: dict[str, Any] = {}
    for array in program.arrays:
        shape = tuple(sizes[axis] for axis in array.axes)
        real = np.asarray(rng.uniform(0.1, 0.9, shape), dtype)
        found[array.name] = rng.integers(0, 3, shape) if array.integer else real
    return found


def cotangents(program: Program, forward: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """``given`` with a cotangent for each output."""
    rng = np.random.default_rng(1)
    extra = {
        a.name: np.asarray(
            rng.uniform(0.1, 0.9, np.shape(forward[a.name[1:]])), _dtype(given)
        )
        for a in program.arrays
        if a.name not in given
    }
    return {**given, **extra}


def _dtype(given: dict[str, Any]) -> Any:
    return next(a.dtype for a in given.values() if a.dtype.kind == "f")


def agree(program: Program, given: dict[str, Any], tolerance: float) -> None:
    dtype = _dtype(given)
    want = evaluate(program, given)
    kept = {name: value.copy() for name, value in given.items()}
    for value in given.values():
        value.flags.writeable = False
    found = run(program, given, dtype)
    for equation in program.equations:
        got, exact = np.asarray(found[equation.name]), want[equation.name]
        assert got.shape == exact.shape, equation.name
        assert got.dtype == dtype or got.dtype.kind == "i", f"{equation.name} is {got.dtype}"
        assert not any(np.shares_memory(got, value) for value in given.values()), equation.name
        np.testing.assert_allclose(
            got.astype(float), exact, rtol=tolerance, atol=tolerance, err_msg=equation.name
        )
    for name, value in given.items():
        np.testing.assert_array_equal(value, kept[name])


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-11), (np.float32, 2e-4)])
@pytest.mark.parametrize(("text", "sizes"), CASES)
def test_equations_and_their_adjoints_agree_with_plain_evaluation(
    text: str, sizes: Sizes, dtype: Any, tolerance: float
) -> None:
    program = derive.bind(derive.parse(text))
    given = arrays(program, sizes, zlib.crc32(text.encode()), dtype)
    agree(program, given, tolerance)
    backward = derive.bind(derive.adjoint(program))
    agree(backward, cotangents(backward, evaluate(program, given), given), tolerance)
