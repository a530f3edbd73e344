"""Packages that data sets come with, and that the core does without."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from derive.errors import OptionRefused


def extra(module: str, package: str, what: str) -> Any:
    """Import ``module`` of the optional ``package``, which brings ``what``.

    Raises:
        OptionRefused: if the package is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise OptionRefused(
            f"{what} with {package}, which is not installed",
            remedy="pip install 'backproof[all]'",
        ) from error
