"""A user's own ``forward`` and ``backward``, verified."""

from numeric.check.own.declared import parse_shapes
from numeric.check.own.file import check_file
from numeric.check.own.function import check_function

__all__ = ["check_file", "check_function", "parse_shapes"]
