"""Runs the benchmarks: `python -m benchmarks [section …]`.

It prints one table. A run of all sections also writes `results.json` and the tables of the documents.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from benchmarks import bulk, cold_start, cost, event_path, gateway, growth, planning, report, request_path
from benchmarks.rows import Row, table, write
from benchmarks.workbench import Workbench


def _event_path(bench: Workbench) -> list[Row]:
    return [
        *asyncio.run(event_path.rows(bench.stack)),
        *event_path.relay_batches(bench.bundles, bench.cloud),
        *event_path.processor_batches(bench.bundles, bench.cloud, bench.stack),
        event_path.publishing(bench.cloud),
    ]


SECTIONS: Mapping[str, Callable[[Workbench], list[Row]]] = {
    "request_path": lambda bench: request_path.rows(request_path.measure(bench.bundles, bench.cloud)),
    "cold_start": lambda bench: cold_start.rows(bench.bundles, bench.cloud),
    "growth": lambda bench: growth.rows(bench.cloud),
    "planning": lambda bench: planning.rows(bench.cloud),
    "event_path": _event_path,
    "gateway": lambda bench: gateway.rows(bench.cloud),
    "bulk": lambda bench: bulk.rows(bench.bundles, bench.cloud),
    "cost": lambda bench: cost.rows(bench.bundles, bench.cloud_of_the_stack, bench.stack),
}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("sections", nargs="*", metavar="section", help=f"of {', '.join(SECTIONS)}; all unless named")
    wanted = parser.parse_args().sections or list(SECTIONS)
    if unknown := set(wanted) - set(SECTIONS):
        parser.error(f"there is no section {', '.join(sorted(unknown))}: name some of {', '.join(SECTIONS)}")
    measured: dict[str, list[Row]] = {}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as life:
        bench = Workbench(Path(folder), life)
        for name in wanted:
            started = time.monotonic()
            measured[name] = SECTIONS[name](bench)
            print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    print(table([row for rows in measured.values() for row in rows]))
    if set(wanted) == set(SECTIONS):
        write(measured)
        report.refresh()


if __name__ == "__main__":
    main()
