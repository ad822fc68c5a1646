"""Puts the tables of `results.json` into the documents: `python -m benchmarks.report`.

The lines between `<!-- rows: SECTION -->` and `<!-- end -->` of a document become that section's table.
`<!-- bills -->` marks the cost of each operation by part, and `<!-- machine -->` the machine of the measurement.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.rows import RESULTS
from local.settings import ROOT

DOCUMENTS = (
    ROOT / "benchmarks" / "results.md",
    ROOT / "docs" / "cost.md",
    ROOT / "packages" / "appsync-offline" / "benchmarks" / "README.md",
)
_MARKED = re.compile(r"<!-- (?P<what>rows|bills|machine)(?:: (?P<section>\w+))? -->\n.*?<!-- end -->", re.DOTALL)
_BILL = re.compile(r"cost_(?P<operation>\w+)_(?:whole_vs_baseline|vs_create|vs_unheard)")

Results = Mapping[str, Any]
"""What is in `results.json`."""


def refresh() -> None:
    """Rewrite the documents."""
    results = json.loads(RESULTS.read_text())
    for document in DOCUMENTS:
        document.write_text(rendered(document.read_text(), results))


def rendered(text: str, results: Results) -> str:
    """Returns the text with the tables of the results."""

    def fill(marked: re.Match[str]) -> str:
        first_line = marked[0].partition("\n")[0]
        if marked["what"] == "rows":
            lines = _rows([row for row in results["rows"] if row["section"] == marked["section"]])
        else:
            lines = _bills(results["rows"]) if marked["what"] == "bills" else _machine(results["machine"])
        return "\n".join([first_line, *lines, "<!-- end -->"])

    return _MARKED.sub(fill, text)


def _rows(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [
        f"| `{row['id']}` | {row['ours']:g} | {row['other']:g} | {row['unit']} | {_ratio(row)} | {row['note']} |"
        for row in rows
    ]
    return ["| id | ours | other | unit | ratio (quartiles) | other is |", "|---|---|---|---|---|---|", *lines]


def _ratio(row: Mapping[str, Any]) -> str:
    low, high = row["spread"]
    return f"{row['ratio']:.3g}" + (f" ({low:.3g} to {high:.3g})" if low != high else "")


def _bills(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    bills = {match["operation"]: row["parts"] for row in rows if (match := _BILL.fullmatch(row["id"]))}
    baseline = {
        match["operation"]: row["parts"]
        for row in rows
        if (match := _BILL.fullmatch(row["id"])) and "whole" in row["id"]
    }
    parts = list(dict.fromkeys(part for bill in bills.values() for part in bill))
    lines = [
        *(
            _bill(f"{name.replace('_', ' ')}", [bill.get(part, (0, 0))[0] for part in parts])
            for name, bill in bills.items()
        ),
        *(_bill(f"{name}, baseline", [bill.get(part, (0, 0))[1] for part in parts]) for name, bill in baseline.items()),
    ]
    return [f"| operation | {' | '.join(parts)} | sum |", "|---" * (len(parts) + 2) + "|", *lines]


def _bill(name: str, dollars: Sequence[float]) -> str:
    cells = [f"{part:.2f}" if part else "-" for part in dollars]
    return f"| {name} | {' | '.join(cells)} | {sum(dollars):.2f} |"


def _machine(machine: Mapping[str, Any]) -> list[str]:
    versions = f"Python {machine['python']} and Node {machine['node']}"
    return [f"Measured on {machine['date']} on {machine['cores']} cores, with {versions}."]


if __name__ == "__main__":
    refresh()
