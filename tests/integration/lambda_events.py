"""The events that AppSync sends to a Lambda, and the Lambda context."""

from dataclasses import dataclass
from typing import Any


def a_user(name: str, *groups: str) -> dict[str, Any]:
    """Returns the identity of a Cognito user (AppSync Developer Guide, "Identity")."""
    return {
        "sub": name,
        "issuer": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool",
        "username": name,
        "claims": {"sub": name, "token_use": "access", "cognito:groups": list(groups)},
        "sourceIp": ["127.0.0.1"],
        "defaultAuthStrategy": "ALLOW",
        "groups": list(groups) or None,
    }


ANNA, BORIS, ADMIN = a_user("anna"), a_user("boris"), a_user("ada", "admins")
API_KEY = None
IAM: dict[str, Any] = {
    "accountId": "123456789012",
    "cognitoIdentityAuthProvider": None,
    "cognitoIdentityAuthType": None,
    "cognitoIdentityId": None,
    "cognitoIdentityPoolId": None,
    "sourceIp": ["127.0.0.1"],
    "userArn": "arn:aws:sts::123456789012:assumed-role/service/session",
    "username": "AROAEXAMPLE:session",
}

# An end user with credentials of an identity pool, which have the form of IAM credentials (AppSync Developer Guide,
# "Identity").
IDENTITY_POOL: dict[str, Any] = IAM | {
    "cognitoIdentityAuthProvider": '"cognito-idp.us-east-1.amazonaws.com/us-east-1_pool"',
    "cognitoIdentityAuthType": "authenticated",
    "cognitoIdentityId": "us-east-1:00000000-0000-0000-0000-000000000000",
    "cognitoIdentityPoolId": "us-east-1:11111111-1111-1111-1111-111111111111",
    "userArn": "arn:aws:sts::123456789012:assumed-role/authenticated/CognitoIdentityCredentials",
}
# Identities of authorization modes that the API does not have (@aws-appsync/utils, types).
LAMBDA_AUTHORIZER: dict[str, Any] = {"resolverContext": {}}
OIDC: dict[str, Any] = {
    "sub": "anna",
    "issuer": "https://login.example.com",
    "claims": {"sub": "anna", "token_use": "access"},
}


@dataclass(frozen=True)
class LambdaContext:
    """The attributes of the Lambda context that the Lambda's logger reads."""

    function_name: str = "resolver"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:resolver"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"

    remaining: int = 30_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining


def field_event(
    field: str, arguments: dict[str, Any], identity: dict[str, Any] | None, source: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Returns the context object of one field as JSON (AppSync Developer Guide, "Direct Lambda resolvers")."""
    type_name, field_name = field.split(".")
    return {
        "arguments": arguments,
        "identity": identity,
        "source": source,
        "request": {
            "headers": {"x-amzn-trace-id": "Root=1-test", "authorization": "secret-token"},
            "domainName": None,
        },
        "prev": None,
        "info": {
            "selectionSetList": ["id"],
            "selectionSetGraphQL": "{ id }",
            "parentTypeName": type_name,
            "fieldName": field_name,
            "variables": {},
        },
        "stash": {},
    }
