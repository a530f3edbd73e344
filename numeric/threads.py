"""Threads of the linear algebra under NumPy."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext


def one_thread() -> AbstractContextManager[object]:
    """Keep matrix products on one thread for a while, where threadpoolctl is installed.

    Products of small batches gain nothing from a second thread, and lose several times over when
    another process holds that core. Sums in a fixed order also give the same bytes on any
    number of cores. threadpoolctl comes with scikit-learn; without it nothing changes.
    """
    try:
        from threadpoolctl import threadpool_limits  # noqa: PLC0415  an optional package
    except ImportError:
        return nullcontext()
    limits: AbstractContextManager[object] = threadpool_limits(1, user_api="blas")
    return limits
