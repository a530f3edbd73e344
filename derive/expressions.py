"""Expressions by operator precedence, with one explicit stack for each bracket level.

    if else (right) · or · and · not · comparison (not chained) · + - · * / // % (left) ·
    unary - · ^ (right)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

from derive.errors import DeriveError, LimitError, NameRefused, ParseError
from derive.functions import FUNCTIONS
from derive.lexer import Token, literal
from derive.syntax import (
    Call,
    Chain,
    Compare,
    Condition,
    Element,
    Expr,
    Iverson,
    Logic,
    Name,
    Negation,
    Node,
    Number,
    Power,
    Reduction,
    Select,
    Size,
    Source,
)
from derive.words import CONSTANTS, MAX_NESTING, MAX_NODES, REDUCTIONS, RESERVED

IF, OR, AND, NOT, COMPARISON, SUM, PRODUCT, MINUS, POWER = range(1, 10)
LEVELS: Final = {
    "if": IF, "or": OR, "and": AND, "==": COMPARISON, "!=": COMPARISON, "<": COMPARISON,
    "<=": COMPARISON, ">": COMPARISON, ">=": COMPARISON, "+": SUM, "-": SUM, "*": PRODUCT,
    "/": PRODUCT, "//": PRODUCT, "%": PRODUCT, "^": POWER,
}  # fmt: skip
PREFIXES: Final = {"-": MINUS, "not": NOT}
CHAINS: Final = (OR, AND, SUM, PRODUCT)


@dataclass(slots=True)
class _Pending:
    """An operator whose last operand is still being read; a chain gathers several."""

    level: int
    tokens: list[Token]
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class _Operand:
    node: Node
    height: int


class ExpressionParser:
    """A cursor over tokens that reads expressions; statements build on it."""

    def __init__(self, source: Source, tokens: tuple[Token, ...]) -> None:
        self.source = source
        self.tokens = tokens
        self.position = 0
        self.brackets = 0
        self.nodes = 0

    # ---- the cursor -----------------------------------------------------------------------

    @property
    def token(self) -> Token:
        """The token under the cursor."""
        return self.tokens[self.position]

    def advance(self) -> Token:
        """Step over the token under the cursor and return it."""
        token = self.tokens[self.position]
        if token.kind != "end":
            self.position += 1
        return token

    def at(self, text: str) -> bool:
        """Whether the cursor stands on that word or sign."""
        token = self.tokens[self.position]
        return token.text == text and token.kind in ("op", "name")

    def accept(self, text: str) -> bool:
        """Step over ``text`` if it is there."""
        found = self.at(text)
        if found:
            self.advance()
        return found

    def expect(self, text: str, reason: str) -> Token:
        """Step over ``text`` or refuse."""
        if not self.at(text):
            raise self.refuse(f"expected `{text}` {reason}, found {self.found()}", self.token)
        return self.advance()

    def close(self, opening: Token, text: str) -> None:
        """Step over the bracket that closes ``opening`` or refuse, naming both."""
        if not self.at(text):
            place = f"opened at line {opening.span.line}, column {opening.span.column}"
            raise self.refuse(
                f"expected `{text}` for the `{opening.text}` {place}, found {self.found()}",
                opening if self.token.kind == "end" else self.token,
                self._operator_hint() or f"close the bracket with `{text}`",
            )
        self.advance()

    def found(self) -> str:
        """The token under the cursor, for a message."""
        names = {"newline": "the end of the line", "end": "the end of the text"}
        return names.get(self.token.kind, f"`{self.token.text}`")

    def refuse(
        self, problem: str, token: Token, remedy: str = "", kind: type[DeriveError] = ParseError
    ) -> DeriveError:
        """An error that points at ``token``."""
        return self.source.refuse(kind, problem, token.span, remedy)

    # ---- expressions ----------------------------------------------------------------------

    def value(self) -> Expr:
        """Read an expression that is a number."""
        return cast(Expr, self._number(self.token, self._operand()).node)

    def condition(self) -> Condition:
        """Read a condition."""
        return cast(Condition, self._truth(self.token, self._operand()).node)

    def _operand(self, ternary: bool = True) -> _Operand:
        operands: list[_Operand] = []
        pending: list[_Pending] = []
        while True:
            self._prefixes(pending)
            operands.append(self._primary())
            level = LEVELS.get(self.token.text) if self.token.kind == "op" else None
            if level is None or (level == IF and not ternary):
                break
            self._infix(level, operands, pending)
        while pending:
            self._apply(pending.pop(), operands)
        return operands[0]

    def _prefixes(self, pending: list[_Pending]) -> None:
        while self.token.kind == "op" and self.token.text in PREFIXES:
            level = PREFIXES[self.token.text]
            if level == NOT and pending and pending[-1].level > NOT:
                raise self.refuse(
                    "`not` cannot stand here: it binds less than the operator before it",
                    self.token, "put the condition in brackets, [not ...] as a number",
                )  # fmt: skip
            pending.append(_Pending(level, [self.advance()]))
            self._check_nesting(len(pending) - POWER)

    def _infix(self, level: int, operands: list[_Operand], pending: list[_Pending]) -> None:
        while pending and pending[-1].level > level:
            self._apply(pending.pop(), operands)
        token = self.advance()
        top = pending[-1] if pending and pending[-1].level == level else None
        if level == IF:
            pending.append(_Pending(IF, [token], self._between(token)))
        elif top is None or level == POWER:
            pending.append(_Pending(level, [token]))
        elif level == COMPARISON:
            raise self.refuse(
                "comparisons are not chained", token, "write both: a < b and b < c"
            )
        else:
            top.tokens.append(token)
        self._check_nesting(len(pending) - POWER)

    def _between(self, token: Token) -> Condition:
        self._enter(token)
        first = self.token
        condition = self._truth(first, self._operand(ternary=False))
        self.brackets -= 1
        self.expect("else", "after the condition of `a if condition else b`")
        return cast(Condition, condition.node)

    def _apply(self, operator: _Pending, operands: list[_Operand]) -> None:
        count = 1 if operator.level in (MINUS, NOT) else len(operator.tokens) + 1
        parts = operands[-count:]
        del operands[-count:]
        operands.append(self._combined(operator, parts))

    def _combined(self, operator: _Pending, parts: list[_Operand]) -> _Operand:
        token = operator.tokens[0]
        check = self._truth if operator.level in (OR, AND, NOT) else self._number
        nodes = [check(token, part).node for part in parts]
        values = cast("list[Expr]", nodes)
        node: Node
        if operator.condition is not None:
            node = Select(operator.condition, values[0], values[1], token.span)
        elif operator.level in (OR, AND, NOT):
            node = Logic(token.text, tuple(cast("list[Condition]", nodes)), token.span)
        elif operator.level == COMPARISON:
            node = Compare(token.text, values[0], values[1], token.span)
        elif operator.level == MINUS:
            node = Negation(values[0], token.span)
        elif operator.level == POWER:
            node = Power(values[0], values[1], token.span)
        else:
            signs = (t.text for t in operator.tokens)
            node = Chain(values[0], tuple(zip(signs, values[1:], strict=True)), token.span)
        return self._made(node, parts, token)

    def _made(self, node: Node, parts: list[_Operand], token: Token) -> _Operand:
        height = 1 + max((p.height for p in parts), default=-1)
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self.refuse(
                f"the text has more than {MAX_NODES:,} operations and names", token,
                "split the layer into several files", LimitError,
            )  # fmt: skip
        if height > MAX_NESTING:
            raise self._too_deep(token)
        return _Operand(node, height)

    def _check_nesting(self, extra: int) -> None:
        if self.brackets + extra > MAX_NESTING:
            raise self._too_deep(self.token)

    def _enter(self, token: Token) -> None:
        self.brackets += 1
        if self.brackets > MAX_NESTING:
            raise self._too_deep(token)

    def _too_deep(self, token: Token) -> DeriveError:
        return self.refuse(
            f"nesting deeper than {MAX_NESTING}", token,
            "name a part of the expression in an equation of its own", LimitError,
        )  # fmt: skip

    # ---- conditions and numbers -----------------------------------------------------------

    def _number(self, _: Token, operand: _Operand) -> _Operand:
        if isinstance(operand.node, (Compare, Logic)):
            raise self.source.refuse(
                ParseError, "a condition stands where a number is needed", operand.node.span,
                "put it in square brackets, [i == j], to make it 1 or 0",
            )  # fmt: skip
        return operand

    def _truth(self, token: Token, operand: _Operand) -> _Operand:
        if not isinstance(operand.node, (Compare, Logic)):
            raise self.refuse(
                "a number stands where a condition is needed", token, "compare it: x > 0"
            )
        return operand

    # ---- primaries ------------------------------------------------------------------------

    def _primary(self) -> _Operand:
        token = self.token
        if token.kind == "number":
            self.advance()
            value, integer = literal(token.text)
            return self._made(Number(value, integer, token.span), [], token)
        if token.kind == "name":
            return self._named()
        if self.at("("):
            return self._bracketed()
        if self.at("["):
            return self._iverson()
        raise self.refuse(
            f"expected a number, a name or a bracket, found {self.found()}", token,
            "drop the sign: there is no unary +" if self.at("+") else "complete the expression",
        )  # fmt: skip

    def _bracketed(self) -> _Operand:
        opening = self.advance()
        self._enter(opening)
        inside = self._operand()
        self.close(opening, ")")
        self.brackets -= 1
        return inside

    def _iverson(self) -> _Operand:
        opening = self.advance()
        self._enter(opening)
        inside = self._truth(self.token, self._operand())
        self.close(opening, "]")
        self.brackets -= 1
        return self._made(Iverson(cast(Condition, inside.node), opening.span), [inside], opening)

    def _named(self) -> _Operand:
        token = self.advance()
        opens = self.token.text if self.token.kind == "op" else ""
        if token.text in REDUCTIONS and opens == "[":
            return self._reduction(token)
        if token.text == "size":
            return self._size(token)
        if token.text in RESERVED and token.text not in FUNCTIONS and token.text not in CONSTANTS:
            raise self._misused(token)
        if opens == "(":
            parts = self._list("(", ")")
            args = tuple(cast(Expr, self._number(token, p).node) for p in parts)
            return self._made(Call(token.text, args, token.span), parts, token)
        if token.text in FUNCTIONS:
            raise self.refuse(
                f"the function `{token.text}` needs its arguments", token,
                f"write {token.text}(...)", NameRefused,
            )  # fmt: skip
        if opens == "[":
            parts = self._list("[", "]")
            args = tuple(cast(Expr, self._number(token, p).node) for p in parts)
            return self._made(Element(token.text, args, token.span), parts, token)
        return self._made(Name(token.text, token.span), [], token)

    def _misused(self, token: Token) -> DeriveError:
        remedy = "choose another name"
        if token.text in REDUCTIONS:
            remedy = f"a reduction is written {token.text}[j](...)"
        return self.refuse(f"`{token.text}` is a reserved word", token, remedy, NameRefused)

    def _list(self, opening: str, closing: str) -> list[_Operand]:
        bracket = self.expect(opening, "")
        self._enter(bracket)
        if self.at(closing):
            remedy = "a scalar is written without brackets" if closing == "]" else "give arguments"
            raise self.refuse(f"empty `{opening}{closing}`", bracket, remedy)
        parts = [self._operand()]
        while self.accept(","):
            parts.append(self._operand())
        self.close(bracket, closing)
        self.brackets -= 1
        return parts

    def _size(self, token: Token) -> _Operand:
        opening = self.expect("(", "after `size`")
        index = self.name("an index")
        self.close(opening, ")")
        return self._made(Size(index.name, token.span), [], token)

    def _reduction(self, token: Token) -> _Operand:
        opening = self.advance()
        self._enter(opening)
        indices = [self.name("an index")]
        while self.accept(","):
            indices.append(self.name("an index"))
        guards: list[_Operand] = []
        if self.accept("where"):
            guards.append(self._truth(self.token, self._operand()))
        self.close(opening, "]")
        bracket = self.expect("(", f"after `{token.text}[...]`: a reduction takes its body in ( )")
        body = self._number(self.token, self._operand())
        self.close(bracket, ")")
        self.brackets -= 1
        where = cast(Condition, guards[0].node) if guards else None
        node = Reduction(token.text, tuple(indices), where, cast(Expr, body.node), token.span)
        return self._made(node, [*guards, body], token)

    def name(self, what: str) -> Name:
        """Read a name that is not reserved."""
        token = self.token
        if token.kind != "name":
            raise self.refuse(
                f"expected the name of {what}, found {self.found()}", token,
                "write a name: letters, digits and _",
            )  # fmt: skip
        if token.text in RESERVED:
            raise self._misused(token)
        self.advance()
        return Name(token.text, token.span)

    def _operator_hint(self) -> str:
        before = self.tokens[self.position - 1] if self.position else self.token
        juxtaposed = self.token.kind in ("name", "number") or self.at("(")
        if juxtaposed and (before.kind in ("name", "number") or before.text in (")", "]")):
            return "write multiplication out, a*b"
        return ""
