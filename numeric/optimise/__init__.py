"""Optimisers: one step of all parameters, in place.

The update equations stand in ``derive/updates/*.eqn``, each with its paper; what is computed
here is the last form that the claims there lead to.
"""

from numeric.optimise.adam import Adam, AdamW
from numeric.optimise.optimiser import Optimiser
from numeric.optimise.rmsprop import RMSProp
from numeric.optimise.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimiser", "RMSProp"]
