"""One measured ratio a row: the table that is printed, and `results.json`."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results.json"


@dataclass(frozen=True)
class Row:
    """`ours` and `other` are medians in `unit`, `ratio` is ours / other.

    `spread` holds the quartiles of the pairs' ratios; the ratio itself, twice, where both were counted.
    """

    id: str
    ours: float
    other: float
    unit: str
    ratio: float
    spread: tuple[float, float]
    note: str  # what the other is


def counted(row_id: str, ours: float, other: float, unit: str, note: str) -> Row:
    """A row of two figures that do not vary."""
    ratio = _rounded(ours / other)
    return Row(row_id, _rounded(ours), _rounded(other), unit, ratio, (ratio, ratio), note)


def sampled(row_id: str, ours: Sequence[float], other: Sequence[float], unit: str, note: str) -> Row:
    """A row of two interleaved series of the same length, two samples or more."""
    ratios = [one / another for one, another in zip(ours, other, strict=True)]
    low, _, high = statistics.quantiles(ratios, n=4, method="inclusive")
    mine, others = statistics.median(ours), statistics.median(other)
    quartiles = _rounded(low), _rounded(high)
    return Row(row_id, _rounded(mine), _rounded(others), unit, _rounded(mine / others), quartiles, note)


def table(rows: Sequence[Row]) -> str:
    """The rows for people."""
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


def write(rows: Sequence[Row], file: Path = RESULTS) -> None:
    """Write the rows as JSON."""
    file.write_text(json.dumps({"rows": [asdict(row) for row in rows]}, indent=2, ensure_ascii=False) + "\n")


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
