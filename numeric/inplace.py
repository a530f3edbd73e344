"""The functions of ``numeric.prelude`` in the fast style: they write where they are told.

``out`` may be the argument itself. ``spare`` is an array like ``out`` that is free meanwhile.
The formulas are those of the prelude, and so are their errors.
"""

from __future__ import annotations

from numeric.prelude import Prelude

SUFFIX = "_into"

_SIGMOID = '''\
def sigmoid_into(z, spare, out):
    """1/(1 + exp(-z)), without overflow."""
    np.abs(z, out=spare)
    np.negative(spare, out=spare)
    np.exp(spare, out=spare)
    np.add(spare, 1, out=spare)
    np.minimum(z, 0, out=out)
    np.exp(out, out=out)
    np.divide(out, spare, out=out)
'''

_SILU = '''\
def silu_into(z, spare, spare2, out):
    """z*sigmoid(z)."""
    sigmoid_into(z, spare=spare, out=spare2)
    np.multiply(z, spare2, out=out)
'''

_SOFTPLUS = '''\
def softplus_into(z, spare, out):
    """log(1 + exp(z)), without overflow."""
    np.abs(z, out=spare)
    np.negative(spare, out=spare)
    np.exp(spare, out=spare)
    np.log1p(spare, out=spare)
    np.maximum(z, 0, out=out)
    np.add(out, spare, out=out)
'''

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
    """z - log(sum(exp(z))) along axis, shifted by the largest member."""
    np.subtract(z, z.max(axis=axis, keepdims=True, initial=-np.inf), out=out)
    np.exp(out, out=spare)
    np.subtract(out, np.log(spare.sum(axis=axis, keepdims=True)), out=out)
'''

# In the order in which a module defines them.
INTO: tuple[Prelude, ...] = (
    Prelude("sigmoid_into", _SIGMOID, worst=4),
    Prelude("silu_into", _SILU, worst=6, needs=("sigmoid_into",)),
    Prelude("softplus_into", _SOFTPLUS, worst=4),
    Prelude("step_into", _STEP, worst=0),
    Prelude("leaky_relu_into", _LEAKY_RELU, worst=2),
    Prelude("elu_into", _ELU, worst=6),
    Prelude("softmax_into", _SOFTMAX, worst=8),
    Prelude("log_softmax_into", _LOG_SOFTMAX, worst=8),
)
