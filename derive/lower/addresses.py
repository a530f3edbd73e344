"""Plans in three-address form: one operation a statement, written into memory that is there.

    y = x @ W.T + b       ⇒   y = room
                              y <- x @ W.T
                              y <- y + b

    f[t] = sigmoid(d[t] + h[t] @ U.T)
                          ⇒   f[t] <- h[t] @ U.T,  f[t] <- d[t] + f[t],  f[t] <- sigmoid(f[t])

The first operand that has the shape of the result is computed in its place, unless what is
written there is still to be read; every other one in a spare array, which is free again after
the operation. Views, scalars, and what writes nowhere else than into new memory stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from derive.lower.matrices import flat, innermost, turned
from derive.lower.overlap import Aliases, base_of, on_base
from derive.lower.plan import (
    BOOL,
    REAL,
    WHOLE,
    Accumulate,
    Assign,
    Broadcast,
    Cast,
    Copy,
    Filled,
    Fold,
    For,
    Literal,
    Map,
    Matmul,
    Named,
    Pad,
    Quietly,
    Reshape,
    Slice,
    Span,
    Stmt,
    Stored,
    Tensordot,
    Transpose,
    Update,
    Value,
    kind,
    operands,
)
from derive.lower.rooms import Into, Rooms, Step
from derive.lower.shapes import SHARES, Shape, shape_of
from derive.lower.told import ARITHMETIC, CONDITIONS, FUNCTIONS, REDUCTIONS

Places = tuple[int, ...]


class Addresses:
    """Writes the plans of one function in three-address form."""

    def __init__(
        self,
        rooms: Rooms,
        extents: Mapping[str, Shape],
        passes: frozenset[str],
        known: frozenset[str] = frozenset(),
    ) -> None:
        self.rooms = rooms
        self._passes = passes
        self._extents = extents
        self._steps: list[Step] = []
        self._aliases = Aliases()
        self._known = known  # logarithms of a softmax that is still to come
        self._terms: dict[str, tuple[Stored, tuple[int, ...]]] = {}

    def steps(self, statements: tuple[Stmt, ...]) -> list[Step]:
        """The steps of ``statements``; new rooms are left with ``rooms``."""
        outer, self._steps = self._steps, []
        for statement in statements:
            self._statement(statement)
        self._steps, found = outer, self._steps
        return found

    def _statement(self, statement: Stmt) -> None:
        match statement:
            case Assign():
                self._assign(statement)
            case Update(target, op, value):
                self._update(target, op, value)
            case Accumulate(_, _, value):
                operand = self.operand(value)
                self._steps.append(replace(statement, value=operand))
                self.rooms.give((operand,))
            case For(_, body) | Quietly(body):
                self._steps.append(replace(statement, body=tuple(self.steps(body))))  # type: ignore[arg-type]

    # ---- whole arrays -------------------------------------------------------------------------

    def _assign(self, statement: Assign) -> None:
        statement = replace(statement, value=self._softmax(statement.value))
        base = base_of(statement.value)
        if isinstance(statement.value, Reshape) and statement.value.source is base:
            base = statement.value  # what is computed in another shape needs no other array
        shape = self.shape(base)
        if shape is not None and shape and self._writes(base):
            self.rooms.room(statement.name, shape, kind(base))
            room = Stored(statement.name, base.axes, kind(base), temporary=True)
            self.into(room, base)
            if base is not statement.value:
                self._steps.append(replace(statement, value=on_base(statement.value, base, room)))
        else:
            operand = self.operand(statement.value, inline=True)
            self._steps.append(replace(statement, value=operand))
            self.rooms.give((operand,))
            self._aliases.note(statement.name, statement.value)
        found = self.shape(statement.value)
        if found is not None:
            self.rooms.shapes[statement.name] = found

    def _softmax(self, value: Value) -> Value:
        """The exponential of what is the logarithm of a softmax by the terms that this has left."""
        logarithm = value.args[0] if isinstance(value, Map) and value.op == "exp" else None
        if not isinstance(logarithm, Stored) or logarithm.name not in self._terms:
            return value
        terms, positions = self._terms.pop(logarithm.name)
        axes = tuple(None if k in positions else a for k, a in enumerate(terms.axes))
        total = Fold("sum", terms, positions, axes, keep=True)
        return Map("/", (terms, total), value.axes)

    def _writes(self, value: Value) -> bool:
        """Whether ``value`` is computed by operations that write where they are told."""
        if isinstance(value, (Filled, Copy, Pad)):
            return kind(value) == REAL
        return self._is_work(value.source if isinstance(value, Reshape) else value)

    def _update(self, target: Value, op: str, value: Value) -> None:
        if not target.axes:
            operand = self.operand(value, inline=True)
            self._steps.append(Update(target, op, operand))
        elif op == "=":
            self.into(target, value)
            return
        else:
            operand = self.operand(value)
            joined = Map(op.removesuffix("="), (target, operand), target.axes)
            self._steps.append(Into(target, joined))
        self.rooms.give((operand,))

    # ---- values -------------------------------------------------------------------------------

    def shape(self, value: Value) -> Shape | None:
        """The shape of ``value``; None where it is not known, or changes from step to step."""
        found = shape_of(value, {**self._extents, **self.rooms.shapes})
        if found is None or any(e.indices() for e in found):
            return None
        return found

    def into(self, target: Value, value: Value) -> None:
        """Compute ``value`` in ``target``."""
        if isinstance(value, (Copy, Cast)):  # what is assigned is cast
            self.into(target, value.source)
        elif isinstance(value, Broadcast) or not self._has_shape(target, value):
            self._copied(target, value.source if isinstance(value, Broadcast) else value)
        elif isinstance(value, Reshape) and self._fits(target, value):
            shape = self.shape(value.source)
            assert shape is not None, "an operation without a shape is not told where to write"
            self.into(Reshape(target, shape, value.source.axes), value.source)
        elif isinstance(value, Map) and self._is_work(value):
            self._map(target, value)
        elif isinstance(value, Tensordot) and self._is_work(value):
            self._contract(target, value)
        elif isinstance(value, Matmul) and self._is_work(value):
            self._multiply(target, value)
        elif isinstance(value, Fold) and self._is_work(value):
            self._fold(target, value)
        elif isinstance(value, Pad):
            self._pad(target, value)
        else:
            self._copied(target, value.value if isinstance(value, Filled) else value)

    def _copied(self, target: Value, value: Value) -> None:
        """Write what is there, or a number, into ``target``."""
        operand = self.operand(value)
        if operand != target:
            plain = isinstance(operand, (Literal, Named))
            step = Into(target, operand) if plain else Update(target, "=", operand)
            self._steps.append(step)
        self._release((operand,), target)

    def _pad(self, target: Value, value: Pad) -> None:
        shape = self.shape(value.source)
        assert shape is not None, "an array is not padded before its extents are known"
        widths = zip(value.widths, shape, strict=True)
        parts = tuple(
            Span(before, before + extent) if before.terms or after.terms else WHOLE
            for (before, after), extent in widths
        )
        self._steps.append(Into(target, value.value))
        self.into(Slice(target, parts, value.axes), value.source)

    def _multiply(self, target: Value, value: Matmul) -> None:
        """A product of matrices, or of a stack of them."""
        left, right = self.operand(value.left), self.operand(value.right)
        place, product = target, replace(value, left=left, right=right)
        if self._is_stack(target, product):
            # one product of many rows: NumPy calls BLAS for every matrix of a stack
            last = len(left.axes) - 1
            product = Matmul(self._rows(left), right, ())
            place = self._rows(target)
            product = replace(product, axes=(product.left.axes[0], value.axes[last]))
        own = self._is_own(place, product)
        self._steps.append(Into(place, product, own=own))
        self._release((left, right), target)

    def _is_stack(self, target: Value, value: Matmul) -> bool:
        """Whether a stack of matrices is multiplied by one, all of them in order in memory."""
        ranks = len(value.left.axes), len(value.right.axes), len(target.axes)
        dense = self._aliases.is_dense(value.left) and self._aliases.is_dense(target)
        return "flat" in self._passes and dense and ranks[0] > 2 and ranks[1:] == (2, ranks[0])

    def _rows(self, value: Value) -> Value:
        """``value`` as one matrix, with the rows of all its matrices."""
        shape, last = self.shape(value), len(value.axes) - 1
        assert shape is not None, "an operation without a shape is not told where to write"
        return flat(value, shape, tuple(range(last)), (last,))

    def _contract(self, target: Value, value: Tensordot) -> None:
        """A sum over several axes as one product of two matrices."""
        shape = self.shape(value)
        assert shape is not None, "an operation without a shape is not told where to write"
        left = self._matrix(value.left, value.left_positions, last=True)
        right = self._matrix(value.right, value.right_positions, last=False)
        axes = (left.axes[0], right.axes[1])
        inner = Matmul(left, right, axes)
        extents = self.shape(inner)
        assert extents is not None, "a matrix has a shape"
        plain = extents == shape
        whole: Value = target
        if not plain and not self._aliases.is_dense(target):  # rows need not follow each other
            whole = self.rooms.take(value.axes, shape, REAL)
        matrix = whole if plain else Reshape(whole, extents, axes)
        own = plain and self._is_own(whole, inner)
        self._steps.append(Into(matrix, inner, own=own))
        self._release((left, right), whole)
        if whole is not target:
            self._copied(target, whole)

    def _is_own(self, target: Value, value: Matmul) -> bool:
        """Whether two matrices are multiplied into memory of our own, in its own dtype."""
        # an array that is given may have fewer digits than what all of them make together
        known = any(self._aliases.array(v) in self.rooms.own for v in (value.left, value.right))
        flat = len(value.left.axes) == len(value.right.axes) == 2
        mine = self._aliases.array(target) in self.rooms.own
        return known and flat and mine and self._aliases.is_dense(target)

    def _matrix(self, value: Value, positions: tuple[int, ...], *, last: bool) -> Value:
        """``value`` as a matrix, the axes at ``positions`` together as its columns, or rows."""
        rest = tuple(k for k in range(len(value.axes)) if k not in positions)
        value = self.operand(value)
        shape = self.shape(value)
        assert shape is not None, "an operation without a shape is not told where to write"
        rows, columns = (rest, positions) if last else (positions, rest)
        if self._aliases.joins(value, (rows, columns)):
            if (*rows, *columns) == tuple(range(len(shape))):
                return flat(value, shape, rows, columns)
            if (*columns, *rows) == tuple(range(len(shape))):
                return turned(flat(value, shape, columns, rows))
        if "rows" in self._passes and innermost(value) == rows[-1]:
            return turned(self._copy(value, shape, columns, rows))
        return self._copy(value, shape, rows, columns)

    def _copy(self, value: Value, shape: Shape, rows: Places, columns: Places) -> Value:
        order = (*rows, *columns)
        axes, extents = tuple(value.axes[k] for k in order), tuple(shape[k] for k in order)
        copy = self.rooms.take(axes, extents, REAL)
        self._copied(copy, Transpose(value, order, axes))
        places = tuple(range(len(order)))
        return flat(copy, extents, places[: len(rows)], places[len(rows) :])

    def _fold(self, target: Value, value: Fold) -> None:
        """A reduction; a share of a sum is computed where its terms are."""
        if value.op in SHARES and self._fits(target, value.source):
            self.into(target, value.source)
            source = target
        else:
            source = self.operand(value.source)
        spare = self._spares(target, value, REDUCTIONS[value.op])
        self._steps.append(Into(target, replace(value, source=source), spare))
        if isinstance(target, Stored) and target.name in self._known:
            self._terms[target.name] = spare[0], value.positions  # the exponentials are in there
            spare = ()
        self._release((source, *spare), target)

    def _map(self, target: Value, value: Map) -> None:
        home = self._home(target, value)
        args: list[Value] = list(value.args)
        if home is not None:
            self.into(target, value.args[home])
            args[home] = target
        for k, arg in enumerate(value.args):
            if k != home:
                args[k] = self.operand(arg)
        if value.op == "where" and self._aliases.met(target, args):
            self._steps.append(Update(target, "=", replace(value, args=tuple(args))))
            self._release(tuple(args), target)
            return
        spare = self._spares(target, value, FUNCTIONS.get(value.op, 0))
        self._steps.append(Into(target, replace(value, args=tuple(args)), spare))
        self._release((*args, *spare), target)

    def _spares(self, target: Value, value: Value, count: int) -> tuple[Stored, ...]:
        shape = self.shape(value)
        assert shape is not None, "an operation without a shape is not told where to write"
        return tuple(self.rooms.take(target.axes, shape, REAL) for _ in range(count))

    def _home(self, target: Value, value: Map) -> int | None:
        """The operand that can be computed where the result goes."""
        if value.op == "where":  # the branches are written one over the other
            return None
        for k, arg in enumerate(value.args):
            others = [a for j, a in enumerate(value.args) if j != k]
            if self._fits(target, arg) and not self._aliases.met(target, others):
                return k
        return None

    def _fits(self, target: Value, value: Value) -> bool:
        """Whether ``value`` can be computed in ``target``."""
        inner = value
        if isinstance(value, Reshape) and self._aliases.is_dense(target):
            inner = value.source
        return (
            kind(target) == kind(value)
            and self._is_work(inner)
            and self._has_shape(target, value)
        )

    def _has_shape(self, target: Value, value: Value) -> bool:
        return self._plain(self.shape(target)) == self._plain(self.shape(value))

    def _plain(self, shape: Shape | None) -> object:
        return shape if shape is None else self.rooms.plain(shape)

    def _release(self, read: Sequence[Value], target: Value) -> None:
        self.rooms.give(o for o in read if self._aliases.array(o) != self._aliases.array(target))

    # ---- operands -----------------------------------------------------------------------------

    def operand(self, value: Value, *, inline: bool = False) -> Value:
        """``value`` with nothing in it that makes an array; ``inline``: but by itself."""
        if not inline and self._is_work(value):
            return self._spared(value)
        return self._rebuilt(value)

    def _spared(self, value: Value) -> Stored:
        """``value`` in a spare array, which is taken after those that the operands need."""
        shape = self.shape(value)
        assert shape is not None, "an operation without a shape is not told where to write"
        ready = value
        if not any(self._would_fit(part, value) for part in operands(value)):
            ready = self._rebuilt(value)
        spare = self.rooms.take(value.axes, shape, kind(value))
        self.into(spare, ready)
        return spare

    def _would_fit(self, part: Value, value: Value) -> bool:
        """Whether ``part`` of ``value`` could be computed where ``value`` goes."""
        inside = isinstance(value, Map) or (isinstance(value, Fold) and value.op in SHARES)
        return inside and self._fits(value, part)

    def _rebuilt(self, value: Value) -> Value:
        """``value`` with operands that are there."""
        changed: dict[str, Any] = {}
        for field in fields(value):
            part = getattr(value, field.name)
            if field.name in ("source", "left", "right"):
                changed[field.name] = self.operand(part)
            elif field.name == "args" and value.op != "if":  # type: ignore[union-attr]
                changed[field.name] = tuple(map(self.operand, part))
        return replace(value, **changed) if changed else value

    def _is_work(self, value: Value) -> bool:
        """Whether ``value`` is one operation that can be told where to write."""
        if not value.axes or kind(value) not in (REAL, BOOL) or not self.shape(value):
            return False
        if isinstance(value, Map):
            if value.op in CONDITIONS:
                return kind(value) == BOOL
            return (value.op in ARITHMETIC or value.op in FUNCTIONS) and kind(value) == REAL
        if isinstance(value, Fold):
            real = kind(value.source) == REAL and kind(value) == REAL
            return real and value.op in REDUCTIONS
        return isinstance(value, (Matmul, Tensordot)) and kind(value) == REAL
