"""Reports at the end of a run what was tried, the result, and the seed that repeats it.

A long run (TRUST_SCALE=full) prints each claim when it begins, and saves the output of failed tests in files.
"""

import ast
import os
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

import tests.integration.conftest  # noqa: F401 - it sets the environment that the Lambdas' code reads
from tests.e2e.conftest import api, configured, settings, stack
from tests.trust import scale

__all__ = ["api", "configured", "settings", "stack"]

_ROOT = Path(__file__).parents[2]
_LOGS = _ROOT / ".local" / "trust"
_WIDTH = 84  # characters of a claim in the table


@dataclass
class Claim:
    """The claim of a test file, which is the first sentence of its docstring, and its results."""

    text: str
    cases: int = 0
    failures: int = 0
    seconds: float = 0
    figures: list[str] = field(default_factory=list)


_claims: dict[str, Claim] = {}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "cases(count): how many cases the test is, where it generates them")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Add what the test measured to the report, which may go to another process."""
    if call.when == "call":
        if not any(name == "cases" for name, _ in item.user_properties):  # the test may have counted them itself
            marker = item.get_closest_marker("cases")
            item.user_properties.append(("cases", marker.args[0] if marker else 1))
        item.user_properties += [("figure", figure) for figure in scale.figures]
        scale.figures.clear()
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add the test's report to the results of its claim."""
    if "tests/trust" not in report.nodeid or report.skipped:
        return
    claim = _claim(report.nodeid.partition("::")[0])
    claim.seconds += report.duration
    claim.failures += report.failed
    if report.when == "call":
        claim.cases += sum(int(str(value)) for name, value in report.user_properties if name == "cases")
        claim.figures += [str(value) for name, value in report.user_properties if name == "figure"]
    # A worker's report goes to another process.
    if report.failed and scale.FULL and "PYTEST_XDIST_WORKER" not in os.environ:
        _keep_output(report)


def _claim(file: str) -> Claim:
    if file not in _claims:
        docstring = ast.get_docstring(ast.parse((_ROOT / file).read_text())) or file
        _claims[file] = Claim(docstring.partition("\n\n")[0].replace("\n", " "))
        if scale.FULL:
            print(f"\n{datetime.now().astimezone():%H:%M:%S} {_claims[file].text}", flush=True)
    return _claims[file]


def _keep_output(report: pytest.TestReport) -> None:
    _LOGS.mkdir(parents=True, exist_ok=True)
    name = "".join(character if character.isalnum() or character in "-_" else "-" for character in report.nodeid)
    file = _LOGS / f"{name[:150]}.log"
    file.write_text("\n".join(f"--- {title}\n{text}" for title, text in report.sections), errors="replace")
    report.sections = [("Output", f"in {file}")]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures and the table after all other output."""
    if not _claims:
        return
    terminalreporter.section("trust")
    kind = "full" if scale.FULL else "short"
    terminalreporter.write_line(f"Repeat with TRUST_SCALE={kind} TRUST_SEED={scale.SEED}")
    for claim in _claims.values():
        for figure in claim.figures:
            terminalreporter.write_line(figure)
    terminalreporter.write_line(f"\n{'claim':<{_WIDTH}}  {'cases':>7}  {'failures':>8}  {'seconds':>7}")
    for claim in _claims.values():
        first, *more = textwrap.wrap(claim.text, _WIDTH)
        terminalreporter.write_line(f"{first:<{_WIDTH}}  {claim.cases:>7,}  {claim.failures:>8}  {claim.seconds:>7.0f}")
        for line in more:
            terminalreporter.write_line(line)
    cases, failures = (sum(getattr(claim, name) for claim in _claims.values()) for name in ("cases", "failures"))
    terminalreporter.write_line(f"{'all':<{_WIDTH}}  {cases:>7,}  {failures:>8}")
