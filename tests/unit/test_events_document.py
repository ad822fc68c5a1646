"""The message that docs/events.md shows is a message that the product sends."""

import json
import re
from pathlib import Path

from adapters.messages import ChangeMessage
from domain.events import TaskCompleted, TaskStatusChanged
from probes.deployment_check import holds

DOCUMENT = Path(__file__).parents[2] / "docs" / "events.md"


def test_the_example_is_read_and_written_by_the_model_of_the_envelope() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)

    message = ChangeMessage.read(example)
    change = message.change

    assert holds(json.loads(message.to_json()), json.loads(example)), "a message may have further fields"
    assert [type(event) for event in change.events] == [TaskStatusChanged, TaskCompleted]
