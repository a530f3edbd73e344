"""The functions of ``numeric.prelude`` in the fast style: they write where they are told.

``out`` may be the argument itself. ``spare`` is an array like ``out`` that is free meanwhile.
The formulas are those of the prelude, and so are their errors.
"""

from __future__ import annotations

from numeric.prelude import PRELUDE, Prelude

SUFFIX = "_into"

_SIGMOID = '''\
def sigmoid_into(z, out):
    """1/(1 + exp(-z)), which is 0 where exp(-z) is too large."""
    np.negative(z, out=out)
    with np.errstate(over="ignore"):
        np.exp(out, out=out)
    np.add(1, out, out=out)
    np.divide(1, out, out=out)
'''

_SILU = '''\
def silu_into(z, spare, out):
    """z*sigmoid(z)."""
    sigmoid_into(z, out=spare)
    np.multiply(z, spare, out=out)
'''

_SOFTPLUS = '''\
def softplus_into(z, spare, spare2, spare3, out):
    """log(1 + exp(z)), without overflow."""
    np.abs(z, out=spare)
    np.negative(spare, out=spare)
    np.exp(spare, out=spare)
    np.add(1, spare, out=spare2)  # what that rounds off comes back
    np.subtract(spare2, 1, out=spare3)
    np.subtract(spare3, spare, out=spare)
    np.divide(spare, spare2, out=spare)
    np.log(spare2, out=spare2)
    np.subtract(spare2, spare, out=spare)
    np.maximum(z, 0, out=out)
    np.add(out, spare, out=out)
'''

_RATIO = '''\
def ratio_into(above, below, z, spare, out):
    """The quotient of two polynomials, coefficients from the highest power down."""
    for array, factors in ((out, above), (spare, below)):
        np.multiply(factors[0], z, out=array)
        np.add(array, factors[1], out=array)
        for c in factors[2:]:
            np.multiply(array, z, out=array)
            np.add(array, c, out=array)
    np.divide(out, spare, out=out)
'''

_ERF = '''\
    np.clip(z, -end, end, out=out)
    np.multiply(out, out, out=spare)
    ratio_into(above, below, spare, spare=spare2, out=spare3)
    np.multiply(out, spare3, out=out)
    np.clip(out, -1, 1, out=out)
'''

_GELU = '''\
    np.abs(z, out=spare)
    np.minimum(spare, 40, out=spare)
    ratio_into(above, below, spare, spare=spare2, out=spare3)
    np.multiply(spare, spare, out=spare)
    np.multiply(spare, -0.5, out=spare)
    np.exp(spare, out=spare)
    np.multiply(spare, spare3, out=spare)
    np.greater(z, 0, out=spare2)
    np.subtract(spare2, spare, out=spare)
    np.abs(spare, out=spare)
    np.multiply(z, spare, out=out)
'''


# The spare arrays of every block are the same, so that they stay in the cache.
_IN_BLOCKS = """\
    size = 65536
    if z.size > size and z.flags.c_contiguous and out.flags.c_contiguous:
        given, found = z.reshape(-1), out.reshape(-1)
        spares = [array.reshape(-1) for array in (spare, spare2, spare3)]
        for k in range(0, z.size, size):
            part = given[k : k + size]
            {name}_into(part, *(s[: part.size] for s in spares), found[k : k + size])
        return
"""


def _fitted(name: str, steps: str) -> str:
    """The text of a function that has the coefficients of the one in the prelude."""
    text = PRELUDE[name].text
    about = text[text.index("\n") + 1 : text.index("    if z.size")]
    tables = text[text.index("    above = ") : text.index("    x = ")]
    if "    end = " in text:
        tables = text[text.index("    end = ") : text.index("    x = ")]
    blocks = _IN_BLOCKS.format(name=name)
    return f"def {name}_into(z, spare, spare2, spare3, out):\n{about}{blocks}{tables}{steps}"


_STEP = '''\
def step_into(z, out):
    """1 where z > 0, else 0."""
    np.maximum(z, 0, out=out)
    np.sign(out, out=out)
'''

_LEAKY_RELU = '''\
def leaky_relu_into(z, a, spare, out):
    """z where z > 0, else a*z."""
    np.minimum(z, 0, out=spare)
    np.multiply(a, spare, out=spare)
    np.maximum(z, 0, out=out)
    np.add(out, spare, out=out)
'''

_ELU = '''\
def elu_into(z, a, spare, out):
    """z where z > 0, else a*(exp(z) - 1)."""
    np.minimum(z, 0, out=spare)
    np.expm1(spare, out=spare)
    np.multiply(a, spare, out=spare)
    np.maximum(z, 0, out=out)
    np.add(out, spare, out=out)
'''

_SOFTMAX = '''\
def softmax_into(z, axis, out):
    """exp(z)/sum(exp(z)) along axis, shifted by the largest member."""
    np.subtract(z, z.max(axis=axis, keepdims=True, initial=-np.inf), out=out)
    np.exp(out, out=out)
    np.divide(out, out.sum(axis=axis, keepdims=True), out=out)
'''

_LOG_SOFTMAX = '''\
def log_softmax_into(z, axis, spare, out):
    """z - log(sum(exp(z))) along axis, shifted by the largest member; spare: its exponentials."""
    np.subtract(z, z.max(axis=axis, keepdims=True, initial=-np.inf), out=out)
    np.exp(out, out=spare)
    np.subtract(out, np.log(spare.sum(axis=axis, keepdims=True)), out=out)
'''

# In the order in which a module defines them.
INTO: tuple[Prelude, ...] = (
    Prelude("sigmoid_into", _SIGMOID, worst=4),
    Prelude("silu_into", _SILU, worst=6, needs=("sigmoid_into",)),
    Prelude("softplus_into", _SOFTPLUS, worst=4),
    Prelude("ratio_into", _RATIO, worst=0),
    Prelude("erf_into", _fitted("erf", _ERF), worst=8, leaf=True, needs=("ratio_into",)),
    Prelude(
        "gelu_into", _fitted("gelu", _GELU), leaf=True, needs=("ratio_into",),
        worst=PRELUDE["gelu"].worst, single=PRELUDE["gelu"].single,
    ),
    Prelude("step_into", _STEP, worst=0),
    Prelude("leaky_relu_into", _LEAKY_RELU, worst=2),
    Prelude("elu_into", _ELU, worst=6),
    Prelude("softmax_into", _SOFTMAX, worst=8),
    Prelude("log_softmax_into", _LOG_SOFTMAX, worst=8),
)
