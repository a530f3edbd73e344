"""What the tests of drawings and plots share: programs, and kernels on them."""

from __future__ import annotations

from functools import cache

import derive
import numeric
from derive.program import Program
from numeric.check.subject import Subject
from reports.equations import Derived, derived
from reports.figures.subject import subject_of
from reports.settings import configured
from tests.reports.derivations import derivation_of

CHAIN = (
    "input x[n, i]\noutput y30[n, i]\ny1[n, i] = tanh(x[n, i])\n"
    + "".join(f"y{k}[n, i] = {('tanh', 'sigmoid')[k % 2]}(y{k - 1}[n, i])\n" for k in range(2, 31))
)  # fmt: skip
BLOCK = """
input x[n, t, j]
param g1[j], b1[j], W_q[a, j], W_k[a, j], W_v[a, j], W_o[j, a], W_1[f, j], b_1[f], W_2[j, f], b_2[j]
hyper eps = 1e-5
output y[n, t, j]

m[n, t] = mean[j](x[n, t, j])
v[n, t] = mean[j]((x[n, t, j] - m[n, t])^2)
s[n, t] = sqrt(v[n, t] + eps)
u[n, t, j] = (x[n, t, j] - m[n, t])/s[n, t]
l[n, t, j] = g1[j]*u[n, t, j] + b1[j]
q[n, t, a] = sum[j](W_q[a, j]*l[n, t, j])
k[n, t, a] = sum[j](W_k[a, j]*l[n, t, j])
w[n, t, a] = sum[j](W_v[a, j]*l[n, t, j])
e[n, t, r] = sum[a](q[n, t, a]*k[n, r, a])/sqrt(size(a))
p[n, t, r] = exp(e[n, t, r])/sum[r2](exp(e[n, t, r2]))
c[n, t, a] = sum[r](p[n, t, r]*w[n, r, a])
o[n, t, j] = sum[a](W_o[j, a]*c[n, t, a])
z[n, t, j] = x[n, t, j] + o[n, t, j]
h1[n, t, f] = sum[j](W_1[f, j]*z[n, t, j]) + b_1[f]
h2[n, t, f] = gelu(h1[n, t, f])
d[n, t, j] = sum[f](W_2[j, f]*h2[n, t, f]) + b_2[j]
y[n, t, j] = z[n, t, j] + d[n, t, j]
"""
WIDE = (
    "input x[n, i]\nparam "
    + ", ".join(f"W{k}[o, i]" for k in range(1, 11))
    + "\noutput y[n, o]\n"
    + "".join(f"z{k}[n, o] = tanh(sum[i](W{k}[o, i]*x[n, i]))\n" for k in range(1, 11))
    + "y[n, o] = " + " + ".join(f"z{k}[n, o]" for k in range(1, 11)) + "\n"
)  # fmt: skip
# Two steps back, and forwards in time.
SECOND = """
input x[t, n], a[n], b[n]
output h[t, n]
h[-1, n] = a[n]
h[-2, n] = b[n]
h[t, n] = tanh(h[t-1, n]/2 - h[t-2, n]/4 + x[t, n])
"""
REVERSED = """
input x[t, n], a[n]
output h[t, n]
h[size(t), n] = a[n]
h[t, n] = tanh(h[t+1, n] + x[t, n])
"""
# A start that is computed, names that end in what backward equations put between, and no gradient.
STARTED = """
input x[t, n], y_1[n]
param def_
const u[n]
output s_[t, n]
np_[n] = tanh(y_1[n]*def_) + u[n]
y_2[n] = exp(np_[n])
s_[-1, n] = y_2[n]
s_[t, n] = tanh(s_[t-1, n] + x[t, n])*np_[n]
"""
LONG_NAME = "a_name_of_no_less_than_32_letters"[:32]
NAMES = f"""
input {LONG_NAME}[n, script], loss_[n, script]
param dd_[script], xhat_tilde[n, script], W__0[n]
output svg[n, script]
q1q[n, script] = {LONG_NAME}[n, script]*dd_[script] + loss_[n, script]
svg[n, script] = q1q[n, script]*xhat_tilde[n, script] + W__0[n]
"""
OWN = {
    "chain": CHAIN, "block": BLOCK, "wide": WIDE, "second": SECOND, "reversed": REVERSED,
    "names": NAMES, "started": STARTED,
}  # fmt: skip


@cache
def program(name: str) -> Program:
    return derive.parse(OWN[name]) if name in OWN else derive.load(name)


@cache
def equations(name: str, **settings: int) -> Derived:
    if name not in OWN and not settings:
        return derivation_of(name)
    return derived(configured(program(name), settings))


@cache
def source(name: str, **settings: int) -> str:
    return numeric.build(equations(name, **settings).program).source


@cache
def subject(name: str, **settings: int) -> Subject:
    found = subject_of(equations(name, **settings).program, source(name, **settings), 0)
    assert found is not None
    return found
