"""``python -m trials mutants``: put bugs everywhere and see that each is caught."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from trials.ledger import code_digest
from trials.mutants.equivalents import proof_of
from trials.mutants.judge import KINDS, SAME, Judgement, judge
from trials.mutants.mutant import Mutant

CHUNK = 4
PATH = click.Path(dir_okay=False, path_type=Path)


@click.command(epilog="Example: python -m trials mutants --kind text --layer lstm --share 0.2")
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice(list(KINDS)), help="Which; all by default."
)
@click.option("--layer", "layers", multiple=True, help="Of this layer only; may be repeated.")
@click.option("--share", type=click.FloatRange(0, 1, min_open=True), default=1.0, help="How many.")
@click.option("--seed", type=click.IntRange(0), default=0, help="Where the draw of these starts.")
@click.option("--workers", type=click.IntRange(1), default=2, help="Processes.")
@click.option("--results", type=PATH, help="A ledger, one JSON line a mutant; what it has is kept.")
def command(  # noqa: PLR0913, PLR0917  one per option
    kinds: tuple[str, ...],
    layers: tuple[str, ...],
    share: float,
    seed: int,
    workers: int,
    results: Path | None,
) -> None:
    """Put bugs into kernels, equations and rules: each must be caught, or be proved harmless."""
    done = {} if results is None else told(results)
    chosen = list(drawn(kinds or tuple(KINDS), layers, share, seed))
    found = [done[mutant] for mutant in chosen if mutant in done]
    left = [mutant for mutant in chosen if mutant not in done]
    with ProcessPoolExecutor(workers) as pool:
        runs = pool.map(judge, left, chunksize=CHUNK)
        for judgement in track(runs, "judging mutants", len(left), console=Console(stderr=True)):
            found.append(judgement)
            if results is not None:
                tell(results, judgement)
            if not passes(judgement):
                mutant = judgement.mutant
                print(f"{judgement.verdict}: {mutant.program}: {mutant.edit}", flush=True)
    real = [judgement for judgement in found if judgement.verdict != SAME]
    Console().print(table(real))
    for judgement in real:
        if not judgement.caught and passes(judgement):
            mutant = judgement.mutant
            print(f"equivalent: {mutant.program}: {mutant.edit}: {proof_of(mutant)}")
    sys.exit(0 if all(map(passes, real)) else 1)


def drawn(
    kinds: Iterable[str], layers: tuple[str, ...], share: float, seed: int
) -> Iterator[Mutant]:
    """A share of the mutants of some kinds and layers."""
    rng = np.random.default_rng(seed)
    for kind in kinds:
        for mutant in KINDS[kind].listed():
            if rng.random() < share and (not layers or mutant.program in layers):
                yield mutant


def passes(judgement: Judgement) -> bool:
    """Whether a mutant was caught, is known to compute the same, or is none."""
    return judgement.caught or judgement.verdict == SAME or proof_of(judgement.mutant) is not None


def table(found: list[Judgement]) -> Table:
    """How many mutants of each kind were made and caught, and by which proof."""
    shown = Table("kind", "mutants", "caught", "equivalent", "missed", "caught by", box=None)
    for kind in dict.fromkeys(judgement.mutant.kind for judgement in found):
        here = [judgement for judgement in found if judgement.mutant.kind == kind]
        caught = [judgement for judgement in here if judgement.caught]
        same = [j for j in here if not j.caught and proof_of(j.mutant) is not None]
        by = Counter(judgement.proof.split()[0] for judgement in caught if judgement.proof)
        told = ", ".join(f"{name} {count}" for name, count in by.most_common())
        missed = len(here) - len(caught) - len(same)
        shown.add_row(kind, *map(str, (len(here), len(caught), len(same), missed)), told)
    return shown


def tell(results: Path, judgement: Judgement) -> None:
    """Write one verdict down."""
    row = asdict(judgement) | {"code": code_digest()}
    with results.open("a", encoding="utf-8") as out:
        out.write(json.dumps(row) + "\n")


def told(results: Path) -> dict[Mutant, Judgement]:
    """The verdicts of the code as it is now; a last line that was broken off does not count."""
    found: dict[Mutant, Judgement] = {}
    for line in results.read_text(encoding="utf-8").splitlines() if results.exists() else ():
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            continue
        if row.pop("code") == code_digest():
            about = row.pop("mutant")
            mutant = Mutant(**about | {"key": tuple(about["key"])})
            found[mutant] = Judgement(mutant, **row)
    return found
