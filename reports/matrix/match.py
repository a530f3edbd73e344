"""From index notation to matrices: each equation wholly, or not at all.

For a row index r and a column index c an expression is a matrix, a column (r only), a row (c
only) or a number. A sum over j of factors is a product: those with r and j stand left, those with
j and c right, and what has no j stays outside. Slices are indices that only pick one of many
matrices, such as time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from derive.expr import (
    ONE,
    Add,
    Call,
    Compare,
    Div,
    Expr,
    IndexValue,
    Iverson,
    Mul,
    Number,
    Power,
    Read,
    Reduce,
    Select,
    free_indices,
    reads,
    walk,
)
from derive.index import Index, IndexExpr, Label, Size, as_expr
from derive.program import Equation, Program
from reports.matrix.formed import Formed, Frame, framed, scaled, spread, times, together
from reports.matrix.orientation import turns
from reports.matrix.reasons import NoForm, Reason
from reports.matrix.tree import (
    Applied,
    Bracket,
    Matrix,
    Ones,
    Over,
    Plus,
    Raised,
    Scalar,
    Turned,
    Whole,
)


def slices_of(program: Program) -> frozenset[str]:
    """The indices that pick one matrix of many: leading axes beyond two, and steps in time."""
    axes = [array.axes for array in program.arrays]
    axes += [tuple(i.name for i in e.free) for e in program.equations if not e.is_start]
    rank = max((len(a) for a in axes), default=0)
    leading = {a[: rank - 2] for a in axes if len(a) == rank > 2}
    found = set(leading.pop()) if len(leading) == 1 else set()
    for equation in program.equations:
        for read in reads(equation.expr):
            first = read.indices[0] if read.indices else None
            if first is not None and first.index is None and not _labels((first,)):
                found |= {i.name for i in first.indices()}
    return frozenset(found)


def formed(equation: Equation, slices: frozenset[str]) -> tuple[Matrix, Matrix]:
    """Give the two sides of an equation for whole matrices.

    Raises:
        NoForm: with the reason, where there is no such form.
    """
    read = Read(equation.name, equation.indices)
    try:
        own = _within(read, slices)
    except NoForm as refusal:
        raise NoForm(_first_of(reads(equation.expr), slices, refusal.reason)) from None
    if not own and _is_scalar(equation.expr, Frame(None, None, slices)):
        raise NoForm(Reason.NUMBERS)
    whole = Whole(read, own, len(equation.indices) - len(own))
    found: list[tuple[Matrix, Matrix]] = []
    lacking: list[NoForm] = []
    for row, column in _orientations(own):
        frame = Frame(row, column, slices)
        left: Matrix = Turned(whole) if row is None and column is not None else whole
        try:
            found.append((left, spread(_form(equation.expr, frame), frame)))
        except NoForm as refusal:
            lacking.append(refusal)
    if not found:
        raise NoForm(_first_of((read, *reads(equation.expr)), slices, lacking[0].reason))
    return min(found, key=lambda sides: turns(*sides))


def _first_of(found: Sequence[Read], slices: frozenset[str], reason: Reason) -> Reason:
    """What is in the way of some reads as far as it comes before ``reason``."""
    reasons = [reason]
    for read in found:
        try:
            _within(read, slices)
        except NoForm as refusal:
            reasons.append(refusal.reason)
    return min(reasons, key=list(Reason).index)


def _orientations(own: tuple[Index, ...]) -> list[tuple[Index | None, Index | None]]:
    """Which index may be that of rows and which that of columns."""
    if len(own) == 1:
        return [(own[0], None), (None, own[0])]
    return [(own[0], own[1])] if own else [(None, None)]


def _within(read: Read, slices: frozenset[str]) -> tuple[Index, ...]:
    """The indices of rows and columns of a read, which are plain and come after the slices.

    Raises:
        NoForm: where there are other or more indices.
    """
    entries = list(read.indices)
    while entries and all(i.name in slices for i in entries[0].indices()):
        entries.pop(0)
    own = tuple(e.index for e in entries if e.index is not None)
    if len(own) < len(entries):
        raise NoForm(_moved(entries))
    if len(set(own)) < len(own):
        raise NoForm(Reason.DIAGONAL)
    if len(own) > 2 or any(index.name in slices for index in own):
        raise NoForm(Reason.RANK)
    return own


def _moved(entries: Sequence[IndexExpr]) -> Reason:
    if _labels(entries):
        return Reason.GATHER
    return Reason.WINDOW if any(e.indices() and e.index is None for e in entries) else Reason.PICKED


def _labels(entries: Sequence[IndexExpr]) -> bool:
    return any(isinstance(atom, Label) for entry in entries for atom in entry.atoms())


# ---- rules -------------------------------------------------------------------------------------


def _form(expr: Expr, frame: Frame) -> Formed:
    if _is_scalar(expr, frame):
        return Formed(Scalar(expr))
    rule = _RULES.get(type(expr))
    if rule is None:
        raise NoForm(Reason.CHOICE if isinstance(expr, Select) else Reason.POSITION)
    return rule(expr, frame)


def _is_scalar(expr: Expr, frame: Frame) -> bool:
    return not any(isinstance(n, Reduce) for n in walk(expr)) and all(
        index.name in frame.slices for index in free_indices(expr)
    )


def _read(node: Read, frame: Frame) -> Formed:
    own = _within(node, frame.slices)
    if not own or not set(own) <= {frame.row, frame.column}:
        raise NoForm(Reason.PRODUCT)
    whole = Whole(node, own, len(node.indices) - len(own))
    rows, columns = frame.row in own, frame.column in own
    return Formed(whole if own[0] == frame.row else Turned(whole), rows, columns)


def _add(node: Add, frame: Frame) -> Formed:
    signed = [_signed(term) for term in node.terms]
    terms = [(negative, _form(term, frame)) for negative, term in signed]
    inner = frame.held(*(term for _, term in terms))
    return framed(Plus(tuple((n, spread(t, inner)) for n, t in terms)), inner)


def _signed(term: Expr) -> tuple[bool, Expr]:
    """Whether a term is subtracted, and what is."""
    first = term.factors[0] if isinstance(term, Mul) else term
    if not isinstance(first, Number) or first.value >= 0:
        return False, term
    positive = Number(-first.value)
    if not isinstance(term, Mul):
        return True, positive
    rest = term.factors[1:] if positive == ONE else (positive, *term.factors[1:])
    return True, rest[0] if len(rest) == 1 else Mul(rest)


def _product(node: Mul | Div, frame: Frame) -> Formed:
    return _multiplied(*_flat(node), frame)


def _flat(node: Expr) -> tuple[tuple[Expr, ...], tuple[Expr, ...]]:
    """The factors above and below the line."""
    if isinstance(node, Mul):
        parts = [_flat(factor) for factor in node.factors]
        return tuple(f for a, _ in parts for f in a), tuple(f for _, b in parts for f in b)
    if isinstance(node, Div):
        (above, under), (below, over) = _flat(node.numerator), _flat(node.denominator)
        return (*above, *over), (*under, *below)
    return (node,), ()


def _multiplied(above: Sequence[Expr], below: Sequence[Expr], frame: Frame) -> Formed:
    numbers, under = ([f for f in side if _is_scalar(f, frame)] for side in (above, below))
    top = [_form(f, frame) for f in above if f not in numbers]
    low = [_form(f, frame) for f in below if f not in under]
    return scaled(numbers, under, together(top, low, frame))


def _call(node: Call, frame: Frame) -> Formed:
    first, *numbers = node.args
    if not all(_is_scalar(number, frame) for number in numbers):
        raise NoForm(Reason.PRODUCT)
    body = _form(first, frame)
    return Formed(Applied(node.name, body.matrix, tuple(numbers)), body.rows, body.columns)


def _power(node: Power, frame: Frame) -> Formed:
    body = _form(node.base, frame)
    if not _is_scalar(node.exponent, frame):
        raise NoForm(Reason.POSITION)
    raised = Raised(body.matrix, node.exponent, body.is_number)
    return Formed(raised, body.rows, body.columns)


def _iverson(node: Iverson, frame: Frame) -> Formed:
    if not isinstance(node.condition, Compare):
        raise NoForm(Reason.CONDITION)
    sides = [_form(side, frame) for side in (node.condition.left, node.condition.right)]
    inner = frame.held(*sides)
    left, right = (s.matrix if s.is_number else spread(s, inner) for s in sides)
    return framed(Bracket(node.condition.op, left, right), inner)


# ---- sums --------------------------------------------------------------------------------------


def _reduce(node: Reduce, frame: Frame) -> Formed:
    if node.op not in ("sum", "mean", "logsumexp"):
        raise NoForm(Reason.EXTREME)
    if node.where is not None:
        raise NoForm(Reason.CONDITION)
    turns = tuple(i for i in node.indices if i.name in frame.slices)
    within = tuple(i for i in node.indices if i not in turns)
    if node.op == "logsumexp":
        if turns:
            raise NoForm(Reason.PRODUCT)
        inner = _sum(Call("exp", (node.body,)), within, frame)
        return Formed(Applied("log", inner.matrix), inner.rows, inner.columns)
    found = _sum(node.body, within, frame)
    if turns:
        found = Formed(Over(turns, found.matrix), found.rows, found.columns)
    if node.op == "mean":
        sizes = [IndexValue(as_expr(Size(index.name))) for index in node.indices]
        return scaled((), sizes, found)
    return found


def _sum(body: Expr, over: tuple[Index, ...], frame: Frame) -> Formed:
    if not over:
        return _form(body, frame)
    if len(over) == 1:
        return _contracted(body, over[0], frame)
    lacking: list[NoForm] = []
    for inner in reversed(over):
        try:
            return _nested(body, inner, tuple(i for i in over if i != inner), frame)
        except NoForm as refusal:
            lacking.append(refusal)
    raise lacking[0]


def _nested(body: Expr, inner: Index, outer: tuple[Index, ...], frame: Frame) -> Formed:
    """``sum[i, j](a*b) = sum[i](a*sum[j](b))`` where a does not have j."""
    above, below = _flat(body)
    held, rest = ([f for f in above if (inner in free_indices(f)) is has] for has in (True, False))
    under, low = ([f for f in below if (inner in free_indices(f)) is has] for has in (True, False))
    within = Reduce("sum", (inner,), _over(held, under))
    return _sum(_over([*rest, within], low), outer, frame)


def _over(above: Sequence[Expr], below: Sequence[Expr]) -> Expr:
    """The quotient of two products."""
    top, low = (
        ONE if not side else side[0] if len(side) == 1 else Mul(tuple(side))
        for side in (above, below)
    )
    return top if low == ONE else Div(top, low)


class Factor(NamedTuple):
    """A factor, or what is divided by."""

    expr: Expr
    is_below: bool


def _contracted(body: Expr, over: Index, frame: Frame) -> Formed:
    """``sum[j]`` of factors as a matrix product."""
    above, below = _flat(body)
    factors = [*(Factor(f, False) for f in above), *(Factor(f, True) for f in below)]
    groups: dict[tuple[bool, bool], list[Factor]] = {}
    outside: tuple[list[Expr], list[Expr]] = ([], [])
    for factor in factors:
        free = free_indices(factor.expr)
        if over in free:
            groups.setdefault((frame.row in free, frame.column in free), []).append(factor)
        else:
            outside[factor.is_below].append(factor.expr)
    if (True, True) in groups:
        raise NoForm(Reason.PRODUCT)
    both = [groups.get(key, []) for key in ((True, False), (False, False), (False, True))]
    product = _joined(*both, over=over, frame=frame)
    numbers, under = ([f for f in side if _is_scalar(f, frame)] for side in outside)
    rest = [[_form(f, frame) for f in side if not _is_scalar(f, frame)] for side in outside]
    if any(rest):
        product = together([*rest[0], product], rest[1], frame)
    return scaled(numbers, under, product)


def _joined(
    left: list[Factor], middle: list[Factor], right: list[Factor], *, over: Index, frame: Frame
) -> Formed:
    before, after = frame.of(frame.row, over), frame.of(over, frame.column)
    if left and right:
        return Formed(times(_each([*left, *middle], before), _each(right, after)), True, True)
    if left:
        column: Matrix = _each(middle, frame.of(over, None)) if middle else Ones(over)
        return Formed(times(_each(left, before), column), rows=True)
    if right:
        row = _each(middle, frame.of(None, over)) if middle else Turned(Ones(over))
        return Formed(times(row, _each(right, after)), columns=True)
    first, rest = middle[:1], middle[1:]
    if all(factor.is_below for factor in rest):
        whole = _each(middle, frame.of(over, None))
        return Formed(times(Turned(Ones(over)), whole))
    return Formed(times(_each(first, frame.of(None, over)), _each(rest, frame.of(over, None))))


def _each(factors: Sequence[Factor], frame: Frame) -> Matrix:
    above = [_form(factor.expr, frame) for factor in factors if not factor.is_below]
    below = [_form(factor.expr, frame) for factor in factors if factor.is_below]
    return spread(together(above, below, frame), frame)


_RULES: Mapping[type, Callable[..., Formed]] = {
    Read: _read, Add: _add, Mul: _product, Div: _product, Call: _call, Power: _power,
    Iverson: _iverson, Reduce: _reduce,
}  # fmt: skip
