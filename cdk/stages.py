"""The table of stages and of every setting that differs between them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

# The parts of the configuration names after `CodeDeployDefault.Lambda` (AWS CodeDeploy User Guide, "Deployment
# configurations on an AWS Lambda compute platform").
ALL_AT_ONCE = "AllAtOnce"
TRAFFIC_SHIFTS = (
    ALL_AT_ONCE,
    *(f"Canary10Percent{minutes}Minutes" for minutes in (5, 10, 15, 30)),
    "Linear10PercentEvery1Minute",
    *(f"Linear10PercentEvery{minutes}Minutes" for minutes in (2, 3, 10)),
)


class InvalidSetting(Exception):
    """The app cannot be synthesized with the given setting. The message gives the reason in one sentence."""


@dataclass(frozen=True)
class Stage:
    """One deployment of the product and its settings."""

    name: str
    api_keys: tuple[str, ...]  # names, the newest last; production has none
    password_sign_in: bool  # allows USER_PASSWORD_AUTH for demo users; other stages allow only SRP
    admins_need_mfa: bool  # the group `admins` is only in tokens of people with a second factor (docs/decisions/0049)
    keeps_data: bool  # protects data against deletion and keeps it when the stack is deleted
    introspection: bool
    log_retention: int  # days
    query_depth_limit: int
    resolver_count_limit: int
    changes_per_minute: int  # of a user; admins may make ten times as many, a service twenty times (domain/budget.py)
    changes_per_day: int  # likewise, as the next two
    reads_per_day: int  # root fields, and tasks whose history is read
    subscriptions_per_day: int
    requests_per_address: int  # the maximum in five minutes for an IP address; further requests are blocked
    requests_per_caller: int  # the maximum in five minutes for one credential; further requests are blocked
    signed_requests_per_address: int  # likewise, for requests that are signed with IAM credentials
    processor_concurrency: int  # the maximum of concurrent invocations
    webhook_concurrency: int  # likewise, of each of the two Lambdas of webhooks
    traffic_shift: str  # ALL_AT_ONCE, or the name of a CodeDeploy traffic shift that alarms roll back
    # Invocations of the resolver at once: no other function of the account uses them, and it uses no others. 0 is none.
    resolver_concurrency: int
    # Read and write units a second that the table and each index can take at once, or None for DynamoDB's beginning of
    # 12,000 and 4,000. A launch needs more; there is no way back to less (DynamoDB Developer Guide, "Warm throughput").
    warm_throughput: tuple[int, int] | None
    claimed_concurrency: int  # Lambda invocations of the account at once, above which a person is told
    expected_requests: int  # operations in an hour, above which the bill differs from what was planned (docs/cost.md)
    expected_messages: int  # live updates to subscribers in an hour, likewise
    expected_connections: int  # open WebSocket connections, likewise
    monthly_budget: int  # dollars of the account's bill; 80% of it, all of it and a forecast of it are told
    heartbeat: bool  # whether a Lambda tries the product every five minutes and its silence raises an alarm
    keeps_versions: bool  # keeps the Lambda versions before the deployed one, to which an operator can go back
    # Publishes changes that nobody hears too. A stage that serves subscriptions of a version before docs/decisions/0037
    # needs it for a day, because they recorded no listener.
    publishes_always: bool
    snap_start: bool  # whether the resolver starts from a snapshot (docs/decisions/0013-safe-deployments.md)
    # The address that mails to users come from, which SES has to know (docs/first-deployment.md). Without it, the stage
    # sends no mail.
    mail_from: str = ""
    subscriber_accounts: tuple[str, ...] = ()  # other accounts whose queues may subscribe to the topic (docs/events.md)

    @property
    def stack(self) -> str:
        """The name of the product's stack."""
        return f"TasksApi-{self.name}"

    @property
    def operations_stack(self) -> str:
        """The name of the stack with the firewall and the alarms."""
        return f"{self.stack}-Operations"


