"""Right kernels under the checker: whatever it calls wrong is a false alarm, and a bug of ours."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from trials.ledger import FOUND, Entry, Ledger, code_digest
from trials.subjects import Subject, judged, subject
from trials.workers import spread

RESULTS = Path("trials/results/alarms.jsonl")
# So often a run that found something is told in full; the rest are in the ledger.
MOST_TOLD = 20


@click.command(epilog="Example: python -m trials alarms --runs 30000 --workers 2")
@click.option("--runs", type=click.IntRange(1), default=1000, show_default=True, help="How many.")
@click.option("--seed", type=int, default=0, show_default=True, help="All runs follow from it.")
@click.option("--minutes", type=float, help="Stop after so long; the next call goes on from there.")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Processes.")
@click.option("--only", type=click.IntRange(0), help="Run this one and print everything about it.")
@click.option(
    "--results", type=click.Path(dir_okay=False, path_type=Path), default=RESULTS,
    show_default=True, help="The ledger, one JSON line a run.",
)  # fmt: skip
def command(  # noqa: PLR0913, PLR0917  click passes one argument for each option
    runs: int, seed: int, minutes: float | None, workers: int, only: int | None, results: Path
) -> None:
    """Check right kernels: random programs, and built-in layers under many hyperparameters.

    Exit 1 if one is called WRONG or something crashes. What has been run is not run again, except
    where it found something and the code has changed since.
    """
    if only is not None:
        sys.exit(_tell(subject(seed, only)))
    ledger = Ledger.load(results, seed)
    todo = ledger.todo(range(runs), code_digest())
    click.echo(f"{runs - len(todo):,} of {runs:,} runs are in {results}; {len(todo):,} to go")
    console = Console(stderr=True)
    with console.status("running") as status:
        for count, entry in enumerate(spread(seed, todo, workers, minutes), 1):
            ledger.add(entry)
            if entry.outcome in FOUND:
                console.print(f"{entry.outcome} in run {entry.run}: {_command(entry)}", style="red")
            status.update(f"{count:,} of {len(todo):,}")
    _report(ledger.upto(runs))


def _tell(chosen: Subject) -> int:
    """Print one run in full."""
    click.echo(chosen.text)
    outcome, note = judged(chosen)
    click.echo(note)
    return int(outcome in FOUND)


def _report(entries: Sequence[Entry]) -> None:
    console = Console()
    console.print(_table(entries))
    refused = sum(e.outcome.startswith("refused") for e in entries if e.layer == "")
    random = sum(e.layer == "" for e in entries)
    seconds = sum(e.seconds for e in entries) / max(1, len(entries))
    console.print(f"{refused:,} of {random:,} random programs refused; {seconds:.3f} s a run")
    of_fast = sum(e.style == "fast" for e in entries)
    console.print(f"{of_fast:,} of {len(entries):,} kernels are in the fast style")
    current = sum(e.code == code_digest() for e in entries)
    console.print(f"{current:,} of {len(entries):,} runs are of the code as it is now")
    found = [e for e in entries if e.outcome in FOUND]
    for entry in found[:MOST_TOLD]:
        console.print(f"\n{entry.outcome}: {_command(entry)}", style="red")
        click.echo(subject(entry.seed, entry.run).text)
        click.echo(entry.note)
    console.print(f"{len(found)} found by {len(entries):,} runs")
    sys.exit(int(bool(found)))


def _command(entry: Entry) -> str:
    return f"python -m trials alarms --seed {entry.seed} --only {entry.run}"


def _table(entries: Iterable[Entry]) -> Table:
    counts = Counter((entry.outcome, _kind(entry)) for entry in entries)
    kinds = sorted({kind for _, kind in counts})
    table = Table("outcome", *kinds, title="Right kernels", title_justify="left")
    for outcome in sorted({outcome for outcome, _ in counts}):
        table.add_row(outcome, *(f"{counts[outcome, kind]:,}" for kind in kinds))
    return table


def _kind(entry: Entry) -> str:
    return f"{'layer' if entry.layer else 'random'}, {'fast' if entry.fast else 'full'}"
