"""``backproof cost``: operations, bytes and memory of a kernel, equation by equation."""

from __future__ import annotations

from dataclasses import asdict

import click

import derive
from derive.errors import OptionRefused
from numeric.cost import Cost, Figures, Row, cost
from numeric.cost.table import COLUMNS, label
from reports.commands.arguments import (
    hyperparameters,
    json_option,
    layer_argument,
    set_option,
    style_option,
)
from reports.terminal import print_json

UNITS = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))
LARGEST = 10**12  # a size beyond that is a slip of the keyboard


@click.command("cost", epilog="Example: backproof cost lstm --sizes t=64,n=32,j=64,i=128")
@layer_argument
@click.option(
    "--sizes",
    metavar="NAME=SIZE,...",
    default="",
    help="The size of every index, for numbers beside the polynomials.",
)
@set_option
@style_option
@click.option(
    "--without",
    metavar="PASS",
    multiple=True,
    help="Leave out a pass of the fast style. May be repeated.",
)
@click.option(
    "--dtype",
    type=click.Choice(("float32", "float64")),
    default="float64",
    show_default=True,
    help="What bytes are counted in.",
)
@json_option
def command(  # noqa: PLR0913, PLR0917  one for each option
    layer: str,
    sizes: str,
    settings: tuple[str, ...],
    style: str,
    without: tuple[str, ...],
    dtype: str,
    as_json: bool,
) -> None:
    """Count what the kernel of LAYER costs, equation by equation.

    Operations on numbers, bytes read and written, bytes of the arrays that are made, and bytes
    that forward hands over to backward: polynomials in the sizes, and numbers with --sizes.
    """
    given = extents(sizes)
    found = cost(
        derive.load(layer), style=style, without=without, dtype=dtype, **hyperparameters(settings)
    )
    rows = [(row, found.figures(row, given) if given else None) for row in found.rows]
    whole = found.total()
    total = found.figures(whole, given) if given else None
    memory = found.workspace(given) if given else None
    if as_json:
        head: dict[str, object] = {"name": layer, "style": style, "dtype": dtype, "sizes": given}
        listed = [_plain(found, row, figures) for row, figures in (*rows, (whole, total))]
        print_json({**head, "rows": listed[:-1], "total": listed[-1], "memory": memory})
        return
    click.echo(f"{layer}, {style} style, {dtype}")
    if total is None or memory is None:
        click.echo(str(found))
        return
    click.echo("\n".join([*_table(found, [*rows, (whole, total)]), _memory(found, memory)]))


def extents(text: str) -> dict[str, int]:
    """Read ``n=32,i=128``.

    Raises:
        OptionRefused: if a part is not of that form, or a size is given twice.
    """
    found: dict[str, int] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, equals, number = (p.strip() for p in part.partition("="))
        if not equals or not name or not number.isdecimal() or len(number) > len(str(LARGEST)):
            raise OptionRefused(
                f"--sizes {part[:40]!r} does not say which index has which size",
                remedy="write NAME=SIZE, for example --sizes n=32,i=128",
            )
        if name in found:
            raise OptionRefused(
                f"--sizes gives {name} twice: {found[name]} and {number}",
                remedy="leave one of them out",
            )
        found[name] = int(number)
    return found


def amount(value: int) -> str:
    """``51.4 M``: three digits, and a unit of thousands."""
    for size, unit in UNITS:
        if value >= size:
            return f"{value / size:.{3 if value < 1000 * size else 9}g} {unit}"
    return f"{value} "


def _table(found: Cost, rows: list[tuple[Row, Figures | None]]) -> list[str]:
    head = ["", "operations", "moved", "workspace", "saved", "operations"]
    lines = [head]
    for row, figures in rows:
        assert figures is not None, "numbers are there if sizes are"
        values = [amount(v) for v in asdict(figures).values()]
        values = [values[0], *(f"{v}B" for v in values[1:])]
        lines.append([label(row), *values, found.text(row.operations)])
    widths = [max(len(line[k]) for line in lines) for k in range(5)]
    return [
        "  ".join(
            [line[0].ljust(widths[0]), *(line[k].rjust(widths[k]) for k in range(1, 5)), line[5]]
        ).rstrip()
        for line in lines
    ]


def _memory(found: Cost, memory: int) -> str:
    how = "one call in memory that is used again" if found.style == "fast" else "all arrays named"
    return f"{how}: {amount(memory)}B"


def _plain(found: Cost, row: Row, figures: Figures | None) -> dict[str, object]:
    polynomials = {c: found.text(getattr(row, c)) for c in COLUMNS}
    return {
        "function": row.function,
        "equations": list(row.numbers),
        "names": list(row.names),
        "polynomials": polynomials,
        "numbers": None if figures is None else asdict(figures),
    }
