"""The gateway authenticates callers as AppSync does.

AppSync Developer Guide, "Configuring authorization and authentication"; error-texts.md has the texts.
"""

import asyncio
import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from appsync_offline.authentication.access_keys import AccessKey
from appsync_offline.authentication.authenticator import AuthenticationFailed, Authenticator, Credentials
from appsync_offline.authentication.caller import Caller
from appsync_offline.authentication.sigv4 import InvalidSignature, Signature
from appsync_offline.back_ends.lambda_functions import FunctionFailed
from appsync_offline.control_plane.deployed_api import ApiKey, AuthMode, AuthProvider, DeployedApi
from appsync_offline.testing.apis import ACCESS_KEY, API_KEY, REGION, Function, a_gateway, an_api
from appsync_offline.testing.identity_provider import POOL, POOL_ISSUER, IdentityProvider
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as AwsCredentials
from cryptography.hazmat.primitives.asymmetric import rsa

NO_HEADER = "Valid authorization header not provided."
NOT_AUTHORIZED = "You are not authorized to make this call."
COGNITO = AuthProvider(AuthMode.COGNITO, user_pool_id=POOL, user_pool_region=REGION)
AUTHORIZER = AuthProvider(AuthMode.LAMBDA, authorizer_uri="arn:authorizer", authorizer_result_ttl=300)
IAM = AuthProvider(AuthMode.IAM)
KEY = AuthProvider(AuthMode.API_KEY)


def an_api_of(*modes: AuthProvider, **changes: Any) -> DeployedApi:
    return replace(an_api("type Query { a: Int }", auth=modes), **changes)


async def authenticate(
    api: DeployedApi,
    headers: Mapping[str, str],
    *,
    function: Function | None = None,
    issuer: IdentityProvider | None = None,
    body: bytes = b"{}",
    operation: Mapping[str, Any] | None = None,
) -> Caller:
    gateway = a_gateway(api, function, issuer.url if issuer else "http://127.0.0.1:9")
    return await gateway.authenticate(Credentials(headers, "/graphql", body, "127.0.0.1", operation or {}))


async def refusal(api: DeployedApi, headers: Mapping[str, str], **more: Any) -> tuple[str, str, int]:
    with pytest.raises(AuthenticationFailed) as refused:
        await authenticate(api, headers, **more)
    return refused.value.error_type, refused.value.message, refused.value.status


class TestApiKeys:
    async def test_a_key_has_no_identity(self) -> None:
        caller = await authenticate(an_api_of(KEY), {"x-api-key": API_KEY})

        assert (caller.mode, caller.identity) == (AuthMode.API_KEY, None)

    @pytest.mark.parametrize(
        ("presented", "expires_in", "modes"),
        [
            pytest.param("da2-unknown", 60, [KEY], id="a wrong key"),
            pytest.param("schlüssel", 60, [KEY], id="a key beyond ASCII"),
            pytest.param(API_KEY, -1, [KEY], id="an expired key"),
            pytest.param(API_KEY, 60, [IAM], id="a key where the API takes none"),
        ],
    )
    async def test_a_refused_key(self, presented: str, expires_in: int, modes: list[AuthProvider]) -> None:
        api = an_api_of(*modes, api_keys=(ApiKey(API_KEY, int(time.time()) + expires_in),))

        assert await refusal(api, {"x-api-key": presented}) == ("UnauthorizedException", NOT_AUTHORIZED, 401)

    @pytest.mark.parametrize("headers", [{}, {"authorization": ""}, {"authorization": "anything"}])
    async def test_no_header_that_the_API_takes(self, headers: dict[str, str]) -> None:
        assert await refusal(an_api_of(KEY), headers) == ("UnauthorizedException", NO_HEADER, 401)


