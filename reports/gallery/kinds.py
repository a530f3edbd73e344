"""What the built-in layers are grouped by, in the order in which a course meets them."""

from __future__ import annotations

from collections.abc import Iterable

KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Neurons and dense layers", ("neuron", "dense", "embedding")),
    (
        "Activations",
        (
            "step", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "gelu", "silu",
            "softmax",
        ),
    ),
    (
        "Losses",
        (
            "mse", "huber", "hinge", "binary_cross_entropy", "binary_cross_entropy_logits",
            "cross_entropy", "softmax_cross_entropy",
        ),
    ),
    ("Convolution", ("conv1d", "conv2d", "conv_transpose2d")),
    ("Template matching", ("match1d", "match2d")),
    ("Pooling", ("maxpool1d", "maxpool2d", "avgpool1d", "avgpool2d", "sumpool2d")),
    ("Normalisation", ("batch_norm", "layer_norm", "rms_norm")),
    ("Recurrence", ("rnn", "gru", "lstm", "lstm_peephole")),
    ("Attention", ("attention", "causal_attention")),
)  # fmt: skip
OTHERS = "Further layers"


def grouped(names: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Put names into groups, in the order of the table; those it lacks come last, as given."""
    wanted = tuple(dict.fromkeys(names))
    known = {name for _, members in KINDS for name in members}
    groups = [(kind, tuple(n for n in members if n in wanted)) for kind, members in KINDS]
    groups.append((OTHERS, tuple(n for n in wanted if n not in known)))
    return tuple((kind, members) for kind, members in groups if members)