STAGES: Mapping[str, Stage] = MappingProxyType(
    {
        stage.name: stage
        for stage in (
            Stage(
                name="dev",
                api_keys=("A",),
                password_sign_in=True,
                admins_need_mfa=False,
                keeps_data=False,
                introspection=True,
                log_retention=7,
                query_depth_limit=15,
                resolver_count_limit=150,
                changes_per_minute=3000,
                changes_per_day=1_000_000,
                reads_per_day=10_000_000,
                subscriptions_per_day=100_000,
                requests_per_address=10000,
                requests_per_caller=10000,
                signed_requests_per_address=100000,
                processor_concurrency=5,
                webhook_concurrency=5,
                traffic_shift=ALL_AT_ONCE,
                resolver_concurrency=0,
                warm_throughput=None,
                claimed_concurrency=800,
                expected_requests=20_000,
                expected_messages=20_000,
                expected_connections=200,
                monthly_budget=50,
                heartbeat=False,
                keeps_versions=False,
                publishes_always=False,
                snap_start=False,
            ),
            Stage(
                name="staging",
                api_keys=("A",),
                password_sign_in=False,
                admins_need_mfa=True,
                keeps_data=False,
                introspection=True,
                log_retention=30,
                query_depth_limit=15,
                resolver_count_limit=150,
                changes_per_minute=300,
                changes_per_day=20_000,
                reads_per_day=200_000,
                subscriptions_per_day=500,
                requests_per_address=10000,
                requests_per_caller=2000,
                signed_requests_per_address=100000,
                processor_concurrency=5,
                webhook_concurrency=5,
                traffic_shift="Canary10Percent5Minutes",
                resolver_concurrency=0,
                warm_throughput=None,
                claimed_concurrency=800,
                expected_requests=20_000,
                expected_messages=20_000,
                expected_connections=200,
                monthly_budget=100,
                heartbeat=True,
                keeps_versions=True,
                publishes_always=False,
                snap_start=False,
            ),
            Stage(
                name="production",
                api_keys=(),
                password_sign_in=False,
                admins_need_mfa=True,
                keeps_data=True,
                introspection=False,
                log_retention=180,
                query_depth_limit=10,
                resolver_count_limit=150,
                changes_per_minute=300,
                changes_per_day=20_000,
                reads_per_day=200_000,
                subscriptions_per_day=500,
                requests_per_address=10000,
                requests_per_caller=2000,
                signed_requests_per_address=100000,
                processor_concurrency=20,
                webhook_concurrency=20,
                traffic_shift="Canary10Percent10Minutes",
                resolver_concurrency=200,
                warm_throughput=None,
                claimed_concurrency=800,
                expected_requests=500_000,
                expected_messages=500_000,
                expected_connections=5_000,
                monthly_budget=1000,
                heartbeat=True,
                keeps_versions=True,
                publishes_always=False,
                snap_start=True,
            ),
        )
    }
)


def stage_named(name: str, *, traffic_shift: str = "", mail_from: str = "") -> Stage:
    """Returns the stage, with the given traffic shift and sender of mails if there are some.

    Raises InvalidSetting, which lists the valid names.
    """
    if name not in STAGES:
        raise InvalidSetting(f"There is no stage {name!r}: name one of {', '.join(STAGES)}.")
    if traffic_shift and traffic_shift not in TRAFFIC_SHIFTS:
        raise InvalidSetting(f"There is no traffic shift {traffic_shift!r}: name one of {', '.join(TRAFFIC_SHIFTS)}.")
    stage, sender = STAGES[name], mail_from and email_address(mail_from, what="sender of mails")
    return replace(stage, traffic_shift=traffic_shift or stage.traffic_shift, mail_from=sender or stage.mail_from)


def email_address(text: str, *, what: str = "alarm target") -> str:
    """Returns the address. Raises InvalidSetting for any other text.

    RFC 5321 allows more addresses than this rule, but SNS does not deliver to them.
    """
    if not re.fullmatch(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}", text, re.ASCII):
        raise InvalidSetting(f"The {what} {text!r} is not an email address.")
    return text


def vault_arn(text: str) -> str:
    """Returns the ARN of a backup vault. Raises InvalidSetting for any other text."""
    if not re.fullmatch(r"arn:aws[\w-]*:backup:[a-z0-9-]+:\d{12}:backup-vault:[\w-]{2,50}", text, re.ASCII):
        raise InvalidSetting(f"BACKUP_COPY must be the ARN of a backup vault; it is {text!r}.")
    return text


def role_of(account: str, text: str) -> str:
    """Returns the ARN of the role.

    Raises InvalidSetting for any other text than the ARN of a role of the account (IAM User Guide, "IAM identifiers").
    """
    if not re.fullmatch(rf"arn:aws[\w-]*:iam::{account}:role/(?:[\x21-\x7e]+/)?[\w+=,.@-]{{1,64}}", text, re.ASCII):
        raise InvalidSetting(f"ROLE must be the ARN of a role of account {account}; it is {text!r}.")
    return text
