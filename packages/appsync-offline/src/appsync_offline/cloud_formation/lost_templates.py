"""Finds resolvers whose VTL templates an emulator has dropped.

MiniStack ignores the S3 locations of mapping templates. What is left looks like a direct Lambda resolver, which would
run something else than AppSync runs. Only the stack's template still names the locations.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from appsync_offline.cloud_formation.deployed_stacks import DeployedStacks
from appsync_offline.control_plane.deployed_api import DeployedApi, Resolver
from appsync_offline.control_plane.reader import CannotRead

logger = logging.getLogger(__name__)


def marked(api: DeployedApi, stacks: DeployedStacks) -> DeployedApi:
    """Returns the API with the reason in `missing` of each such resolver. Asks only if there is a direct resolver."""
    direct = {key for key, resolver in api.resolvers.items() if _looks_direct(resolver)}
    if not direct:
        return api
    try:
        located = {
            (str(properties.get("TypeName")), str(properties.get("FieldName"))): stack
            for stack, properties in stacks.resources("AWS::AppSync::Resolver")
            if _has_locations(properties)
        }
    except CannotRead as fault:
        logger.warning("It is not known whether direct Lambda resolvers have lost their VTL templates: %s", fault)
        return api
    lost = {
        key: replace(
            api.resolvers[key],
            missing=f"the stack {located[key]} gives it mapping templates in S3, which the endpoint does not keep",
        )
        for key in direct & located.keys()
    }
    return replace(api, resolvers={**api.resolvers, **lost})


def _looks_direct(resolver: Resolver) -> bool:
    return resolver.kind == "UNIT" and not (resolver.code or resolver.has_templates or resolver.missing)


def _has_locations(properties: Mapping[str, Any]) -> bool:
    return any(name.endswith("MappingTemplateS3Location") for name in properties)
