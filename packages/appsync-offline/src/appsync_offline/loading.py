"""Makes an API ready to serve: reads its description, prepares its execution and its authentication."""

from collections.abc import Callable
from types import MappingProxyType

from graphql import GraphQLError

from appsync_offline.authentication.access_keys import FindKey
from appsync_offline.authentication.authenticator import Authenticator
from appsync_offline.back_ends.lambda_functions import Invoke
from appsync_offline.back_ends.requests import BackEnds
from appsync_offline.control_plane.deployed_api import DeployedApi
from appsync_offline.control_plane.reader import CannotRead
from appsync_offline.execution.engine import Engine
from appsync_offline.gateway import CannotLoad, LoadedApi
from appsync_offline.schema.deployable import NotDeployable

Read = Callable[[], DeployedApi]
"""Returns the API as it is described now. Raises CannotRead."""


def loader(
    read: Read,
    *,
    aws_endpoint: str,
    invoke: Invoke,
    find_key: FindKey,
    back_ends: BackEnds = MappingProxyType({}),
    strict: bool = False,
) -> Callable[[], LoadedApi]:
    """Returns a function that reads the API and prepares it for execution. That function raises CannotLoad.

    `aws_endpoint` serves the key sets of the API's user pools. `back_ends` run the requests of DynamoDB and HTTP data
    sources. With `strict`, what nobody has verified against AppSync is refused.
    """

    def load() -> LoadedApi:
        try:
            api = read()
            engine = Engine(api, invoke, back_ends, strict=strict)
        except (CannotRead, NotDeployable) as fault:
            raise CannotLoad(str(fault)) from fault
        except (GraphQLError, TypeError) as fault:
            raise CannotLoad(f"The API's schema cannot be used: {fault}") from fault
        authenticator = Authenticator(api, aws_endpoint=aws_endpoint, find_key=find_key, invoke=invoke)
        return LoadedApi(engine, authenticator.authenticate)

    return load
