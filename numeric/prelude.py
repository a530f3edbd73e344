"""Pointwise functions that NumPy lacks or that need a stable form, as text for emitted modules.

Each is a function of arrays (or NumPy scalars) that keeps their dtype, raises no warning for
any finite argument, and passes NaN on. Only the functions that a module calls are written
into it. ``worst`` is the largest relative error against mpmath over [-800, 800] in float64
(tests/numeric/test_prelude.py measures it).

    function      why not the formula of the textbook
    sigmoid       1/(1 + exp(-z)) overflows; through tanh it loses all digits below -37
    softplus      log(1 + exp(z)) overflows above 710 and is 0 below -37
    erf, erfc     not in NumPy; rational fits of tools/fit_erf.py, exp(-x^2) in two parts
    gelu          z/2*(1 + erf(z/sqrt 2)) loses all digits below -8.3
    silu          z/(1 + exp(-z)) overflows
    elu           exp(z) of a branch that is not taken overflows; exp(z) - 1 cancels near 0
    leaky_relu    a mask by a condition is slow on random signs
    step          the same; 0 at 0, and the dtype of its argument
    logsumexp     log(sum(exp(z))) overflows; a row of -inf gives -inf
    softmax       exp(z - logsumexp(z)) loses digits where z is large, in float32 above all
    log_softmax   z - logsumexp(z) the same
    argmax        refuses axes of length 0, even if the result has no elements; argmin too
    windows       a strided view that checks where it reads, and may be empty
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prelude:
    """A function that emitted modules may define.

    Attributes:
        name: the name that equations and emitted statements call it by.
        text: its source text, formatted.
        worst: the largest relative error in float64, as a multiple of 2^-53 rounded up.
        leaf: whether the text approximates in floats, so that the function has to be replaced
            as a whole where a module runs in other numbers; the others are exact formulas of
            NumPy calls and run in any numbers.
        needs: other functions of the table that the text calls.
    """

    name: str
    text: str
    worst: float
    leaf: bool = False
    needs: tuple[str, ...] = ()


_SIGMOID = '''\
def sigmoid(z):
    """1/(1 + exp(-z)), without overflow."""
    return np.exp(np.minimum(z, 0)) / (1 + np.exp(-np.abs(z)))
'''

_SOFTPLUS = '''\
def softplus(z):
    """log(1 + exp(z)), without overflow."""
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))
'''

_RATIO = '''\
def ratio(above, below, z):
    """The quotient of two polynomials, coefficients from the highest power down."""
    p, q = above[0], below[0]
    for c in above[1:]:
        p = p * z + c
    for c in below[1:]:
        q = q * z + c
    return p / q
'''

_ERFC_POSITIVE = '''\
def erfc_positive(x):
    """1 - erf(x) for x >= 0: exp(-x^2) times a rational function."""
    x = np.minimum(x, 28)
    h = np.floor(16 * x) / 16  # h*h is exact, so the large exponent loses no digits
    bell = np.exp(-h * h) * np.exp((h - x) * (h + x))
    above = (
        4.914960666998614e-05, 0.0009762609443107267, 0.009413395524376797,
        0.0571875428561084, 0.23979560226796492, 0.7179926337724833,
        1.5364600446981804, 2.276897820552694, 2.143202880969823, 1.0,
    )
    below = (
        8.711540961370933e-05, 0.0017303774700956351, 0.016728366860430412,
        0.1022274689891421, 0.4333254930713486, 1.3224246256560748,
        2.9275861514341357, 4.623463311359859, 4.9684828470333064,
        3.2715820480653353, 1.0,
    )
    return bell * ratio(above, below, x)
'''

_ERF = '''\
def erf(z):
    """The error function."""
    x = np.minimum(np.abs(z), 1)
    above = (
        0.00019496984753178997, 0.0018273246406360385, 0.04530431496553584,
        0.14214874428063382, 1.1283791670955126,
    )
    below = (
        2.029955528683424e-05, 0.0006812436819785099, 0.010582353560685183,
        0.09325302973969972, 0.45930937793412957, 1.0,
    )
    near = z * ratio(above, below, x * x)
    far = np.sign(z) * (1 - erfc_positive(np.abs(z)))
    return np.where(x < 1, near, far)
'''

_ERFC = '''\
def erfc(z):
    """1 - erf(z), to full precision for large z."""
    tail = erfc_positive(np.abs(z))
    return np.where(z < 0, 2 - tail, tail)
'''

_GELU = '''\
def gelu(z):
    """z times the normal distribution function of z."""
    return 0.5 * z * erfc(-0.7071067811865476 * z)
'''

_SILU = '''\
def silu(z):
    """z*sigmoid(z)."""
    return z * sigmoid(z)
'''

_STEP = '''\
def step(z):
    """1 where z > 0, else 0."""
    return np.sign(np.maximum(z, 0))
'''

_LEAKY_RELU = '''\
def leaky_relu(z, a):
    """z where z > 0, else a*z."""
    return np.maximum(z, 0) + a * np.minimum(z, 0)
'''

_ELU = '''\
def elu(z, a):
    """z where z > 0, else a*(exp(z) - 1)."""
    return np.maximum(z, 0) + a * np.expm1(np.minimum(z, 0))
'''

_LOGSUMEXP = '''\
def logsumexp(z, axis=None, keepdims=False):
    """log(sum(exp(z))) along axis, shifted by the largest member."""
    top = z.max(axis=axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):  # members that are all -inf give -inf
        total = np.log(np.exp(z - top).sum(axis=axis, keepdims=keepdims))
    return total + top.reshape(total.shape)
'''

_SOFTMAX = '''\
def softmax(z, axis=None):
    """exp(z)/sum(exp(z)) along axis, shifted by the largest member."""
    e = np.exp(z - z.max(axis=axis, keepdims=True, initial=-np.inf))
    return e / e.sum(axis=axis, keepdims=True)
'''

_LOG_SOFTMAX = '''\
def log_softmax(z, axis=None):
    """z - log(sum(exp(z))) along axis, shifted by the largest member."""
    z = z - z.max(axis=axis, keepdims=True, initial=-np.inf)
    return z - np.log(np.exp(z).sum(axis=axis, keepdims=True))
'''

_ARGMAX = '''\
def argmax(z, axis):
    """The place of the first largest member along axis; none if z is empty."""
    if z.size:
        return z.argmax(axis=axis)
    return np.zeros(z.shape[:axis] + z.shape[axis + 1 :], int)
'''

_ARGMIN = '''\
def argmin(z, axis):
    """The place of the first smallest member along axis; none if z is empty."""
    if z.size:
        return z.argmin(axis=axis)
    return np.zeros(z.shape[:axis] + z.shape[axis + 1 :], int)
'''

_WINDOWS = '''\
def windows(x, axis, *terms, start=0):
    """View of x with one axis as several, each of a size and a step, from start on."""
    low = start + sum((n - 1) * min(step, 0) for n, step in terms)
    high = start + sum((n - 1) * max(step, 0) for n, step in terms)
    shape = x.shape[:axis] + tuple(n for n, _ in terms) + x.shape[axis + 1 :]
    if 0 in shape:
        return np.zeros(shape, x.dtype)
    assert 0 <= low and high < x.shape[axis], "a window lies outside of the array"
    steps = tuple(step * x.strides[axis] for _, step in terms)
    strides = x.strides[:axis] + steps + x.strides[axis + 1 :]
    first = x[(slice(None),) * axis + (slice(start, None),)]
    return np.lib.stride_tricks.as_strided(first, shape, strides, writeable=False)
'''

# In the order in which a module defines them.
TABLE: tuple[Prelude, ...] = (
    Prelude("sigmoid", _SIGMOID, worst=4),
    Prelude("softplus", _SOFTPLUS, worst=4),
    Prelude("ratio", _RATIO, worst=0),
    Prelude("erfc_positive", _ERFC_POSITIVE, worst=16, leaf=True, needs=("ratio",)),
    Prelude("erf", _ERF, worst=8, leaf=True, needs=("ratio", "erfc_positive")),
    Prelude("erfc", _ERFC, worst=16, leaf=True, needs=("erfc_positive",)),
    Prelude("gelu", _GELU, worst=2048, leaf=True, needs=("erfc",)),
    Prelude("silu", _SILU, worst=6, needs=("sigmoid",)),
    Prelude("step", _STEP, worst=0),
    Prelude("leaky_relu", _LEAKY_RELU, worst=2),
    Prelude("elu", _ELU, worst=6),
    Prelude("logsumexp", _LOGSUMEXP, worst=8),
    Prelude("softmax", _SOFTMAX, worst=8),
    Prelude("log_softmax", _LOG_SOFTMAX, worst=8),
    Prelude("argmax", _ARGMAX, worst=0),
    Prelude("argmin", _ARGMIN, worst=0),
    Prelude("windows", _WINDOWS, worst=0),
)

PRELUDE: dict[str, Prelude] = {entry.name: entry for entry in TABLE}

# Functions that have to be replaced, by name, where a module runs in other numbers than floats.
LEAVES: tuple[str, ...] = tuple(entry.name for entry in TABLE if entry.leaf)


def needed(text: str, table: tuple[Prelude, ...] = TABLE) -> tuple[Prelude, ...]:
    """The functions of ``table`` that ``text`` calls, and those that they need, as defined."""
    known = {entry.name: entry for entry in table}
    wanted = [
        node.func.id
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    for name in wanted:
        if name in known:
            wanted.extend(n for n in known[name].needs if n not in wanted)
    return tuple(entry for entry in table if entry.name in wanted)


def definitions(entries: Iterable[Prelude]) -> str:
    """The text that defines ``entries``."""
    return "\n\n".join(entry.text for entry in entries)
