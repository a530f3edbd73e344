"""Pointwise functions that NumPy lacks or that need a stable form, as text for emitted modules.

Each is a function of arrays (or NumPy scalars) that keeps their dtype, raises no warning for
any finite argument, and passes NaN on. Only the functions that a module calls are written
into it. ``worst`` is the largest relative error against mpmath over [-800, 800] in float64
(tests/numeric/test_prelude.py measures it).

    function      why not the formula of the textbook
    sigmoid       that is it, but an overflow means 0; through tanh it loses all digits
                  below -37, and takes as long
    softplus      log(1 + exp(z)) overflows above 710 and is 0 below -37; log1p takes the
                  time of five logarithms
    erf           not in NumPy; a rational fit of tools/fit_erf.py for each precision
    gelu          z/2*(1 + erf(z/sqrt 2)) loses all digits below -8.3; so exp(-z^2/2) times
                  a rational fit of the tails, where a rounding of z^2/2 counts up to 722 times
    silu          z/(1 + exp(-z)) overflows
    elu           exp(z) of a branch that is not taken overflows; exp(z) - 1 cancels near 0
    leaky_relu    a mask by a condition is slow on random signs
    step          the same; 0 at 0, and the dtype of its argument
    logsumexp     log(sum(exp(z))) overflows; a row of -inf gives -inf
    softmax       exp(z - logsumexp(z)) loses digits where z is large, in float32 above all
    log_softmax   z - logsumexp(z) the same
    blocks        20 to 40 passes over an array that does not fit the cache take twice the time
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
        single: the same in float32, as a multiple of 2^-24, where it is another.
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
    single: float | None = None

    @property
    def worst_single(self) -> float:
        """The largest relative error in float32, as a multiple of 2^-24."""
        return self.worst if self.single is None else self.single


_SIGMOID = '''\
def sigmoid(z):
    """1/(1 + exp(-z)), which is 0 where exp(-z) is too large."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))
'''

_SOFTPLUS = '''\
def softplus(z):
    """log(1 + exp(z)), without overflow."""
    e = np.exp(-np.abs(z))
    u = 1 + e  # what that rounds off is (1 + e) - u, and comes back
    return np.maximum(z, 0) + (np.log(u) - (u - 1 - e) / u)
'''

_RATIO = '''\
def ratio(above, below, z):
    """The quotient of two polynomials, coefficients from the highest power down."""
    p, q = above[0] * z + above[1], below[0] * z + below[1]
    for c in above[2:]:
        p *= z
        p += c
    for c in below[2:]:
        q *= z
        q += c
    return p / q
'''

_BLOCKS = '''\
def blocks(function, z):
    """function of z, whose many passes go over blocks that stay in the cache."""
    found, size = np.empty(z.shape, z.dtype), 65536
    given, out = z.reshape(-1), found.reshape(-1)
    for k in range(0, z.size, size):
        out[k : k + size] = function(given[k : k + size])
    return found
'''

_ERF = '''\
def erf(z):
    """The error function: a rational function as far as it is not 1."""
    z = np.asarray(z)
    if z.size > 65536:
        return blocks(erf, z)
    end = 5.92  # from here on it is 1, and so is what is computed
    above = (
        1.605003722824346e-17, 2.2482975631489652e-14, 3.3093507696083316e-12,
        1.6828182703380787e-10, 6.64961726909665e-09, 1.6624568540717595e-07,
        3.85083073291108e-06, 5.610719375404353e-05, 0.0008488810656226523,
        0.00681955223700095, 0.06589072888768334, 0.21892971837512654,
        1.1283791670955126,
    )
    below = (
        8.993552162717278e-16, 3.324344159349457e-13, 2.5047232188804768e-11,
        1.1034883153079497e-09, 3.452930924740443e-08, 8.217917114296129e-07,
        1.5288612249754923e-05, 0.00022357079649411052, 0.0025421887285128454,
        0.021844071142324714, 0.13417905292436483, 0.5273547445391595, 1.0,
    )
    if z.dtype == np.float32:
        end = 3.92
        above = (
            1.97628289e-06, 0.000288238765, 0.00401433433, 0.0535218596, 0.19650763,
            1.12837912,
        )
        below = (
            3.74971203e-05, 0.0012183765, 0.0154739255, 0.116599217, 0.5074825, 1.0,
        )
    x = np.clip(z, -end, end)
    return np.clip(x * ratio(above, below, x * x), -1, 1)
'''

_GELU = '''\
def gelu(z):
    """z times the normal distribution function of z, whose tails are exact too."""
    z = np.asarray(z)
    if z.size > 65536:
        return blocks(gelu, z)
    above = (
        1.406979342223223e-06, 3.7751034019710116e-05, 0.0004960383785314096,
        0.004129007098994421, 0.023812540399524205, 0.09833077253011577,
        0.2907577254175804, 0.5960656113034336, 0.7762852662922984, 0.5,
    )
    below = (
        3.5267742010465654e-06, 9.462780926863382e-05, 0.0012469105992959557,
        0.010444513740192507, 0.06092551770578734, 0.2566393145067028,
        0.7860594459580112, 1.7208364274862562, 2.5675230524814117,
        2.3504550933874553, 1.0,
    )
    if z.dtype == np.float32:
        above = (0.00408235852, 0.0404296058, 0.182670228, 0.437593701, 0.500000002)
        below = (
            0.010232835, 0.101348492, 0.467968046, 1.20025508, 1.67307228, 1.0,
        )
    x = np.minimum(np.abs(z), 40)
    tail = np.exp(-0.5 * x * x) * ratio(above, below, x)
    return z * np.abs((z > 0) - tail)
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
    e /= e.sum(axis=axis, keepdims=True)
    return e
'''

_LOG_SOFTMAX = '''\
def log_softmax(z, axis=None):
    """z - log(sum(exp(z))) along axis, shifted by the largest member."""
    z = z - z.max(axis=axis, keepdims=True, initial=-np.inf)
    z -= np.log(np.exp(z).sum(axis=axis, keepdims=True))
    return z
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
    Prelude("blocks", _BLOCKS, worst=0),
    Prelude("erf", _ERF, worst=8, leaf=True, needs=("ratio", "blocks")),
    # where exp(-z^2/2) is in a function, float32 reaches z = 13, and 13^2/2 times a rounding
    Prelude("gelu", _GELU, worst=1024, leaf=True, needs=("ratio", "blocks"), single=100),
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
