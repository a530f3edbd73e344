"""Fuzzing guided by coverage, with atheris: what leaves a target is a bug of ours."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import click

CORPUS = Path(__file__).parent / "corpus"
FINDINGS = Path("trials/results/findings")
TARGETS = ("parser", "tokens", "roundtrip", "derivative", "emit", "names")
MEBIBYTES = 1024
MINUTE = 60


@click.command(epilog="Example: python -m trials fuzz --target parser --minutes 10")
@click.option("--target", type=click.Choice(TARGETS), required=True, help="What to fuzz.")
@click.option("--minutes", type=click.FloatRange(0), default=1, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option(
    "--findings", type=click.Path(file_okay=False, path_type=Path), default=FINDINGS,
    show_default=True, help="Where inputs that break something are written.",
)  # fmt: skip
@click.option(
    "--again", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Run this one input instead, to see what it breaks.",
)  # fmt: skip
def command(target: str, minutes: float, seed: int, findings: Path, again: Path | None) -> None:
    """Fuzz one target; exit 1 if an input breaks it, with the file that holds the input.

    New inputs that reach new code are kept beside the findings; the corpus in the repository
    is only read.
    """
    if find_spec("atheris") is None:
        raise click.ClickException("atheris is not installed: pip install atheris")
    grown = findings / f"{target}-corpus"
    grown.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={max(1, round(MINUTE * minutes))}", f"-seed={seed}",
        f"-artifact_prefix={findings}/{target}-", f"-rss_limit_mb={MEBIBYTES}", "-timeout=10",
        "-max_len=4096", f"-dict={CORPUS / 'words.dict'}", "-print_final_stats=1",
    ]  # fmt: skip
    places = [str(again)] if again else [str(grown), str(CORPUS / target)]
    run = [sys.executable, "-m", "trials.instrumented", target, *options, *places]
    done = subprocess.run(run, check=False)
    if done.returncode:
        raise click.ClickException(f"{target} is broken: see {findings}/{target}-*")
    click.echo(f"nothing found in {target}")
