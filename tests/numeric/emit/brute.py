"""Programs without recurrences, evaluated one element at a time, straight off the nodes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from derive.expr import (
    Add,
    Call,
    Compare,
    Constant,
    Div,
    IndexValue,
    Iverson,
    Logic,
    Mul,
    Node,
    Number,
    Power,
    Read,
    Reduce,
    Select,
)
from derive.index import Exact, Floor, Greatest, Index, IndexExpr, Label, Least, Mod, Size
from derive.program import Equation, Program

Array = Any

COMPARE = {
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip
FUNCTIONS = {
    "exp": math.exp, "log": math.log, "sqrt": math.sqrt, "abs": abs, "sin": math.sin,
    "cos": math.cos, "tanh": math.tanh, "erf": math.erf, "max": max, "min": min,
    "sign": lambda z: (z > 0) - (z < 0), "step": lambda z: float(z > 0),
    "relu": lambda z: max(z, 0.0), "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "softplus": lambda z: math.log(1 + math.exp(z)),
    "leaky_relu": lambda z, a: z if z > 0 else a * z,
    "elu": lambda z, a: z if z > 0 else a * (math.exp(z) - 1),
    "gelu": lambda z: z / 2 * (1 + math.erf(z / math.sqrt(2))),
    "silu": lambda z: z / (1 + math.exp(-z)),
}  # fmt: skip


class OffGrid(Exception):
    """An exact quotient is not an integer."""


def evaluate(program: Program, given: Mapping[str, Array]) -> dict[str, Array]:
    """Every computed array, from arrays for the declared ones."""
    arrays = {name: np.asarray(value) for name, value in given.items()}
    sizes = {
        axis: arrays[a.name].shape[k] for a in program.arrays for k, axis in enumerate(a.axes)
    }
    evaluator = Evaluator(program, arrays, sizes)
    for equation in program.equations:
        arrays[equation.name] = evaluator.equation(equation)
    return arrays


class Evaluator:
    """One element at a time."""

    def __init__(self, program: Program, arrays: dict[str, Array], sizes: dict[str, int]) -> None:
        self.program, self.arrays, self.sizes = program, arrays, sizes

    def size(self, name: str) -> int:
        if name in self.sizes:
            return self.sizes[name]
        return self.index(self.program.extent(name), {})

    def equation(self, equation: Equation) -> Array:
        shape = tuple(self.size(i.name) for i in equation.free)
        out = np.zeros(shape)
        for place in itertools.product(*map(range, shape)):
            out[place] = self.value(equation.expr, dict(zip(equation.free, place, strict=True)))
        return out

    def index(self, expr: IndexExpr, at: Mapping[Index, int]) -> int:
        return sum(c * math.prod(self.atom(a, at) for a in m) for c, m in expr.terms)

    def atom(self, atom: Any, at: Mapping[Index, int]) -> int:  # noqa: PLR0911
        match atom:
            case Index():
                return at[atom]
            case Size(name):
                return self.size(name)
            case Exact(a, b):
                quotient, rest = divmod(self.index(a, at), self.index(b, at))
                if rest:
                    raise OffGrid
                return quotient
            case Floor(a, b):
                return self.index(a, at) // self.index(b, at)
            case Mod(a, b):
                return self.index(a, at) % self.index(b, at)
            case Least(a, b):
                return min(self.index(a, at), self.index(b, at))
            case Greatest(a, b):
                return max(self.index(a, at), self.index(b, at))
            case Label(array, indices):
                return int(self.arrays[array][tuple(self.index(e, at) for e in indices)])
        raise TypeError(atom)

    def read(self, node: Read, at: Mapping[Index, int]) -> float:
        array = self.arrays[node.array]
        pad = self.program.pad(node.array)
        off = -math.inf if pad is not None and pad.value is None else float(pad.value) if pad else 0
        try:
            place = tuple(self.index(e, at) for e in node.indices)
        except OffGrid:
            return off
        if all(0 <= k < n for k, n in zip(place, array.shape, strict=True)):
            return float(array[place])
        assert pad is not None, f"{node} at {place} is off the grid {array.shape}"
        return off

    def value(self, node: Node, at: Mapping[Index, int]) -> Any:  # noqa: PLR0911, PLR0912
        match node:
            case Number(value):
                return float(value)
            case Constant(name):
                return {"pi": math.pi, "inf": math.inf}[name]
            case IndexValue(expr):
                return self.index(expr, at)
            case Read():
                return self.read(node, at)
            case Add(terms):
                return sum(self.value(t, at) for t in terms)
            case Mul(factors):
                return math.prod(self.value(f, at) for f in factors)
            case Div(a, b):
                return self.value(a, at) / self.value(b, at)
            case Power(a, b):
                return self.value(a, at) ** self.value(b, at)
            case Call(name, args):
                return FUNCTIONS[name](*(self.value(a, at) for a in args))
            case Compare(op, a, b):
                return COMPARE[op](self.value(a, at), self.value(b, at))
            case Logic(op, args):
                values = (self.value(a, at) for a in args)
                return not next(values) if op == "not" else {"and": all, "or": any}[op](values)
            case Iverson(condition):
                return float(self.value(condition, at))
            case Select(condition, then, other):
                return self.value(then if self.value(condition, at) else other, at)
            case Reduce():
                return self.reduction(node, at)
        raise TypeError(node)

    def reduction(self, node: Reduce, at: Mapping[Index, int]) -> float:  # noqa: PLR0911
        members: list[tuple[int, float]] = []
        ranges = [range(self.size(i.name)) for i in node.indices]
        for number, place in enumerate(itertools.product(*ranges)):
            here = {**at, **dict(zip(node.indices, place, strict=True))}
            if node.where is None or self.value(node.where, here):
                members.append((number, self.value(node.body, here)))
        values = [v for _, v in members]
        match node.op:
            case "sum":
                return math.fsum(values)
            case "prod":
                return math.prod(values)
            case "mean":
                return math.fsum(values) / len(values)
            case "max":
                return max(values)
            case "min":
                return min(values)
            case "logsumexp":
                top = max(values)
                return top + math.log(math.fsum(math.exp(v - top) for v in values))
        best = max(values) if node.op == "argmax" else min(values)
        return next(k for k, v in members if v == best)
