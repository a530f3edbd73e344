"""Kernels written by hand in the convention of emitted modules, to put bugs into."""

from __future__ import annotations

import pytest

from trials.bugs import KERNELS, Kernel


@pytest.fixture(scope="session")
def cases() -> dict[str, Kernel]:
    return KERNELS