class TestUserPools:
    @pytest.mark.parametrize("prefix", ["", "Bearer "], ids=["raw, as clients send it", "with Bearer"])
    async def test_an_access_token_tells_who(self, issuer: IdentityProvider, prefix: str) -> None:
        caller = await authenticate(
            an_api_of(KEY, COGNITO), {"authorization": prefix + issuer.pool_token()}, issuer=issuer
        )

        assert (caller.mode, caller.groups) == (AuthMode.COGNITO, frozenset({"admins"}))
        assert caller.identity is not None
        assert {name: value for name, value in caller.identity.items() if name != "claims"} == {
            "sub": "0001",
            "issuer": POOL_ISSUER,
            "username": "anna",
            "sourceIp": ["127.0.0.1"],
            "defaultAuthStrategy": "ALLOW",
            "groups": ["admins"],
        }
        assert caller.identity["claims"]["client_id"] == "app"

    @pytest.mark.parametrize(
        "groups", ["not-admins-really", {"admins": 1}, "admins"], ids=["a text", "an object", "a name"]
    )
    async def test_groups_that_are_no_list_are_no_groups(self, issuer: IdentityProvider, groups: Any) -> None:
        token = issuer.pool_token(**{"cognito:groups": groups})

        caller = await authenticate(an_api_of(COGNITO), {"authorization": token}, issuer=issuer)

        assert caller.groups == frozenset()
        assert caller.identity is not None
        assert caller.identity["groups"] is None

    async def test_an_id_token_s_cognito_username_is_the_username(self, issuer: IdentityProvider) -> None:
        claims = {"cognito:username": "anna2", "username": None, "cognito:groups": None}
        token = issuer.pool_token(token_use="id", aud="app", client_id=None, **claims)

        caller = await authenticate(an_api_of(COGNITO), {"authorization": token}, issuer=issuer)

        assert caller.identity is not None
        assert (caller.identity["username"], caller.identity["groups"]) == ("anna2", None)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            pytest.param({"exp": 1}, "Token has expired.", id="expired"),
            pytest.param({"exp": None}, NO_HEADER, id="never expires"),
            pytest.param({"iss": "https://elsewhere.example.com"}, NO_HEADER, id="another issuer"),
            pytest.param({"iss": POOL_ISSUER + "2"}, NO_HEADER, id="another pool"),
            pytest.param({"client_id": "other"}, NO_HEADER, id="another app client"),
            pytest.param({"token_use": "refresh"}, NO_HEADER, id="neither access nor id token"),
            pytest.param({"sub": None}, NO_HEADER, id="nobody's"),
        ],
    )
    async def test_a_refused_token(self, issuer: IdentityProvider, changes: dict[str, Any], message: str) -> None:
        api = an_api_of(replace(COGNITO, app_id_client_regex="app"))
        token = issuer.pool_token(**changes)

        assert await refusal(api, {"authorization": token}, issuer=issuer) == ("UnauthorizedException", message, 401)

    async def test_a_token_signed_by_another_key_is_refused(self, issuer: IdentityProvider) -> None:
        forged = issuer.pool_token(key=rsa.generate_private_key(public_exponent=65537, key_size=2048))

        assert (await refusal(an_api_of(COGNITO), {"authorization": forged}, issuer=issuer))[1] == NO_HEADER

    async def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(self, issuer: IdentityProvider) -> None:
        forged = issuer.pool_token(key=issuer.keys["keys"][0]["n"], algorithm="HS256")

        assert (await refusal(an_api_of(COGNITO), {"authorization": forged}, issuer=issuer))[1] == NO_HEADER

    async def test_a_token_that_nobody_signed_is_refused(self, issuer: IdentityProvider) -> None:
        header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": "1"}).encode()).decode().rstrip("=")
        unsigned = f"{header}.{issuer.pool_token().split('.')[1]}."

        assert (await refusal(an_api_of(COGNITO), {"authorization": unsigned}, issuer=issuer))[1] == NO_HEADER

    async def test_a_token_whose_claims_were_changed_is_refused(self, issuer: IdentityProvider) -> None:
        header, _, signature = issuer.pool_token().split(".")
        other_claims = issuer.pool_token(username="root").split(".")[1]

        tampered = f"{header}.{other_claims}.{signature}"

        assert (await refusal(an_api_of(COGNITO), {"authorization": tampered}, issuer=issuer))[1] == NO_HEADER

    async def test_what_looks_like_a_token_and_is_none(self) -> None:
        assert await refusal(an_api_of(COGNITO), {"authorization": "a.b.c"}) == (
            "UnauthorizedException",
            "Unable to parse JWT token.",
            401,
        )


