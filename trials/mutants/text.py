"""Machine-made mutants of a kernel's text: one small edit at one place, everywhere it can stand.

    operands    a + b -> a - b, a, b; a * b -> a / b, a, b; a @ b -> b @ a, a @ b.T
    signs       -a -> a; > -> >=, <; == -> !=
    constants   n -> n + 1, n - 1; a decimal times 1.01
    arrays      a.T -> a; a[i] -> a[i + 1], a[i - 1]; slices one longer or shorter
    calls       f(a) -> a; maximum <-> minimum; sum <-> mean; axes and permutations exchanged
    statements  += -> =, -=; a write left out; a loop one step short, or turned round
    results     two gradients exchanged; one zero, negative, or 1.01 times as large

The docstring, ``expect`` and ``check`` of a module are left alone: they compute nothing. So is
``windows``: with other strides it reads outside of the array, and that may end the process.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

UNTOUCHED = ("expect", "check", "windows")


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of a text.

    Attributes:
        place: the function and the statement that are edited, as ``backward, dW``.
        before: what stood there.
        after: what stands there now.
        tree: the whole text, not edited.
        old: the node in it that is edited.
        new: what takes its place.
    """

    place: str
    before: str
    after: str
    tree: ast.Module = field(repr=False)
    old: ast.AST = field(repr=False)
    new: ast.AST = field(repr=False)

    @property
    def source(self) -> str:
        """The whole text, edited."""
        position = next(n for n, node in enumerate(ast.walk(self.tree)) if node is self.old)
        made = copy.deepcopy(self.tree)
        target = next(node for n, node in enumerate(ast.walk(made)) if n == position)
        new = self.new

        class Replace(ast.NodeTransformer):
            def visit(self, node: ast.AST) -> ast.AST:
                return new if node is target else self.generic_visit(node)

        return ast.unparse(ast.fix_missing_locations(Replace().visit(made))) + "\n"

    def __str__(self) -> str:
        return f"{self.place}: {self.before} -> {self.after}"


Replacements = Iterator[ast.AST]


def edits(source: str) -> Iterator[Edit]:
    """Every edit of a kernel's text, in order of the text."""
    tree = ast.parse(source)
    for function in tree.body:
        if isinstance(function, ast.FunctionDef) and function.name not in UNTOUCHED:
            for statement in function.body[1:] if ast.get_docstring(function) else function.body:
                if not _is_bookkeeping(statement):
                    yield from _within(tree, function.name, statement)


def _is_bookkeeping(statement: ast.stmt) -> bool:
    """Whether a statement only reads sizes or unpacks what was saved."""
    text = ast.unparse(statement)
    return text.startswith("expect(") or "= expect(" in text or text.endswith("= saved")


def _within(tree: ast.Module, function: str, statement: ast.stmt) -> Iterator[Edit]:
    """The edits of a statement; those inside a loop or a branch are told by their own line."""
    inner = [child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.stmt)]
    below = {id(node) for child in inner for node in ast.walk(child)}
    here = [node for node in ast.walk(statement) if id(node) not in below]
    numbers = [node for node in here if isinstance(node, ast.Constant)]
    numbers.sort(key=lambda node: (node.lineno, node.col_offset))
    place = f"{function}, {_head(statement)}"
    for node in here:
        # a bare number says nothing of where it stands
        nth = f", number {numbers.index(node) + 1}" if node in numbers[1:] else ""
        yield from _at(tree, f"{place}{nth}", node)
    for child in inner:
        yield from _within(tree, function, child)


def _head(statement: ast.stmt) -> str:
    """What a statement is about: the array that it writes, or its first word."""
    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement
    target = target.target if isinstance(target, ast.AugAssign) else target
    if isinstance(target, ast.stmt):
        head = ast.unparse(target).splitlines()[0]
        return head.split("(")[0].split("=")[0].split(" in ")[0].strip()
    return ast.unparse(target)


def _at(tree: ast.Module, place: str, node: ast.AST) -> Iterator[Edit]:
    for kind, rule in RULES:
        if isinstance(node, kind):
            for changed in rule(node):
                new = ast.fix_missing_locations(ast.copy_location(changed, node))
                before, after = _short(node), _short(new)
                if ast.unparse(node) != ast.unparse(new):
                    yield Edit(place, before, after, tree, node, new)


def _short(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())


def _with(node: ast.AST, **fields: object) -> ast.AST:
    made = copy.copy(node)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


# ---- operands, signs, constants -------------------------------------------------------------

_OTHER_OPERATOR: dict[type[ast.operator], tuple[ast.operator, ...]] = {
    ast.Add: (ast.Sub(),),
    ast.Sub: (ast.Add(),),
    ast.Mult: (ast.Div(), ast.Add()),
    ast.Div: (ast.Mult(),),
    ast.Pow: (ast.Mult(),),
}


def _operands(node: ast.BinOp) -> Replacements:
    for operator in _OTHER_OPERATOR.get(type(node.op), ()):
        yield _with(node, op=operator)
    if isinstance(node.op, ast.MatMult):
        yield _with(node, left=node.right, right=node.left)
        yield _with(node, right=_transposed(node.right))
        yield _with(node, left=_transposed(node.left))
    if isinstance(node.op, (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)):
        yield node.left
        yield node.right


