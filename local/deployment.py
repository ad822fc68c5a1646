"""Deploys the CDK app into the embedded cloud with the stock CDK CLI."""

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import boto3
from botocore.exceptions import ClientError

from local import mail
from local.clients import access
from local.errors import CannotRun
from local.ministack import INTERPRETER
from local.settings import REGION, ROOT, STAGE, Settings, stack_of
from local.source_checks import reason

STACK = stack_of(STAGE)
_CDK = ROOT / "node_modules" / ".bin" / "cdk"
_ACCOUNT = "000000000000"
_RESOURCES = re.compile(r"\| +(?P<done>\d+)/(?P<total>[1-9]\d*) \|")  # the CLI counts the resources that are done
_MANY = 8


def deploy(settings: Settings) -> Mapping[str, str]:
    """Deploy the current sources and return the stack's outputs. Raises CannotRun."""
    context = {
        "stage": STAGE,
        "bundlePython": str(INTERPRETER),
        "graphqlUrl": settings.graphql_url,
        "mailFrom": mail.SENDER,  # the embedded cloud's SES keeps the mails (`make mail`)
        "apisUrl": f"{settings.aws_endpoint}/_aws/execute-api",
        "loopbackAuthority": str(settings.certificates.authority),  # webhooks to servers of this machine
        "describeSchema": "true",  # for consoles; AppSync's own parser is older than descriptions
    }
    options = [part for name, value in context.items() for part in ("--context", f"{name}={value}")]
    if not _is_bootstrapped(settings):
        # Where the CLI finds no app, it does not synthesize one for the bootstrap.
        _run(settings, ["bootstrap", f"aws://{_ACCOUNT}/{REGION}"], folder=settings.data)
    options += ["--output", str(settings.data / "cdk.out"), "--outputs-file", str(_outputs_file(settings))]
    _run(settings, ["deploy", STACK, "--require-approval", "never", *options], folder=ROOT)
    deployed = outputs(settings)
    mail.verify_sender(settings)
    if settings.enforces_iam:
        _let_the_relay_publish_batches(settings, deployed)
    return deployed


def outputs(settings: Settings) -> Mapping[str, str]:
    """Returns the outputs of the last successful deployment."""
    deployed: Mapping[str, str] = json.loads(_outputs_file(settings).read_text())[STACK]
    return deployed


def _outputs_file(settings: Settings) -> Path:
    return settings.data / "outputs.json"


def _let_the_relay_publish_batches(settings: Settings, deployed: Mapping[str, str]) -> None:
    # MiniStack 1.5 requires sns:PublishBatch, which is not an IAM action: on AWS, sns:Publish covers both calls
    # (Service Authorization Reference, "Actions defined by Amazon SNS"). Therefore only the local stack grants it.
    function = boto3.client("lambda", **access(settings)).get_function(FunctionName=deployed["RelayFunctionName"])
    statement = {"Effect": "Allow", "Action": "sns:PublishBatch", "Resource": deployed["TopicArn"]}
    boto3.client("iam", **access(settings)).put_role_policy(
        RoleName=function["Configuration"]["Role"].rsplit("/", 1)[-1],
        PolicyName="PublishBatch",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )


def _is_bootstrapped(settings: Settings) -> bool:
    try:
        boto3.client("cloudformation", **access(settings)).describe_stacks(StackName="CDKToolkit")
    except ClientError:
        return False
    return True


class DeploymentProgress:
    """Says now and then how far the CDK CLI is, by its own output."""

    def __init__(self) -> None:
        self._said = 0  # quarters of the resources

    def take(self, line: str) -> None:
        """Print what a line of the CLI's output means for somebody who waits, at most five times for one deployment."""
        if "Synthesis time" in line:
            print("  The templates are written. The resources follow …", flush=True)
        elif progress := _RESOURCES.search(line):
            done, total = int(progress["done"]), int(progress["total"])
            quarter = 4 * done // total
            # The embedded cloud lists the events of earlier deployments too, so that more may be done than there are.
            if total >= _MANY and self._said < quarter <= 4:
                self._said = quarter
                print(f"  {done} of {total} resources", flush=True)


def _run(settings: Settings, arguments: Sequence[str], *, folder: Path) -> None:
    log = settings.log("deploy")
    log.parent.mkdir(parents=True, exist_ok=True)
    progress = DeploymentProgress()
    with log.open("a") as output:
        before = output.tell()
        with subprocess.Popen(
            [str(_CDK), *arguments, "--ci", "--no-notices"],
            cwd=folder,
            # `make check` validates the templates. Validating them here too would double the time of the synthesis.
            env={
                **settings.aws_environment(may_download=True),
                "CDK_DISABLE_VERSION_CHECK": "1",
                "CDK_DISABLE_CLI_TELEMETRY": "true",  # a local deployment is nobody else's business
                "CDK_VALIDATION": "false",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as running:
            try:
                for line in running.stdout or ():
                    output.write(line)
                    output.flush()
                    progress.take(line)
            except BaseException:  # as subprocess.run does: who stops the stack while it starts stops this too
                running.kill()
                raise
    if running.returncode:
        said = log.read_bytes()[before:].decode(errors="replace")
        # When the app fails, the CLI's own last line does not say why.
        said = re.sub(r".*: Subprocess exited with error \d+\s*$", "", said)
        raise CannotRun(f"cdk {arguments[0]} failed; its log is {log}: {reason(said, ['cdk'])}")
