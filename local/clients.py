"""boto3 clients of the embedded cloud."""

from typing import TYPE_CHECKING, Literal, overload

import boto3

from local.settings import REGION, ROOT_KEY_ID, Settings

if TYPE_CHECKING:
    from mypy_boto3_appsync import AppSyncClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

Service = Literal[
    "appsync", "cloudformation", "cognito-idp", "dynamodb", "dynamodbstreams", "iam", "lambda", "s3", "sqs"
]


@overload
def client(service: Literal["appsync"], settings: Settings) -> "AppSyncClient": ...
@overload
def client(service: Literal["cloudformation"], settings: Settings) -> "CloudFormationClient": ...
@overload
def client(service: Literal["cognito-idp"], settings: Settings) -> "CognitoIdentityProviderClient": ...
@overload
def client(service: Literal["dynamodb"], settings: Settings) -> "DynamoDBClient": ...
@overload
def client(service: Literal["dynamodbstreams"], settings: Settings) -> "DynamoDBStreamsClient": ...
@overload
def client(service: Literal["iam"], settings: Settings) -> "IAMClient": ...
@overload
def client(service: Literal["lambda"], settings: Settings) -> "LambdaClient": ...
@overload
def client(service: Literal["s3"], settings: Settings) -> "S3Client": ...
@overload
def client(service: Literal["sqs"], settings: Settings) -> "SQSClient": ...
def client(service: Service, settings: Settings) -> object:
    """Returns a client of one service that signs as the account's root."""
    return boto3.client(
        service,
        endpoint_url=settings.aws_endpoint,
        verify=str(settings.trusted) if settings.trusted else None,
        region_name=REGION,
        aws_access_key_id=ROOT_KEY_ID,
        aws_secret_access_key=settings.secret,
    )
