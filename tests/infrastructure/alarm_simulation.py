"""Evaluates the alarms of a template over metrics, as CloudWatch does when the metrics stay as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.infrastructure.conftest import Synthesized

Values = dict[str, float | None]
"""Values by patterns of metrics. Of two patterns that match a metric, the later one decides. None means no data.

Sums and sample counts are for a minute. A metric is written as `namespace name statistic dimensions`.
"""


def raised(stack: Synthesized, values: Values) -> set[str]:
    """Returns the names of the alarms that are raised, composite ones too, without stage and suffix."""
    states = {id_: _is_raised(alarm, values) for id_, alarm in stack.of_type("AWS::CloudWatch::Alarm").items()}
    for id_, alarm in stack.of_type("AWS::CloudWatch::CompositeAlarm").items():
        states[id_] = eval(_rule(alarm["AlarmRule"], states))
    resources = stack.resources
    return {
        re.sub(r"^tasks-[a-z]+-|-Warning$", "", resources[id_]["Properties"]["AlarmName"])
        for id_, is_raised in states.items()
        if is_raised
    }


def _is_raised(alarm: Any, values: Values) -> bool:
    value = _value(alarm, values)
    if value is None:
        return bool(alarm["TreatMissingData"] == "breaching")
    threshold = float(alarm["Threshold"])
    match alarm["ComparisonOperator"]:
        case "GreaterThanThreshold":
            return value > threshold
        case "LessThanThreshold":
            return value < threshold
        case operator:
            raise AssertionError(operator)


def _value(alarm: Any, values: Values) -> float | None:
    if "Metrics" not in alarm:
        statistic = alarm.get("Statistic") or alarm["ExtendedStatistic"]
        return _of(alarm, statistic, alarm["Period"], values)
    metrics = {
        query["Id"]: _of(
            query["MetricStat"]["Metric"], query["MetricStat"]["Stat"], query["MetricStat"]["Period"], values
        )
        for query in alarm["Metrics"]
        if "MetricStat" in query
    }
    expressions = [query["Expression"] for query in alarm["Metrics"] if "Expression" in query]
    if not expressions:
        (value,) = metrics.values()
        return value
    functions = {
        "FILL": lambda value, other: other if value is None else value,
        "IF": lambda condition, then, otherwise: then if condition else otherwise,
    }
    text = expressions[0].replace(" OR ", " or ").replace(" AND ", " and ")
    try:
        return float(eval(text, {"__builtins__": {}}, {**functions, **metrics}))
    except (TypeError, ZeroDivisionError):
        return None  # a part without data


def _of(metric: Any, statistic: str, period: int, values: Values) -> float | None:
    dimensions = json.dumps(metric.get("Dimensions", []))
    name = f"{metric['Namespace']} {metric['MetricName']} {statistic} {dimensions}"
    matching = [value for pattern, value in values.items() if re.search(pattern, name)]
    value = matching[-1] if matching else None
    is_a_count = statistic in {"Sum", "SampleCount"}
    return value * period / 60 if value is not None and is_a_count else value


def _rule(rule: Any, states: Mapping[str, bool]) -> str:
    """Returns a composite alarm's rule as a Python expression of the states of its alarms."""
    parts = rule["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else part["Fn::GetAtt"][0] for part in parts)
    text = re.sub(r'ALARM\("(\w+)"\)', lambda name: str(states[name[1]]), text)
    return text.replace(" OR ", " or ").replace(" AND ", " and ")
