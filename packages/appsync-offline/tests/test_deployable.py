"""The gateway refuses what AppSync would not deploy.

AppSync Developer Guide, "Scalar types in AWS AppSync" and "AWS AppSync endpoints and quotas".
"""

from typing import Any

import pytest
from appsync_offline.control_plane.deployed_api import AuthMode, AuthProvider, DeployedApi
from appsync_offline.execution.engine import Engine
from appsync_offline.schema.deployable import NotDeployable
from appsync_offline.testing.apis import Function, an_api, direct, pipeline, step

SDL = "type Query { a: Int }"
SUBSCRIBED = """
type Query { a: Int }
type Mutation { addBook: Book addAuthor: Author }
type Book { id: ID }
type Author { id: ID }
type Subscription { onBook: Book @aws_subscribe(mutations: ["%s"]) }
"""


def a_pipeline_of(count: int) -> DeployedApi:
    functions = [step(f"step{number}") for number in range(count)]
    return an_api(SDL, pipeline("Query.a", *(function.id for function in functions)), functions=functions)


def variables(**values: str) -> DeployedApi:
    return an_api(SDL, environment_variables=values)


AUTHORIZER = AuthProvider(AuthMode.LAMBDA, authorizer_uri="arn:authorizer")
REFUSED: list[Any] = [
    pytest.param(a_pipeline_of(11), "10 functions", id="a pipeline of more than ten functions"),
    pytest.param(an_api(SDL, direct("Query.a", max_batch_size=2001)), "maxBatchSize", id="a batch of more than 2,000"),
    pytest.param(an_api(SDL, query_depth_limit=76), "queryDepthLimit", id="a depth limit of more than 75"),
    pytest.param(an_api(SDL, resolver_count_limit=10_001), "resolverCountLimit", id="more than 10,000 resolvers"),
    pytest.param(an_api(SDL, auth=[AUTHORIZER, AUTHORIZER]), "Lambda authorizer", id="two Lambda authorizers"),
    pytest.param(variables(**{f"V{n}": "" for n in range(51)}), "50 environment", id="51 environment variables"),
    pytest.param(variables(**{"1ST": ""}), "variable's name", id="an environment variable named otherwise"),
    pytest.param(variables(STAGE="x" * 513), "512 characters", id="an environment variable of 513 characters"),
    pytest.param(an_api("scalar Date type Query { a: Date }"), "no custom scalars", id="a custom scalar"),
    pytest.param(an_api("type Query { a: AWSBook } type AWSBook { id: ID }"), "AWSBook", id="a type named AWS…"),
    pytest.param(an_api(SUBSCRIBED % "addAuthor"), "Mutation.addAuthor", id="a subscription of another type"),
    pytest.param(an_api(SUBSCRIBED % "dropBook"), "no mutation dropBook", id="a subscription to no mutation"),
    pytest.param(an_api(f"{SDL} # {'x' * 1_000_000}"), "larger than", id="a schema of more than a megabyte"),
]


@pytest.mark.parametrize(("api", "why"), REFUSED)
def test_what_AppSync_would_not_deploy_is_not_served(api: DeployedApi, why: str) -> None:
    with pytest.raises(NotDeployable, match=why):
        Engine(api, Function().invoke)


TAKEN: list[Any] = [
    pytest.param(a_pipeline_of(10), id="a pipeline of ten functions"),
    pytest.param(an_api(SDL, direct("Query.a", max_batch_size=2000)), id="a batch of 2,000"),
    pytest.param(variables(STAGE="x" * 512), id="an environment variable of 512 characters"),
    pytest.param(an_api(SUBSCRIBED % "addBook"), id="a subscription of its mutation's type"),
]


@pytest.mark.parametrize("api", TAKEN)
def test_what_AppSync_would_just_deploy_is_served(api: DeployedApi) -> None:
    assert Engine(api, Function().invoke).api is api
