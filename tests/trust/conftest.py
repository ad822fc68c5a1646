"""Says at the end of a run what was measured, and from which seed it can be repeated."""

import pytest

import tests.integration.conftest  # noqa: F401 - it sets the environment that the Lambdas' code reads
from tests.e2e.conftest import api, settings, stack
from tests.trust import scale

__all__ = ["api", "settings", "stack"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures, after everything else."""
    terminalreporter.section("trust")
    kind = "full" if scale.FULL else "short"
    terminalreporter.write_line(f"Repeat with TRUST_SCALE={kind} TRUST_SEED={scale.SEED}")
    for line in scale.figures:
        terminalreporter.write_line(line)