class TestOpenIdConnect:
    def provider(self, issuer: IdentityProvider, **changes: Any) -> AuthProvider:
        return replace(AuthProvider(AuthMode.OIDC, issuer=issuer.url), **changes)

    async def test_the_identity_is_sub_issuer_and_claims_only(self, issuer: IdentityProvider) -> None:
        token = issuer.token(iss=issuer.url, sub="7", aud="web")

        caller = await authenticate(an_api_of(self.provider(issuer)), {"authorization": token})

        assert caller.mode is AuthMode.OIDC
        assert caller.identity is not None
        assert set(caller.identity) == {"sub", "issuer", "claims"}

    @pytest.mark.parametrize(
        ("claims", "settings", "message"),
        [
            pytest.param({"exp": 1}, {}, "Token has expired.", id="expired"),
            pytest.param({"aud": "other"}, {"client_id": "web|app"}, NO_HEADER, id="another client"),
            pytest.param({"iat": 1}, {"iat_ttl": 60_000}, "Token has expired.", id="issued longer ago than iatTTL"),
            pytest.param({"auth_time": 1}, {"auth_ttl": 60_000}, "Token has expired.", id="signed in before authTTL"),
        ],
    )
    async def test_a_refused_token(
        self, issuer: IdentityProvider, claims: dict[str, Any], settings: dict[str, Any], message: str
    ) -> None:
        token = issuer.token(**{"iss": issuer.url, "sub": "7", "aud": "web", **claims})

        api = an_api_of(self.provider(issuer, **settings))

        assert (await refusal(api, {"authorization": token}))[1] == message

    async def test_beside_a_user_pool_the_issuer_decides(self, issuer: IdentityProvider) -> None:
        api = an_api_of(COGNITO, self.provider(issuer))
        tokens = [issuer.pool_token(), issuer.token(iss=issuer.url, sub="7")]

        callers = [await authenticate(api, {"authorization": token}, issuer=issuer) for token in tokens]

        assert [caller.mode for caller in callers] == [AuthMode.COGNITO, AuthMode.OIDC]


