"""Running emitted source under other numbers: the same text, another ``np``.

``execute(source, arithmetic)`` reads the emitted module and changes only what is fixed to
floats by Python itself: a float literal becomes exactly the decimal that is written, ``/`` and
``**`` become division and power of the number type. The name ``np`` is a ``Numbers`` object:
functions that NumPy computes in floats (``exp``, ``erf``, constants, new arrays) are replaced,
everything else is NumPy, which moves objects and calls their own operators.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from types import CodeType, SimpleNamespace
from typing import Any

import numpy as np

from derive.errors import CallRefused
from numeric.inplace import SUFFIX
from numeric.interpret.arithmetic import Arithmetic
from numeric.interpret.functions import is_nan
from numeric.prelude import LEAVES

Array = np.ndarray[Any, Any]
DIVIDE, DIVIDE_IN_PLACE, POWER, LITERAL = (
    "_exact_divide", "_exact_divide_in_place", "_exact_power", "_exact_literal_"
)  # fmt: skip
_ELEMENTWISE = (
    "exp", "log", "log1p", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "sign",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Module:
    """An emitted module, executed: its two functions."""

    forward: Callable[..., Any]
    backward: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Text:
    """Emitted source, read once, to be executed in any numbers.

    Attributes:
        ordinary: its code in floats.
        exact: its code with nothing fixed to floats.
        literals: the decimal that each name in ``exact`` stands for.
    """

    ordinary: CodeType
    exact: CodeType
    literals: Mapping[str, str]


def read(source: str) -> Text:
    """Read the text of a kernel.

    Raises:
        CallRefused: if it is not Python.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise CallRefused(
            f"the kernel is not Python: {error.msg} in line {error.lineno}",
            remedy="give the text of a module with forward and backward",
        ) from None
    tree.body = list(_without_self_check(tree.body, source))
    ordinary = compile(tree, "<kernel>", "exec")
    exact = _Exact(source)
    exact.rewrite(tree)
    return Text(ordinary, compile(tree, "<kernel>", "exec"), exact.literals)


def _without_self_check(body: Sequence[ast.stmt], source: str) -> Iterator[ast.stmt]:
    """Leave out how emitted modules end: run as a script, they check themselves."""
    last = body[-1] if body else None
    ends = isinstance(last, ast.If) and ast.unparse(last.test) == "__name__ == '__main__'"
    # the definition and this call are all that speaks of it
    alone = ends and source.count("check") == source.count("def check(") + source.count(
        "\n    check()"
    )
    for part in body[:-1] if ends else body:
        if not (alone and isinstance(part, ast.FunctionDef) and part.name == "check"):
            yield part


def execute(source: str | Text, arithmetic: Arithmetic | None = None) -> Module:
    """Execute emitted source, in floats or in the given numbers.

    Raises:
        CallRefused: if the source is not Python or does not define both functions.
    """
    text = read(source) if isinstance(source, str) else source
    namespace: dict[str, Any] = {"__name__": "kernel"}
    if arithmetic is None:
        exec(text.ordinary, namespace)  # the caller's own kernel
    else:
        numbers = Numbers(arithmetic)
        namespace.update(numbers.names())
        namespace.update({n: numbers.literal(written) for n, written in text.literals.items()})
        exec(text.exact, namespace)
        namespace.update(_approximations(namespace, arithmetic))
    for name in ("forward", "backward"):
        if not callable(namespace.get(name)):
            raise CallRefused(
                f"the kernel defines no function {name}",
                remedy="give the text of a module with forward and backward",
            )
    return Module(namespace["forward"], namespace["backward"])


def _approximations(namespace: Mapping[str, Any], arithmetic: Arithmetic) -> dict[str, Any]:
    """What to put in place of the float approximations that the module defines."""
    known = {n: _elementwise(f, arithmetic) for n, f in arithmetic.functions.items()}
    return substitutes(namespace, known)


