"""The whole standalone module of a program, as text.

Backward comes first: what it reads decides what forward hands over.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from fractions import Fraction
from textwrap import wrap

from derive.lower.arrange import Arrangement, arrange
from derive.program import Program
from numeric.docstring import docstring, shape_text
from numeric.fast import MEMORY, OWN, FastBody
from numeric.function import FunctionBody
from numeric.inplace import INTO
from numeric.layout import INDENT, WIDTH, Line, body, items, tuple_text
from numeric.names import Names, identifiers
from numeric.prelude import definitions, needed
from numeric.prologue import EXPECT, Known, Prologue
from numeric.selfcheck import check_text, fitting_sizes

GLUE = "\x1f"  # a space inside a shape, where no line is broken


def module_text(
    program: Program,
    hypers: Mapping[str, float | Fraction],
    passes: frozenset[str] | None = None,
) -> str:
    """The text of the module for a program whose hyperparameters are bound.

    Args:
        program: the program, numbers in place of hyperparameters.
        hypers: these numbers by name, for the docstring.
        passes: those of the fast style that are on; None for the readable style.

    Raises:
        DeriveError: if the program has no adjoint or cannot be lowered.
    """
    arrangement = arrange(program, passes)
    active = passes or frozenset()
    names = identifiers(arrangement.program, hypers, OWN if "out" in active else ())
    module = _Module(program, hypers, arrangement, names, active)
    backward = module.backward()
    functions = [module.forward(), backward]
    checks = check_text(program, fitting_sizes(program))
    code = "\n\n".join([*functions, checks] if checks else functions)
    prelude = definitions((*needed(code), *needed(code, INTO)))
    head = module.head() + _pardon(code) + "import numpy as np\n"
    memory = MEMORY if "memory(" in code else ""
    parts = [head, prelude, memory, EXPECT if "expect(" in code else ""]
    return "\n\n".join([*(part for part in parts if part), code])


class _Module:
    def __init__(
        self,
        program: Program,
        hypers: Mapping[str, float | Fraction],
        arrangement: Arrangement,
        names: Names,
        passes: frozenset[str],
    ) -> None:
        self.program = program
        self.hypers = hypers
        self.arrangement = arrangement
        self.names = names
        self.passes = passes
        self.fast = "out" in passes
        self.handed: list[str] = []  # sizes that backward needs and cannot see

    # ---- docstrings ---------------------------------------------------------------------------

    def head(self) -> str:
        numbered, first = self.arrangement.numbered, self.arrangement.first_of_backward
        text = docstring(
            self.arrangement.prepared,
            self.hypers,
            numbered[:first],
            numbered[first:],
            self.names,
        )
        return f'"""{text}\n"""\n'

    def _about(self, given: tuple[str, ...], made: tuple[str, ...], end: str = "") -> list[str]:
        """The docstring of a function: shapes in, shapes out."""
        before = ", ".join(map(self._shaped, given)) or "nothing"
        after = ", ".join(map(self._shaped, made)) or "nothing"
        one = f'"""{before} -> {after}{end}."""'
        if len(INDENT + one) <= WIDTH:
            return [one.replace(GLUE, " ")]
        wide = WIDTH - len(INDENT)
        shapes = _wrapped(f'"""{before}', wide)
        results = _wrapped(f"-> {after}{end}.", wide)
        return [*shapes, *results, '"""']

    def _shaped(self, name: str) -> str:
        axes = self.arrangement.program.axes(name)
        text = f"{self.names.arrays[name]} {shape_text(axes, self.names)}"
        return text.replace(" ", GLUE)

    # ---- functions ----------------------------------------------------------------------------

    def forward(self) -> str:
        arrangement = self.arrangement
        given = tuple(a.name for a in self.program.arrays)
        written = self._body()
        written.write(arrangement.forward)
        saved = [self.names.arrays[n] for n in arrangement.split.saved]
        saved += [self.names.sizes[i] for i in self.handed]
        results = [written.result(name, given) for name in arrangement.outputs]
        end = items("return ", [*results, tuple_text(saved)], "", 1)
        if len(end) > 1:
            end = [*items("saved = (", saved, ")", 1), f"return {', '.join(results)}, saved"]
        known = [self._known(name, checked=True) for name in given]
        lines = [*self._opening(known, [*written.lines, *map(Line, end)]), *written.lines]
        about = self._about(given, arrangement.outputs, ", saved")
        return self._function("forward", given, about, [*lines, *map(Line, end)])

    def backward(self) -> str:
        arrangement = self.arrangement
        written = self._body(arrangement.split.saved)
        written.write(arrangement.backward)
        results = [written.result(n, arrangement.cotangents) for n in arrangement.gradients]
        end = items("return ", results, "", 1) if len(results) != 1 else [f"return ({results[0]},)"]
        if len(end) > 1:
            end = items("return (", results, ")", 1)
        if not results:
            end = ["return ()"]
        known = [self._known(name, checked=False) for name in arrangement.split.saved]
        known += [self._known(name, checked=True) for name in arrangement.cotangents]
        opening = self._opening(known, [*written.lines, *map(Line, end)], last=True)
        saved = [self.names.arrays[n] for n in arrangement.split.saved]
        saved += [self.names.sizes[i] for i in self.handed]
        if saved:
            unpack = f"{', '.join(saved) if len(saved) > 1 else tuple_text(saved)} = saved"
            wrapped = [*items("(", saved, ") = saved", 1)]
            opening = [*map(Line, [unpack] if len(unpack) <= 84 else wrapped), *opening]
        about = self._about(arrangement.cotangents, arrangement.gradients)
        given = tuple(arrangement.cotangents)
        return self._function(
            "backward", given, about, [*opening, *written.lines, *map(Line, end)], ("saved",)
        )

    def _body(self, there: tuple[str, ...] = ()) -> FunctionBody:
        """A function to write; ``there`` is what it is handed over."""
        if self.fast:
            return FastBody(self.arrangement, self.names, self.passes, there)
        return FunctionBody(self.arrangement, self.names)

    def _known(self, name: str, checked: bool) -> Known:
        axes = self.arrangement.program.axes(name)
        store = self.arrangement.placement.get(name)
        margins = tuple(0 for _ in axes)
        if store is not None:
            margins = tuple(b + a for b, a in zip(store.before, store.after, strict=True))
        return Known(name, axes, margins, checked)

    def _opening(self, known: list[Known], lines: list[Line], last: bool = False) -> list[Line]:
        """The lines that bind sizes and dtype, as far as ``lines`` use them."""
        text = "\n".join(line.text for line in lines)
        prologue = Prologue(self.arrangement.program, self.names)
        prologue.write(known, text)
        if last:
            self.handed = prologue.handed
        found = [Line(line) for line in prologue.lines]
        rooms = "new(" in text
        if rooms or _mentions(text, "dtype"):
            found += map(Line, self._dtype(known))
        return [*found, Line("new = memory(work, dtype)")] if rooms else found

    def _dtype(self, known: list[Known]) -> list[str]:
        """The dtype of new arrays: of one that forward has made, else of all floats together."""
        made = [k.name for k in known if sum(k.margins) > 0]
        whole = self.arrangement.program.holds_integers
        pairs = zip(self.arrangement.cotangents, self.arrangement.outputs, strict=True)
        labels = {cotangent for cotangent, output in pairs if whole(output)}
        floats = made[:1] or [k.name for k in known if not whole(k.name) and k.name not in labels]
        # where nothing else is there, the cotangent of a label is all that tells
        floats = floats or [k.name for k in known if k.name in labels]
        arrays = [self.names.arrays[name] for name in floats]
        if len(arrays) == 1:
            return [f"dtype = {arrays[0]}.dtype"]
        return items("dtype = np.result_type(", arrays or ["float"], ")", 1)

    def _function(
        self,
        name: str,
        given: tuple[str, ...],
        about: list[str],
        lines: list[Line],
        first: tuple[str, ...] = (),
    ) -> str:
        last = ("work=None",) if self.fast else ()
        parameters = [*first, *(self.names.arrays[n] for n in given), *last]
        head = items(f"def {name}(", parameters, "):")
        return "\n".join([*head, *(INDENT + a for a in about), *body(lines)]) + "\n"


def _pardon(code: str) -> str:
    """A line for linters, where a size has a letter that they hold to be like a digit."""
    stored = {
        node.id
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    found = sorted(stored & {"I", "O", "l"})
    return f"# ruff: noqa: E741 ({', '.join(found)} as in the equations)\n" if found else ""


def _wrapped(text: str, width: int) -> list[str]:
    indent = "   " if text.startswith("->") else ""
    lines = wrap(text, width, subsequent_indent=indent, break_long_words=False)
    return [line.replace(GLUE, " ") for line in lines]


def _mentions(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w.]){word}(?!\w)", text) is not None
