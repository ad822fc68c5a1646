"""Evaluates a web ACL: which rules of a template block a request (AWS WAF Developer Guide)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

INSPECTED = 8192  # bytes of a body that AppSync passes to WAF

# The rules of AWSManagedRulesCommonRuleSet that may match a POST to /graphql, as AWS describes them ("Baseline rule
# groups", Core rule set). The strict reading here treats every body with one of these words as a match.
_TEXTS = {
    "CrossSiteScripting_BODY": rb"<script|javascript:|onerror=",
    "GenericLFI_BODY": rb"\.\./|/etc/passwd",
    "GenericRFI_BODY": rb"https?://\d+\.\d+\.\d+\.\d+",
    "EC2MetaDataSSRF_BODY": rb"169\.254\.169\.254",
}


@dataclass(frozen=True)
class Request:
    """A request as WAF inspects it. Header names are in lower case."""

    headers: Mapping[str, str]
    body: bytes


def blocking(rules: Any, request: Request) -> list[str]:
    """Returns the rules that block the request. A rate-based rule is included when it would count the request."""
    return [name for rule in rules for name in _blocking(rule, request)]


def counted(rules: Any, name: str, request: Request) -> str | None:
    """Returns the key by which a rate-based rule counts the request, or None when it does not count it."""
    (statement,) = (rule["Statement"]["RateBasedStatement"] for rule in rules if rule["Name"] == name)
    if not _matches(statement["ScopeDownStatement"], request):
        return None
    if statement["AggregateKeyType"] == "IP":
        return "the address"
    ((header,),) = [[key["Header"]["Name"] for key in statement["CustomKeys"]]]
    value = request.headers.get(header)
    return None if value is None else _transformed(value, statement["CustomKeys"][0]["Header"]["TextTransformations"])


def _transformed(text: str, transformations: Any) -> str:
    steps: Mapping[str, Callable[[str], str]] = {
        "NONE": str,
        "LOWERCASE": str.lower,
        "COMPRESS_WHITE_SPACE": lambda value: re.sub(r"\s+", " ", value),
    }
    for step in sorted(transformations, key=lambda transformation: transformation["Priority"]):
        text = steps[step["Type"]](text)
    return text


def _blocking(rule: Any, request: Request) -> Iterator[str]:
    statement = rule["Statement"]
    if "Count" in rule.get("OverrideAction", {}):
        return
    if "ManagedRuleGroupStatement" in statement:
        overrides = statement["ManagedRuleGroupStatement"].get("RuleActionOverrides", [])
        relaxed = {override["Name"] for override in overrides if "Count" in override["ActionToUse"]}
        yield from (name for name in _common_rules(request) if name not in relaxed)
    elif "RateBasedStatement" not in statement and _matches(statement, request):
        yield rule["Name"]


def _matches(statement: Any, request: Request) -> bool:
    if "NotStatement" in statement:
        return not _matches(statement["NotStatement"]["Statement"], request)
    if "AndStatement" in statement:
        return all(_matches(part, request) for part in statement["AndStatement"]["Statements"])
    if "ByteMatchStatement" in statement:
        match = statement["ByteMatchStatement"]
        value, text = _header(match, request), match["SearchString"]
        return {"STARTS_WITH": value.startswith(text), "CONTAINS": text in value}[match["PositionalConstraint"]]
    constraint = statement["SizeConstraintStatement"]
    assert constraint["ComparisonOperator"] == "GT"
    if "Body" in constraint["FieldToMatch"]:
        is_oversize = len(request.body) > INSPECTED
        return is_oversize or len(request.body) > constraint["Size"]
    return len(_header(constraint, request)) > int(constraint["Size"])


def _header(statement: Any, request: Request) -> str:
    return request.headers.get(statement["FieldToMatch"]["SingleHeader"]["Name"], "")


def _common_rules(request: Request) -> Iterator[str]:
    if "user-agent" not in request.headers:
        yield "NoUserAgent_HEADER"
    if len(request.body) > INSPECTED:
        yield "SizeRestrictions_BODY"
    yield from (name for name, text in _TEXTS.items() if re.search(text, request.body[:INSPECTED], re.IGNORECASE))
