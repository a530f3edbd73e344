"""S8, whole networks: the gradient of the loss by every parameter against the loss itself.

Each parameter is moved by itself, along its gradient and along one random direction, so that
no parameter is swamped by another. Where the loss has a kink at the given parameters all of
them are moved a little first. Everything runs in float64, on a copy.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from derive.errors import CallRefused
from numeric.check import taylor
from numeric.check.result import INCONCLUSIVE, PROVED, WRONG, CheckResult, Counterexample, Line
from numeric.check.taylor import Trial
from numeric.step import Array

NAME = "S8"
THRESHOLD = f"rate {taylor.RATE:g} +- {taylor.SPREAD:g}"
# Parameters are moved by about their own size, and by this where they are all but zero.
SMALLEST_MOVE = 0.1
# How far all parameters are moved, beside their size, to leave a kink, or a place where a unit
# is off for every sample.
NUDGES = (0.0, 2.0**-6, 2.0**-4, 1.0)
ALONG_GRADIENT, AT_RANDOM = "along the gradient", "along a random direction"


class Differentiable(Protocol):
    """What a network has to bring to be checked."""

    @property
    def parameters(self) -> Mapping[str, Array]:
        """Every trained array by name; a change in place changes the network."""

    def evaluate(self, x: Array, targets: Array) -> tuple[float, Array]:
        """The loss of a batch, and what the last step gives for it."""

    def gradients(self, x: Array, targets: Array) -> tuple[float, dict[str, Array]]:
        """The loss of a batch, and its gradient by every parameter."""

    def in_dtype(self, dtype: Any) -> Differentiable:
        """A copy that computes in another precision."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A network in float64 with a batch.

    Attributes:
        network: the copy.
        x: the samples.
        targets: their targets.
        groups: the parameters, those that are one array in memory together.
    """

    network: Differentiable
    x: Array
    targets: Array
    groups: tuple[tuple[str, ...], ...]

    def loss(self) -> float:
        """The loss at the parameters as they are now."""
        return float(self.network.evaluate(self.x, self.targets)[0])


@dataclass(frozen=True, slots=True)
class _Judged:
    """What is to say of one parameter: the parts of a line, and where it is wrong."""

    name: str
    verdict: str
    compared: int = 1
    worst: float | None = None
    notes: tuple[str, ...] = ()
    flat: bool = False
    example: Counterexample | None = None

    @property
    def line(self) -> Line:
        """The line of the report."""
        label, note = f"{NAME} {self.name}", "; ".join(self.notes)
        return Line(label, self.compared, (), self.worst, THRESHOLD, self.verdict, note)


def check_network(
    network: Differentiable, x: Array, targets: Array, /, *, seed: int = 0
) -> CheckResult:
    """Prove that the gradients of a network are those of its loss, parameter by parameter.

    The network itself is not changed. ``x`` and ``targets`` are a batch, as for ``gradients``.

    Raises:
        CallRefused: if the network has no parameter.
    """
    copy = network.in_dtype(np.float64)
    if not copy.parameters:
        raise CallRefused(
            "the network has no parameter to check", remedy="check its layers by themselves"
        )
    case = _Case(copy, _in_float64(x), _in_float64(targets), _groups(copy.parameters))
    lines, example = _lines(case, np.random.default_rng(seed))
    return CheckResult(
        title="network",
        lines=lines,
        counterexample=example,
        seed=seed,
        versions=(("python", platform.python_version()), ("numpy", np.__version__)),
    )


def _in_float64(array: Array) -> Array:
    found = np.asarray(array)
    return found.astype(np.float64) if found.dtype.kind == "f" else found


def _groups(parameters: Mapping[str, Array]) -> tuple[tuple[str, ...], ...]:
    """The names that stand for one array each: a shared weight has several."""
    found: list[list[str]] = []
    for name, value in parameters.items():
        same = next((g for g in found if np.shares_memory(parameters[g[0]], value)), None)
        if same is None:
            found.append([name])
        else:
            same.append(name)
    return tuple(map(tuple, found))


def _lines(
    case: _Case, rng: np.random.Generator
) -> tuple[tuple[Line, ...], Counterexample | None]:
    problem = _problem(case)
    if problem:
        return (Line(NAME, 0, (), None, THRESHOLD, INCONCLUSIVE, problem),), None
    left = list(case.groups)
    done: dict[tuple[str, ...], _Judged] = {}
    for nudge in NUDGES:
        _move(case, nudge, rng)
        for group in left:
            done[group] = _judged(case, group, rng, nudge)
        left = [g for g in left if done[g].verdict == INCONCLUSIVE or done[g].flat]
        if not left:
            break
    found = [done[group] for group in case.groups]
    if all(judged.flat for judged in found):
        found = [replace(judged, verdict=INCONCLUSIVE) for judged in found]
    lines = tuple(judged.line for judged in found)
    return lines, next((j.example for j in found if j.example is not None), None)


def _problem(case: _Case) -> str:
    first, again = case.loss(), case.loss()
    if not np.isfinite(first):
        return f"the loss is {first} for this batch"
    return "" if first == again else "the loss is another when it is computed again"


def _move(case: _Case, by: float, rng: np.random.Generator) -> None:
    for group in case.groups if by else ():
        value = case.network.parameters[group[0]]
        value += by * _size(value) * rng.standard_normal(value.shape)


def _size(value: Array) -> float:
    """What counts as a large move of a parameter, per element."""
    return max(float(np.sqrt(np.mean(value**2))) if value.size else 0.0, SMALLEST_MOVE)


def _judged(
    case: _Case, group: tuple[str, ...], rng: np.random.Generator, nudge: float
) -> _Judged:
    """What is to say of one parameter, where the parameters are now."""
    name, value = " = ".join(group), case.network.parameters[group[0]]
    given = case.network.gradients(case.x, case.targets)[1]
    parts = [np.asarray(given[n], dtype=np.float64) for n in group if n in given]
    problem = _unfit(parts, value)
    if problem:
        example = Counterexample(f"{NAME} {name}", f"d{name}", problem, f"shape {value.shape}")
        return _Judged(name, WRONG, notes=(f"d{name} is {problem}",), example=example)
    gradient = sum(parts[1:], start=parts[0])
    trials = {
        way: taylor.judge(_along(case, value, v), float(np.vdot(gradient, v)))
        for way, v in _directions(value, gradient, rng)
    }
    return _told(name, trials, nudge)


def _unfit(parts: list[Array], value: Array) -> str:
    if not parts:
        return "missing"
    if any(part.shape != value.shape for part in parts):
        return f"of shape {parts[0].shape}"
    return "" if all(np.isfinite(part).all() for part in parts) else "not finite"


def _directions(
    value: Array, gradient: Array, rng: np.random.Generator
) -> Iterator[tuple[str, Array]]:
    v, size = rng.standard_normal(value.shape), _size(value)
    yield AT_RANDOM, size * v
    steepest = float(np.linalg.norm(gradient))
    if steepest > 0:
        yield ALONG_GRADIENT, gradient * (size * np.sqrt(value.size) / steepest)


def _along(case: _Case, value: Array, v: Array) -> taylor.Loss:
    start = value.copy()

    def loss(step: float) -> float:
        value[...] = start + step * v
        try:
            return case.loss()
        finally:
            value[...] = start

    return loss


def _told(name: str, trials: Mapping[str, Trial], nudge: float) -> _Judged:
    outcomes = {trial.outcome for trial in trials.values()}
    verdict = (
        WRONG if taylor.WRONG in outcomes
        else INCONCLUSIVE if taylor.UNKNOWN in outcomes
        else PROVED
    )  # fmt: skip
    notes = [_why(way, t) for way, t in trials.items() if t.outcome == taylor.UNKNOWN]
    if taylor.LINEAR in outcomes:
        notes.append("the loss is linear along a direction: the slope itself was compared")
    if taylor.FLAT in outcomes:
        notes.append(f"the loss does not move with {name}, and the gradient is 0")
    if nudge:
        notes.append(f"at parameters moved by {nudge:g} of their size, off a kink or a flat place")
    return _Judged(
        name,
        verdict,
        compared=sum(max(1, len(trial.rates)) for trial in trials.values()),
        worst=max(t.off for t in trials.values()) if verdict == PROVED else None,
        notes=tuple(notes),
        flat=outcomes == {taylor.FLAT},
        example=_example(name, trials),
    )


def _why(way: str, trial: Trial) -> str:
    if not np.isfinite(trial.slope):
        return f"{way} the loss leaves the finite numbers"
    if trial.kinked:
        return f"{way} the loss has a kink at the point itself"
    return f"{way} no step is both longer than rounding and short of the next kink"


def _example(name: str, trials: Mapping[str, Trial]) -> Counterexample | None:
    for way, trial in trials.items():
        if trial.outcome == taylor.WRONG:
            return Counterexample(
                proof=f"{NAME} {name}",
                entry=f"d{name} {way}",
                given=f"{trial.given:.12g}",
                expected=f"{trial.slope:.12g}",
                detail=f"central differences, known to {trial.error:.0e}",
            )
    return None
