"""The SnapStart snapshot of the resolver has built models and no random values that instances would share."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from local.settings import ROOT

# The sources of unique values. Python's own generator is seeded once, so that all instances would draw the same values.
PROGRAM = """
import json, os, random, secrets, sys, uuid

drawn = []

def watched(module, name):
    draw = getattr(module, name)
    def record(*arguments, **named):
        drawn.append(f"{module.__name__}.{name} by {sys._getframe(1).f_globals['__name__']}")
        return draw(*arguments, **named)
    setattr(module, name, record)

for module, names in {
    os: ["urandom", "getrandom"],
    uuid: ["uuid1", "uuid4"],
    secrets: ["token_bytes", "token_hex", "token_urlsafe", "randbelow", "choice"],
    random: ["random", "randint", "randrange", "uniform", "choice", "getrandbits", "shuffle", "sample"],
}.items():
    for name in names:
        watched(module, name)

%s
from resolvers import handler, inputs

models = [kind for kind in vars(inputs).values() if isinstance(kind, type) and issubclass(kind, inputs.Arguments)]
print(json.dumps({
    "drawn": drawn,
    "models": {kind.__name__: kind.__pydantic_complete__ for kind in models if kind is not inputs.Arguments},
    "client": handler.parts.find_task.tasks.client.meta.region_name,
}))
"""


def initialized(first: str = "", *, kind: str = "snap-start") -> Any:
    """Returns the state after the resolver was loaded as Lambda loads it."""
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_LAMBDA_INITIALIZATION_TYPE": kind,
        "POWERTOOLS_SERVICE_NAME": "resolver",
        "POWERTOOLS_METRICS_NAMESPACE": "TasksApi/production",
        "TABLE_NAME": "tasks",
        "DELIVERY_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/deliveries",
        "WEBHOOK_MASTER_KEY_ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:master-key",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM % first], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def snapshot() -> Any:
    return initialized()


def test_nothing_unique_is_drawn_before_the_snapshot(snapshot: Any) -> None:
    # Python draws a key with which child processes authenticate themselves; the resolver has no child processes.
    assert set(snapshot["drawn"]) <= {"os.urandom by multiprocessing.process"}


def test_clients_and_models_are_ready_in_the_snapshot(snapshot: Any) -> None:
    assert snapshot["client"] == "us-east-1"
    assert len(snapshot["models"]) >= 8
    assert all(snapshot["models"].values())


def test_elsewhere_a_model_waits_for_its_first_use_and_the_watch_sees_what_is_drawn() -> None:
    problems = initialized("from uuid import uuid4\nuuid4()", kind="on-demand")

    assert not any(problems["models"].values())
    assert "uuid.uuid4 by __main__" in problems["drawn"]
