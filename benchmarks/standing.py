"""Computes the monthly cost of an unused stage: `python -m benchmarks.standing TEMPLATE…` after `make synth`.

Counts what the CloudFormation templates hold and multiplies by list prices; docs/cost.md has the sums of its table.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import prices
from cdk.fields import LAMBDA_FIELDS
from domain.errors import DomainError

Template = Mapping[str, Any]
Counts = Mapping[str, tuple[int, float]]
"""By what is paid for: how many there are, and dollars a month for one."""

_RELAYS = 3  # ChangesRelayed, RecordsFailed, RecordsParked
_PROCESSORS = 1 + 6  # MessagesReceived, and what becomes of one (processor/consumer.py, Outcome)
_RESOLVERS_OWN = 2  # Taskhistory, Failed


def counts(templates: Sequence[Template]) -> Counts:
    """Returns the number of billed resources in the templates."""
    resources = [resource for template in templates for resource in template["Resources"].values()]

    def of_type(kind: str) -> list[Mapping[str, Any]]:
        return [resource["Properties"] for resource in resources if resource["Type"] == kind]

    firewalls = of_type("AWS::WAFv2::WebACL")
    return {
        "web ACL": (len(firewalls), prices.FIREWALL),
        "its rules": (sum(len(firewall["Rules"]) for firewall in firewalls), prices.FIREWALL_RULE),
        "alarms, by their metrics": (sum(map(_metrics, of_type("AWS::CloudWatch::Alarm"))), prices.ALARM_METRIC),
        "dashboards": (len(of_type("AWS::CloudWatch::Dashboard")), prices.DASHBOARD),
        "custom metrics, if each has data every hour": (_custom_metrics(), prices.CUSTOM_METRIC),
    }


def _metrics(alarm: Mapping[str, Any]) -> int:
    # An alarm on an expression pays for each metric in it (CloudWatch pricing).
    return sum("MetricStat" in metric for metric in alarm["Metrics"]) if "Metrics" in alarm else 1


def _custom_metrics() -> int:
    fields = sum(map(len, LAMBDA_FIELDS.values()))
    return fields + len(DomainError.__subclasses__()) + _RESOLVERS_OWN + _RELAYS + _PROCESSORS


def main() -> None:
    """Print the table."""
    resources = counts([json.loads(Path(name).read_text()) for name in sys.argv[1:]])
    print("| what | number | dollars a month |\n|---|---|---|")
    for name, (number, price) in resources.items():
        print(f"| {name} | {number} | {number * price:.2f} |")
    print(f"| sum | | {sum(number * price for number, price in resources.values()):.2f} |")


if __name__ == "__main__":
    main()
