"""What runs the requests that resolver code makes of a data source, and how they fail."""

from collections.abc import Mapping
from typing import Any, Protocol

from appsync_offline.control_plane.deployed_api import DataSource

Request = Mapping[str, Any]


class DataSourceFailed(Exception):
    """A data source refused a request, or could not be reached. Carries AppSync's error type and message."""

    def __init__(self, message: str, error_type: str) -> None:
        super().__init__(message)
        self.message = message
        self.error_type = error_type


class RunRequest(Protocol):
    """Runs requests on the data sources of one type."""

    async def __call__(self, source: DataSource, request: Request) -> Any:
        """Returns the result of a request, as JSON. Raises DataSourceFailed."""


BackEnds = Mapping[str, RunRequest]
"""By the type of a data source, such as AMAZON_DYNAMODB; a type without one has no requests here."""
