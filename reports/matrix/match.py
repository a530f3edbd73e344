"""From index notation to matrices: each equation wholly, or not at all.

For a row index r and a column index c an expression is a matrix, a column (r only), a row (c
only) or a number. A sum over j of factors is a product: those with r and j stand left, those with
j and c right, and what has no j stays outside. Slices are indices that only pick one of many
matrices, such as time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

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
    free_indices,
    reads,
    walk,
)
from derive.index import Index, Size, as_expr
from derive.program import Equation, Program
from reports.matrix.formed import Formed, Frame, NoForm, scaled, spread, times, together
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
    inside,
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
            if first is not None and first.index is None:
                found |= {i.name for i in first.indices()}
    return frozenset(found)


def formed(equation: Equation, slices: frozenset[str]) -> tuple[Matrix, Matrix] | None:
    """The two sides of an equation for whole matrices, or None where there is no such form."""
    own = _own(Read(equation.name, equation.indices), slices)
    if own is None or len(own) > 2 or not reads(equation.expr):
        return None
    whole = Whole(Read(equation.name, equation.indices), own, len(equation.indices) - len(own))
    found: list[tuple[Matrix, Matrix]] = []
    for row, column in _orientations(own):
        frame = Frame(row, column, slices)
        left: Matrix = Turned(whole) if row is None and column is not None else whole
        try:
            right = spread(_form(equation.expr, frame), frame)
        except NoForm:
            continue
        found.append((left, right))
    best = min(found, key=lambda sides: _turns(sides[1]), default=None)
    return None if best is None or not _has_matrix(best[1]) else best


def _orientations(own: tuple[Index, ...]) -> list[tuple[Index | None, Index | None]]:
    """Which index may be that of rows and which that of columns."""
    if len(own) == 1:
        return [(own[0], None), (None, own[0])]
    return [(own[0], own[1])] if own else [(None, None)]


def _own(read: Read, slices: frozenset[str]) -> tuple[Index, ...] | None:
    """The indices of rows and columns of a read, if they are plain and come after the slices."""
    entries = list(read.indices)
    while entries and all(i.name in slices for i in entries[0].indices()):
        entries.pop(0)
    own = tuple(e.index for e in entries if e.index is not None and e.index.name not in slices)
    return own if len(own) == len(entries) == len(set(own)) else None


# ---- rules -------------------------------------------------------------------------------------


def _form(expr: Expr, frame: Frame) -> Formed:
    if _is_scalar(expr, frame):
        return Formed(Scalar(expr))
    rule = _RULES.get(type(expr))
    if rule is None:
        raise NoForm
    return rule(expr, frame)


def _is_scalar(expr: Expr, frame: Frame) -> bool:
    return not any(isinstance(n, Reduce) for n in walk(expr)) and all(
        index.name in frame.slices for index in free_indices(expr)
    )


def _read(node: Read, frame: Frame) -> Formed:
    own = _own(node, frame.slices)
    if not own or not set(own) <= {frame.row, frame.column}:
        raise NoForm
    whole = Whole(node, own, len(node.indices) - len(own))
    rows, columns = frame.row in own, frame.column in own
    return Formed(whole if own[0] == frame.row else Turned(whole), rows, columns)


def _add(node: Add, frame: Frame) -> Formed:
    signed = [_signed(term) for term in node.terms]
    terms = [(negative, _form(term, frame)) for negative, term in signed]
    rows, columns = (any(getattr(t, side) for _, t in terms) for side in ("rows", "columns"))
    inner = frame.of(frame.row if rows else None, frame.column if columns else None)
    return Formed(Plus(tuple((n, spread(t, inner)) for n, t in terms)), rows, columns)


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
    if not all(_is_scalar(factor, frame) for factor in below):
        raise NoForm
    numbers = [f for f in above if _is_scalar(f, frame)]
    body = together([_form(f, frame) for f in above if f not in numbers], frame)
    return scaled(numbers, below, body)


def _call(node: Call, frame: Frame) -> Formed:
    if len(node.args) != 1:
        raise NoForm
    body = _form(node.args[0], frame)
    if body.is_number:
        raise NoForm
    return Formed(Applied(node.name, body.matrix), body.rows, body.columns)


def _power(node: Power, frame: Frame) -> Formed:
    body = _form(node.base, frame)
    if body.is_number or not _is_scalar(node.exponent, frame):
        raise NoForm
    return Formed(Raised(body.matrix, node.exponent), body.rows, body.columns)


def _iverson(node: Iverson, frame: Frame) -> Formed:
    if not isinstance(node.condition, Compare):
        raise NoForm
    sides = [_form(side, frame) for side in (node.condition.left, node.condition.right)]
    rows, columns = any(s.rows for s in sides), any(s.columns for s in sides)
    inner = frame.of(frame.row if rows else None, frame.column if columns else None)
    left, right = (s.matrix if s.is_number else spread(s, inner) for s in sides)
    return Formed(Bracket(node.condition.op, left, right), rows, columns)


# ---- sums --------------------------------------------------------------------------------------


def _reduce(node: Reduce, frame: Frame) -> Formed:
    if node.where is not None or node.op not in ("sum", "mean", "logsumexp"):
        raise NoForm
    turns = tuple(i for i in node.indices if i.name in frame.slices)
    within = tuple(i for i in node.indices if i not in turns)
    if node.op == "logsumexp":
        if turns or len(within) != 1:
            raise NoForm
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
    for inner in reversed(over):
        try:
            return _nested(body, inner, tuple(i for i in over if i != inner), frame)
        except NoForm:
            continue
    raise NoForm


def _nested(body: Expr, inner: Index, outer: tuple[Index, ...], frame: Frame) -> Formed:
    """``sum[i, j](a*b) = sum[i](a*sum[j](b))`` where a does not have j."""
    above, below = _flat(body)
    held = tuple(f for f in above if inner in free_indices(f))
    if not held or any(inner in free_indices(f) for f in below):
        raise NoForm
    within: Expr = Reduce("sum", (inner,), held[0] if len(held) == 1 else Mul(held))
    rest = tuple(f for f in above if f not in held)
    top = Mul((*rest, within)) if rest else within
    quotient = Div(top, below[0] if len(below) == 1 else Mul(below)) if below else top
    return _sum(quotient, outer, frame)


def _contracted(body: Expr, over: Index, frame: Frame) -> Formed:
    """``sum[j]`` of factors as a matrix product."""
    above, below = _flat(body)
    if any(over in free_indices(f) for f in below):
        raise NoForm
    groups: dict[tuple[bool, bool], list[Expr]] = {}
    outside: list[Expr] = []
    for factor in above:
        free = free_indices(factor)
        if over in free:
            groups.setdefault((frame.row in free, frame.column in free), []).append(factor)
        else:
            outside.append(factor)
    if (True, True) in groups or not groups:
        raise NoForm
    both = [groups.get(key, []) for key in ((True, False), (False, False), (False, True))]
    product = _joined(*both, over=over, frame=frame)
    numbers = [f for f in outside if _is_scalar(f, frame)]
    others = [_form(f, frame) for f in outside if f not in numbers]
    if others:
        product = together([*others, product], frame)
    return scaled(numbers, below, product)


def _joined(
    left: list[Expr], middle: list[Expr], right: list[Expr], *, over: Index, frame: Frame
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
    if not rest:
        return Formed(times(Turned(Ones(over)), _each(first, frame.of(over, None))))
    return Formed(times(_each(first, frame.of(None, over)), _each(rest, frame.of(over, None))))


def _each(factors: Sequence[Expr], frame: Frame) -> Matrix:
    found = together([_form(factor, frame) for factor in factors], frame)
    return spread(found, frame)


_RULES: Mapping[type, Callable[..., Formed]] = {
    Read: _read, Add: _add, Mul: _product, Div: _product, Call: _call, Power: _power,
    Iverson: _iverson, Reduce: _reduce,
}  # fmt: skip


def _turns(matrix: Matrix) -> int:
    """How many arrays are transposed."""
    return sum(isinstance(n, Turned) and isinstance(n.body, Whole) for n in inside(matrix))


def _has_matrix(matrix: Matrix) -> bool:
    return any(isinstance(n, (Whole, Ones)) for n in inside(matrix))
