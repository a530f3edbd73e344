"""Sums that read backwards are written forwards: into strided slices of the result.

    dx[h] = sum[p](W[p]*dy[(h + P - p)/s])      with dy zero off its grid

reads an element of dy for few (h, p). With h = s*u + p - P every element of dy is used once:

    for p in range(P):
        dx_pad[p : p + s*U : s] += W[p]*dy

and the part of dx_pad that is dx is cut out. Whatever else depends on h is read at s*u + p - P.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

from derive.algebra import both, select
from derive.expr import ZERO, Condition, Expr, Mul, Read, Reduce, free_indices, reads
from derive.extent import extent_of
from derive.index import Exact, Index, IndexExpr, Size, as_expr, number
from derive.lower.align import expanded, in_order
from derive.lower.arithmetic import product, real
from derive.lower.context import Builder, Order
from derive.lower.factors import Product, factored
from derive.lower.grid import Overhang, inside, is_whole_axis, overhang, variables
from derive.lower.mask import always_finite
from derive.lower.plan import (
    REAL,
    WHOLE,
    Assign,
    At,
    Filled,
    Literal,
    Part,
    Slice,
    Span,
    Stored,
    Update,
    Value,
)
from derive.lower.window import nest, offsets
from derive.scope import in_expr, substitute


@dataclass(frozen=True, slots=True)
class _Change:
    """``old`` is ``place``: ``step`` times ``new``, and what depends on offsets."""

    old: Index
    new: Index
    place: IndexExpr
    step: int


def scattered_read(node: Read, order: Order, builder: Builder) -> Value | None:
    """A single read at an exact quotient, written into the places where it is one."""
    exact = any(isinstance(a, Exact) for e in node.indices for a in e.atoms())
    return scattered((), factored(node), order, builder) if exact else None


def scattered(
    bound: tuple[Index, ...], body: Product, order: Order, builder: Builder
) -> Value | None:
    """The sum of ``body`` over ``bound`` in scattered form, or None where it has none."""
    for factor in body.above:
        if isinstance(factor, Read):
            changes = _changes(factor, bound, order, builder)
            if changes:
                return _Scatter(bound, body, changes, order, builder).value()
    return None


def scattered_share(above: Expr, below: Expr, order: Order, builder: Builder) -> Value | None:
    """What one array adds up to, divided by a number: divided before it is written apart."""
    if not isinstance(above, Reduce) or above.op != "sum" or above.where is not None:
        return None
    if not isinstance(above.body, Read) or free_indices(below):
        return None
    return scattered(above.indices, Product((above.body,), (below,)), order, builder)


def pulled(node: Reduce, body: Product, builder: Builder) -> tuple[Reduce, bool] | None:
    """A sum over positions that are read backwards, as one over the elements that are read.

        sum[u](dy[u]*x[(u - p)/s])      with x zero off its grid
            ⇒   sum[h](dy[s*h + p]*x[h])

    Where ``s*h + p`` may be off the grid, the other factor has to be taken for zero: true.
    """
    for factor in body.above:
        if not isinstance(factor, Read) or not _is_zero_outside(factor, builder):
            continue
        for axis, expr in enumerate(factor.indices):
            if not isinstance(expr.atom, Exact) and len(variables(expr, builder)) < 2:
                continue
            for old in (i for i in variables(expr, builder) if i in node.indices):
                change = _change(factor, axis, old, builder)
                if change is not None:
                    found = _replaced(node, body, change, builder)
                    if found is not None:
                        return found
    return None


def _replaced(
    node: Reduce, body: Product, change: _Change, builder: Builder
) -> tuple[Reduce, bool] | None:
    """``node`` with the change made, and whether reads off the grid count as zero."""
    sure = inside(change.place, as_expr(Size(change.old.name)), builder)
    excluded = any(
        isinstance(f, Read)
        and _is_whole(f, change.old, builder)
        and ((pad := builder.program.pad(f.array)) is None or pad.value == 0)
        for f in body.above
    )
    expr = body.expr()
    if expr is None or not (sure or excluded):
        return None
    places = {change.old: change.place}
    indices = tuple(change.new if i == change.old else i for i in node.indices)
    where = None if node.where is None else cast(Condition, substitute(node.where, places))
    return Reduce(node.op, indices, in_expr(expr, places), where), not sure


def _is_whole(read: Read, index: Index, builder: Builder) -> bool:
    """Whether an axis is read from end to end by ``index``."""
    extents = builder.context.extents(read.array)
    return any(
        e.index == index and is_whole_axis(index, extent, builder)
        for e, extent in zip(read.indices, extents, strict=True)
    )


def _is_zero_outside(read: Read, builder: Builder) -> bool:
    pad = builder.program.pad(read.array)
    return pad is not None and pad.value == 0 and not builder.context.moved(read.array)


def _changes(
    read: Read, bound: tuple[Index, ...], order: Order, builder: Builder
) -> tuple[_Change, ...]:
    """The changes of variable that make every axis of ``read`` plain; none if some cannot be."""
    if not _is_zero_outside(read, builder):
        return ()
    found: list[_Change] = []
    for axis, expr in enumerate(read.indices):
        backwards = isinstance(expr.atom, Exact) or len(variables(expr, builder)) > 1
        if backwards:
            free = [i for i in variables(expr, builder) if i not in bound]
            loops = offsets(read, bound, builder)
            beside = [i for i in variables(expr, builder) if i in bound]
            if len(free) != 1 or any(i not in loops for i in beside):
                return ()
            change = _change(read, axis, free[0], builder)
            if change is not None:
                found.append(change)
            elif isinstance(expr.atom, Exact):
                return ()
    old = [c.old for c in found]
    apart = len(set(old)) == len(old) and not any(
        i in old for c in found for i in c.place.indices()
    )
    return tuple(found) if apart and all(i in order for i in old) else ()


def _change(read: Read, axis: int, old: Index, builder: Builder) -> _Change | None:
    """The change of variable from ``old`` to the element of ``axis`` that is read."""
    expr = read.indices[axis]
    step = 1
    if isinstance(expr.atom, Exact):
        divisor = expr.atom.denominator.constant
        if divisor is None or divisor <= 0:
            return None
        expr, step = expr.atom.numerator, divisor
    split = expr.linear(old)
    if split is None or split[0].constant != 1 or not _reads_backwards(split[1], builder, step):
        return None
    new = Index(builder.program.axes(read.array)[axis], builder.tag())
    return _Change(old, new, as_expr(new) * step - split[1], step)


def _reads_backwards(rest: IndexExpr, builder: Builder, step: int) -> bool:
    """Whether offsets are subtracted: where they are added, a window is read instead."""
    if step > 1:
        return True
    slopes = [split[0].constant for i in variables(rest, builder) if (split := rest.linear(i))]
    return all(s is not None and s < 0 for s in slopes)


class _Scatter:
    """One sum in scattered form."""

    def __init__(
        self,
        bound: tuple[Index, ...],
        body: Product,
        changes: tuple[_Change, ...],
        order: Order,
        builder: Builder,
    ) -> None:
        self.changes = {c.old: c for c in changes}
        self.builder = builder
        places = {c.old: c.place for c in changes}
        self.body = body.rewritten(lambda e: in_expr(e, places))
        used = {i for c in changes for i in c.place.indices()}
        used |= {i for f in self.body.everything() for i in offsets(f, bound, builder)}
        self.loops = tuple(i for i in bound if i in used)
        self.rest = tuple(i for i in bound if i not in used)
        free = {i for f in body.everything() for i in free_indices(f)} - set(bound)
        self.axes = tuple(i for i in order if i in free and i not in builder.scalars)
        names = {old: c.new for old, c in self.changes.items()}
        self.order = tuple(names.get(i, i) for i in order)
        self.inner_axes = tuple(names.get(i, i) for i in self.axes)

    def value(self) -> Value:
        """Make the buffer, the loops and the part that counts."""
        hangs = [self._overhang(axis) for axis in self.axes]
        shape = tuple(
            as_expr(Size(i.name)) + h.before + h.after
            for i, h in zip(self.axes, hangs, strict=True)
        )
        cut = any(hangs)
        name = self.builder.claim(f"{self.builder.owner}_{'pad' if cut else 'sum'}")
        buffer = Filled(shape, Literal(Fraction(0)), self.axes)
        whole = Stored(name, self.axes, REAL, temporary=True)
        with self.builder.excused(when=cut):  # what is cut off may read anything
            once, each = self._shared()
            self.builder.statements.append(Assign(name, buffer, temporary=True))
            self._loop(whole, hangs, once, each)
        if cut and not all(always_finite(f, self.builder) for f in self.body.everything()):
            self.builder.root.noisy = True
        if not cut:
            return whole
        parts = tuple(self._kept(i, h) for i, h in zip(self.axes, hangs, strict=True))
        return Slice(whole, parts, self.axes)

    def _overhang(self, axis: Index) -> Overhang:
        change = self.changes.get(axis)
        if change is None:
            return Overhang()
        found = overhang(change.place, as_expr(Size(axis.name)), self.builder)
        assert found is not None, "the place is affine in indices"
        return found

    def _kept(self, axis: Index, hang: Overhang) -> Part:
        if not hang:
            return WHOLE
        begin = hang.before if hang.before.terms else None
        end = hang.before + as_expr(Size(axis.name)) if hang.after.terms else None
        return Span(begin, end)

    def _shared(self) -> tuple[Value | None, Product]:
        """What is computed for all offsets at once, by one contraction, and what for each."""
        if not self.loops:
            return None, self.body
        if not self.rest:
            return self._scaled()
        ready = [f for f in self.body.above if self._is_plain(f)]
        if self.body.below or self.body.masks or len(ready) < 2:
            return None, self.body
        others = [f for f in self.body.above if f not in ready]
        if any(i in free_indices(f) for f in others for i in self.rest):
            return None, self.body
        loops = tuple(i for i in self.loops if any(i in free_indices(f) for f in ready))
        order = (*loops, *self.order)
        inner = Reduce("sum", self.rest, Mul(tuple(ready)))
        value = self.builder.lower(inner, order)
        made = self.builder.temporary(f"{self.builder.owner}_terms", value)
        return made, Product(tuple(others))

    def _scaled(self) -> tuple[Value | None, Product]:
        """A quotient that is the same for all offsets, computed once: half of average pooling."""
        same = [*self.body.above, *self.body.below]
        if self.body.masks or not self.body.below:
            return None, self.body
        if any(i in free_indices(f) for f in same for i in self.loops):
            return None, self.body
        expr = self.body.expr()
        assert expr is not None, "there is a divisor"
        value = self.builder.lower(expr, self.order)
        return self.builder.temporary(f"{self.builder.owner}_share", value), Product(())

    def _is_plain(self, factor: Expr) -> bool:
        """Whether offsets stand alone in whatever ``factor`` reads."""
        places = [e for read in reads(factor) for e in read.indices]
        return all(
            e.index is not None or not any(i in self.loops for i in e.indices()) for e in places
        )

    def _loop(
        self, buffer: Stored, hangs: Sequence[Overhang], once: Value | None, each: Product
    ) -> None:
        inner = self.builder.child(self.loops)
        factors: list[Value] = [] if once is None else [_at(once, self.loops)]
        rest = self.rest if once is None else ()
        expr = self._chosen(each)
        if expr is not None:
            body = Reduce("sum", rest, expr) if rest else expr
            factors.append(inner.lower(body, self.order))
        value = real(product(factors, self.order))
        parts = tuple(self._written(i, h) for i, h in zip(self.axes, hangs, strict=True))
        target = Slice(buffer, parts, self.inner_axes)
        if all(part == WHOLE for part in parts):
            target = buffer  # type: ignore[assignment]
        value = expanded(in_order(value, self.inner_axes), self.inner_axes)
        update = Update(target, "=" if self._is_apart() else "+=", value)
        body_statements = (*inner.statements, update)
        if self.loops:
            self.builder.statements.append(nest(self.loops, body_statements))
        else:
            self.builder.statements.extend(body_statements)

    def _is_apart(self) -> bool:
        """Whether no place is written twice, so that nothing need be read there to add to it.

        Every offset is below the step of the one axis that it moves along: windows side by side.
        Saves a third of the backward pass of pooling.
        """
        moving = [
            (i, change)
            for change in self.changes.values()
            for i in change.place.indices()
            if i != change.new
        ]
        if sorted(i.name for i, _ in moving) != sorted(i.name for i in self.loops):
            return False
        return len({c.old for _, c in moving}) == len(moving) and all(
            self._is_below_step(i, change) for i, change in moving
        )

    def _is_below_step(self, offset: Index, change: _Change) -> bool:
        split = change.place.linear(offset)
        extent = extent_of(self.builder.program, offset.name).constant
        slope = None if split is None else split[0].constant
        return slope in (1, -1) and extent is not None and extent <= change.step

    def _chosen(self, each: Product) -> Expr | None:
        """The factors as an expression; what a mask excludes is left out, not multiplied by 0."""
        plain = Product(each.above, each.below).expr()
        if plain is None or not each.masks or always_finite(plain, self.builder):
            return each.expr()
        return select(both(*(m.condition for m in each.masks)), plain, ZERO)

    def _written(self, axis: Index, hang: Overhang) -> Part:
        """The slice of the buffer that one offset writes."""
        change = self.changes.get(axis)
        if change is None:
            return WHOLE
        split = change.place.linear(change.new)
        assert split is not None, "the place is affine in the new index"
        start = split[1] + hang.before
        stop = start + as_expr(Size(change.new.name)) * change.step
        step = None if change.step == 1 else number(change.step)
        return Span(start if start.terms else None, stop, step)


def _at(value: Value, loops: Sequence[Index]) -> Value:
    """The part of ``value`` that belongs to one offset."""
    if not any(axis in loops for axis in value.axes):
        return value
    parts = tuple(At(as_expr(a)) if a in loops else WHOLE for a in value.axes if a is not None)
    axes = tuple(a for a in value.axes if a not in loops)
    return Slice(value, parts, axes)

