"""What every statement of an emitted module costs: it runs with a clock behind each."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from inspect import signature
from statistics import median
from time import process_time
from typing import Any

from benchmarks.workloads import Array
from numeric.threads import one_thread

TIMED = ("forward", "backward")
CLOCK = "_clock"  # emitted modules have no name with an underscore in front


@dataclass(frozen=True, slots=True)
class Cost:
    """A statement of ``forward`` or ``backward``.

    Attributes:
        function: in which of the two.
        text: the statement as emitted, a loop's head without its body.
        calls: how often it ran.
        seconds: CPU time of all calls together, the median of several runs.
    """

    function: str
    text: str
    calls: int
    seconds: float


class _Clocks(ast.NodeTransformer):
    """Puts a call of the clock behind every statement of a body, with the statement's number."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.texts: list[tuple[str, str]] = []
        self.function = ""

    def instrumented(self, function: ast.FunctionDef) -> None:
        self.function = function.name
        function.body = self._body(function.body)

    def _body(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for statement in statements:
            if isinstance(statement, (ast.For, ast.While, ast.If, ast.With)):
                # what a loop's head takes counts to the first statement in it
                statement.body = self._body(statement.body)
                if isinstance(statement, (ast.For, ast.While, ast.If)):
                    statement.orelse = self._body(statement.orelse)
                found.append(statement)
            elif isinstance(statement, ast.Return):
                found += [self._kept(statement), self._mark(statement), _RETURN]
            else:
                found += [statement, self._mark(statement)]
        return found

    def _mark(self, statement: ast.stmt) -> ast.stmt:
        text = ast.get_source_segment(self.source, statement) or ""
        self.texts.append((self.function, " ".join(text.split())))
        return ast.parse(f"{CLOCK}({len(self.texts) - 1})").body[0]

    def _kept(self, statement: ast.Return) -> ast.stmt:
        value = statement.value or ast.Constant(None)
        return ast.Assign([ast.Name("_returned", ast.Store())], value)


_RETURN = ast.parse("def f():\n    return _returned").body[0].body[0]  # type: ignore[attr-defined]


def costs(
    source: str,
    arrays: Mapping[str, Array],
    cotangents: Mapping[str, Array],
    repeats: int,
) -> list[Cost]:
    """Run an emitted module ``repeats`` times forward and backward, and time its statements.

    Args:
        source: the text of the module. One that takes memory to work in gets the same every time.
        arrays: what ``forward`` takes, in its order.
        cotangents: what ``backward`` takes after ``saved``.
        repeats: how many runs the medians are of; one more goes before them.
    """
    tree = ast.parse(source)
    clocks = _Clocks(source)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in TIMED:
            clocks.instrumented(node)
    code = compile(ast.fix_missing_locations(tree), "<emitted>", "exec")
    module = _Module(code, len(clocks.texts))
    with one_thread():
        runs = [module.run(arrays, cotangents) for _ in range(repeats + 1)]
    return [
        Cost(function, text, runs[0][k][0], median(run[k][1] for run in runs[1:]))
        for k, (function, text) in enumerate(clocks.texts)
    ]


class _Module:
    """An emitted module whose statements call a clock."""

    def __init__(self, code: Any, statements: int) -> None:
        self.calls, self.seconds = [0] * statements, [0.0] * statements
        self.last = 0.0
        namespace: dict[str, Any] = {CLOCK: self.clock, "__name__": "emitted"}
        exec(code, namespace)  # our own emitted text
        memory: dict[str, Array] = {}
        self.forward, self.backward = (
            partial(namespace[name], **_memory(namespace[name], memory)) for name in TIMED
        )

    def clock(self, number: int) -> None:
        """Count the time since the last call to this statement."""
        now = process_time()
        self.calls[number] += 1
        self.seconds[number] += now - self.last
        self.last = process_time()

    def run(
        self, arrays: Mapping[str, Array], cotangents: Mapping[str, Array]
    ) -> list[tuple[int, float]]:
        """Calls and seconds of each statement, forward and backward."""
        self.calls, self.seconds = [0] * len(self.calls), [0.0] * len(self.calls)
        self.last = process_time()
        *_, saved = self.forward(*arrays.values())
        self.last = process_time()
        self.backward(saved, *cotangents.values())
        return list(zip(self.calls, self.seconds, strict=True))


def _memory(function: Callable[..., Any], memory: dict[str, Array]) -> dict[str, Any]:
    """The fast style's argument for memory to work in; nothing for the readable style."""
    return {"work": memory} if "work" in signature(function).parameters else {}
