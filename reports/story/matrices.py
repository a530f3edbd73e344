"""What the signs of matrix forms mean, of those that are used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reports.document import Inline
from reports.mathematics.layout import (
    THIN,
    Bar,
    Bold,
    Digits,
    Layout,
    Mark,
    Row,
    Scripts,
    Word,
    parts,
    row,
)

_A, _B, _V, _ONE, _ZERO = (Bold(text) for text in ("A", "B", "v", "1", "0"))
_TOP = Mark("⊤")
_TURNED, _ACROSS = (Scripts(column, None, _TOP) for column in (_ONE, _V))


def matrices(used: frozenset[str]) -> Iterator[tuple[Inline, ...]]:
    """Explain bold letters, and the signs between them that are ``used``."""
    if "bold" not in used:
        return
    shown: list[Inline] = ["Bold letters are matrices (capitals) and columns"]
    for sign, words in _SIGNS:
        shown += [", ", *words] if sign in used else []
    yield (*shown, "; functions act on every entry.")
    repeated = [words for sign, words in _REPEATED if sign in used]
    if repeated:
        (said, *first), *rest = repeated
        assert isinstance(said, str), "a sentence begins with a word"
        then = (part for words in rest for part in (", ", *words))
        yield (said.capitalize(), *first, *then, ".")
    if "slice" in used:
        yield ("An index below a bold letter picks one matrix of many.",)


_SIGNS: tuple[tuple[str, tuple[Inline, ...]], ...] = (
    ("ones", (_ONE, " is a column of ones")),
    ("zeros", (_ZERO, " holds zeros only")),
    ("odot", (row(_A, Mark("⊙", "binary"), _B), " is the product entry by entry")),
    ("oslash", (row(_A, Mark("⊘", "binary"), _B), " the quotient entry by entry")),
    ("power", (Scripts(_A, None, row(Mark("⊙"), Digits("2"))), " the power")),
)
_REPEATED: tuple[tuple[str, tuple[Inline, ...]], ...] = (
    ("rows", ("each row of ", row(_ONE, THIN, _ACROSS), " is ", _ACROSS)),
    ("columns", ("each column of ", row(_V, THIN, _TURNED), " is ", _V)),
    ("filled", ("every entry of ", row(_ONE, THIN, _TURNED), " is ", Digits("1"))),
)


def signs(layout: Layout) -> Iterator[str]:
    """What a layout itself, without its parts, shows of matrix forms."""
    match layout:
        case Mark("⊙", spacing):
            yield "odot" if spacing == "binary" else "power"
        case Mark("⊘"):
            yield "oslash"
        case Scripts(Bold() | Bar(Bold()), below, _) if below is not None and not isinstance(
            below, Word
        ):
            yield "slice"
        case Bold(text):
            yield {"1": "ones", "0": "zeros"}.get(text, "bold")
        case Row(items):
            for product in _products(items):
                yield from _repeated([f for f in product if _is_matrix(f)])


def _products(items: Iterable[Layout]) -> Iterator[list[Layout]]:
    """Factors side by side."""
    product: list[Layout] = []
    for item in items:
        if isinstance(item, Mark) and item != THIN:
            yield product
            product = []
        elif item != THIN:
            product.append(item)
    yield product


def _is_matrix(layout: Layout) -> bool:
    return isinstance(layout, Bold) or any(map(_is_matrix, parts(layout)))


def _repeated(factors: list[Layout]) -> Iterator[str]:
    """Whether a product has the same entries in all rows or columns."""
    ends = len(factors) > 1 and factors[0] == _ONE, factors[1:] and factors[-1] == _TURNED
    if all(ends) and len(factors) == 2:
        yield "filled"
    elif ends[0]:
        yield "rows"
    elif ends[1]:
        yield "columns"
