"""Fit the rational functions behind ``erf`` and ``erfc`` in ``numeric/prelude.py``.

Both are interpolated at Chebyshev points in 60 digits, which is within a small factor of the
best fit of that degree, and their error is then measured on a dense grid:

    erf(x)          = x * P(x^2)/Q(x^2)        0 <= x <= 1
    exp(x^2)erfc(x) = P(x)/Q(x)                0 <= x <= 28, points in (x - 2)/(x + 2)

All coefficients come out positive, so neither polynomial cancels for x >= 0.
Run as ``python tools/fit_erf.py``; it prints the coefficients, highest power first.
"""

from __future__ import annotations

from collections.abc import Callable

import mpmath as mp

Function = Callable[[mp.mpf], mp.mpf]
DIGITS = 60
FAR = 28  # exp(-28^2) is zero in double precision


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


def chebyshev(low: mp.mpf, high: mp.mpf, count: int) -> list[mp.mpf]:
    """The Chebyshev points of an interval."""
    middle, radius = (low + high) / 2, (high - low) / 2
    return [middle + radius * mp.cos(mp.pi * (2 * i + 1) / (2 * count)) for i in range(count)]


def report(name: str, f: Function, fit: tuple[list[mp.mpf], list[mp.mpf]], end: float) -> None:
    """Print the coefficients and the worst relative error on a grid."""
    above, below = ([float(c) for c in reversed(part)] for part in fit)
    grid = [mp.mpf(end) * (mp.mpf(i) / 2000) ** 2 for i in range(1, 2001)]
    worst = max(abs(mp.polyval(above, x) / mp.polyval(below, x) / f(x) - 1) for x in grid)
    print(f"{name}: worst relative error {mp.nstr(worst, 2)}")
    print("  above", above, "\n  below", below)


def main() -> None:
    """Fit both and report."""
    mp.mp.dps = DIGITS

    def ratio(s: mp.mpf) -> mp.mpf:
        return mp.erf(mp.sqrt(s)) / mp.sqrt(s)

    def scaled(x: mp.mpf) -> mp.mpf:
        return mp.exp(x * x) * mp.erfc(x)

    near = interpolate(ratio, chebyshev(mp.mpf("1e-30"), mp.mpf(1), 10), 4, 5)
    report("erf(x)/x in x^2", ratio, near, 1)
    middle = mp.mpf(2)
    ends = chebyshev(mp.mpf(-1), (FAR - middle) / (FAR + middle), 20)
    far = interpolate(scaled, [middle * (1 + t) / (1 - t) for t in ends], 9, 10)
    report("exp(x^2)*erfc(x)", scaled, far, FAR)


if __name__ == "__main__":
    main()
