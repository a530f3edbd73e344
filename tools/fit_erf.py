"""Fit the rational functions behind ``erf`` and ``gelu`` in ``numeric/prelude.py``.

All are interpolated at Chebyshev points in 60 digits, which is within a small factor of the
best fit of that degree, and their error is then measured on a dense grid:

    erf(x)                        = x * P(x^2)/Q(x^2)      up to where erf rounds to 1
    exp(x^2/2)*Phi(-x)            = P(x)/Q(x)              up to where exp(-x^2/2) rounds to 0

Phi is the normal distribution function. Points are even in (x - middle)/(x + middle). All
coefficients come out positive, so no polynomial cancels for x >= 0. Where erf ends, it is within
half a rounding of 1. Run as ``python tools/fit_erf.py``; it prints the coefficients, highest
power first, to nine digits where float32 is all they are for.
"""

from __future__ import annotations

from collections.abc import Callable

import mpmath as mp

Function = Callable[[mp.mpf], mp.mpf]
# Where it ends, the middle of the points, the degrees, and the digits of the coefficients.
Fit = tuple[float, float, tuple[int, int], int]
DIGITS = 60


def interpolate(
    f: Function, points: list[mp.mpf], above: int, below: int
) -> tuple[list[mp.mpf], list[mp.mpf]]:
    """Coefficients, lowest first, of P/Q with Q(0) = 1 that equals ``f`` at the points."""
    size = above + below + 1
    system, right = mp.matrix(size, size), mp.matrix(size, 1)
    for row, x in enumerate(points):
        value = f(x)
        right[row] = value
        for power in range(above + 1):
            system[row, power] = x**power
        for power in range(1, below + 1):
            system[row, above + power] = -value * x**power
    found = mp.lu_solve(system, right)
    return list(found[: above + 1]), [mp.mpf(1), *found[above + 1 :]]


def points(end: mp.mpf, middle: mp.mpf, count: int) -> list[mp.mpf]:
    """Points from 0 to ``end``, closer to one another the smaller they are."""
    low, high = mp.mpf(-1), (end - middle) / (end + middle)
    centre, radius = (low + high) / 2, (high - low) / 2
    angles = [mp.pi * (2 * i + 1) / (2 * count) for i in range(count)]
    even = [centre + radius * mp.cos(angle) for angle in angles]
    return [middle * (1 + t) / (1 - t) for t in even]


def report(name: str, f: Function, fit: Fit) -> None:
    """Print the coefficients and the worst relative error on a grid."""
    end, middle, (above, below), digits = fit
    found = interpolate(f, points(mp.mpf(end), mp.mpf(middle), above + below + 1), above, below)
    rounded = [[float(mp.nstr(c, digits)) for c in reversed(part)] for part in found]
    grid = [mp.mpf(end) * (mp.mpf(i) / 2000) ** 2 for i in range(1, 2001)]
    worst = max(abs(mp.polyval(rounded[0], x) / mp.polyval(rounded[1], x) / f(x) - 1) for x in grid)
    print(f"{name}: worst relative error {mp.nstr(worst, 2)}")
    print("  above", rounded[0], "\n  below", rounded[1])


def main() -> None:
    """Fit both, for both precisions, and report."""
    mp.mp.dps = DIGITS

    def ratio(s: mp.mpf) -> mp.mpf:
        return mp.erf(mp.sqrt(s)) / mp.sqrt(s)

    def tail(x: mp.mpf) -> mp.mpf:
        return mp.exp(x * x / 2) * mp.erfc(x / mp.sqrt(2)) / 2

    report("erf(x)/x in x^2", ratio, (35.2, 20, (12, 12), 17))
    report("erf(x)/x in x^2, float32", ratio, (15.4, 16, (5, 5), 9))
    report("exp(x^2/2)*Phi(-x)", tail, (39.6, 4, (9, 10), 17))
    report("exp(x^2/2)*Phi(-x), float32", tail, (14.5, 3, (4, 5), 9))


if __name__ == "__main__":
    main()
