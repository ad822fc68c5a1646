"""The monthly cost of a stage is right for a template that a reader can count."""

from typing import Any

from benchmarks.standing import counts

METRIC: dict[str, Any] = {"Id": "m", "MetricStat": {}}
TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Firewall": {"Type": "AWS::WAFv2::WebACL", "Properties": {"Rules": [{}, {}, {}]}},
        "Plain": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "Errors"}},
        "OfAnExpression": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {"Metrics": [{"Id": "e", "Expression": "m + n"}, METRIC, METRIC]},
        },
        "Board": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {}},
    }
}


def test_what_stands_in_the_templates_is_counted() -> None:
    totals = counts([TEMPLATE, {"Resources": {}}])

    assert totals["web ACL"] == (1, 5.00)
    assert totals["its rules"] == (3, 1.00)
    assert totals["dashboards"] == (1, 3.00)


def test_an_alarm_on_an_expression_pays_for_each_of_its_metrics() -> None:
    assert counts([TEMPLATE])["alarms, by their metrics"][0] == 1 + 2