class TestLambdaAuthorizers:
    async def test_the_function_hears_of_the_token_and_the_request(self) -> None:
        function = Function(lambda _event: {"isAuthorized": True, "resolverContext": {"tenant": "1"}})
        operation = {"queryString": "{ a }", "operationName": None, "variables": {"b": 1}}

        caller = await authenticate(
            an_api_of(AUTHORIZER), {"authorization": "custom"}, function=function, operation=operation
        )

        (event,) = function.payloads
        request = event["requestContext"]
        assert event["authorizationToken"] == "custom"
        assert {name: request[name] for name in operation} == operation
        assert (request["apiId"], request["accountId"]) == ("library", "123456789012")
        assert caller.identity == {"resolverContext": {"tenant": "1"}}

    @pytest.mark.parametrize("verdict", [{"isAuthorized": False}, {"isAuthorized": "true"}, {}, None, "yes"])
    async def test_only_isAuthorized_true_lets_in(self, verdict: Any) -> None:
        answer = await refusal(an_api_of(AUTHORIZER), {"authorization": "x"}, function=Function(lambda _event: verdict))

        assert answer == ("UnauthorizedException", NOT_AUTHORIZED, 401)

    async def test_a_function_that_raises_lets_nobody_in(self) -> None:
        def fail(_event: Any) -> Any:
            raise FunctionFailed("down", "Outage")

        assert (await refusal(an_api_of(AUTHORIZER), {"authorization": "x"}, function=Function(fail)))[0] == (
            "UnauthorizedException"
        )

    @pytest.mark.parametrize("context", [{"a": {"b": 1}}, {"a": [1]}, "text"], ids=["an object", "a list", "no object"])
    async def test_a_resolverContext_of_more_than_keys_and_values_lets_nobody_in(self, context: Any) -> None:
        function = Function(lambda _event: {"isAuthorized": True, "resolverContext": context})

        assert (await refusal(an_api_of(AUTHORIZER), {"authorization": "x"}, function=function))[2] == 401

    async def test_a_function_that_takes_too_long_lets_nobody_in(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("appsync_offline.authentication.lambda_authorizer._TIME_LIMIT", 0.05)

        class Slow(Function):
            async def invoke(self, *_: Any) -> Any:
                await asyncio.Event().wait()

        assert (await refusal(an_api_of(AUTHORIZER), {"authorization": "x"}, function=Slow()))[2] == 401

    async def test_deniedFields_are_names_or_ARNs(self) -> None:
        arn = "arn:aws:appsync:us-east-1:123456789012:apis/library/types/Mutation/fields/addBook"
        function = Function(lambda _event: {"isAuthorized": True, "deniedFields": ["Query.a", arn]})

        caller = await authenticate(an_api_of(AUTHORIZER), {"authorization": "x"}, function=function)

        assert caller.denied_fields == {"Query.a", "Mutation.addBook"}

    @pytest.mark.parametrize(
        ("api_ttl", "override", "calls"),
        [(300, None, 1), (0, None, 2), (300, 0, 2), (0, 300, 1)],
        ids=["the API's ttl", "0 disables caching", "ttlOverride 0 disables it", "ttlOverride wins"],
    )
    async def test_a_verdict_is_cached_for_its_ttl(self, api_ttl: int, override: int | None, calls: int) -> None:
        function = Function(lambda _event: {"isAuthorized": True, "ttlOverride": override})
        gateway = a_gateway(an_api_of(replace(AUTHORIZER, authorizer_result_ttl=api_ttl)), function)

        for _ in range(2):
            await gateway.authenticate(Credentials({"authorization": "x"}, "/graphql", b"{}", "127.0.0.1"))

        assert len(function.payloads) == calls

    async def test_a_token_that_identityValidationExpression_does_not_match_is_not_shown_to_the_function(self) -> None:
        function = Function(lambda _event: {"isAuthorized": True})
        api = an_api_of(replace(AUTHORIZER, identity_validation_expression="^custom-.*$"))

        assert (await refusal(api, {"authorization": "other"}, function=function))[1] == NO_HEADER
        assert function.payloads == []


def _signed(
    body: bytes,
    secret: str = ACCESS_KEY.secret,
    region: str = REGION,
    service: str = "appsync",
    headers: Mapping[str, str] | None = None,
) -> dict[str, str]:
    sent = {"content-type": "application/json"} | dict(headers or {})
    request = AWSRequest("POST", "http://localhost:4000/graphql", sent, body)
    SigV4Auth(AwsCredentials("AKIAANNA", secret), service, region).add_auth(request)
    return {"host": "localhost:4000", **{name.lower(): str(value) for name, value in request.headers.items()}}


class TestSignatures:
    async def test_a_GET_is_signed_with_its_query(self) -> None:
        path = "/graphql?query=%7B%20a%20%7D&variables=%7B%7D"
        request = AWSRequest("GET", f"http://localhost:4000{path}", {}, b"")
        SigV4Auth(AwsCredentials("AKIAANNA", ACCESS_KEY.secret), "appsync", REGION).add_auth(request)
        headers = {"host": "localhost:4000", **{name.lower(): str(value) for name, value in request.headers.items()}}
        gateway = a_gateway(an_api_of(IAM))

        caller = await gateway.authenticate(Credentials(headers, path, b"", "127.0.0.1", method="GET"))

        assert caller.mode is AuthMode.IAM
        with pytest.raises(AuthenticationFailed):
            await gateway.authenticate(Credentials(headers, path + "&more=1", b"", "127.0.0.1", method="GET"))

    async def test_a_key_that_everyone_can_compute_is_only_for_the_gateways_own_user(self) -> None:
        async def find_key(_access_key_id: str) -> AccessKey:
            return replace(ACCESS_KEY, for_this_user=True)

        authenticator = Authenticator(an_api_of(IAM), aws_endpoint="", find_key=find_key, invoke=Function().invoke)
        credentials = Credentials(_signed(b"{}"), "/graphql", b"{}", "127.0.0.1")

        assert (await authenticator.authenticate(credentials)).mode is AuthMode.IAM
        with pytest.raises(AuthenticationFailed) as refused:
            await authenticator.authenticate(replace(credentials, is_of_another_user=lambda: True))
        assert (refused.value.error_type, refused.value.status) == ("UnrecognizedClientException", 403)

    async def test_a_signature_tells_the_key_s_owner(self) -> None:
        caller = await authenticate(an_api_of(KEY, IAM), _signed(b"{}"))

        assert caller.mode is AuthMode.IAM
        assert caller.identity == {
            "accountId": "123456789012",
            "cognitoIdentityPoolId": None,
            "cognitoIdentityId": None,
            "sourceIp": ["127.0.0.1"],
            "username": "anna",
            "userArn": "arn:aws:iam::123456789012:user/anna",
            "cognitoIdentityAuthType": None,
            "cognitoIdentityAuthProvider": None,
        }

    @pytest.mark.parametrize(
        ("headers", "body", "error_type"),
        [
            pytest.param(_signed(b"{}"), b"{ }", "InvalidSignatureException", id="another body"),
            pytest.param(_signed(b"{}", "guess"), b"{}", "InvalidSignatureException", id="another secret"),
            pytest.param(_signed(b"{}", region="eu-west-1"), b"{}", "InvalidSignatureException", id="another region"),
            pytest.param(_signed(b"{}", service="s3"), b"{}", "InvalidSignatureException", id="another service"),
            pytest.param({**_signed(b"{}"), "host": "x"}, b"{}", "InvalidSignatureException", id="another host"),
            pytest.param(
                {**_signed(b"{}"), "authorization": "AWS4-HMAC-SHA256 x"},
                b"{}",
                "IncompleteSignatureException",
                id="half",
            ),
            pytest.param(
                {**_signed(b"{}"), "authorization": _signed(b"{}")["authorization"].replace("AKIAANNA", "AKIAOTHER")},
                b"{}",
                "UnrecognizedClientException",
                id="an unknown key",
            ),
        ],
    )
    async def test_a_signature_that_proves_nothing(self, headers: dict[str, str], body: bytes, error_type: str) -> None:
        assert (await refusal(an_api_of(IAM), headers, body=body))[0::2] == (error_type, 403)

    @pytest.mark.parametrize(
        "claimed", ["UNSIGNED-PAYLOAD", sha256(b"{}").hexdigest(), "STREAMING-UNSIGNED-PAYLOAD-TRAILER", ""]
    )
    @pytest.mark.parametrize("is_signed", [True, False])
    async def test_a_body_that_is_not_what_the_signature_claims_is_refused(self, claimed: str, is_signed: bool) -> None:
        hashed = {"x-amz-content-sha256": claimed}
        headers = _signed(b"{}", headers=hashed if is_signed else {}) | hashed

        assert (await refusal(an_api_of(IAM), headers, body=b'{"query": "swapped"}'))[0] == "InvalidSignatureException"

    async def test_a_body_that_is_what_its_hash_says_is_taken(self) -> None:
        headers = _signed(b"{}", headers={"x-amz-content-sha256": sha256(b"{}").hexdigest()})

        assert (await authenticate(an_api_of(IAM), headers)).mode is AuthMode.IAM

    @pytest.mark.parametrize("host", ["[::1", "localhost:99999999", "[", "a]b", ""])
    async def test_a_signature_for_what_is_no_host_is_refused(self, host: str) -> None:
        headers = {**_signed(b"{}"), "host": host}

        assert (await refusal(an_api_of(IAM), headers, body=b"{}"))[0] == "InvalidSignatureException"

    @pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)], ids=["stale", "of the future"])
    def test_a_signature_of_another_time(self, age: timedelta) -> None:
        headers = _signed(b"{}")
        signature = Signature.parse(headers["authorization"])

        def verify(now: datetime) -> None:
            signature.verify(ACCESS_KEY.secret, region=REGION, path="/graphql", headers=headers, body=b"{}", now=now)

        verify(datetime.now(UTC))
        with pytest.raises(InvalidSignature):
            verify(datetime.now(UTC) + age)

    async def test_a_signature_where_the_API_takes_none(self) -> None:
        assert await refusal(an_api_of(KEY), _signed(b"{}")) == ("UnauthorizedException", NO_HEADER, 401)


_EVERY_MODE = (KEY, COGNITO, IAM, AUTHORIZER)


@pytest.mark.parametrize(
    ("headers", "mode"),
    [
        pytest.param(lambda _: {"x-api-key": API_KEY}, AuthMode.API_KEY, id="x-api-key"),
        pytest.param(lambda issuer: {"authorization": issuer.pool_token()}, AuthMode.COGNITO, id="a JWT"),
        pytest.param(lambda _: _signed(b"{}"), AuthMode.IAM, id="a signature"),
        pytest.param(lambda _: {"authorization": "custom"}, AuthMode.LAMBDA, id="anything else"),
    ],
)
async def test_the_header_chooses_the_mode(
    issuer: IdentityProvider, headers: Callable[[IdentityProvider], dict[str, str]], mode: AuthMode
) -> None:
    function = Function(lambda _event: {"isAuthorized": True})

    caller = await authenticate(an_api_of(*_EVERY_MODE), headers(issuer), function=function, issuer=issuer)

    assert caller.mode is mode
