"""Leads from each alarm to the section of docs/alarms.md that says what to do."""

import re

ALARMS = "docs/alarms.md"
RUNBOOK = "docs/runbook.md"
# The first pattern that matches an alarm's whole name decides. Every consumer has alarms of the same endings.
_SECTIONS = (
    (r"Api-Fault-Count", "api-faults"),
    (r"Api-Latency-P99|.*-Latency-Maximum", "slow-answers"),
    (r"InternalErrors", "internal-errors"),
    (r".*-Fault-Count", "failing-lambda"),
    (r".*-Throttled-Count|Account-Concurrency", "no-capacity"),
    (r"RecordsFailed|Relay-Iterator-Age-Max", "publishing-stops"),
    (r".*-LiveUpdates\w+", "failing-live-updates"),
    (r"Records-Unknown", "unknown-records"),
    (r"Table-SystemErrors", "failing-table"),
    (r"Table-.*", "throttled-table"),
    (r".*-Queue-Message-Age-Max|Reminders-Lag", "waiting-changes"),
    (r".*-Queue-Message-Count-Max|Topic-Refused", "letters"),
    (r"Heartbeat-Request|Availability-.*", "requests-fail"),
    (r"Heartbeat-Event|Freshness-.*", "changes-are-late"),
    (r"Heartbeat-Live|Delivery-.*|Api-Publishing-Failed", "subscribers-hear-nothing"),
    (r"Api-Refused-Rate|Api-Subscriptions-Refused|SignIn-Throttled|Firewall-Blocked", "refused-callers"),
    (r"Usage-.*", "unplanned-use"),
    (r"Address-Unconfirmed", "unconfirmed-address"),
    (r"[A-Z]\w+-\w+", "failing-changes"),  # a consumer and what it counts
)


def section_of(alarm: str) -> str:
    """Returns the anchor of an alarm, which is named without stage. Raises ValueError if no section is about it."""
    for pattern, section in _SECTIONS:
        if re.fullmatch(pattern, alarm):
            return section
    raise ValueError(f"no section of {ALARMS} is about the alarm {alarm}")


def description(alarm: str, documents: str) -> str:
    """Returns the text of an alarm. `documents` is the address of the repository's files and ends with `/`, or empty.

    Raises ValueError if no section is about the alarm.
    """
    return f"{alarm}: what it means and what to do is in {documents}{ALARMS}#{section_of(alarm)}"
