"""Our checker beside those of other libraries, on the same bugs and the same right kernels."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from trials.bugs import BUGS
from trials.peers import table
from trials.peers.checkers import PEERS
from trials.peers.contest import Records, hold, jobs

PAGE = Path("docs/peers.md")


@click.command(epilog="Example: python -m trials peers --write")
@click.option("--bugs", type=click.IntRange(1), help="Only so many, spread over the catalogue.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="All draws.")
@click.option("--repeats", type=click.IntRange(1), default=5, show_default=True,
              help="How often a right kernel is asked about at each scale.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1), default=os.cpu_count() or 1, help="Processes.")
@click.option("--write", is_flag=True, help=f"Put the tables into {PAGE}.")
@click.option("--json", "path", type=click.Path(dir_okay=False, path_type=Path),
              help="Write everything there.")  # fmt: skip
def command(  # noqa: PLR0913  the options
    bugs: int | None, seed: int, repeats: int, workers: int, *, write: bool, path: Path | None
) -> None:
    """Compare our checker with those of PyTorch, JAX, autograd and SciPy, where installed."""
    installed = [name for name, peer in PEERS.items() if peer.installed]
    for name in PEERS:
        if name not in installed:
            click.echo(f"{name} is left out: {PEERS[name].package} is not installed", err=True)
    step = 1 if bugs is None else max(1, len(BUGS) // bugs)
    chosen = BUGS[::step][:bugs]
    records: Records = {}
    todo = jobs(chosen, installed, seed, repeats)
    for number, found in enumerate(hold(todo, workers), 1):
        for name, record in found.items():
            records.setdefault(name, type(record)()).absorb(record)
        click.echo(f"{number}/{len(todo)} kernels", err=True)
    _show(records)
    if path is not None:
        path.write_text(json.dumps(table.as_json(records, seed), indent=1) + "\n", "utf-8")
    if write:
        text = PAGE.read_text("utf-8")
        PAGE.write_text(table.put_into(text, table.page(records, seed, repeats)), "utf-8")


def _show(records: Records) -> None:
    console = Console()
    for rows in (table.summary(records), table.families(records), table.missed(records)):
        shown = Table(*rows[0])
        for row in rows[1:]:
            shown.add_row(*row)
        console.print(shown)
