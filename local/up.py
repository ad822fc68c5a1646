"""Runs the local stack: embedded cloud, deployment, gateway, console."""

import contextlib
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import FrameType

import boto3
from appsync_offline.ministack import api_keys

from local import background, deployment, ministack, preconditions, reload, saved_state, users
from local.api_keys import newest_key
from local.banner import banner
from local.certificates import ensure_certificates
from local.clients import access
from local.description import StackDescription
from local.errors import CannotRun
from local.pages import board, build, console
from local.pages.application import APPLICATIONS, BOARD, CONSOLE, Application
from local.processes import Child
from local.settings import REGION, ROOT, ROOT_KEY_ID, Settings
from local.settling import settle

_READY = 30  # seconds
_SETTLING = 10  # seconds that a stop waits for events in flight


def up(settings: Settings, *, is_attended: bool = True) -> None:
    """Run the stack until SIGINT or SIGTERM. Raises CannotRun. All processes are ended in every case.

    Unless `is_attended`, the output goes to a log, which must not contain credentials.
    """
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if stopping.is_set():
            return
        stopping.set()
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    with contextlib.ExitStack() as stack, contextlib.suppress(KeyboardInterrupt):
        background.claim(settings)
        preconditions.check(settings)
        settings = replace(settings, secret=secrets.token_hex(32))
        ensure_certificates(settings.data / "tls")
        settings.process_file.write_text(str(os.getpid()))
        stack.callback(lambda: settings.process_file.unlink(missing_ok=True))
        settings.end_file.unlink(missing_ok=True)
        has_state = (settings.data / "state").exists()
        _say("Starting the embedded cloud …")
        saved_state.adapt(settings.data / "state", settings.aws_endpoint)
        stack.callback(ministack.discard_unpacked_bundles, settings)
        cloud = ministack.start(settings)
        ready = threading.Event()
        stack.push(lambda kind, *_: _stop_cloud(cloud, settings, is_whole=kind is None and ready.is_set()))
        _say("Deploying the CDK app into it …")
        try:
            outputs = deployment.deploy(settings)
        except CannotRun as fault:
            afresh = " (`make reset` starts afresh, without the local data)" if has_state else ""
            raise CannotRun(f"{fault}{afresh}") from fault
        description = _describe(settings, outputs)
        stack.callback(lambda: settle(settings, description.table_name, within=_SETTLING))
        build.prepare(CONSOLE, _folder(settings, CONSOLE), console.configuration(description, settings))
        build.prepare(BOARD, _folder(settings, BOARD), board.configuration(description))
        gateway = _gateway(settings, outputs["ApiId"])
        stack.callback(gateway.stop)
        gateway.wait_until(lambda: ministack.answers(f"{settings.base_url}/health"), within=_READY)
        description.write(settings.stack_file)
        ready.set()
        stack.callback(lambda: settings.stack_file.unlink(missing_ok=True))
        _announce(settings, description, is_attended=is_attended)
        building = _build_pages(settings)
        for child in building.values():
            stack.callback(child.stop)
        for changed in _changes(settings):
            _check_that_they_run(settings, cloud, gateway)
            for application in [application for application, child in building.items() if not child.is_running]:
                _say(_end_of_build(application, building.pop(application)))
            if changed:
                for line in reload.redeploy(settings, changed):
                    # A deployment of the whole app may replace what scripts find in the file: the table, the API key.
                    if (present := _describe(settings, deployment.outputs(settings))) != description:
                        description = present
                        description.write(settings.stack_file)
                    _say(line)
                    _log(settings, line)


def _folder(settings: Settings, application: Application) -> Path:
    """Where the gateway finds the pages of an application: the console's at /, the board's at /board/."""
    pages = settings.data / "console"
    return pages if application is CONSOLE else pages / application.name


def _build_pages(settings: Settings) -> dict[Application, Child]:
    missing = [application for application in APPLICATIONS if not build.is_built(application)]
    return {application: build.start(application, settings, _folder(settings, application)) for application in missing}


