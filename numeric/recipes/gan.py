"""An adversarial pair of networks on a ring of eight normal distributions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

import derive
from numeric.layer import Layer
from numeric.network import Network
from numeric.optimise import Adam
from numeric.recipes.equations import AFFINE, program
from numeric.recipes.exhibits import Curves, Exhibit, Points
from numeric.recipes.recipe import Outcome, Recipe, Setting, Target
from numeric.schedules import Cosine
from numeric.step import Array, Step

_MODES, _RADIUS, _DEVIATION = 8, 2.0, 0.15
# the discriminator judges pairs of samples: Lin et al. 2018, PacGAN, arXiv:1712.04086
_NOISE, _WIDTH, _BATCH, _PACK = 4, 128, 128, 2
_STEPS, _RATE, _BETA = 5000, 1e-3, 0.5
_JUDGED, _NEAR = 4000, 3  # samples that are judged; deviations from a centre that count as on it
_AVERAGED = 0.995  # how much of its average a generator keeps in a step
_SURE = 300  # steps in which the discriminator alone learns, for the comparison of the losses


def play(setting: Setting) -> Outcome:
    """Train both against each other, judge what the generator makes, compare its two losses."""
    generator, discriminator = _pair(setting.drawn)
    slopes = _slopes(setting)
    losses = _trained(generator, discriminator, setting)
    made = generator.forward(_noise(setting.ordered, _JUDGED))
    shares, on = _judged(made)
    reached = (float(on), float((shares > 1 / (4 * _MODES)).sum()), slopes[1] / slopes[0])
    return Outcome(reached, _shown(made[::8], _mixture(setting.ordered, _JUDGED // 8), losses))


def _pair(rng: np.random.Generator) -> tuple[Network, Network]:
    def steps(outputs: int) -> tuple[Step, ...]:
        hidden = (Layer("dense", i=_WIDTH), Layer("dense", i=_WIDTH))
        return (*hidden, Layer(derive.parse(AFFINE), rule="xavier", i=outputs))

    made, judged = steps(2), steps(1)
    return (
        Network(made, loss=program("inner_product"), shape=(_NOISE,), seed=rng),
        Network(judged, loss=program("gan_non_saturating"), shape=(2 * _PACK,), seed=rng),
    )


def _centres() -> Array:
    angles = 2 * np.pi * np.arange(_MODES) / _MODES
    return _RADIUS * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _mixture(rng: np.random.Generator, count: int) -> Array:
    drawn = _centres()[rng.integers(_MODES, size=count)]
    return (drawn + _DEVIATION * rng.normal(size=(count, 2))).astype("float32")


def _noise(rng: np.random.Generator, count: int) -> Array:
    return rng.normal(size=(count, _NOISE)).astype("float32")


def _packed(samples: Array) -> Array:
    return samples.reshape(-1, 2 * _PACK)


def _sent_back(discriminator: Network, made: Array, label: int) -> Array:
    """The cotangent of made samples, (N, 2), where the discriminator should answer ``label``."""
    labels = np.full((len(made) // _PACK, 1), label, "float32")
    cotangent = discriminator.cotangents(_packed(made), labels)[0]
    assert cotangent is not None, "the discriminator reads floats"
    return cotangent.reshape(made.shape)


def _turn(
    discriminator: Network, generator: Network, setting: Setting
) -> tuple[float, dict[str, Array]]:
    """The loss of the discriminator on data and made samples, and its gradient."""
    data = _mixture(setting.ordered, _BATCH)
    made = generator.forward(_noise(setting.ordered, _BATCH))
    labels = np.repeat(np.array([1, 0], "float32"), _BATCH // _PACK)[:, None]
    return discriminator.gradients(_packed(np.concatenate([data, made])), labels)


def _trained(generator: Network, discriminator: Network, setting: Setting) -> Array:
    """Train by turns; the generator ends as the average over its last steps."""
    rates = Cosine(_STEPS, floor=0.05)
    first, second = Adam(_RATE, beta1=_BETA), Adam(_RATE, beta1=_BETA)
    average = {name: value.copy() for name, value in generator.parameters.items()}
    losses = np.zeros((_STEPS, 2))
    ones = np.ones((_BATCH // _PACK, 1), "float32")
    for step in range(_STEPS):
        first.rate = second.rate = _RATE * rates(step)
        loss, gradients = _turn(discriminator, generator, setting)
        first.step(discriminator.parameters, gradients)
        noise = _noise(setting.ordered, _BATCH)
        made = generator.forward(noise)
        losses[step] = loss, discriminator.evaluate(_packed(made), ones)[0]
        cotangent = _sent_back(discriminator, made, 1)
        second.step(generator.parameters, generator.gradients(noise, cotangent)[1])
        _move(average, generator.parameters)
        setting.told(step + 1, _STEPS, {"discriminator": loss, "generator": losses[step, 1]})
    for name, value in generator.parameters.items():
        value[...] = average[name]
    return losses


def _move(average: dict[str, Array], parameters: Mapping[str, Array]) -> None:
    for name, value in parameters.items():
        average[name] += (1 - _AVERAGED) * (value - average[name])


def _judged(made: Array) -> tuple[Array, float]:
    """The share of the samples at each centre, and the share of those near enough to one."""
    away = np.linalg.norm(made[:, None] - _centres(), axis=2)
    near = away.min(axis=1) <= _NEAR * _DEVIATION
    shares: Array = np.bincount(away.argmin(axis=1)[near], minlength=_MODES) / len(made)
    return shares, float(near.mean())


def _slopes(setting: Setting) -> tuple[float, float]:
    """The size of what comes back to the samples by either loss, once the discriminator is sure.

    Minimax first; minus the discriminator's own cotangent for made samples.
    """
    generator, discriminator = _pair(setting.drawn)
    optimiser = Adam(_RATE)
    for _ in range(_SURE):
        optimiser.step(discriminator.parameters, _turn(discriminator, generator, setting)[1])
    made = generator.forward(_noise(setting.ordered, _BATCH))
    minimax, other = (np.linalg.norm(_sent_back(discriminator, made, k)) for k in (0, 1))
    return float(minimax), float(other)


def _shown(made: Array, data: Array, losses: Array) -> tuple[Exhibit, ...]:
    steps, every = np.arange(1, _STEPS + 1), 20
    smooth = losses[: _STEPS // every * every].reshape(-1, every, 2).mean(axis=1)
    lines = {
        name: (steps[every - 1 :: every], smooth[:, k])
        for k, name in enumerate(("discriminator", "generator"))
    }
    return (
        Points("The mixture and what the generator makes", "x", "y", {"data": data, "made": made}),
        Curves("Losses, means of 20 steps", "step", "loss", lines),
    )


RECIPE = Recipe(
    name="gan",
    title="Adversarial pair on a ring of eight normal distributions",
    about="A generator turns noise into points of the plane; a discriminator, which judges pairs "
    "of points, says what is data. They learn by turns: the cotangent that the discriminator "
    "sends back to the points goes on into the generator. Once the discriminator is sure, the "
    "minimax loss sends back less than the non-saturating one.",
    targets=(
        Target("samples within three deviations of a centre", 0.85),
        Target("centres that have at least a quarter of their share", _MODES, form=".0f"),
        Target("cotangent of the non-saturating loss over that of minimax", 2, form=".2g"),
    ),
    seconds=30,
    play=play,
    equations=("gan_minimax", "gan_non_saturating", "inner_product"),
)