def substitutes(namespace: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """``known`` functions under the names of the approximations that a module defines."""
    plain = {name: known[name] for name in LEAVES if name in known}
    into = {f"{name}{SUFFIX}": _writing(function) for name, function in plain.items()}
    return {name: found for name, found in {**plain, **into}.items() if name in namespace}


def _writing(function: Any) -> Any:
    """``function`` as the fast style calls it: with room for its work and for its result."""

    def into(z: Any, out: Array, **_: Array) -> None:
        out[...] = function(z)

    return into


class Numbers:
    """NumPy over another number type: what emitted text sees as ``np``."""

    def __init__(self, arithmetic: Arithmetic) -> None:
        self._arithmetic = arithmetic
        self._lift = np.frompyfunc(_lifted(arithmetic), 1, 1)
        self._zero, self._one = arithmetic.exact(Fraction(0)), arithmetic.exact(Fraction(1))
        self._safe_divide = np.frompyfunc(arithmetic.divide, 2, 1)
        self._safe_power = np.frompyfunc(arithmetic.power, 2, 1)
        self._table = self._replacements()

    def __getattr__(self, name: str) -> Any:
        found = self._table.get(name)
        return getattr(np, name) if found is None else found

    def names(self) -> dict[str, Any]:
        """The names that rewritten source refers to."""
        return {
            "np": self,
            DIVIDE: self.divide,
            DIVIDE_IN_PLACE: self.divide_in_place,
            POWER: self.power,
        }

    def literal(self, text: str) -> Any:
        """The number that a decimal literal stands for."""
        return self._arithmetic.exact(Fraction(text.replace("_", "")))

    def divide(self, a: Any, b: Any, out: Array | None = None) -> Any:
        """Divide; by zero gives an infinity or not-a-number, as floats do."""
        lifted = self._lift(b)
        try:
            found = a / lifted
        except ZeroDivisionError:
            found = self._safe_divide(self._lift(a), lifted)
        return _written(found, out)

    def divide_in_place(self, a: Any, b: Any) -> Any:
        """``a /= b``."""
        if isinstance(a, np.ndarray):
            a[...] = self.divide(a, b)
            return a
        return self.divide(a, b)

    def power(self, a: Any, b: Any, out: Array | None = None) -> Any:
        """Raise to a power; small whole exponents of arrays go the short way."""
        if isinstance(b, int) and b >= 0:
            return _written(a**b, out)
        return _written(self._safe_power(self._lift(a), self._lift(b)), out)

    def _replacements(self) -> dict[str, Any]:
        made = self._arithmetic
        elementwise = {n: _elementwise(made.functions[n], made) for n in _ELEMENTWISE}
        exp, log = made.functions["exp"], made.functions["log"]
        return {
            **elementwise,
            "expm1": _elementwise(lambda z: exp(z) - self._one, made),
            "logaddexp": _elementwise(lambda a, b: log(exp(a) + exp(b)), made, 2),
            "isfinite": _predicate(lambda z: abs(z) < made.infinity),
            "isinf": _predicate(lambda z: abs(z) == made.infinity),
            "isnan": _predicate(is_nan),
            "divide": self.divide,
            "true_divide": self.divide,
            "power": self.power,
            "pi": made.pi,
            "inf": made.infinity,
            "nan": made.infinity - made.infinity,
            "e": exp(self._one),
            "zeros": self._filled(self._zero),
            "ones": self._filled(self._one),
            "empty": self._filled(None),
            "zeros_like": self._filled_like(self._zero),
            "ones_like": self._filled_like(self._one),
            "empty_like": self._filled_like(None),
            "full": self._full,
            "full_like": lambda like, value, dtype=None: self._full(
                np.shape(like), value, dtype or np.asarray(like).dtype
            ),
            "finfo": self._finfo,
            "result_type": lambda *given: _object_for(np.result_type(*given)),
            "mean": self._mean,
            "vecdot": _vecdot,
            "pad": self._pad,
        }

    def _full(self, shape: Any, value: Any, dtype: Any = None) -> Array:
        return np.full(shape, value, dtype=_object_for(dtype))

    def _filled(self, value: Any) -> Callable[..., Array]:
        def make(shape: Any, dtype: Any = None) -> Array:
            kind = _object_for(dtype)
            return np.full(shape, value if kind.kind == "O" else value is self._one, dtype=kind)

        return make

    def _filled_like(self, value: Any) -> Callable[..., Array]:
        make = self._filled(value)
        return lambda like, dtype=None: make(np.shape(like), dtype or np.asarray(like).dtype)

    def _finfo(self, _: Any) -> SimpleNamespace:
        tiny = self._arithmetic.exact(Fraction(1, 10**1000))
        return SimpleNamespace(eps=tiny, tiny=tiny, max=self._one / tiny, min=-self._one / tiny)

    def _pad(self, a: Any, width: Any, **options: Any) -> Array:
        """Pad; NumPy puts integers of its own between objects, which are slow numbers."""
        padded = np.pad(a, width, **options)
        return self._lift(padded) if padded.dtype == object else padded

    def _mean(self, a: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self._lift(a).mean(axis=axis, keepdims=keepdims)


def _written(found: Any, out: Array | None) -> Any:
    """``found``, in ``out`` if there is one; whole, since ``out`` may be what it came from."""
    if out is None:
        return found
    out[...] = found
    return out


def _vecdot(a: Any, b: Any, out: Array | None = None) -> Any:
    """Sums along rows; NumPy would conjugate objects, which need not know how."""
    return np.sum(a * b, axis=-1, out=out)


def _object_for(dtype: Any) -> np.dtype[Any]:
    """The dtype that takes the place of ``dtype``: objects for floats, itself for the rest."""
    kind = np.dtype(object if dtype is None else dtype)
    return np.dtype(object) if kind.kind in "fcO" else kind


def _lifted(arithmetic: Arithmetic) -> Callable[[Any], Any]:
    number = type(arithmetic.pi)
    return lambda z: z if isinstance(z, number) else arithmetic.lift(z)


def _elementwise(function: Callable[..., Any], arithmetic: Arithmetic, arity: int = 1) -> Any:
    """``function`` of numbers as a function of arrays, with ``out`` and ``where``."""
    lift, number = _lifted(arithmetic), type(arithmetic.pi)
    if arity == 1:
        return np.frompyfunc(lambda z: function(z if type(z) is number else lift(z)), 1, 1)
    return np.frompyfunc(lambda *args: function(*map(lift, args)), arity, 1)


def _predicate(test: Callable[[Any], bool]) -> Callable[[Any], Any]:
    ufunc = np.frompyfunc(test, 1, 1)

    def check(z: Any) -> Any:
        return np.asarray(ufunc(z), dtype=bool)[()]

    return check


class _Exact:
    """Take Python's own floats out of a module, in place."""

    def __init__(self, source: str) -> None:
        self.literals: dict[str, str] = {}
        self._lines = source.encode().splitlines()
        # how many lines up to each hold what might be rewritten
        self._told = [0, *accumulate(_MAY_CHANGE.search(line) is not None for line in self._lines)]

    def rewrite(self, node: ast.AST) -> None:
        """Rewrite everything in a node; a visitor of the standard library is too slow for this.

        Statements whose lines hold neither floats nor operators to be replaced stay as they are.
        """
        for name in node._fields:
            part = getattr(node, name, None)
            if isinstance(part, list):
                changed = [self._replaced(x) if isinstance(x, ast.AST) else x for x in part]
                pairs = zip(changed, part, strict=True)
                part[:] = [new for new, old in pairs if new is not None or old is None]
            elif isinstance(part, ast.AST) and part._fields:
                setattr(node, name, self._replaced(part))

    def _replaced(self, node: ast.AST) -> ast.AST | None:
        """What stands for a node, whose parts are rewritten first; None for nothing."""
        kind = type(node)
        if kind is ast.Name:
            return node
        if isinstance(node, ast.stmt) and self._stays(node):
            return node
        if kind is ast.Constant:
            return self._constant(node)
        self.rewrite(node)
        rule = _RULES.get(kind)
        return node if rule is None else rule(node)

    def _stays(self, node: ast.stmt) -> bool:
        above = getattr(node, "decorator_list", ())
        first = min([node.lineno, *(decorator.lineno for decorator in above)])
        last = node.end_lineno or len(self._lines)
        return bool(self._told[last] == self._told[first - 1])

    def _constant(self, node: Any) -> ast.expr:
        if not isinstance(node.value, float):
            found: ast.expr = node
            return found
        written = self._lines[node.lineno - 1][node.col_offset : node.end_col_offset].decode()
        name = f"{LITERAL}{len(self.literals)}"
        self.literals[name] = written
        return _named(name, node)


def _imported(node: ast.Import) -> ast.Import | None:
    node.names = [alias for alias in node.names if alias.name != "numpy"]
    return node if node.names else None


def _operation(node: ast.BinOp) -> ast.expr:
    if not isinstance(node.op, (ast.Div, ast.Pow)):
        return node
    name = DIVIDE if isinstance(node.op, ast.Div) else POWER
    call = ast.Call(_named(name, node), [node.left, node.right], [])
    return ast.copy_location(call, node)


def _operation_in_place(node: ast.AugAssign) -> ast.stmt:
    if not isinstance(node.op, ast.Div):
        return node
    read = ast.parse(ast.unparse(node.target), mode="eval").body
    call = ast.Call(_named(DIVIDE_IN_PLACE, node), [read, node.value], [])
    return ast.fix_missing_locations(ast.copy_location(ast.Assign([node.target], call), node))


# What stands in every line with an import, a division, a power or a float; and in some others.
_MAY_CHANGE = re.compile(rb"import|/|\*\*|[0-9]_?[.eE]|\.[0-9]")

_RULES: Mapping[type, Callable[[Any], ast.AST | None]] = {
    ast.Import: _imported,
    ast.BinOp: _operation,
    ast.AugAssign: _operation_in_place,
}


def _named(name: str, node: ast.AST) -> ast.expr:
    return ast.copy_location(ast.Name(name, ast.Load()), node)
