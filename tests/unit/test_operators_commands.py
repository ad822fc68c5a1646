"""Operators' commands end with one sentence and an exit code that a script can use."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from domain.errors import Code, ValidationError
from operations import command_line, redrive
from operations.command_line import COMMANDS, Command, main
from operations.deployed import Deployed, DeployedConsumer, NotDeployed
from operations.errors import CommandCannotRun, ExitCode

OUTPUTS = {
    "TableName": "tasks",
    "TopicArn": "topic",
    "UserPoolId": "pool",
    "QueueUrl": "q",
    "DeadLetterQueueUrl": "dead",
    "UndeliveredQueueUrl": "undelivered",
    "UnrelayedQueueUrl": "unrelayed",
    "GraphqlUrl": "https://api.example.com/graphql",
}


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "the reason"}}, "Scan")


def raising(fault: BaseException) -> Callable[..., ExitCode]:
    def run(*_: object) -> ExitCode:
        raise fault

    return run


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Deployed:
    deployed = Deployed.from_outputs("s", OUTPUTS)
    monkeypatch.setattr(Deployed, "of", lambda _: deployed)
    return deployed


@pytest.mark.parametrize(
    ("fault", "code", "sentence"),
    [
        (CommandCannotRun("Name the person."), 2, "Name the person."),
        (ValidationError("userId", "must be\x1b[2J short", Code.FORMAT), 2, r"userId must be\x1b[2J short"),
        (refusal("AccessDeniedException"), 2, "AWS refused Scan: the reason"),
        (refusal("ThrottlingException"), 1, "AWS refused Scan: the reason"),
        (NoCredentialsError(), 2, "Unable to locate credentials"),
        (KeyboardInterrupt(), 130, "Interrupted. Run the command again: it continues with what is left."),
    ],
    ids=["cannot run", "bad input", "denied", "throttled", "no credentials", "interrupted"],
)
def test_a_command_that_ends_early_says_why(
    deployed: Deployed,
    fault: BaseException,
    code: int,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = Command("", redrive.add_arguments, raising(fault))
    monkeypatch.setattr(command_line, "COMMANDS", COMMANDS | {"redrive": command})

    assert main(["redrive", "--stack", "s"]) == code

    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", f"{sentence}\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_lets_the_command_release_what_it_holds(
    deployed: Deployed, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = []

    def run(*_: object) -> ExitCode:
        try:
            os.kill(os.getpid(), number)
            raise AssertionError("the signal came too late")
        finally:
            released.append(number)

    monkeypatch.setattr(command_line, "COMMANDS", COMMANDS | {"redrive": Command("", redrive.add_arguments, run)})
    # A shell starts background jobs with SIGINT ignored.
    usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
    inherited = signal.signal(number, usual)
    before = signal.getsignal(number)

    assert main(["redrive", "--stack", "s"]) == ExitCode.INTERRUPTED

    assert released == [number]
    assert signal.getsignal(number) is before
    signal.signal(number, inherited)


def test_every_command_takes_the_stack_and_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for name, command in COMMANDS.items():
        with pytest.raises(SystemExit) as ended:
            main([name, "--help"])

        assert ended.value.code == 0
        assert "--stack" in capsys.readouterr().out
        assert command.summary.endswith(".")


def test_the_outputs_name_every_consumers_queues() -> None:
    names = {"QueueUrl": "m", "DeadLetterQueueUrl": "m-dead", "UndeliveredQueueUrl": "m-undelivered"}
    mailer = {f"ConsumerMailer{name}": url for name, url in names.items()} | {"ConsumerMailerFunctionName": "f"}

    deployed = Deployed.from_outputs("s", OUTPUTS | mailer)

    assert deployed.consumers == [
        DeployedConsumer("Processor", "q", "dead", "undelivered"),
        DeployedConsumer("Mailer", "m", "m-dead", "m-undelivered"),
    ]
    assert deployed.queues_of_failures == ["dead", "undelivered", "m-dead", "m-undelivered", "unrelayed"]


def test_the_deliveries_to_webhooks_are_a_worker_and_no_consumer() -> None:
    deployed = Deployed.from_outputs("s", OUTPUTS | {"DeliveriesQueueUrl": "d", "DeliveriesFailuresQueueUrl": "d-dead"})

    assert deployed.workers == [*deployed.consumers, DeployedConsumer("Deliveries", "d", "d-dead")]
    assert deployed.queues_of_failures == ["dead", "undelivered", "d-dead", "unrelayed"]


def test_queues_that_are_named_twice_are_one_consumer() -> None:
    again = {
        "ProcessorQueueUrl": "q",
        "ProcessorDeadLetterQueueUrl": "dead",
        "ProcessorUndeliveredQueueUrl": "undelivered",
    }

    assert Deployed.from_outputs("s", OUTPUTS | again).consumers == Deployed.from_outputs("s", OUTPUTS).consumers


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_missing_output_is_named(name: str) -> None:
    with pytest.raises(NotDeployed, match=r"^The stack s has no output \w+: it is not the product's"):
        Deployed.from_outputs("s", {key: value for key, value in OUTPUTS.items() if key != name})
