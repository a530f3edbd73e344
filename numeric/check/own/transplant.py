"""Somebody's functions, made to run in numbers of many digits.

The text of a function is rewritten and executed again, with everything that it refers to in its
module (functions, constants, classes, ``np``) carried over in the same way, as far as it is the
author's own; libraries stay what they are. A function whose text is not to be had is given
other constants and other globals instead.
"""

from __future__ import annotations

import ast
import builtins
import copy
import functools
import sys
import types
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from numeric.check.own import rewrite
from numeric.check.own.array import array_type
from numeric.check.own.digits import Digits
from numeric.check.own.functions import run_function
from numeric.check.own.namespace import Library, math_for, numpy_for, special_for
from numeric.check.own.operations import operations
from numeric.check.own.source import Sources

# A constant of a module is computed again if it is made of these.
_SIMPLE = (ast.Constant, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.Name, ast.Attribute,
           ast.Call, ast.List, ast.Tuple, ast.expr_context)  # fmt: skip
_INSTALLED = ("site-packages", "dist-packages")
_CELLS = (ast.FunctionDef, ast.Lambda)


class Transplant:
    """One number type, and what was carried over into it."""

    def __init__(self, digits: int) -> None:
        self.files: set[str] = set()
        self.digits = Digits(digits, self.files)
        self.kind = array_type(self.digits, run_function)
        self._sources = Sources()
        self._numpy = numpy_for(self.kind)
        self._math = math_for(self.kind)
        self._made: dict[int, Any] = {}
        self._kept: list[Any] = []
        self._spaces: dict[int, dict[str, Any]] = {}

    def arrays(self, value: Any) -> Any:
        """Numbers in an array of objects, as an array that looks like floats."""
        plain = np.asarray(value)
        return plain.view(self.kind) if plain.dtype == object else plain

    def arrays_in(self, value: Any) -> Any:
        """An argument of a function, and the arrays in a tuple of them."""
        if type(value) is tuple:
            return tuple(map(self.arrays_in, value))
        return self.arrays(value) if isinstance(value, np.ndarray) else value

    def value(self, value: Any) -> Any:  # noqa: PLR0911  one line per kind of value
        """What stands in place of a value that a function refers to."""
        if id(value) in self._made:
            return self._made[id(value)]
        if isinstance(value, ModuleType):
            return self._module(value)
        if isinstance(value, FunctionType):
            return self._function(value) if _is_own(value.__module__) else self._library(value)
        if isinstance(value, MethodType):
            return MethodType(self.value(value.__func__), self.value(value.__self__))
        if isinstance(value, (BuiltinFunctionType, np.ufunc)) or hasattr(value, "_implementation"):
            return self._library(value)
        if isinstance(value, (float, np.floating)):
            return self.digits.written(float(value))
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            return self._keep(value, self.arrays(self.digits.lift_all(value)))
        if type(value) in (list, tuple, dict):
            return self._container(value)
        if isinstance(value, functools.partial):
            args, named = self.value(value.args), self.value(value.keywords)
            return functools.partial(self.value(value.func), *args, **named)
        if isinstance(value, type):
            return self._class(value) if _is_own(value.__module__) else value
        return self._instance(value)

    def _keep(self, old: Any, new: Any) -> Any:
        self._made[id(old)] = new
        self._kept.append(old)  # or its number could become another's
        return new

    # ---- modules and libraries --------------------------------------------------------------

    def _module(self, module: ModuleType) -> Any:
        name = module.__name__
        if name == "numpy":
            return self._numpy
        if name == "math":
            return self._math
        if name == "scipy.special":
            return self._keep(module, special_for(self.kind, module))
        if name == "scipy":
            special = getattr(module, "special", None)
            return Library(module, {"special": self.value(special)} if special else {})
        if name == "numpy.lib.stride_tricks":
            return self._numpy.lib.stride_tricks
        return _Own(module, self) if _is_own(name) else module

    def _library(self, function: Any) -> Any:
        """The version of a library's function that computes in these numbers."""
        name, module = function.__name__, getattr(function, "__module__", "") or ""
        places = [self._math] if module == "math" else [self._numpy]
        if isinstance(function, np.ufunc) or module.startswith("scipy.special"):
            scipy_special = sys.modules.get("scipy.special")
            if scipy_special is not None and getattr(scipy_special, name, None) is function:
                places.insert(0, self.value(scipy_special))
        return next((getattr(p, name) for p in places if p.has(name)), function)

    # ---- functions --------------------------------------------------------------------------

    def _function(self, function: FunctionType) -> Any:
        number = id(function)

        # whoever refers to it meanwhile finds it once it is there
        def later(*args: Any, **named: Any) -> Any:
            return self._made[number](*args, **named)

        self._keep(function, later)
        self.files.add(function.__code__.co_filename)
        definition = self._sources.definition(function)
        made = None if definition is None else self._rewritten(function, definition)
        return self._keep(function, made or self._with_other_constants(function))

    def _rewritten(self, function: FunctionType, node: Any) -> Any:
        """The function, executed from its rewritten text."""
        node = copy.deepcopy(node)
        text = self._sources.text(function)
        _strip(node)
        tree, literals = rewrite.rewritten(node, text)
        space = self._space(function, _names(node))
        space.update({n: self.digits.arithmetic.exact(Fraction(t)) for n, t in literals.items()})
        found: dict[str, Any] = {}
        if isinstance(node, ast.Lambda):
            tree = ast.Assign([ast.Name("_lambda", ast.Store())], tree)
        module = ast.fix_missing_locations(ast.Module([tree], []))
        try:
            code = compile(module, function.__code__.co_filename, "exec")
        except SyntaxError:  # nonlocal names, which have no place outside their function
            return None
        exec(code, space, found)  # the caller's own function
        made = next(iter(found.values()))
        made.__defaults__ = self.value(function.__defaults__)
        made.__kwdefaults__ = self.value(function.__kwdefaults__)
        return made

    def _with_other_constants(self, function: FunctionType) -> Any:
        code = _other_constants(function.__code__, self.digits)
        space = self._space(function, _code_names(function.__code__))
        closure = tuple(types.CellType(self.value(c.cell_contents)) for c in _filled(function))
        made = FunctionType(code, space, function.__name__, None, closure or None)
        made.__defaults__ = self.value(function.__defaults__)
        made.__kwdefaults__ = self.value(function.__kwdefaults__)
        return made

    def _space(self, function: FunctionType, names: set[str]) -> dict[str, Any]:
        """The globals of a function, and of all others of its module, as far as they are used."""
        space = self._spaces.setdefault(id(function.__globals__), self._prelude(function))
        for name in sorted(names - set(space)):
            if name in function.__globals__:
                space[name] = self._global(function, name)
        free = dict(zip(function.__code__.co_freevars, _filled(function), strict=False))
        if not free:
            return space
        return space | {name: self.value(cell.cell_contents) for name, cell in free.items()}

    def _prelude(self, function: FunctionType) -> dict[str, Any]:
        self._kept.append(function.__globals__)
        return {
            "__builtins__": builtins,
            "__name__": function.__globals__.get("__name__", "own"),
            "__package__": function.__globals__.get("__package__"),
            "__file__": function.__globals__.get("__file__", ""),
            **operations(self.kind, self.value),
        }

    def _global(self, function: FunctionType, name: str) -> Any:
        value = function.__globals__[name]
        if isinstance(value, (float, np.floating, np.ndarray, tuple, list)):
            computed = self._computed(function, name)
            if computed is not None:
                return self._keep(value, computed)
        return self.value(value)

    def _computed(self, function: FunctionType, name: str) -> Any:
        """A constant of the module, computed again; None if that is not simple."""
        expression = self._sources.assigned(function, name)
        if expression is None or not all(isinstance(n, _SIMPLE) for n in ast.walk(expression)):
            return None
        calls = [n.func for n in ast.walk(expression) if isinstance(n, ast.Call)]
        if not all(self._is_pointwise(function, call) for call in calls):
            return None
        text = self._sources.text(function)
        tree, literals = rewrite.rewritten(ast.Expression(copy.deepcopy(expression)), text)
        space = self._space(function, _names(expression) - {name}) | {
            n: self.digits.arithmetic.exact(Fraction(t)) for n, t in literals.items()
        }
        try:
            return eval(compile(tree, function.__code__.co_filename, "eval"), space)
        except (ArithmeticError, LookupError, NameError, TypeError, ValueError):
            return None

    def _is_pointwise(self, function: FunctionType, call: ast.expr) -> bool:
        """Whether a call in a constant is of a function that has no other effect."""
        if isinstance(call, ast.Name):
            real = function.__globals__.get(call.id)
            return real is not None and self._library(real) is not real if callable(real) else False
        if isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name):
            module = self.value(function.__globals__.get(call.value.id))
            return isinstance(module, Library) and module.has(call.attr)
        return False

    # ---- containers, classes and their instances ---------------------------------------------

    def _container(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(self.value(v) for v in value)
        made = self._keep(value, type(value)())
        if isinstance(value, dict):
            made.update({k: self.value(v) for k, v in value.items()})
        else:
            made.extend(self.value(v) for v in value)
        return made

    def _class(self, kind: type) -> Any:
        methods = {n: v for n, v in vars(kind).items() if isinstance(_inner(v), FunctionType)}
        if any("__class__" in _inner(v).__code__.co_freevars for v in methods.values()):
            return kind
        hidden = ("__dict__", "__weakref__")
        body = {n: v for n, v in vars(kind).items() if n not in (*hidden, *methods)}
        try:
            made = self._keep(kind, type(kind)(kind.__name__, kind.__bases__, body))
        except TypeError:
            return kind
        for name, method in methods.items():
            function = self.value(_inner(method))
            wrap = type(method) if isinstance(method, (staticmethod, classmethod)) else None
            setattr(made, name, function if wrap is None else wrap(function))
        return made

    def _instance(self, value: Any) -> Any:
        kind = type(value)
        if not _is_own(kind.__module__) or not hasattr(value, "__dict__"):
            return value
        made = self._keep(value, copy.copy(value))
        try:
            made.__class__ = self._class(kind) if id(kind) not in self._made else self.value(kind)
        except TypeError:
            return self._keep(value, value)
        for name, part in vars(value).items():
            object.__setattr__(made, name, self.value(part))
        return made


class _Own:
    """A module of the author's: its parts are carried over as they are asked for."""

    def __init__(self, module: ModuleType, transplant: Transplant) -> None:
        self._module, self._transplant = module, transplant

    def __getattr__(self, name: str) -> Any:
        return self._transplant.value(getattr(self._module, name))


def _is_own(module: str | None) -> bool:
    """Whether a module is the author's, neither Python's nor installed."""
    name = module or "__main__"
    if name.partition(".")[0] in sys.stdlib_module_names and name != "__main__":
        return False
    file = getattr(sys.modules.get(name), "__file__", None)
    return file is None or not any(part in Path(file).parts for part in _INSTALLED)


def _inner(method: Any) -> Any:
    return method.__func__ if isinstance(method, (staticmethod, classmethod)) else method


def _filled(function: FunctionType) -> list[Any]:
    return list(function.__closure__ or ())


def _strip(node: Any) -> None:
    """Take off what was already evaluated when the function was defined."""
    arguments = node.args
    arguments.defaults = [ast.Constant(None) for _ in arguments.defaults]
    arguments.kw_defaults = [d and ast.Constant(None) for d in arguments.kw_defaults]
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs,
                     arguments.vararg, arguments.kwarg):  # fmt: skip
        if argument is not None:
            argument.annotation = None
    if isinstance(node, ast.FunctionDef):
        node.decorator_list, node.returns = [], None


def _names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _code_names(code: CodeType) -> set[str]:
    inner: Iterator[CodeType] = (c for c in code.co_consts if isinstance(c, CodeType))
    return {*code.co_names}.union(*(_code_names(c) for c in inner))


def _other_constants(code: CodeType, digits: Digits) -> CodeType:
    def other(constant: Any) -> Any:
        if isinstance(constant, CodeType):
            return _other_constants(constant, digits)
        if isinstance(constant, tuple):
            return tuple(map(other, constant))
        return digits.written(constant) if isinstance(constant, float) else constant

    return code.replace(co_consts=tuple(map(other, code.co_consts)))
