"""Finds the API key of a deployed API, which is no output of its stack: outputs are printed into logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_appsync import AppSyncClient


def newest_key(appsync: AppSyncClient, api_id: str) -> str | None:
    """Returns the key to hand out, or None if the API has none. Needs `appsync:ListApiKeys`.

    Descriptions are "Exploring, <name>", and the names of newer keys sort later (cdk/api_keys.py).
    """
    pages = appsync.get_paginator("list_api_keys").paginate(apiId=api_id)
    keys = [key for page in pages for key in page["apiKeys"]]
    return max(keys, key=lambda key: key.get("description", ""))["id"] if keys else None
