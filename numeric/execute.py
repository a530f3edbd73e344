"""Emitted text is looked at before it runs: only nodes and names that emission can produce.

The names in a module come from a grammar that has no dunder and no keyword, and free text
stands in docstrings only; this check holds even if one of those guards should fail. It is a
second lock, not a sandbox for code that others wrote.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from typing import Any

_NODES = (
    ast.Module, ast.Import, ast.alias, ast.FunctionDef, ast.arguments, ast.arg, ast.Return,
    ast.Assign, ast.AugAssign, ast.For, ast.If, ast.Expr, ast.Raise, ast.Assert, ast.With,
    ast.withitem, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.keyword,
    ast.Attribute, ast.Subscript, ast.Slice, ast.Name, ast.Constant, ast.Tuple, ast.List,
    ast.Dict, ast.Starred, ast.JoinedStr, ast.FormattedValue, ast.GeneratorExp, ast.ListComp,
    ast.DictComp, ast.comprehension, ast.Lambda,
    ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop,
)  # fmt: skip
_BUILTINS = (
    "ValueError", "SystemExit", "abs", "all", "any", "bool", "dict", "enumerate", "float", "int",
    "isinstance", "len", "list", "max", "min", "print", "range", "reversed", "round", "slice",
    "str", "sum", "tuple", "zip",
    # `import numpy`, the only import that passes, and what NumPy's own C code loads late
    "__import__",
)  # fmt: skip


def execute(source: str) -> dict[str, Any]:
    """Run emitted text and return its namespace.

    Raises:
        AssertionError: if the text holds anything that emission never produces.
    """
    tree = ast.parse(source)
    problems = list(violations(tree))
    if problems:  # not an assert statement: it must hold under python -O as well
        raise AssertionError(f"emission produced what it may not: {problems[0]}")
    namespace: dict[str, Any] = {
        "__name__": "kernel",
        "__builtins__": {name: getattr(builtins, name) for name in _BUILTINS},
    }
    exec(compile(tree, "<kernel>", "exec"), namespace)
    return namespace


def violations(tree: ast.Module) -> Iterator[str]:
    """What in ``tree`` is not in the allow-list, with its line."""
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if not isinstance(node, _NODES):
            yield f"{type(node).__name__} in line {line}"
        elif isinstance(node, ast.Import) and [a.name for a in node.names] != ["numpy"]:
            yield f"an import of {node.names[0].name} in line {line}"
        elif isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            yield f"the attribute {node.attr} in line {line}"
        elif isinstance(node, ast.Name) and node.id.startswith("_") and node.id not in (
            "_", "__name__",
        ):  # fmt: skip
            yield f"the name {node.id} in line {line}"
