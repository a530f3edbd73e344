"""A contest as JSON: everything measured, and the ratios that follow from it."""

from __future__ import annotations

from typing import Any

from benchmarks.contest.clock import Times
from benchmarks.contest.figures import Contest, Entry, Row, Run
from benchmarks.contest.roofline import Peaks


def written(contest: Contest) -> dict[str, Any]:
    """The contest as numbers, strings and lists."""
    return {
        "machine": dict(contest.machine),
        "rounds": contest.rounds,
        "runs": [_run(run) for run in contest.runs],
    }


def read(record: dict[str, Any]) -> Contest:
    """The contest that ``written`` made a record of."""
    runs = tuple(
        Run(
            run["dtype"],
            run["threads"],
            Peaks(**run["peaks"]),
            tuple(_row_from(row) for row in run["rows"]),
        )
        for run in record["runs"]
    )
    return Contest(record["machine"], record["rounds"], runs)


def _run(run: Run) -> dict[str, Any]:
    means = {name: run.geometric_mean(name) for name in run.contenders()}
    return {
        "dtype": run.dtype,
        "threads": run.threads,
        "peaks": {"flops": run.peaks.flops, "bandwidth": run.peaks.bandwidth},
        "geometric_means": {name: found[0] for name, found in means.items() if found},
        "losses": run.losses(),
        "rows": [_row(row, run.peaks) for row in run.rows],
    }


def _row(row: Row, peaks: Peaks) -> dict[str, Any]:
    seconds, bound = row.floor(peaks)
    return {
        "workload": row.workload,
        "moved_bytes": row.moved,
        "floor_seconds": seconds,
        "bound": bound,
        "entries": {
            name: {
                "status": entry.status,
                "note": entry.note,
                "error": entry.error,
                "ratio": row.ratio(name),
                "least_ratio": row.least_ratio(name),
                "roofline": row.share(name, peaks),
                "rounds": [[t.middle, t.least, t.calls] for t in entry.rounds],
            }
            for name, entry in row.entries.items()
        },
    }


def _row_from(row: dict[str, Any]) -> Row:
    entries = {
        name: Entry(
            entry["status"],
            entry["note"],
            entry["error"],
            tuple(Times(*times) for times in entry["rounds"]),
        )
        for name, entry in row["entries"].items()
    }
    return Row(row["workload"], row["moved_bytes"], entries)
