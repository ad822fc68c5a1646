"""Configures the console; `python -m local.pages.console --stage STAGE` serves it for a deployed stage."""

import argparse
import json
import os
import secrets
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.api_keys import newest_key
from local.description import StackDescription
from local.errors import CannotRun
from local.pages import build
from local.pages.application import CONSOLE
from local.pages.deployed import outputs
from local.pages.signing import Credentials, signing_keys
from local.settings import Settings

_PORT = 4200
_DAYS_OF_A_STACK = 31  # for which a running stack signs as IAM; a page of a deployed stage signs for two


def main() -> None:
    """Serve the console of a deployed stage until interrupted. If it cannot run, print why and exit with code 1."""
    parser = argparse.ArgumentParser(prog="local.pages.console")
    parser.add_argument("--stage", required=True)
    parser.add_argument("--region", default="us-east-1")
    options = parser.parse_args()
    try:
        if options.stage == "local":
            print(f"The console of the local stack: {_running().console_url}")
            return
        config = deployed(options.stage, options.region)
        build.build(CONSOLE)
    except CannotRun as fault:
        sys.exit(str(fault))
    token = secrets.token_urlsafe()
    print(
        f"The console of stage {options.stage}: http://127.0.0.1:{_PORT}/#token={token}\nCtrl-C stops it.", flush=True
    )
    environment = {
        "CONSOLE_CONFIG": json.dumps(config),
        "CONSOLE_TOKEN": token,
        "CONSOLE_POLICY": policy(str(config["graphqlUrl"])),
        "CONSOLE_PORT": str(_PORT),
    }
    os.chdir(CONSOLE.folder)
    os.execvpe("npm", ["npm", "run", "--silent", "preview"], {**os.environ, **environment})  # noqa: S606


def configuration(stack: StackDescription, settings: Settings) -> Mapping[str, object]:
    """Returns the console's `config.json` for the local stack."""
    environment = settings.aws_environment()
    root = Credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    return {
        "graphqlUrl": "/graphql",  # the page and the API share an origin at each of the gateway's addresses
        "region": stack.region,
        "userPoolId": stack.user_pool_id,
        "userPoolClientId": stack.user_pool_client_id,
        "userPoolEndpoint": stack.aws_endpoint_url,
        "apiKey": stack.api_key,
        "users": [
            {"username": user.username, "password": user.password, "sub": user.sub, "groups": list(user.groups)}
            for user in stack.users
        ],
        "signing": signing_keys(root, stack.region, days=_DAYS_OF_A_STACK),
    }


def deployed(stage: str, region: str) -> Mapping[str, object]:
    """Returns the configuration of a deployed stage.

    The page may sign as the developer's own identity of AWS, today and tomorrow. Raises CannotRun if the stage's schema
    is hidden, or if its outputs cannot be read.
    """
    values = outputs(stage, region)
    if _hides_its_schema(values["ApiId"], region):
        raise CannotRun(
            f"The stage {stage} hides its schema, so that no console can show it. AWS's own console, which reads the "
            "schema with your AWS identity, can: "
            f"https://{region}.console.aws.amazon.com/appsync/home?region={region}#/{values['ApiId']}/v1/queries"
        )
    return {
        "graphqlUrl": values["GraphqlUrl"],
        "region": region,
        "userPoolId": values["UserPoolId"],
        "userPoolClientId": values["UserPoolClientId"],
        "apiKey": _own_key(values["ApiId"], region),
        "signing": _own_keys(region),
    }


def _hides_its_schema(api_id: str, region: str) -> bool:
    try:
        api = boto3.client("appsync", region_name=region).get_graphql_api(apiId=api_id)["graphqlApi"]
    except (BotoCoreError, ClientError) as fault:
        raise CannotRun(f"The API {api_id} in {region} cannot be read: {fault}") from fault
    return api.get("introspectionConfig") == "DISABLED"


def _own_key(api_id: str, region: str) -> str | None:
    """Returns the stage's API key, or None if it has none or the developer may not list the keys."""
    try:
        return newest_key(boto3.client("appsync", region_name=region), api_id)
    except (BotoCoreError, ClientError):
        return None


def _own_keys(region: str) -> Mapping[str, object] | None:
    """Returns the keys of the developer's own identity of AWS, or None if there is none."""
    identity = boto3.Session(region_name=region).get_credentials()
    if not identity:
        return None
    key = identity.get_frozen_credentials()
    if not key.access_key or not key.secret_key:
        return None
    return signing_keys(Credentials(key.access_key, key.secret_key, key.token), region, days=2)


def policy(graphql_url: str) -> str:
    """Returns the content security policy of a page that calls this API and nothing else."""
    host = urlsplit(graphql_url).netloc
    realtime = host.replace(".appsync-api.", ".appsync-realtime-api.")
    directives = {
        "default-src": "'none'",
        "script-src": "'self'",
        "worker-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "font-src": "'self' data:",
        "connect-src": f"'self' https://{host} wss://{realtime}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def _running() -> StackDescription:
    try:
        return StackDescription.read(Settings.from_environment().stack_file)
    except FileNotFoundError as fault:
        raise CannotRun("No local stack is running: `make up` starts one.") from fault


if __name__ == "__main__":
    main()