def _end_of_build(application: Application, child: Child) -> str:
    if build.is_built(application):
        return f"The {application.name} is built."
    return f"The {application.name} is not built: {child.log} says why."


def _changes(settings: Settings) -> Iterator[Sequence[str]]:
    """The sources that changed, or none, at least twice a second; never any unless it watches."""
    if not settings.watches:
        pause = threading.Event()
        while not pause.wait(0.5):
            yield ()
    yield from reload.changed_sources(ROOT)


def _check_that_they_run(settings: Settings, *children: Child) -> None:
    for child in children:
        if not child.is_running:
            reason = f"{child.name} ended; its log is {child.log}."
            settings.end_file.write_text(reason)  # for commands that find no stack: `up` may have no terminal
            raise CannotRun(reason)


def _stop_cloud(cloud: Child, settings: Settings, *, is_whole: bool) -> None:
    """Stop the embedded cloud. Raises CannotRun if it did not save the data of a whole run."""
    began = time.time()
    cloud.stop()
    if is_whole:
        ministack.check_that_it_saved(settings, began)


def _gateway(settings: Settings, api_id: str) -> Child:
    return Child(
        "The gateway",
        [
            *(sys.executable, "-m", "appsync_offline", "serve"),
            *("--aws-endpoint", settings.aws_endpoint),
            *("--api-id", api_id),
            *("--port", str(settings.port)),
            *("--tls-port", str(settings.tls_port)),
            *("--tls-cert", str(settings.certificates.chain)),
            *("--tls-key", str(settings.certificates.key)),
            *("--console", str(settings.data / "console")),
            *(part for host in settings.allowed_hosts for part in ("--allowed-host", host)),
        ],
        environment={**settings.aws_environment(), api_keys.VARIABLE: _api_key_secret(settings)},
        log=settings.log("gateway"),
    )


def _api_key_secret(settings: Settings) -> str:
    """Returns the secret of the API keys. It is kept with the data, so that a frontend's configuration stays right."""
    file = settings.api_key_file
    if not file.exists() or not file.read_text():
        file.touch(0o600)
        file.write_text(secrets.token_hex(32))
    return file.read_text()


def _describe(settings: Settings, outputs: Mapping[str, str]) -> StackDescription:
    key = newest_key(boto3.client("appsync", **access(settings)), outputs["ApiId"])
    if key is None:
        raise CannotRun("The deployed API has no API key.")
    return StackDescription(
        graphql_url=settings.graphql_url,
        tls_graphql_url=settings.tls_graphql_url,
        certificate_authority=str(settings.certificates.authority),
        realtime_url=f"ws://127.0.0.1:{settings.port}/graphql/realtime",
        console_url=f"{settings.base_url}/",
        api_key=api_keys.derived(key, _api_key_secret(settings)),
        region=REGION,
        aws_endpoint_url=settings.aws_endpoint,
        aws_access_key_id=ROOT_KEY_ID,
        aws_secret_access_key=settings.secret,
        user_pool_id=outputs["UserPoolId"],
        user_pool_client_id=outputs["UserPoolClientId"],
        users=users.ensure_users(settings, outputs["UserPoolId"]),
        table_name=outputs["TableName"],
        topic_arn=outputs["TopicArn"],
        queue_url=outputs["QueueUrl"],
        dead_letter_queue_url=outputs["DeadLetterQueueUrl"],
        functions={name: outputs[f"{name.title()}FunctionName"] for name in ("resolver", "relay", "processor")},
    )


def _announce(settings: Settings, description: StackDescription, *, is_attended: bool) -> None:
    announcement = banner(description, ends_with="Ctrl-C", watches=settings.watches)
    _say(announcement if is_attended else "The Tasks API is ready.")
    if how_to_go_on := users.record_users(settings, description.user_pool_id):
        _say(how_to_go_on)


def _say(text: str) -> None:
    print(text, flush=True)


def _log(settings: Settings, text: str) -> None:
    with settings.log("edits").open("a") as log:
        log.write(f"{datetime.now().astimezone():%H:%M:%S} {text}\n")
