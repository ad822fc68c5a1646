"""The benchmarks compute ratios and spreads and write the tables of the documents."""

import json

from benchmarks import report
from benchmarks.rows import RESULTS, counted, sampled, table


def test_a_row_is_the_ratio_of_the_medians() -> None:
    row = sampled("latency", [1.0, 2.0, 9.0], [4.0, 4.0, 4.0], "ms", "the peer")

    assert (row.ours, row.other, row.ratio) == (2.0, 4.0, 0.5)


def test_the_spread_is_that_of_the_pairs_ratios() -> None:
    row = sampled("latency", [1.0, 2.0, 3.0, 4.0, 5.0], [2.0] * 5, "ms", "the peer")

    assert row.spread == (1.0, 2.0)


def test_figures_that_were_counted_have_no_spread() -> None:
    row = counted("calls", 2, 4, "calls", "the baseline")

    assert (row.ratio, row.spread) == (0.5, (0.5, 0.5))


def test_the_table_has_a_line_for_each_row() -> None:
    lines = table([counted("calls", 2, 4, "calls", "the baseline")]).splitlines()

    assert lines[1].split() == ["calls", "2", "4", "calls", "0.5", "0.5", "to", "0.5", "the", "baseline"]


def test_the_documents_show_the_results_that_were_written() -> None:
    results = json.loads(RESULTS.read_text())

    for document in report.DOCUMENTS:
        assert document.read_text() == report.rendered(document.read_text(), results)


def test_a_document_gets_a_table_between_its_marks() -> None:
    row = {
        "id": "calls",
        "ours": 2,
        "other": 4,
        "unit": "calls",
        "ratio": 0.5,
        "spread": [0.5, 0.5],
        "note": "baseline",
    }
    results = {"rows": [{**row, "section": "request_path"}, {**row, "section": "cost"}]}

    text = report.rendered("Before\n<!-- rows: cost -->\nold\n<!-- end -->\nafter", results)

    assert text.splitlines() == [
        "Before",
        "<!-- rows: cost -->",
        "| id | ours | other | unit | ratio (quartiles) | other is |",
        "|---|---|---|---|---|---|",
        "| `calls` | 2 | 4 | calls | 0.5 | baseline |",
        "<!-- end -->",
        "after",
    ]
