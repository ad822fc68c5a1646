"""Measures a cold start: from the first import to the first answer, in a new interpreter."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.bundles import Bundles, sizes
from benchmarks.cloud import Cloud
from benchmarks.lambdas import command
from benchmarks.request_path import field_event
from benchmarks.rows import Row, counted, sampled

RUNS = 20
OUR_SETTINGS = {"PYDANTIC_DISABLE_PLUGINS": "__all__"}  # as cdk/function.py has it
_PROGRAM = """
import importlib, json, os, sys, time
event = json.loads(sys.argv[2])
out = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
class Context:
    function_name, memory_limit_in_mb, aws_request_id = "benchmark", 512, "0"
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:benchmark"
    def get_remaining_time_in_millis(self):
        return 10_000
module, function = sys.argv[1].rsplit(".", 1)
started = time.perf_counter()
answer = getattr(importlib.import_module(module), function)(event, Context())
spent = (time.perf_counter() - started) * 1000
print(json.dumps([spent, answer]), file=out, flush=True)
"""


def rows(bundles: Bundles, cloud: Cloud) -> list[Row]:
    """Measures the get of a task by each candidate in turn, and the size of each bundle."""
    task_id = "task-00000000-0000-4000-8000-000000000000"
    _put_task(cloud, task_id)
    event = field_event("get", "cold", {"id": task_id})
    ours, baseline = ("resolvers.handler.handler", "baseline.handlers.get")
    candidates = {
        "ours": (bundles.ours, ours),
        "no_bytecode": (bundles.ours_without_bytecode, ours),
        "baseline": (bundles.baseline, baseline),
        "compiled_baseline": (bundles.baseline_with_bytecode, baseline),
        "bare_boto3": (bundles.bare, "bare.handler"),
    }
    spent: dict[str, list[float]] = {name: [] for name in candidates}
    for number in range(-1, RUNS):  # the first round fills the disk cache
        for name, (folder, handler) in candidates.items():
            settings = OUR_SETTINGS if handler == ours else {}
            took = _start(folder, bundles.lambdas_own, handler, event, {**cloud.environment(), **settings})
            if number >= 0:
                spent[name].append(took)
    others = {
        "baseline": "baseline, installed as usual: no bytecode",
        "compiled_baseline": "baseline, with bytecode as ours",
        "bare_boto3": "one GetItem by boto3",
        "no_bytecode": "our bundle without bytecode",
    }
    rows = [sampled(f"cold_start_vs_{name}", spent["ours"], spent[name], "ms", note) for name, note in others.items()]
    own = sizes(bundles.ours)
    for name in ("baseline", "bare_boto3", "no_bytecode"):
        for what, mine, other in zip(("zipped", "unzipped"), own, sizes(candidates[name][0]), strict=True):
            rows.append(counted(f"bundle_{what}_vs_{name}", mine, other, "MB", others[name]))
    return rows


def _start(
    folder: Path, lambdas_own: Path, handler: str, event: Mapping[str, Any], environment: Mapping[str, str]
) -> float:
    arguments, variables = command(folder, lambdas_own, environment)
    done = subprocess.run(
        [*arguments, "-c", _PROGRAM, handler, json.dumps(event)],
        env=variables,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    took, answer = json.loads(done.stdout)
    if "error" in answer:
        raise RuntimeError(f"{handler} refused: {answer}")
    return float(took)


def _put_task(cloud: Cloud, task_id: str) -> None:
    """Returns a task that both designs can read, because it has the attributes of both."""
    at = "2026-11-24T12:00:00.000Z"
    ours = {"TaskId": task_id, "UserId": "cold", "Title": "x", "Description": "", "Status": "PENDING"}
    theirs = {"id": task_id, "user_id": "cold", "title": "x", "description": "", "status": "PENDING"}
    texts = {
        "PK": f"TASK#{task_id}",
        "SK": f"TASK#{task_id}",
        **ours,
        "OutboxId": "one",
        "CreatedAt": at,
        "UpdatedAt": at,
        **theirs,
        "created_at": at,
        "updated_at": at,
    }
    cloud.dynamodb.put_item(
        TableName=cloud.table_name, Item={"Version": {"N": "1"}, **{name: {"S": text} for name, text in texts.items()}}
    )
