"""The heartbeat tells apart which of the product's paths does not work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from probes.appsync import Refused
from probes.heartbeat import Beat, embedded, measure


class Clock:
    """A clock that goes on by a second whenever it is read."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@dataclass
class Product:
    """The API with paths that work or do not."""

    answers: bool = True
    records: bool = True
    accepts_subscriptions: bool = True
    publishes: bool = True
    version: int = 1
    status: str = "PENDING"

    def execute(self, query: str, variables: Mapping[str, object]) -> dict[str, Any]:
        if not self.answers:
            raise Refused("HTTP 503: ")
        if query.startswith("mutation Create"):
            return {"createTask": {"id": "task-1", "status": self.status, "version": self.version}}
        if query.startswith("mutation"):
            self.version += 1
            self.status = "COMPLETED" if "completeTask" in query else "PENDING"
            name = "completeTask" if "completeTask" in query else "reopenTask"
            return {name: {"status": self.status, "version": self.version}}
        recorded = self.version if self.records else self.version - 1
        counts = {"pending": int(self.status == "PENDING"), "completed": int(self.status == "COMPLETED")}
        return {"task": {"history": [{"version": recorded}]}, "taskStatistics": counts}

    @contextmanager
    def subscription(self, _query: str, _variables: Mapping[str, object]) -> Iterator[Product]:
        if not self.accepts_subscriptions:
            raise Refused("connection_error: Forbidden")
        yield self

    def wait_for(self, kind: str, seconds: float) -> dict[str, Any]:
        assert kind == "data"
        if not self.publishes or not self.records:
            raise TimeoutError
        return {"payload": {"data": {"onTaskChanged": {"task": {"id": "task-1", "version": self.version}}}}}


def paths(product: Product) -> tuple[int | None, int | None, int | None]:
    beat = measure(product, within=0, clock=Clock())  # type: ignore[arg-type] # it stands for AppSync
    return beat.request, beat.event, beat.live


def test_each_path_is_told_apart() -> None:
    assert paths(Product()) == (1, 1, 1)
    assert paths(Product(answers=False)) == (0, None, None)
    assert paths(Product(records=False)) == (1, 0, 0)
    assert paths(Product(publishes=False)) == (1, 1, 0)
    assert paths(Product(accepts_subscriptions=False)) == (1, 1, 0)


def test_the_task_goes_to_and_fro() -> None:
    product = Product()

    for status in ("COMPLETED", "PENDING", "COMPLETED"):
        paths(product)
        assert product.status == status


def test_what_was_not_measured_is_no_metric() -> None:
    line: Any = embedded(Beat(fault="Refused: HTTP 503: "), "TasksApi/production", 1_796_000_000_000)

    (definition,) = line["_aws"]["CloudWatchMetrics"]
    assert definition["Namespace"] == "TasksApi/production"
    assert definition["Dimensions"] == [["service"]]
    assert definition["Metrics"] == [{"Name": "RequestPath", "Unit": "Count"}]
    assert (line["service"], line["RequestPath"], line["fault"]) == ("heartbeat", 0, "Refused: HTTP 503: ")
