"""The Python example runs unchanged against the local stack."""

import os
import subprocess
import sys

from local.description import StackDescription
from local.settings import ROOT

FOLDER = ROOT / "examples" / "python"
PATIENCE = 120  # seconds


def test_the_example_creates_a_task_hears_of_its_completion_and_is_told_of_a_refusal(stack: StackDescription) -> None:
    done = subprocess.run(
        [sys.executable, "complete_a_task.py", stack.graphql_url, stack.api_key],
        cwd=FOLDER,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    update, refused = done.stdout.splitlines()
    assert update.startswith("Buy milk: COMPLETED at 20")
    assert refused == "Again: InvalidTransition SAME_STATUS version 2"
