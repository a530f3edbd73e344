"""From a layout tree back to an expression: what a reader of the page would take it for.

Shares the names of a program with the printer (which letter is which array) and nothing else: the
order of operations, ranges, brackets and indices are read off the layout.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction as Rational

from derive.expr import (
    Add,
    Call,
    Compare,
    Constant,
    Div,
    Expr,
    IndexValue,
    Iverson,
    Logic,
    Mul,
    Node,
    Number,
    Parameter,
    Power,
    Read,
    Reduce,
    Select,
)
from derive.index import (
    Hyper,
    Index,
    IndexExpr,
    Label,
    Size,
    as_expr,
    exact,
    floor,
    greatest,
    least,
    mod,
    number,
)
from derive.program import Program
from reports.mathematics.layout import (
    COMMA,
    Cases,
    Digits,
    Fenced,
    Fraction,
    Layout,
    Letter,
    Limits,
    Mark,
    Prose,
    Root,
    Row,
    Scripts,
    Stack,
    Tinted,
    Word,
)
from reports.mathematics.names import Names, plain

FUNCTIONS = {
    "ReLU": "relu", "GELU": "gelu", "SiLU": "silu", "ELU": "elu", "LeakyReLU": "leaky_relu",
    "arg max": "argmax", "arg min": "argmin",
}  # fmt: skip
RELATIONS = {"=": "==", "≠": "!=", "<": "<", "≤": "<=", ">": ">", "≥": ">="}


class Unreadable(Exception):
    """The layout means nothing."""


def items_of(layout: Layout) -> list[Layout]:
    """The items side by side, colours aside."""
    if isinstance(layout, Tinted):
        return items_of(layout.body)
    if isinstance(layout, Row):
        return [item for part in layout.items for item in items_of(part)]
    return [layout]


@dataclass
class Reader:
    """Reads the formulas of one program.

    Attributes:
        arrays: by letter and label, the arrays with indices; by layout those without.
        indices: by layout.
        hypers: by layout, with whether each is an integer.
    """

    arrays: dict[tuple[Layout, Layout | None], str]
    scalars: dict[Layout, str]
    indices: dict[tuple[Layout, ...], str]
    hypers: dict[Layout, tuple[str, bool]]
    labels: frozenset[str]

    @classmethod
    def of(cls, program: Program, names: Names) -> Reader:
        ranks = {a.name: len(a.axes) for a in program.arrays}
        ranks |= {e.name: len(e.indices) for e in program.equations}
        arrays: dict[tuple[Layout, Layout | None], str] = {}
        for name in names.arrays:
            shown = names.array(name, (Letter("?"),))
            assert isinstance(shown, Scripts)
            if ranks.get(name, 1):
                arrays[shown.base, shown.above] = name
        return cls(
            arrays=arrays,
            scalars={names.array(name): name for name, rank in ranks.items() if not rank},
            indices={tuple(items_of(names.index(name))): name for name in _all_indices(names)},
            hypers={plain(h.name): (h.name, h.integer) for h in program.hypers},
            labels=frozenset(a.name for a in program.arrays if a.integer),
        )

    def expression(self, layout: Layout) -> Expr:
        """Read a right side."""
        return _Line(self, items_of(layout)).whole()


def _all_indices(names: Names) -> set[str]:
    return set(names.indices) | {f"{n}{k}" for n in names.indices for k in (2, 3, 4)}


@dataclass
class _Line:
    """Items being read from left to right."""

    to: Reader
    items: list[Layout]
    at: int = 0

    # ---- looking ------------------------------------------------------------------------------

    @property
    def next(self) -> Layout | None:
        return self.items[self.at] if self.at < len(self.items) else None

    def take(self) -> Layout:
        found = self.next
        if found is None:
            raise Unreadable("ends too soon")
        self.at += 1
        return found

    def inside(self, layout: Layout) -> _Line:
        return _Line(self.to, items_of(layout))

    def marked(self, *characters: str, spacing: str | None = None) -> bool:
        found = self.next
        return (
            isinstance(found, Mark)
            and found.character in characters
            and (spacing is None or found.spacing == spacing)
        )

    def ended(self, value: Expr) -> Expr:
        if self.next is not None:
            raise Unreadable(f"{self.next} is left over")
        return value

    # ---- numbers ------------------------------------------------------------------------------

    def whole(self) -> Expr:
        return self.ended(self.sum())

    def sum(self) -> Expr:
        terms = [self.term()]
        while self.marked("+", "−", spacing="binary"):
            terms.append(self.term())
        return terms[0] if len(terms) == 1 else Add(tuple(terms))

    def term(self) -> Expr:
        negative = False
        if self.marked("+", "−", spacing="binary") or self.marked("−", spacing="prefix"):
            sign = self.take()
            assert isinstance(sign, Mark)
            negative = sign.character == "−"
        found = self.product()
        return Mul((Number(Rational(-1)), found)) if negative else found

    def product(self) -> Expr:
        factors = [self.factor()]
        while self.next is not None:
            if self.marked("", spacing="thin") or self.marked("⋅"):
                self.take()
            elif self.marked("/"):
                self.take()
                factors = [Div(_one(factors), self.factor())]
                continue
            elif not isinstance(self.next, (Limits, Fenced)):
                break
            factors.append(self.factor())
        return _one(factors)

    def factor(self) -> Expr:  # noqa: PLR0911  a shape a line
        found = self.take()
        match found:
            case Limits(operator, below):
                return self.reduction(operator, below)
            case Word("log") if isinstance(self.next, Limits):
                return Call("log", (self.factor(),))
            case Digits("∞"):
                return Constant("inf")
            case Digits(text):
                return Number(Rational(text))
            case Fraction(above, below):
                return Div(self.inside(above).whole(), self.inside(below).whole())
            case Root(body):
                return Call("sqrt", (self.inside(body).whole(),))
            case Cases(rows):
                return self.cases(rows)
            case Fenced("(", body, _):
                return self.inside(body).whole()
            case Fenced("[", body, _):
                return Iverson(self.inside(body).condition())
            case Fenced("|", body, _):
                extent = self.to.indices.get(tuple(items_of(body)))
                if extent is not None:
                    return IndexValue(as_expr(Size(extent)))
                return Call("abs", (self.inside(body).whole(),))
            case Fenced("⌊", _, _):
                self.at -= 1
                return IndexValue(self.index_term(in_value=True))
        return self.named(found)

    def named(self, found: Layout) -> Expr:
        if isinstance(self.next, Fenced) and self.next.left == "(" and _is_function(found, self.to):
            return self.call(found)
        if found in self.to.scalars:
            return Read(self.to.scalars[found])
        if found in self.to.hypers and not self.to.hypers[found][1]:
            return Parameter(self.to.hypers[found][0])
        if isinstance(found, Scripts) and found not in self.to.hypers:
            return self.scripts(found)
        if found == Letter("π"):
            return Constant("pi")
        self.at -= 1
        return IndexValue(self.index_term(in_value=True))

    def scripts(self, found: Scripts) -> Expr:
        base, below, above = found.base, found.below, found.above
        if base == Letter("δ") and below is not None and above is None:
            return self.delta(below)
        if below is not None:
            if (base, above) in self.to.arrays:
                return Read(self.to.arrays[base, above], self.inside(below).indices())
            if above is not None and (base, None) in self.to.arrays:
                read = Read(self.to.arrays[base, None], self.inside(below).indices())
                return Power(read, self.inside(above).whole())
            if above is not None:
                return Power(self.named(Scripts(base, below)), self.inside(above).whole())
            raise Unreadable(f"{base} is no array")
        assert above is not None
        if base == Letter("e") and base not in self.to.scalars:
            return Call("exp", (self.inside(above).whole(),))
        return Power(self.inside(base).whole(), self.inside(above).whole())

    def delta(self, below: Layout) -> Expr:
        line = self.inside(below)
        if COMMA in line.items:
            left, right = line.indices()
        else:
            left, right = line.index_atom(), line.index_atom()
            line.ended(Number(Rational(0)))
        return Iverson(Compare("==", IndexValue(left), IndexValue(right)))

    def call(self, found: Layout) -> Expr:
        fence = self.take()
        assert isinstance(fence, Fenced)
        name = "sigmoid" if found == Letter("σ") else getattr(found, "text", "")
        args = tuple(_Line(self.to, part).whole() for part in _split(items_of(fence.body), COMMA))
        return Call(FUNCTIONS.get(name, name.replace(" ", "_")), args)

    def cases(self, rows: tuple[tuple[Layout, Layout], ...]) -> Expr:
        *choices, (last, otherwise) = rows
        if otherwise != Prose("otherwise"):
            raise Unreadable("the last case is not the rest")
        found = self.inside(last).whole()
        for value, words in reversed(choices):
            first, *rest = items_of(words)
            if first != Prose("if "):
                raise Unreadable("a case has no condition")
            condition = _Line(self.to, rest).condition()
            found = Select(condition, self.inside(value).whole(), found)
        return found

    # ---- reductions ---------------------------------------------------------------------------

    def reduction(self, operator: Mark | Word, below: Layout) -> Expr:
        op = {"∑": "sum", "∏": "prod"}.get(getattr(operator, "character", "")) or FUNCTIONS.get(
            getattr(operator, "text", ""), getattr(operator, "text", "")
        )
        indices, where = self.range(below)
        while self.marked("", spacing="thin"):
            self.take()
        body = self.product()
        return Reduce(op, indices, body, where)

    def range(self, below: Layout) -> tuple[tuple[Index, ...], Node | None]:
        if isinstance(below, Stack):
            first, second = below.lines
            return self.range(first)[0], self.inside(second).condition()
        if _has_relation(below):
            condition = self.inside(below).condition()
            return (_subject(condition),), condition
        line = self.inside(below)
        found = [line.bound()]
        while line.next == COMMA:
            line.take()
            found.append(line.bound())
        line.ended(Number(Rational(0)))
        return tuple(found), None

    def bound(self) -> Index:
        found = self.index_atom().index
        if found is None:
            raise Unreadable("a bound index is no index")
        return found

    # ---- conditions ---------------------------------------------------------------------------

    def condition(self) -> Node:
        args, words = [self.comparison()], set()
        while isinstance(self.next, Prose):
            word = self.take()
            assert isinstance(word, Prose)
            words.add(word.text.strip())
            args.append(self.comparison())
        if self.next is not None or len(words) > 1:
            raise Unreadable("no condition")
        found = tuple(p for arg in args for p in arg)
        return found[0] if len(found) == 1 else Logic((words or {"and"}).pop(), found)

    def comparison(self) -> tuple[Node, ...]:
        if self.next == Prose("not "):
            self.take()
            fence = self.take()
            assert isinstance(fence, Fenced)
            return (Logic("not", (self.inside(fence.body).condition(),)),)
        if isinstance(self.next, Fenced) and _has_relation(self.next.body):
            fence = self.take()
            assert isinstance(fence, Fenced)
            return (self.inside(fence.body).condition(),)
        found: list[Node] = []
        left = self.sum()
        while isinstance(self.next, Mark) and self.next.character in RELATIONS:
            sign = self.take()
            assert isinstance(sign, Mark)
            right = self.sum()
            found.append(Compare(RELATIONS[sign.character], left, right))
            left = right
        if not found:
            raise Unreadable("no comparison")
        return tuple(found)

    # ---- index expressions --------------------------------------------------------------------

    def indices(self) -> tuple[IndexExpr, ...]:
        found = [self.index()]
        while self.next == COMMA:
            self.take()
            found.append(self.index())
        self.ended(Number(Rational(0)))
        return tuple(found)

    def index(self) -> IndexExpr:
        found = self.index_signed()
        while self.marked("+", "−", spacing="binary"):
            found = found + self.index_signed()
        return found

    def index_signed(self) -> IndexExpr:
        sign = 1
        if self.marked("+", "−", spacing="binary") or self.marked("−", spacing="prefix"):
            mark = self.take()
            assert isinstance(mark, Mark)
            sign = -1 if mark.character == "−" else 1
        return self.index_term() * sign

    def index_term(self, *, in_value: bool = False) -> IndexExpr:
        found = self.index_atom()
        while self.next is not None:
            if self.marked("/"):
                self.take()
                found = exact(found, self.index_atom())
            elif self.marked("", spacing="thin") and self.after() == Word("mod"):
                self.at += 3
                found = mod(found, self.index_atom())
            elif self.marked("", spacing="thin") and not in_value:
                self.take()
                found = found * self.index_atom()
            elif not isinstance(self.next, (Mark, Prose, Limits)):
                found = found * self.index_atom()
            else:
                break
        return found

    def after(self) -> Layout | None:
        return self.items[self.at + 1] if self.at + 1 < len(self.items) else None

    def index_atom(self) -> IndexExpr:  # noqa: PLR0911  a shape a line
        found = self.take()
        primes = self.next if isinstance(self.next, Mark) else None
        if primes is not None and primes.character.startswith("′"):
            self.take()
            return as_expr(Index(self.to.indices[found, primes]))
        if (found,) in self.to.indices:
            return as_expr(Index(self.to.indices[found,]))
        if found in self.to.hypers:
            return as_expr(Hyper(self.to.hypers[found][0]))
        match found:
            case Digits(text):
                return number(int(text))
            case Fenced("|", body, _):
                return as_expr(Size(self.to.indices[tuple(items_of(body))]))
            case Fenced("(", body, _):
                return self.inside(body).index_ended()
            case Fenced("⌊", body, _):
                top, below = (_Line(self.to, part) for part in _split(items_of(body), Mark("/")))
                return floor(top.index_ended(), below.index_ended())
            case Word("min" | "max" as word):
                fence = self.take()
                assert isinstance(fence, Fenced)
                left, right = self.inside(fence.body).indices()
                return (least if word == "min" else greatest)(left, right)
            case Scripts(base, below, above) if below is not None:
                name = self.to.arrays[base, above]
                assert name in self.to.labels
                return as_expr(Label(name, self.inside(below).indices()))
        if found in self.to.scalars:
            return as_expr(Label(self.to.scalars[found], ()))
        raise Unreadable(f"{found} is no index")

    def index_ended(self) -> IndexExpr:
        found = self.index()
        self.ended(Number(Rational(0)))
        return found


def _one(factors: list[Expr]) -> Expr:
    return factors[0] if len(factors) == 1 else Mul(tuple(factors))


def _is_function(found: Layout, to: Reader) -> bool:
    known = found in to.scalars or found in to.hypers
    return not known and (isinstance(found, Word) or found == Letter("σ"))


def _has_relation(layout: Layout) -> bool:
    found: Callable[[Layout], bool] = lambda item: (  # noqa: E731
        isinstance(item, Mark) and item.character in RELATIONS
    )
    return any(found(item) for item in items_of(layout)) or any(
        isinstance(item, Fenced) and _has_relation(item.body) for item in items_of(layout)
    )


def _subject(condition: Node) -> Index:
    """The index that a condition below a sum starts with."""
    first = condition.left if isinstance(condition, Compare) else None
    if not isinstance(first, IndexValue) or first.expr.index is None:
        raise Unreadable("a sum over nothing")
    return first.expr.index


def _split(items: list[Layout], at: Layout) -> list[list[Layout]]:
    pieces: list[list[Layout]] = [[]]
    for item in items:
        if item == at:
            pieces.append([])
        else:
            pieces[-1].append(item)
    return pieces
