"""The emitted module as far as a reader of the report needs it."""

from __future__ import annotations

import ast

from reports.document import Block, Code, Paragraph, Section
from reports.story.material import Material

_ABOUT = (
    "The numbers in its comments are those of the equations above. Left out are the docstring, "
    "which says the equations again, and the module's check of itself: "
)


def code(material: Material) -> tuple[Block, ...]:
    """Show the functions of the module, and how to get all of it."""
    return (
        Section("NumPy code"),
        Paragraph((f"{_ABOUT}the command under How to reproduce writes the whole module.",)),
        Code(functions(material.source)),
    )


def functions(source: str) -> str:
    """Give a module without its docstring, its self-check and the lines that run that."""
    lines = source.splitlines()
    left_out: set[int] = set()
    for part in ast.parse(source).body:
        is_docstring = isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)
        is_check = isinstance(part, ast.FunctionDef) and part.name == "check"
        if is_docstring or is_check or isinstance(part, ast.If):
            left_out |= set(range(part.lineno, (part.end_lineno or part.lineno) + 1))
    kept = [
        line
        for number, line in enumerate(lines, 1)
        if number not in left_out and not line.startswith("# ruff:")
    ]
    return "\n".join(kept).strip("\n") + "\n"
