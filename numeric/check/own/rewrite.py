"""The text of a function, with Python's own floats taken out.

    0.1                 the number 1/10
    1 / n, n ** -1      the exact quotient and power of whole numbers
    float(x)            x itself, if x is a number of many digits
    "%.3f" % x          the text, of the nearest float
    isinstance(x, float) also of a number of many digits

Lines keep their numbers, so that messages can name them.
"""

from __future__ import annotations

import ast
import tokenize
from io import StringIO
from typing import Any

PREFIX = "_exact_"
LITERAL = f"{PREFIX}literal_"
DIVIDE, POWER, FLOAT, TEXT, IS, CAST, VALUE = (
    f"{PREFIX}{name}" for name in ("divide", "power", "float", "text", "is", "cast", "value")
)
_OPERATIONS: dict[type[ast.operator], str] = {ast.Div: DIVIDE, ast.Pow: POWER}
_FLOAT_TYPES = ("float64", "float32", "float16", "double", "single")


class Rewriter(ast.NodeTransformer):
    """Rewrite the nodes of a text; ``literals`` are the decimals that stand in it."""

    def __init__(self, text: str) -> None:
        self.literals: dict[str, str] = {}
        self._written = {
            token.start: token.string
            for token in tokenize.generate_tokens(StringIO(text).readline)
            if token.type == tokenize.NUMBER
        }

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        """A float that is written out is the decimal that stands there."""
        if not isinstance(node.value, float):
            return node
        written = self._written.get((node.lineno, node.col_offset), repr(node.value))
        name = f"{LITERAL}{written.replace('_', '')}".replace(".", "p").replace("-", "m")
        self.literals[name.replace("+", "")] = written.replace("_", "")
        return ast.Name(name.replace("+", ""), ast.Load())

    def visit_Import(self, node: ast.Import) -> list[ast.stmt]:
        """Imports inside a function hand out what its module would see."""
        names = [alias.asname or alias.name.partition(".")[0] for alias in node.names]
        return [node, *(_seen_as_number_code(name) for name in names)]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> list[ast.stmt]:
        """The same, of names."""
        return [node, *(_seen_as_number_code(alias.asname or alias.name) for alias in node.names)]

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        """Texts are for the reader; floats in them do no harm."""
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """Quotients and powers of whole numbers are exact."""
        self.generic_visit(node)
        name = _OPERATIONS.get(type(node.op))
        if isinstance(node.op, ast.Mod) and _is_text(node.left):
            name = TEXT
        return node if name is None else _call(name, node.left, node.right)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        """The same, in place."""
        self.generic_visit(node)
        name = _OPERATIONS.get(type(node.op))
        if name is None or not isinstance(node.target, ast.Name):
            return node
        read = ast.Name(node.target.id, ast.Load())
        return ast.Assign([node.target], _call(f"{name}_into", read, node.value))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Casts to float keep what is a number of many digits."""
        self.generic_visit(node)
        function = node.func
        if isinstance(function, ast.Name) and not node.keywords:
            name = {"float": FLOAT, "isinstance": IS}.get(function.id)
            return node if name is None else _call(name, *node.args)
        if isinstance(function, ast.Attribute) and function.attr in _FLOAT_TYPES and node.args:
            return _call(CAST, function, *node.args)
        return node


def _seen_as_number_code(name: str) -> ast.stmt:
    value = _call(VALUE, ast.Name(name, ast.Load()))
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _call(name: str, *args: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(args), [])


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def rewritten(tree: ast.AST, text: str) -> tuple[Any, dict[str, str]]:
    """A tree without Python's floats, and the literals that it refers to."""
    rewriter = Rewriter(text)
    return ast.fix_missing_locations(rewriter.visit(tree)), rewriter.literals
