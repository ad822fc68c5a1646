"""A change is one write of a task with the events that it raised."""

import pytest

from domain.changes import TaskChange
from tests.builders import a_task


def test_a_change_without_events_is_none() -> None:
    with pytest.raises(ValueError, match=r"^a change raises at least one event$"):
        TaskChange(a_task().state, ())
