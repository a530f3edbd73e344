"""Contests as tables for people."""

from __future__ import annotations

from collections.abc import Iterator

from rich.box import SIMPLE_HEAVY
from rich.table import Column, Table

from benchmarks.contenders import BASE
from benchmarks.contest.figures import SLOWER, Contest, Entry, Row, Run

MILLI = 1000
MARKS = {"none": "-", "not installed": "n/i"}


def title(run: Run) -> str:
    """What a run was: its precision and threads."""
    return f"{run.dtype}, {run.threads} thread{'s' if run.threads > 1 else ''}"


def ratios(run: Run) -> Table:
    """Every contender's time over the base's: of medians within a round, and of the least."""
    others = [name for name in _timed(run) if name != BASE]
    table = Table(
        Column("workload", no_wrap=True),
        title=f"{title(run)}: time over that of {BASE}, medians (least)",
        title_justify="left",
        box=SIMPLE_HEAVY,
    )
    table.add_column(f"{BASE} ms", justify="right", no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    for row in run.rows:
        table.add_row(row.workload, _milliseconds(row.entries[BASE]), *_ratios(row, others))
    table.add_section()
    table.add_row("geometric mean", "1", *(_mean(run, name) for name in others))
    return table


def rooflines(run: Run) -> Table:
    """The share of what the machine can do at most that everyone reaches."""
    peaks, names = run.peaks, _timed(run)
    head = f"{peaks.flops / 1e9:.0f} GFLOP/s in a product, {peaks.bandwidth / 1e9:.0f} GB/s"
    table = Table(
        Column("workload", no_wrap=True),
        title=f"{title(run)}: share of the roofline, {head}",
        title_justify="left",
        box=SIMPLE_HEAVY,
    )
    table.add_column("floor ms", justify="right", no_wrap=True)
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for row in run.rows:
        seconds, bound = row.floor(peaks)
        shares = (row.share(name, peaks) for name in names)
        cells = ("" if share is None else f"{100 * share:.0f} %" for share in shares)
        table.add_row(row.workload, f"{MILLI * seconds:.3f} ({bound})", *cells)
    return table


def remarks(run: Run) -> Iterator[str]:
    """Where we lose and why, and what could not be timed and why."""
    losses = run.losses()
    yield f"We lose to {BASE} in {len(losses)} of {len(run.rows)}" + (":" if losses else ".")
    yield from (f"  {line}" for line in losses)
    behind = run.behind_the_tutorial()
    yield f"Slower than {SLOWER} times the tutorial version: {'; '.join(behind) or 'nowhere'}."
    reasons: dict[str, list[str]] = {}
    for row in run.rows:
        for name, entry in row.entries.items():
            if entry.status not in {"timed", "none"}:
                text = f"{name} {entry.status}" + (f": {entry.note}" if entry.note else "")
                reasons.setdefault(text, []).append(row.workload)
    for text, workloads in reasons.items():
        yield f"Not timed: {text} ({', '.join(workloads)})"


def machine_line(contest: Contest) -> str:
    """Where the figures were taken, in one line."""
    return "; ".join(f"{key} {value}" for key, value in contest.machine.items() if value)


def _timed(run: Run) -> list[str]:
    """Everyone who was timed at least once; why the others were not stands below the table."""
    return [name for name in run.contenders() if any(r.ratio(name) for r in run.rows)]


def _milliseconds(entry: Entry) -> str:
    if not entry.rounds:
        return entry.status
    return f"{MILLI * entry.middle:.3f} ({MILLI * entry.least:.3f})"


def _ratios(row: Row, names: list[str]) -> Iterator[str]:
    for name in names:
        ratio, least = row.ratio(name), row.least_ratio(name)
        if ratio is not None and least is not None:
            yield f"{ratio:.2f} ({least:.2f})"
        else:
            status = row.entries[name].status if name in row.entries else ""
            yield MARKS.get(status, status)


def _mean(run: Run, name: str) -> str:
    found = run.geometric_mean(name)
    if found is None:
        return ""
    mean, count = found
    return f"{mean:.2f}" if count == len(run.rows) else f"{mean:.2f} of {count}"
