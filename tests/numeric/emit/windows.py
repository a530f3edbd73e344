"""Equations over windows: convolution, pooling, matching; strides, padding, dilation."""

from __future__ import annotations

Sizes = dict[str, int]

CONV1D = (
    "input x[n,c,h]\nparam W[f,c,p]\nhyper s = {s} : int, P = {P} : int, d = {d} : int\n"
    "output y[n,f,u]\nindex u : (size(h) + 2*P - d*(size(p) - 1) - 1)//s + 1\npad x = 0\n"
    "y[n,f,u] = sum[c,p](W[f,c,p]*x[n,c,s*u + d*p - P])"
)
CONV2D = (
    "input x[n,c,h,w]\nparam W[f,c,p,q], b[f]\n"
    "hyper s = {s} : int, P = {P} : int, d = {d} : int\noutput y[n,f,u,v]\n"
    "index u : (size(h) + 2*P - d*(size(p) - 1) - 1)//s + 1\n"
    "index v : (size(w) + P - d*(size(q) - 1) - 1)//s + 1\npad x = 0\n"
    "y[n,f,u,v] = sum[c,p,q](W[f,c,p,q]*x[n,c,s*u + d*p - P,s*v + d*q - P]) + b[f]"
)
POOL2D = (
    "input x[n,c,h,w]\nhyper k = {k} : int, s = {s} : int, P = {P} : int\n"
    "output y[n,c,u,v]\nindex p : k\nindex q : k\nindex u : (size(h) + 2*P - k)//s + 1\n"
    "index v : (size(w) + 2*P - k)//s + 1\npad x = -inf\n"
    "y[n,c,u,v] = max[p,q](x[n,c,s*u + p - P,s*v + q - P])"
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
            ({"n": 2, "c": 2, "h": h, "f": 3, "p": 2},),
        )
        for s, P, d, h in (
            (1, 0, 1, 7), (1, 1, 1, 6), (1, 2, 2, 5), (2, 0, 1, 6), (2, 1, 2, 7), (3, 2, 1, 7),
            (3, 0, 2, 3), (2, 1, 1, 1),
        )
    },
    "conv1d over nothing": (
        CONV1D.format(s=2, P=1, d=1),
        ({"n": 0, "c": 2, "h": 5, "f": 1, "p": 2}, {"n": 1, "c": 2, "h": 0, "f": 1, "p": 3}),
    ),
    "conv2d s=2 P=1": (
        CONV2D.format(s=2, P=1, d=1),
        (
            {"n": 2, "c": 2, "h": 6, "w": 5, "f": 2, "p": 3, "q": 2},
            {"n": 1, "c": 1, "h": 3, "w": 4, "f": 1, "p": 1, "q": 3},
        ),
    ),
    "conv2d s=3 P=2 d=2": (
        CONV2D.format(s=3, P=2, d=2), ({"n": 2, "c": 2, "h": 6, "w": 7, "f": 2, "p": 3, "q": 2},),
    ),
    "max pool 2-D": (
        POOL2D.format(k=3, s=2, P=1), ({"n": 2, "c": 2, "h": 6, "w": 5}, {"n": 0, "c": 1, "h": 3, "w": 3}),
    ),
    "max pool 2-D, gaps": (POOL2D.format(k=2, s=3, P=0), ({"n": 1, "c": 1, "h": 7, "w": 8},)),
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
