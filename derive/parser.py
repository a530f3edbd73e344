"""Text to parse tree: one statement after another, each by its first word."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TypeVar

from derive.errors import ParseError
from derive.expressions import ExpressionParser
from derive.lexer import Token, literal, tokenize
from derive.syntax import (
    ArrayDeclaration,
    AssumeDeclaration,
    ClaimDeclaration,
    EquationStatement,
    Expr,
    FunctionDeclaration,
    HyperDeclaration,
    IndexDeclaration,
    Name,
    OutputDeclaration,
    PadDeclaration,
    Source,
    Tree,
)
from derive.words import FREE_TEXT

Statement = (
    ArrayDeclaration
    | HyperDeclaration
    | OutputDeclaration
    | IndexDeclaration
    | PadDeclaration
    | FunctionDeclaration
    | AssumeDeclaration
    | ClaimDeclaration
    | EquationStatement
)
Kind = TypeVar("Kind")


def parse_tree(text: str, origin: str = "") -> Tree:
    """Parse equation text without looking anything up.

    Raises:
        ParseError, LimitError, NameRefused: with the place in the text.
    """
    if not isinstance(text, str):
        raise TypeError(f"the equations must be text, not {type(text).__name__}")
    source = Source(text, origin)
    return _StatementParser(source, tokenize(source)).tree()


class _StatementParser(ExpressionParser):
    def __init__(self, source: Source, tokens: tuple[Token, ...]) -> None:
        super().__init__(source, tokens)
        self.statements: list[Statement] = []
        self.free: dict[str, list[Token]] = {word: [] for word in FREE_TEXT}

    def tree(self) -> Tree:
        while self.token.kind != "end":
            self._statement()
        if len(self.free["title"]) > 1:
            raise self.refuse("a second title", self.free["title"][1], "keep one title line")
        texts = {word: tuple(t.text for t in found) for word, found in self.free.items()}
        return Tree(
            self.source,
            self._all(ArrayDeclaration),
            self._all(HyperDeclaration),
            self._all(OutputDeclaration),
            self._all(IndexDeclaration),
            self._all(PadDeclaration),
            self._all(FunctionDeclaration),
            self._all(AssumeDeclaration),
            self._all(EquationStatement),
            texts["title"][0] if texts["title"] else "",
            texts["source"],
            texts["note"],
            self._all(ClaimDeclaration),
        )

    def _all(self, kind: type[Kind]) -> tuple[Kind, ...]:
        return tuple(s for s in self.statements if isinstance(s, kind))

    def _statement(self) -> None:
        token = self.token
        if token.text in FREE_TEXT and token.kind == "name":
            self.advance()
            self.free[token.text].append(self.advance())
        elif token.text in _ITEMS and token.kind == "name":
            self.advance()
            item = _ITEMS[token.text]
            self.statements.append(item(self, token))
            while self.accept(","):
                self.statements.append(item(self, token))
        else:
            self.statements.append(self._equation())
        self._end()

    def _end(self) -> None:
        if self.token.kind == "newline":
            self.advance()
        elif self.token.kind != "end":
            remedy = self._operator_hint() or "put each statement on its own line"
            if self.at("="):
                remedy = "write == for a comparison; a definition has one = "
            raise self.refuse(
                f"expected the end of the statement, found {self.found()}", self.token,
                remedy.strip(),
            )  # fmt: skip

    # ---- items ----------------------------------------------------------------------------

    def _indices(self) -> tuple[Name, ...]:
        if not self.at("["):
            return ()
        opening = self.advance()
        if self.at("]"):
            raise self.refuse("empty `[]`", opening, "a scalar is written without brackets")
        found = [self.name("an index")]
        while self.accept(","):
            found.append(self.name("an index"))
        self.close(opening, "]")
        return tuple(found)

    def array(self, word: Token) -> ArrayDeclaration:
        name = self.name("an array")
        indices = self._indices()
        integer = self._is_integer()
        if integer and word.text != "const":
            raise self.refuse(
                f"`: int` makes {name.name} an integer array, which has no gradient", word,
                f"declare it `const {name.name}`",
            )  # fmt: skip
        return ArrayDeclaration(word.text, name.name, indices, integer, name.span)

    def _is_integer(self) -> bool:
        if not self.accept(":"):
            return False
        self.expect("int", "after `:`, the only type there is")
        return True

    def hyper(self, _: Token) -> HyperDeclaration:
        name = self.name("a hyperparameter")
        self.expect("=", f"and the default of `{name.name}`")
        sign = -1 if self.accept("-") else 1
        place = self.token
        value, integer = self._literal("the default")
        if self._is_integer() and not integer:
            raise self.refuse(
                f"the default {place.text} of `{name.name} : int` is not written as an integer",
                place, "write an integer, or drop `: int`",
            )  # fmt: skip
        return HyperDeclaration(name.name, sign * value, integer, name.span)

    def _literal(self, what: str) -> tuple[Fraction, bool]:
        if self.token.kind != "number":
            raise self.refuse(
                f"{what} must be a number, found {self.found()}", self.token, "write a number"
            )
        return literal(self.advance().text)

    def output(self, _: Token) -> OutputDeclaration:
        name = self.name("an array")
        return OutputDeclaration(name.name, self._indices(), name.span)

    def index(self, _: Token) -> IndexDeclaration:
        name = self.name("an index")
        self.expect(":", f"and the extent of `{name.name}`")
        return IndexDeclaration(name.name, self.value(), name.span)

    def pad(self, _: Token) -> PadDeclaration:
        name = self.name("an array")
        self.expect("=", f"and the value of `{name.name}` off its grid")
        negative = self.accept("-")
        if negative and self.accept("inf"):
            return PadDeclaration(name.name, None, name.span)
        value = self._literal("a pad value")[0]
        return PadDeclaration(name.name, -value if negative else value, name.span)

    def function(self, _: Token) -> FunctionDeclaration:
        name = self.name("a function")
        opening = self.expect("(", "and the parameters of the function")
        parameters = [self.name("a parameter")]
        while self.accept(","):
            parameters.append(self.name("a parameter"))
        self.close(opening, ")")
        self.expect("=", "and the body of the function")
        return FunctionDeclaration(name.name, tuple(parameters), self.value(), name.span)

    def assume(self, word: Token) -> AssumeDeclaration:
        left = self.value()
        self.expect("=", "and what the left side is equal to")
        return AssumeDeclaration(left, self.value(), word.span)

    def claim(self, _: Token) -> ClaimDeclaration:
        name = self.name("an array")
        indices = self._left_side() if self.at("[") else ()
        self.expect("=", f"and what `{name.name}` is claimed to be")
        sides = [self.value()]
        while self._next_step():
            sides.append(self.value())
        return ClaimDeclaration(name.name, indices, tuple(sides), name.span)

    def _next_step(self) -> bool:
        """Step over ``=``, also at the beginning of the next line."""
        after = self.tokens[self.position + 1 : self.position + 2]
        if self.token.kind == "newline" and after and after[0].text == "=":
            self.advance()
        return self.accept("=")

    def _equation(self) -> EquationStatement:
        token = self.token
        if token.kind != "name":
            raise self.refuse(
                f"a statement begins with a name or a declaration word, found {self.found()}",
                token, "to go on from the line before, end that line with the operator",
            )  # fmt: skip
        name = self.name("an array")
        indices: tuple[Expr, ...] = ()
        if self.at("["):
            indices = self._left_side()
        if not self.at("="):
            raise self._no_equation(token)
        self.advance()
        return EquationStatement(name.name, indices, self.value(), name.span)

    def _left_side(self) -> tuple[Expr, ...]:
        opening = self.advance()
        if self.at("]"):
            raise self.refuse("empty `[]`", opening, "a scalar is written without brackets")
        found = [self.value()]
        while self.accept(","):
            found.append(self.value())
        self.close(opening, "]")
        return tuple(found)

    def _no_equation(self, token: Token) -> ParseError:
        problem = f"expected `=` after the left side of an equation, found {self.found()}"
        remedy = "an equation is written name[indices] = expression"
        if self.at("("):
            remedy = f"to define a function write def {token.text}(...) = ..."
        error = self.source.refuse(ParseError, problem, self.token.span, remedy)
        assert isinstance(error, ParseError), "refuse returns the kind it is given"
        return error


_ITEMS: dict[str, Callable[[_StatementParser, Token], Statement]] = {
    "input": _StatementParser.array,
    "param": _StatementParser.array,
    "const": _StatementParser.array,
    "hyper": _StatementParser.hyper,
    "output": _StatementParser.output,
    "index": _StatementParser.index,
    "pad": _StatementParser.pad,
    "def": _StatementParser.function,
    "assume": _StatementParser.assume,
    "claim": _StatementParser.claim,
}
