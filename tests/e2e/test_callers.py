"""Real clients with each kind of credentials may do exactly what the access rules allow."""

import pytest
from gql.transport.appsync_auth import AppSyncApiKeyAuthentication, AppSyncJWTAuthentication
from gql.transport.exceptions import TransportQueryError, TransportServerError

from tests.e2e.clients import Api, Subscribed

TASK = "query($id: ID!) { task(id: $id) { id userId } }"
CREATE = 'mutation { createTask(input: { title: "Mine" }) { id userId } }'
COMPLETE = "mutation($id: ID!) { completeTask(id: $id) { id } }"
LISTEN = "subscription($userId: ID) { onTaskCompleted(userId: $userId) { id userId } }"
PUBLISH = """mutation { publishTaskCompleted(task: { id: "task-1", userId: "alice", title: "T", description: "",
    status: COMPLETED, createdAt: "2026-01-01T00:00:00.000Z", updatedAt: "2026-01-01T00:00:00.000Z", version: 2 })
    { id } }"""


async def test_a_signed_in_user_creates_tasks_of_their_own(api: Api) -> None:
    async with api.http(api.as_user("alice")) as alice:
        created = (await alice(CREATE))["createTask"]

    assert created["userId"] == api.sub("alice")


async def test_another_users_task_and_no_task_answer_alike(api: Api) -> None:
    async with api.http(api.as_user("alice")) as alice, api.http(api.as_user("bob")) as bob:
        id_ = (await alice(CREATE))["createTask"]["id"]
        foreign = await bob.refusal(TASK, id=id_)
        unknown = await bob.refusal(TASK, id="task-of-nobody")

    assert foreign["errorType"] == unknown["errorType"] == "TaskNotFound"
    assert foreign["message"] == unknown["message"]


async def test_an_id_token_is_the_same_person_as_an_access_token(api: Api) -> None:
    tokens = api.tokens("alice", api.stack.user_pool_client_id)

    for token in (tokens["AccessToken"], tokens["IdToken"]):
        async with api.http(api.with_token(token)) as alice:
            created = (await alice(CREATE))["createTask"]
            foreign = await alice.refusal(PUBLISH)

        assert created["userId"] == api.sub("alice")
        assert foreign["errorType"] == "Unauthorized"


async def test_a_token_of_another_app_client_of_the_pool_is_refused(api: Api) -> None:
    other = api.cognito().create_user_pool_client(
        UserPoolId=api.stack.user_pool_id, ClientName="other", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]

    for token in api.tokens("alice", other).values():
        with pytest.raises(TransportQueryError, match="UnauthorizedException"):
            async with api.http(api.with_token(token)) as alice:
                await alice(CREATE)


async def test_a_token_of_another_pool_is_refused(api: Api) -> None:
    cognito = api.cognito()
    pool = cognito.create_user_pool(PoolName="other")["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="other", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    password = api.stack.users[0].password
    cognito.admin_create_user(UserPoolId=pool, Username="alice", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username="alice", Password=password, Permanent=True)

    for token in api.tokens("alice", client).values():
        with pytest.raises(TransportQueryError, match="UnauthorizedException"):
            async with api.http(api.with_token(token)) as alice:
                await alice(CREATE)


async def test_an_admin_sees_anyones_task(api: Api) -> None:
    async with api.http(api.as_user("alice")) as alice, api.http(api.as_user("ada")) as ada:
        id_ = (await alice(CREATE))["createTask"]["id"]
        seen = await ada(TASK, id=id_)

    assert seen["task"]["userId"] == api.sub("alice")


async def test_a_service_signs_its_requests(api: Api) -> None:
    async with api.http(api.as_service()) as service:
        id_ = await service.create("of-a-service")
        seen = await service(TASK, id=id_)

    assert seen["task"] == {"id": id_, "userId": "of-a-service"}


@pytest.mark.parametrize("kind", ["with_key", "as_user"])
async def test_only_services_publish(api: Api, kind: str) -> None:
    auth = api.with_key() if kind == "with_key" else api.as_user("ada")
    async with api.http(auth) as caller:
        error = await caller.refusal(PUBLISH)

    assert (error["errorType"], error["message"]) == (
        "Unauthorized",
        "Not Authorized to access publishTaskCompleted on type Mutation",
    )


async def test_a_user_hears_of_their_own_tasks_only(api: Api) -> None:
    async with api.http(api.with_key()) as developer, api.realtime(api.as_user("alice")) as realtime:
        others, own = await developer.create(api.sub("bob")), await developer.create(api.sub("alice"))
        async with Subscribed(api, realtime, LISTEN) as completions:
            await developer(COMPLETE, id=others)
            await developer(COMPLETE, id=own)
            event = (await completions.event())["onTaskCompleted"]

    assert event == {"id": own, "userId": api.sub("alice")}


async def test_nobody_listens_in_on_another_user(api: Api) -> None:
    async with api.realtime(api.as_user("alice")) as realtime:
        with pytest.raises(TransportQueryError) as refused:
            async with Subscribed(api, realtime, LISTEN, userId=api.sub("bob")) as completions:
                await completions.event()

    assert "Unauthorized" in str(refused.value)


async def test_a_service_and_an_admin_listen_to_everyone(api: Api) -> None:
    async with api.http(api.with_key()) as developer:
        for auth in (api.as_service(), api.as_user("ada")):
            async with api.realtime(auth) as realtime, Subscribed(api, realtime, LISTEN) as completions:
                id_ = await developer.create("anyone")
                await developer(COMPLETE, id=id_)
                assert (await completions.event())["onTaskCompleted"]["id"] == id_


@pytest.mark.parametrize(
    "auth",
    [
        AppSyncApiKeyAuthentication(host="127.0.0.1", api_key="da2-of-nobody"),
        AppSyncJWTAuthentication(host="127.0.0.1", jwt="a.b.c"),
    ],
)
async def test_strangers_do_not_connect(api: Api, auth: AppSyncApiKeyAuthentication) -> None:
    with pytest.raises(TransportServerError):
        async with api.realtime(auth):
            pass


@pytest.mark.parametrize("path", ["/graphql", "/graphql/realtime"])
async def test_both_paths_take_subscribers(api: Api, path: str) -> None:
    async with api.http(api.with_key()) as developer, api.realtime(api.with_key(), path=path) as realtime:
        id_ = await developer.create("by-path")
        async with Subscribed(api, realtime, LISTEN, userId="by-path") as completions:
            await developer(COMPLETE, id=id_)
            assert (await completions.event())["onTaskCompleted"]["id"] == id_
