"""Finding the text of a function: its definition in the file that it was read from."""

from __future__ import annotations

import ast
import linecache
from types import CodeType, FunctionType


class Sources:
    """The files that functions came from, each parsed once."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[str, ast.Module | None]] = {}

    def text(self, function: FunctionType) -> str:
        """The text of the file of a function; empty if there is none."""
        return self._file(function)[0]

    def definition(self, function: FunctionType) -> ast.FunctionDef | ast.Lambda | None:
        """The node that defines a function; None if its text is not to be had."""
        _, tree = self._file(function)
        code = function.__code__
        nodes = [] if tree is None else [n for n in ast.walk(tree) if _defines(n, code)]
        found = nodes[0] if len(nodes) == 1 else None
        return found if isinstance(found, (ast.FunctionDef, ast.Lambda)) else None

    def assigned(self, function: FunctionType, name: str) -> ast.expr | None:
        """What the only assignment to a name of the function's module gives it."""
        _, tree = self._file(function)
        found = []
        for node in [] if tree is None else tree.body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            if isinstance(node, ast.AnnAssign):
                targets = [node.target]
            if any(isinstance(t, ast.Name) and t.id == name for t in targets):
                found.append(node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None)
        return found[0] if len(found) == 1 else None

    def _file(self, function: FunctionType) -> tuple[str, ast.Module | None]:
        name = function.__code__.co_filename
        if name not in self._read:
            linecache.checkcache(name)
            text = "".join(linecache.getlines(name, function.__globals__))
            try:
                tree = ast.parse(text) if text else None
            except (SyntaxError, ValueError):
                tree = None
            self._read[name] = (text, tree)
        return self._read[name]


def _defines(node: ast.AST, code: CodeType) -> bool:
    if isinstance(node, ast.FunctionDef):
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        return node.name == code.co_name and first == code.co_firstlineno
    if isinstance(node, ast.Lambda) and code.co_name == "<lambda>":
        args = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        count = code.co_argcount + code.co_kwonlyargcount
        return node.lineno == code.co_firstlineno and tuple(args) == code.co_varnames[:count]
    return False
