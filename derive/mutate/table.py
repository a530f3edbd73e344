"""The operators, the commonest mistakes first: of several that fit the first explains best."""

from __future__ import annotations

from derive.mutate import (
    activations,
    branches,
    carries,
    exchange,
    factors,
    held,
    overlaps,
    places,
    sums,
    terms,
)
from derive.mutate.scene import Operator

OPERATORS: tuple[tuple[str, Operator], ...] = (
    ("sign", sums.wrong_sign),
    ("one member of a sum", sums.one_member),
    ("mean for sum", sums.mean_for_sum),
    ("carry cut", carries.carry_cut),
    ("term dropped", terms.dropped),
    ("factor left out", factors.left_out),
    ("transposed operand", places.transposed),
    ("a step off", places.a_step_off),
    ("other derivative", activations.other_derivative),
    ("one step", carries.one_step),
    ("sign of a term", terms.sign_of_one),
    ("tie rule", overlaps.tie_rules),
    ("other comparison", branches.other_comparison),
    ("other cotangent", exchange.other_cotangent),
    ("gates exchanged", exchange.swapped),
    ("reversed", places.reversed_order),
    ("overwritten", overlaps.overwritten),
    ("hyperparameter", places.hyper_ignored),
    ("slopes", places.exchanged_slopes),
    ("root", factors.rooted),
    ("other power", factors.other_power),
    ("one branch", branches.one_branch),
    ("one term only", terms.only_one),
    ("held constant", held.held),
    ("parameter", branches.epsilon),
    ("sum for mean", sums.sum_for_mean),
    ("one less", sums.one_less),
    ("other value", exchange.other_value),
    ("no function", branches.no_function),
    ("size less one", sums.size_less_one),
    ("no matrix", sums.no_matrix),
    ("further derivative", activations.further_derivative),
    ("further factor", factors.constant_factor),
    ("axes", sums.kept_axis),
)
