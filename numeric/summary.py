"""The steps of a network as a table: shapes, trained numbers and operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from numeric.shape import text
from numeric.stage import Stage
