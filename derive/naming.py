"""Names for what a backward pass wants to refer to: one nonlinearity, or one sum, an equation.

    h[i] = tanh(sum[j](W[i,j]*x[j]) + b[i])   ⇒  h_in[i] = sum[j](W[i,j]*x[j]) + b[i]
                                                  h[i] = tanh(h_in[i])
    y[i] = x[i] / sqrt(mean[j](x[j]^2))       ⇒  y_mean = mean[j](x[j]^2)
                                                  y_sqrt = sqrt(y_mean)
                                                  y[i] = x[i] / y_sqrt

With shared names differentiation is reverse accumulation: every cotangent is computed once,
and derivatives such as ``1 - tanh^2`` are read off the forward pass.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from derive.algebra import both, conjuncts, negated, select
from derive.expr import (
    LEAVES,
    ZERO,
    Add,
    Call,
    Compare,
    Condition,
    Div,
    Expr,
    Iverson,
    Logic,
    Mul,
    Node,
    Number,
    Read,
    Reduce,
    Select,
    children,
    free_indices,
    reads,
    rebuild,
    walk,
)
from derive.index import Index, as_expr
from derive.match import Matcher
from derive.program import Equation, Program
from derive.scope import Fresh, in_expr, rename_left
from derive.total import is_total

# Their derivative is written with their own value, which is therefore worth a name.
THROUGH_OUTPUT = frozenset({"exp", "tanh", "sigmoid", "sqrt", "tan"})
# Their derivative cannot be written without their value.
NEEDS_A_NAME = frozenset({"max", "min", "logsumexp"})
LONGEST_NAME = 32


def name_intermediates(program: Program) -> Program:
    """``program`` with its nonlinearities and inner sums on lines of their own."""
    names = _Namer(program)
    for equation in program.equations:
        names.equation(equation)
    return program.with_equations(tuple(names.equations))


class _Namer:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.fresh = Fresh()
        self.equations: list[Equation] = []
        self.added: list[Equation] = []
        self.taken = {a.name for a in program.arrays} | {e.name for e in program.equations}
        self.taken |= {h.name for h in program.hypers}
        self.owner = ""
        self.order: tuple[Index, ...] = ()

    def equation(self, equation: Equation) -> None:
        self.owner = equation.name
        self.order = equation.free
        if equation.is_start:
            expr = self._start(equation)
        else:
            expr = self._visit(equation.expr, root=True, linear=True, guard=None)
        self.equations.append(Equation(equation.name, equation.indices, expr))

    def _start(self, equation: Equation) -> Expr:
        """A start holds a number or one read; anything else is computed beside it."""
        if isinstance(equation.expr, (Read, Number)) or not reads(equation.expr):
            return equation.expr
        indices = tuple(as_expr(i) for i in equation.free)
        name = self._new_name("start")
        inner = self._visit(equation.expr, root=True, linear=True, guard=None)
        self.equations.append(Equation(name, indices, inner))
        return Read(name, indices)

    def _visit(  # noqa: PLR0911  one line per node
        self, node: Expr, *, root: bool, linear: bool, guard: Condition | None
    ) -> Expr:
        if isinstance(node, LEAVES):
            return node
        if isinstance(node, Add):
            return Add(
                tuple(self._visit(t, root=False, linear=linear, guard=guard) for t in node.terms)
            )
        if isinstance(node, (Mul, Div)):
            return self._scaled(node, linear, guard)
        if isinstance(node, Reduce):
            return self._reduction(node, root, linear, guard)
        if isinstance(node, Call):
            return self._call(node, root, guard)
        if isinstance(node, Select):
            return self._select(node, root, linear, guard)
        parts = tuple(self._inner(part, guard) for part in children(node))
        return cast(Expr, rebuild(node, parts))

    def _inner(self, node: Node, guard: Condition | None) -> Node:
        """Anything in a nonlinear place, conditions included."""
        if isinstance(node, (Iverson, *LEAVES)) and not list(_reductions(node)):
            return node
        if isinstance(node, (Compare, Logic)):
            return rebuild(node, tuple(self._inner(part, guard) for part in children(node)))
        return self._visit(node, root=False, linear=False, guard=guard)

    def _scaled(self, node: Mul | Div, linear: bool, guard: Condition | None) -> Expr:
        parts = cast("tuple[Expr, ...]", children(node))
        varying = [part for part in parts if reads(part)]
        visited = []
        for position, part in enumerate(parts):
            alone = linear and len(varying) == 1 and part is varying[0]
            below = isinstance(node, Div) and position == 1
            visited.append(
                self._visit(part, root=False, linear=alone and not below, guard=guard)
            )
        return cast(Expr, rebuild(node, tuple(visited)))

    def _select(
        self, node: Select, root: bool, linear: bool, guard: Condition | None
    ) -> Expr:
        condition = cast(Condition, self._inner(node.condition, guard))
        # A lone branch may keep its nonlinearity: the name of the equation stands for it.
        alone = root and ZERO in (node.then, node.other)
        then = self._branch(node.then, alone, linear, both(guard, condition))
        other = self._branch(node.other, alone, linear, both(guard, negated(condition)))
        return Select(condition, then, other)

    def _branch(self, node: Expr, alone: bool, linear: bool, guard: Condition | None) -> Expr:
        root = alone and isinstance(node, Call)
        return self._visit(node, root=root, linear=linear, guard=guard)

    def _reduction(
        self, node: Reduce, root: bool, linear: bool, guard: Condition | None
    ) -> Expr:
        plain = node.op in ("sum", "mean")
        inner = both(guard, node.where)
        body = self._visit(node.body, root=False, linear=plain, guard=inner)
        changed = Reduce(node.op, node.indices, body, node.where)
        return changed if (root or (plain and linear)) else self._named(changed, node.op, guard)

    def _call(self, node: Call, root: bool, guard: Condition | None) -> Expr:
        args = tuple(self._argument(node, arg, guard) for arg in node.args)
        changed = Call(node.name, args)
        if root or node.name not in THROUGH_OUTPUT or not reads(changed):
            return changed
        return self._named(changed, node.name, guard)

    def _argument(self, call: Call, arg: Expr, guard: Condition | None) -> Expr:
        shared = len(reads(arg)) > 1 and call.name != "exp"
        if shared or (list(_reductions(arg)) and not isinstance(arg, Reduce)):
            if call.name == "exp":
                return self._visit(arg, root=False, linear=False, guard=guard)
            visited = self._visit(arg, root=True, linear=True, guard=guard)
            return self._named(visited, "in", guard)
        return self._visit(arg, root=False, linear=False, guard=guard)

    def _named(self, expr: Expr, suffix: str, guard: Condition | None) -> Expr:
        """A read of a new equation for ``expr``, or of one that already says it."""
        if suffix not in NEEDS_A_NAME and _doubtful(guard, expr):
            return expr
        guarded = _under(_needed(guard, expr), expr)
        known = self._known(guarded)
        if known is not None:
            return known
        free = free_indices(guarded)
        ordered = [i for i in self.order if i in free] + [i for i in free if i not in self.order]
        indices = tuple(as_expr(index) for index in ordered)
        name = self._new_name(suffix)
        self.equations.append(Equation(name, indices, guarded))
        self.added.append(self.equations[-1])
        return Read(name, indices)

    def _known(self, expr: Expr) -> Expr | None:
        for equation in self.added:
            pattern, _ = rename_left(equation, self.fresh)
            bindings = Matcher(self.program, pattern.free).match(pattern.expr, expr)
            if bindings is not None and all(_plain(bindings.get(i)) for i in pattern.free):
                return in_expr(Read(pattern.name, pattern.indices), bindings)
        return None

    def _new_name(self, suffix: str) -> str:
        stem = f"{self.owner[: LONGEST_NAME - len(suffix) - 4]}_{suffix}"
        name, number = stem, 1
        while name in self.taken or f"d{name}" in self.taken:
            number += 1
            name = f"{stem}{number}"
        self.taken.add(name)
        return name


def _plain(expr: object) -> bool:
    return getattr(expr, "index", None) is not None


def _reductions(node: Node) -> list[Reduce]:
    return [part for part in walk(node) if isinstance(part, Reduce)]


def _doubtful(guard: Condition | None, expr: Expr) -> bool:
    """Whether ``expr`` may have no value at indices that only a condition elsewhere excludes."""
    return bool(_foreign(guard, expr)) and not is_total(expr)


def _under(guard: Condition | None, expr: Expr) -> Expr:
    """``expr`` where ``guard`` holds; a reduction that needs a name stays the root of its line."""
    if isinstance(expr, Reduce) and expr.op in NEEDS_A_NAME:
        return replace(expr, body=select(guard, expr.body, ZERO))
    return select(guard, expr, ZERO)


def _needed(guard: Condition | None, expr: Expr) -> Condition | None:
    """What must be asked again before ``expr`` is computed on a line of its own."""
    if guard is None or (_reads_plainly(expr) and is_total(expr)):
        return None
    if not _reads_plainly(expr):
        return guard
    foreign = _foreign(guard, expr)
    return both(*(part for part in conjuncts(guard) if part not in foreign))


def _foreign(guard: Condition | None, expr: Expr) -> list[Condition]:
    """The conditions on other indices than those of ``expr``."""
    own = set(free_indices(expr))
    return [part for part in conjuncts(guard) if not set(free_indices(part)) <= own]


def _reads_plainly(expr: Expr) -> bool:
    return all(_plain(index) for read in reads(expr) for index in read.indices)