def _transposed(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    return ast.Attribute(node, "T", ast.Load())


def _signs(node: ast.UnaryOp) -> Replacements:
    if isinstance(node.op, (ast.USub, ast.Invert)):
        yield node.operand


_OTHER_COMPARISON: dict[type[ast.cmpop], tuple[ast.cmpop, ...]] = {
    ast.Gt: (ast.GtE(), ast.Lt()),
    ast.GtE: (ast.Gt(), ast.Lt()),
    ast.Lt: (ast.LtE(), ast.Gt()),
    ast.LtE: (ast.Lt(), ast.Gt()),
    ast.Eq: (ast.NotEq(), ast.GtE()),
    ast.NotEq: (ast.Eq(),),
}


def _comparisons(node: ast.Compare) -> Replacements:
    for operator in _OTHER_COMPARISON.get(type(node.ops[0]), ()):
        yield _with(node, ops=[operator])


def _constants(node: ast.Constant) -> Replacements:
    if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
        return
    if isinstance(node.value, int):
        yield ast.Constant(node.value + 1)
        yield ast.Constant(node.value - 1)
    else:
        yield ast.Constant(node.value * 1.01)


# ---- arrays ---------------------------------------------------------------------------------


def _attributes(node: ast.Attribute) -> Replacements:
    if node.attr == "T":
        yield node.value


def _subscripts(node: ast.Subscript) -> Replacements:
    places = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for at, place in enumerate(places):
        for moved in _moved(place):
            several = [*places[:at], moved, *places[at + 1 :]]
            whole = ast.Tuple(several, ast.Load()) if len(several) > 1 else moved
            yield _with(node, slice=whole)


def _moved(place: ast.expr) -> Iterator[ast.expr]:
    """Another index, or a slice with other ends."""
    if isinstance(place, ast.Slice):
        for end in ("lower", "upper"):
            bound = getattr(place, end)
            if bound is not None:
                yield from (_with(place, **{end: one}) for one in _beside(bound))  # type: ignore[misc]
        if place.step is not None:
            yield _with(place, step=None)  # type: ignore[misc]
    elif isinstance(place, (ast.Name, ast.BinOp)):
        yield from _beside(place)


def _beside(bound: ast.expr) -> Iterator[ast.expr]:
    yield ast.BinOp(bound, ast.Add(), ast.Constant(1))
    yield ast.BinOp(bound, ast.Sub(), ast.Constant(1))


# ---- calls ----------------------------------------------------------------------------------

_OTHER_FUNCTION = {
    "maximum": "minimum", "minimum": "maximum", "sum": "mean", "mean": "sum", "max": "min",
    "min": "max", "argmax": "argmin", "argmin": "argmax", "sin": "cos", "cos": "sin",
    "zeros": "ones", "cumsum": "cumprod",
}  # fmt: skip
_KEPT = ("zeros", "empty", "full", "result_type", "shape", "range", "arange")


def _calls(node: ast.Call) -> Replacements:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if name in _OTHER_FUNCTION:
        yield _with(node, func=_with(node.func, attr=_OTHER_FUNCTION[name]))
    if len(node.args) == 1 and not node.keywords and _callee(node) not in _KEPT:
        yield node.args[0]
    if isinstance(node.func, ast.Attribute) and name in ("sum", "transpose", "swapaxes", "copy"):
        yield node.func.value
    if len(node.args) == 2 and name in ("tensordot", "subtract", "divide", "outer"):
        yield _with(node, args=node.args[::-1])


def _callee(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)


def _orders(node: ast.Tuple | ast.List) -> Replacements:
    """Neighbours exchanged, in axes and permutations."""
    if all(isinstance(e, ast.Constant) for e in node.elts) and isinstance(node.ctx, ast.Load):
        for at in range(len(node.elts) - 1):
            elts = list(node.elts)
            elts[at], elts[at + 1] = elts[at + 1], elts[at]
            yield _with(node, elts=elts)


# ---- statements and results -----------------------------------------------------------------


def _accumulations(node: ast.AugAssign) -> Replacements:
    yield ast.Assign([node.target], node.value)
    if isinstance(node.op, ast.Add):
        yield _with(node, op=ast.Sub())
    yield ast.Pass()


def _writes(node: ast.Assign) -> Replacements:
    if isinstance(node.targets[0], ast.Subscript):
        yield ast.Pass()


def _loops(node: ast.For) -> Replacements:
    text = ast.unparse(node.iter)
    if text.startswith("range("):
        yield _with(node, iter=_parsed(f"reversed({text})"))
    if text.startswith("reversed("):
        yield _with(node, iter=_parsed(text.removeprefix("reversed(").removesuffix(")")))
    yield _with(node, iter=_parsed(f"list({text})[1:]"))
    yield _with(node, iter=_parsed(f"list({text})[:-1]"))


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _results(node: ast.Return) -> Replacements:
    if not isinstance(node.value, ast.Tuple):
        return
    elts = node.value.elts
    for at, result in enumerate(elts):
        if isinstance(result, ast.Tuple):
            continue
        for change in ("0 * ({})", "-({})", "1.01 * ({})", "({}).T"):
            changed = _parsed(change.format(ast.unparse(result)))
            several: list[ast.expr] = [*elts[:at], changed, *elts[at + 1 :]]
            yield _with(node, value=ast.Tuple(several, ast.Load()))
        if at + 1 < len(elts):
            swapped = [*elts[:at], elts[at + 1], result, *elts[at + 2 :]]
            yield _with(node, value=ast.Tuple(swapped, ast.Load()))


Rule = Callable[..., Replacements]
RULES: tuple[tuple[type[ast.AST] | tuple[type[ast.AST], ...], Rule], ...] = (
    (ast.BinOp, _operands),
    (ast.UnaryOp, _signs),
    (ast.Compare, _comparisons),
    (ast.Constant, _constants),
    (ast.Attribute, _attributes),
    (ast.Subscript, _subscripts),
    (ast.Call, _calls),
    ((ast.Tuple, ast.List), _orders),
    (ast.AugAssign, _accumulations),
    (ast.Assign, _writes),
    (ast.For, _loops),
    (ast.Return, _results),
)
