"""Right kernels in many styles are proved; a bug in any of them is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from numeric.check.own import check_file
from tests.numeric.check.own.table import RIGHT
from tests.numeric.check.own.wrong import WRONG

Saved = Callable[[str], Path]


def test_the_tables_are_as_large_as_they_must_be() -> None:
    assert len(RIGHT) >= 25
    assert len(WRONG) >= 40


def _kernel(name: str) -> tuple[str, Any]:
    text, shapes = RIGHT[name]
    if "scipy" in text:
        pytest.importorskip("scipy", reason="SciPy is not installed")
    return text, shapes


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_kernel_is_proved(name: str, saved: Saved) -> None:
    text, shapes = _kernel(name)
    result = check_file(saved(text), shapes=shapes)
    assert result.verdict == "PROVED", str(result)
    assert result.exit_code == 0
    assert {line.proof for line in result.lines} >= {"S1 contract", "S3 central difference"}
    assert all(line.comparisons for line in result.lines)


@pytest.mark.parametrize(
    ("name", "old", "new", "cause"), WRONG, ids=[f"{n}-{row[0]}" for n, row in enumerate(WRONG)]
)
def test_a_bug_is_found(name: str, old: str, new: str, cause: str, saved: Saved) -> None:
    text, shapes = _kernel(name)
    old, new = (part.replace("\n        ", "\n    ") for part in (old, new))
    assert old in text
    result = check_file(saved(text.replace(old, new)), shapes=shapes)
    assert result.verdict == "WRONG", str(result)
    assert result.exit_code == 1
    assert result.counterexample is not None
    assert cause in result.counterexample.cause
