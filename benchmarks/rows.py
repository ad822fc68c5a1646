"""Rows of measured ratios, for the printed table and for `results.json`."""

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results.json"


@dataclass(frozen=True)
class Row:
    """One row. `ours` and `other` are medians in `unit`; `ratio` is ours / other.

    `spread` holds the quartiles of the pairs' ratios. For counted values it holds the ratio twice. `parts` are the
    summands of both values, as name → (ours, other).
    """

    id: str
    ours: float
    other: float
    unit: str
    ratio: float
    spread: tuple[float, float]
    note: str  # describes the other value
    parts: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def with_parts(self, parts: Mapping[str, tuple[float, float]]) -> "Row":
        """Returns the row with these parts."""
        return replace(self, parts={name: (_rounded(ours), _rounded(other)) for name, (ours, other) in parts.items()})


def counted(row_id: str, ours: float, other: float, unit: str, note: str) -> Row:
    """Returns a row of two counted values, which do not vary."""
    ratio = _rounded(ours / other)
    return Row(row_id, _rounded(ours), _rounded(other), unit, ratio, (ratio, ratio), note)


def sampled(row_id: str, ours: Sequence[float], other: Sequence[float], unit: str, note: str) -> Row:
    """Returns a row of two interleaved series of the same length, with at least two samples each."""
    ratios = [mine / theirs for mine, theirs in zip(ours, other, strict=True)]
    low, _, high = statistics.quantiles(ratios, n=4, method="inclusive")
    mine, others = statistics.median(ours), statistics.median(other)
    quartiles = _rounded(low), _rounded(high)
    return Row(row_id, _rounded(mine), _rounded(others), unit, _rounded(mine / others), quartiles, note)


def table(rows: Sequence[Row]) -> str:
    """Returns the rows as a table for printing."""
    head = ("id", "ours", "other", "unit", "ratio", "quartiles", "other is")
    lines = [head] + [
        (
            row.id,
            f"{row.ours:g}",
            f"{row.other:g}",
            row.unit,
            f"{row.ratio:g}",
            f"{row.spread[0]:g} to {row.spread[1]:g}",
            row.note,
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def write(sections: Mapping[str, Sequence[Row]], file: Path = RESULTS) -> None:
    """Write the rows as JSON, each with its section, and the machine of the measurement."""
    rows = [{**asdict(row), "section": section} for section, rows in sections.items() for row in rows]
    file.write_text(json.dumps({"machine": _machine(), "rows": rows}, indent=2, ensure_ascii=False) + "\n")


def _machine() -> Mapping[str, Any]:
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "node": node.stdout.strip().removeprefix("v"),
    }


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
