"""Writes every user's id, attributes and groups to a bucket each night, because a user pool has no backup.

Without this map, a lost pool orphans every task: tasks belong to the `sub`, which a new pool gives out anew.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3


def handler(_event: object, _context: object) -> None:
    """Write `users/<date>.jsonl` with a line for each user. Raises botocore's errors."""
    key = f"users/{datetime.now(UTC).date().isoformat()}.jsonl"
    lines = [json.dumps(user, ensure_ascii=False) for user in users(os.environ["USER_POOL_ID"])]
    boto3.client("s3").put_object(
        Bucket=os.environ["BUCKET"], Key=key, Body="".join(f"{line}\n" for line in lines).encode()
    )
    print(json.dumps({"message": "exported", "users": len(lines), "key": key}))


def users(user_pool: str) -> Iterator[dict[str, Any]]:
    """Yields each user's username, attributes (with `sub`), groups and whether the account is enabled."""
    client = boto3.client("cognito-idp")
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for page in client.get_paginator("list_groups").paginate(UserPoolId=user_pool):
        for group in page["Groups"]:
            members = client.get_paginator("list_users_in_group")
            for of_group in members.paginate(UserPoolId=user_pool, GroupName=group["GroupName"]):
                for user in of_group["Users"]:
                    groups[user["Username"]].append(group["GroupName"])
    for listed in client.get_paginator("list_users").paginate(UserPoolId=user_pool):
        for user in listed["Users"]:
            yield {
                "username": user["Username"],
                "enabled": user["Enabled"],
                "attributes": {
                    attribute["Name"]: attribute.get("Value", "") for attribute in user.get("Attributes", [])
                },
                "groups": groups[user["Username"]],
            }
