"""Interpolated n-gram models of characters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from numeric.step import Array

_HELD = 0.1  # the share of the text that the weights are fitted on
_ROUNDS = 30


@dataclass(frozen=True, slots=True)
class Grams:
    """Shares of the next character behind 0, 1, ... characters, and the weight of each.

    Jelinek and Mercer 1980, Interpolated estimation of Markov source parameters: the weights are
    fitted by expectation maximisation on text that the counts have not seen. The first share is
    uniform, so that nothing is impossible.

    Attributes:
        shares: of the next character after k - 1 characters, shape (K,)*k, from k = 0 on.
        weights: one for each.
    """

    shares: tuple[Array, ...]
    weights: Array

    @staticmethod
    def of(text: Array, order: int, size: int) -> Grams:
        """Count ``text``, numbers below ``size``, by up to ``order`` characters in a row."""
        cut = int(len(text) * (1 - _HELD))
        uniform = np.full((), 1 / size)
        shares = (uniform, *(_shares(text[:cut], k, size) for k in range(1, order + 1)))
        found = Grams(shares, np.full(order + 1, 1 / (order + 1)))
        told = found._told(text[cut:])
        weights = found.weights
        for _ in range(_ROUNDS):
            parts = told * weights
            weights = (parts / parts.sum(axis=1, keepdims=True)).mean(axis=0)
        whole = (uniform, *(_shares(text, k, size) for k in range(1, order + 1)))
        return Grams(whole, weights)

    def bits(self, text: Array) -> float:
        """Bits per character of ``text``, but for its first ones."""
        return float(-np.log2(self._told(text) @ self.weights).mean())

    def written(self, count: int, rng: np.random.Generator) -> Array:
        """Draw ``count`` characters."""
        size, order = len(self.shares[1]), len(self.shares) - 1
        begun = [0] * (order - 1)
        for _ in range(count):
            p = np.full(size, self.weights[0] / size)
            for k in range(1, order + 1):
                behind = tuple(begun[len(begun) - k + 1 :]) if k > 1 else ()
                p += self.weights[k] * self.shares[k][behind]
            begun.append(int(rng.choice(size, p=p / p.sum())))
        return np.array(begun[order - 1 :])

    def _told(self, text: Array) -> Array:
        """The share that each order gives each character: (N, order + 1)."""
        order = len(self.shares) - 1
        count = len(text) - order + 1
        columns = [np.full(count, float(self.shares[0]))]
        for k in range(1, order + 1):
            at = tuple(text[order - k + j : order - k + j + count] for j in range(k))
            columns.append(self.shares[k][at])
        return np.stack(columns, axis=1)


def _shares(text: Array, order: int, size: int) -> Array:
    """The shares of each character behind those before it; zeros where nothing was counted."""
    counts = np.zeros((size,) * order)
    count = len(text) - order + 1
    np.add.at(counts, tuple(text[j : j + count] for j in range(order)), 1)
    total = counts.sum(axis=-1, keepdims=True)
    found: Array = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
    return found
