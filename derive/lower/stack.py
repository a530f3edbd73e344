"""The axis that tells arrays apart that are kept side by side in one."""

from __future__ import annotations

from derive.index import Index

_PREFIX = "of."  # no author can write a dot in a name


def stack_index(count: int) -> Index:
    """The index over ``count`` arrays."""
    return Index(f"{_PREFIX}{count}")


def is_stack(index: Index) -> bool:
    """Whether ``index`` runs over arrays that are kept side by side."""
    return index.name.startswith(_PREFIX)
