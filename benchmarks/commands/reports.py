"""``python -m benchmarks reports``: time and size of a report of many equations."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console

from benchmarks.pipeline.reports import LARGEST, WITHIN, ReportTiming, report_timing

MILLI = 1000


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--repeats", type=click.IntRange(1), default=5, help="Medians are of so many runs.")
@click.option("--json", "path", type=click.Path(dir_okay=False, path_type=Path))
def command(repeats: int, path: Path | None) -> None:
    """Time a report on three dense layers, as HTML and as PDF."""
    console = Console()
    with console.status("writing a report"):
        found = report_timing(repeats)
    console.print(_line(found))
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        figures = {
            "displayed": found.displayed,
            "seconds": {"compose": found.compose, "html": found.html, "pdf": found.pdf},
            "html_bytes": found.size,
        }
        path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        console.print(f"wrote {path}")


def _line(report: ReportTiming) -> str:
    return (
        f"a report of {report.displayed} equations: {MILLI * report.total:.0f} ms to compose and "
        f"write as HTML (goal: {MILLI * WITHIN:.0f}), {MILLI * report.pdf:.0f} ms more as PDF; "
        f"{report.size / MILLI:.0f} kB (goal: {LARGEST / MILLI:.0f})"
    )
