"""Settings of every test."""

import os

# moto only answers clients of sessions that are created after this import, and a test module may create a session when
# it is imported.
import moto.core.models  # noqa: F401
import pytest

from adapters.clients import BUDGET

# Powertools writes the metrics by itself after a hundred, and asks for the namespace then.
os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "TasksApi"


@pytest.fixture(autouse=True)
def no_earlier_invocation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the time that an invocation of an earlier test had left."""
    monkeypatch.setattr(BUDGET, "_ends", None)
