"""``python -m benchmarks workloads``: the contest on the seventeen workloads."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import click
from rich.console import Console

from benchmarks.contenders import BASE, CONTENDERS, LESS, STYLES
from benchmarks.contest.clock import CLOCKS
from benchmarks.contest.figures import Contest
from benchmarks.contest.machine import load, machine
from benchmarks.contest.page import write_page
from benchmarks.contest.plot import draw
from benchmarks.contest.process import CrashError
from benchmarks.contest.record import written
from benchmarks.contest.run import Plan, run
from benchmarks.contest.tables import machine_line, ratios, remarks, rooflines
from benchmarks.workloads import WORKLOADS

PEERS = tuple(name for name in CONTENDERS if name not in {*STYLES, BASE})
DTYPES = ("float32", "float64")
WIDE = 190  # of tables in a file
FILE = click.Path(dir_okay=False, path_type=Path)


def _several(known: tuple[str, ...]) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Read names between commas, each of them known."""

    def read(_: click.Context, __: click.Parameter, text: str) -> list[str]:
        names = [name.strip() for name in text.split(",") if name.strip()]
        for name in names:
            if name not in known:
                raise click.BadParameter(f"'{name}' is none of {', '.join(known)}")
        return names

    return read


def _selected(_: click.Context, __: click.Parameter, texts: tuple[str, ...]) -> tuple[str, ...]:
    names = [name for text in texts for name in text.split(",") if name]
    for name in names:
        if name not in WORKLOADS:
            raise click.BadParameter(f"'{name}' is none of {', '.join(WORKLOADS)}")
    return tuple(name for name in WORKLOADS if name in names) or tuple(WORKLOADS)


@click.command(
    epilog="Example: python -m benchmarks --only lstm,gru --dtype float32 --threads 1",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--only", multiple=True, callback=_selected, help="Workloads; several with commas between."
)
@click.option(
    "--dtype", "dtypes", default=",".join(DTYPES), show_default=True, callback=_several(DTYPES)
)
@click.option(
    "--threads",
    default="1,2",
    show_default=True,
    callback=_several(("1", "2", "4", "8")),
    help="Of every library, on as many CPUs.",
)
@click.option("--rounds", type=click.IntRange(1), default=11, show_default=True)
@click.option(
    "--budget",
    type=click.FloatRange(0.001),
    default=0.05,
    show_default=True,
    help="Seconds of a contender in a round; one call at least.",
)
@click.option(
    "--styles",
    default=",".join(STYLES),
    show_default=True,
    callback=_several(STYLES),
    help="Of ours.",
)
@click.option(
    "--peers",
    default=",".join(PEERS),
    show_default=True,
    callback=_several(PEERS),
    help=f"Besides {BASE}, which the others are verified against.",
)
@click.option(
    "--clock",
    type=click.Choice(tuple(CLOCKS)),
    default="wall",
    show_default=True,
    help="cpu leaves out the turns of other processes; for one thread only.",
)
@click.option("--blas", default="", help="OPENBLAS_CORETYPE for all, as SkylakeX or Haswell.")
@click.option("--passes", is_flag=True, help="Also the fast style without each of its passes.")
@click.option("--json", "record", type=FILE, help="Write all figures to this file.")
@click.option("--plot", "picture", type=FILE, help="Draw the ratios to this file, as .svg.")
@click.option("--write", "page", is_flag=True, help="Write the tables to docs/benchmarks.md.")
def command(  # noqa: PLR0913, PLR0917  one for each option
    only: tuple[str, ...],
    dtypes: list[str],
    threads: list[str],
    rounds: int,
    budget: float,
    styles: list[str],
    peers: list[str],
    clock: str,
    blas: str,
    passes: bool,
    record: Path | None,
    picture: Path | None,
    page: bool,
) -> None:
    """Time the workloads, forward and backward, against other libraries.

    Everyone computes the same from the same arrays and is compared with PyTorch first: who
    differs is reported and not timed. Each contender runs in a process of its own, all of them
    in turn, round by round; a ratio is the median of those within a round.
    """
    if find_spec(BASE) is None:
        raise click.ClickException(
            "PyTorch is not installed, and everyone is verified against it; "
            "install the extra: pip install 'backproof[bench]'"
        )
    if clock == "cpu" and threads != ["1"]:
        raise click.ClickException("--clock cpu adds up the threads' time; use it with --threads 1")
    contenders = (
        BASE,
        *(c for c in CONTENDERS if c in {*peers, *styles}),
        *(LESS if passes else ()),
    )
    plan = Plan(only, contenders, rounds, budget, blas, clock)
    console = Console()
    if not console.is_terminal:
        console.width = WIDE
    contest = _held(plan, dtypes, [int(count) for count in threads], console)
    for found in contest.runs:
        console.print(ratios(found), rooflines(found))
        console.print(*remarks(found), sep="\n", soft_wrap=True, highlight=False)
    console.print(machine_line(contest), soft_wrap=True, highlight=False)
    for path, write in ((record, _write_json), (picture, _write_picture)):
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            write(contest, path)
            console.print(f"wrote {path}")
    if page:
        console.print(f"wrote {write_page(contest)}")


def _held(plan: Plan, dtypes: list[str], threads: list[int], console: Console) -> Contest:
    facts = machine()
    with console.status("starting") as status:
        say = status.update if console.is_terminal else partial(click.echo, err=True)
        try:
            runs = tuple(run(plan, d, t, say) for t in threads for d in dtypes)
        except CrashError as crash:
            raise click.ClickException(f"a contender crashed while it was timed: {crash}") from None
    facts |= {"load after": load(), "clock": plan.clock, "blas asked for": plan.blas}
    return Contest(facts, plan.rounds, runs)


def _write_json(contest: Contest, path: Path) -> None:
    path.write_text(json.dumps(written(contest), indent=1) + "\n", encoding="utf-8")


def _write_picture(contest: Contest, path: Path) -> None:
    draw(contest, path)
