"""Kernels as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Saved = Callable[[str], Path]


@pytest.fixture
def saved(tmp_path: Path) -> Saved:
    def save(text: str) -> Path:
        path = tmp_path / "kernel.py"
        path.write_text(text, encoding="utf-8")
        return path

    return save
