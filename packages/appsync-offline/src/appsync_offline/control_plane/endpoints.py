"""Says where the HTTP data sources of an API are on this machine."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from appsync_offline.control_plane.deployed_api import DataSource, DeployedApi
from appsync_offline.control_plane.reader import CannotRead

_AWS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
_NEEDS = (
    "its AWS service needs an endpoint of an emulator: serve with --aws-endpoint, or with --http-endpoint {name}=URL"
)


def with_endpoints(api: DeployedApi, stand_ins: Mapping[str, str], aws_endpoint: str | None) -> DeployedApi:
    """Returns the API with its HTTP data sources at the `stand_ins` (name → URL), and those of AWS at `aws_endpoint`.

    Raises CannotRead for a name that is no HTTP data source of the API.
    """
    known = {name for name, source in api.data_sources.items() if source.type == "HTTP"}
    if unknown := sorted(set(stand_ins) - known):
        names = ", ".join(sorted(known)) or "none"
        raise CannotRead(f"{', '.join(unknown)} is no HTTP data source of {api.name}; it has {names}.")
    located = {name: _located(source, stand_ins.get(name), aws_endpoint) for name, source in api.data_sources.items()}
    return replace(api, data_sources=located)


def _located(source: DataSource, stand_in: str | None, aws_endpoint: str | None) -> DataSource:
    if stand_in:
        return replace(source, endpoint=stand_in, missing="")
    if source.type != "HTTP" or source.missing or not _is_of_aws(source.endpoint or ""):
        return source
    if aws_endpoint:
        return replace(source, endpoint=aws_endpoint)
    return replace(source, missing=_NEEDS.format(name=source.name))


def _is_of_aws(url: str) -> bool:
    try:
        return (urlsplit(url).hostname or "").endswith(_AWS)
    except ValueError:
        return False
