"""A worker: a Lambda with a queue of its own and everything that the queue needs. A consumer of the topic is one."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk.acknowledge import acknowledge
from cdk.function import TasksFunction
from cdk.queues import kept_queue
from cdk.shared_parts import SharedParts

TIMEOUT = 30  # seconds; a batch has ten concurrent messages, each with two calls
VISIBILITY = 6  # times the timeout (Lambda Developer Guide, "Using Lambda with SQS")
BATCH_SIZE = 10
# With one delivery per visibility timeout, half an hour of failures of AppSync or DynamoDB needs no operator.
DELIVERIES = 10
# The failures that every consumer counts (processor/consumer.py), each with the metrics of the same failure when one
# user can cause it. Operators' alarms watch the sum, and a deployment watches only the first.
FAILURES = {"ChangesFailed": ("ChangesContended",), "UnreadableMessages": ()}


class Worker(Construct):
    """A Lambda that receives every message of its queue.

    The construct's name is the worker's name, in PascalCase. The Lambda's service name is the same in lower case. The
    construct brings the queue, the queue of its dead letters, which is normally empty, the Lambda with its role, its
    log group and its gradual shift of traffic. The operations stack makes the alarms of every worker in
    `TasksStack.workers`. What the Lambda does besides reading its queue is granted by the caller to
    `function.own_role`.

    `timeout` is in seconds. `concurrency` is the maximum of concurrent invocations. `failures` names the metrics of
    failures that the worker counts, each with the metrics of the same failure when one user can cause it. Each of them
    has an alarm and can take a deployment back. `recorded` is the file of the events with which new code is tried.
    `oldest` is the age in seconds of a message in the queue that raises an alarm.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        parts: SharedParts,
        *,
        handler: str,
        environment: Mapping[str, str],
        concurrency: int,
        failures: Mapping[str, Sequence[str]],
        recorded: str,
        timeout: int = TIMEOUT,
        oldest: int = 300,
    ) -> None:
        super().__init__(scope, name)
        self.name, self.service = name, name.lower()
        self.failures, self.oldest = failures, oldest
        self.dead_letters = kept_queue(self, "DeadLetters")
        self.queue = kept_queue(
            self,
            "Queue",
            visibility_timeout=Duration.seconds(VISIBILITY * timeout),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=DELIVERIES),
        )
        self.function = TasksFunction(
            self,
            "Function",
            stage=parts.stage,
            code=parts.code,
            handler=handler,
            service=self.service,
            environment=environment,
            timeout=Duration.seconds(timeout),
        )
        self.function.live.add_event_source(
            sources.SqsEventSource(
                self.queue,
                batch_size=BATCH_SIZE,
                max_concurrency=concurrency,
                report_batch_item_failures=True,
            )
        )
        parts.shift(name, self.function, [*self.failures], recorded=recorded, handled="MessagesReceived")


class Consumer(Worker):
    """A worker that receives every change that is published to the topic, unless `filter_policy` leaves some out.

    Beside a worker's parts it has a further queue, which is normally empty, and the outputs of the stack.

    Outputs of the stack, from which operators' commands learn the queues of every consumer. Commands find the consumers
    by these names and need no list of them:

    - `Consumer<Name>QueueUrl`: `queue`, which holds the changes that the Lambda has not processed yet.
    - `Consumer<Name>DeadLetterQueueUrl`: `dead_letters`, the changes that the Lambda could not process. They may go
      back to `queue`.
    - `Consumer<Name>UndeliveredQueueUrl`: `undelivered`, the changes that the topic could not deliver to `queue`. They
      may go back to `queue`.
    - `Consumer<Name>FunctionName`: the Lambda.

    The table's stream has one further queue, the output `UnrelayedQueueUrl` (cdk/outbox.py). `failures` are those that
    the consumer counts besides FAILURES.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        parts: SharedParts,
        *,
        topic: sns.ITopic,
        handler: str,
        environment: Mapping[str, str],
        concurrency: int,
        failures: Mapping[str, Sequence[str]] = MappingProxyType({}),
        filter_policy: Mapping[str, sns.SubscriptionFilter] | None = None,
    ) -> None:
        super().__init__(
            scope,
            name,
            parts,
            handler=handler,
            environment=environment,
            concurrency=concurrency,
            failures={**FAILURES, **failures},
            # Every consumer receives the same messages and is tried with the same ones.
            recorded="consumer.json",
        )
        self.undelivered = kept_queue(self, "Undelivered")
        acknowledge(self.undelivered, "SQS3", "The queue is itself the dead-letter queue of a subscription.")
        # SNS drops a message that it could not deliver for 23 days, unless the subscription has a dead-letter queue.
        topic.add_subscription(
            subscriptions.SqsSubscription(
                self.queue,
                raw_message_delivery=True,
                dead_letter_queue=self.undelivered,
                filter_policy=filter_policy,
            )
        )
        self._name_outputs()

    def _name_outputs(self) -> None:
        values = {
            "QueueUrl": self.queue.queue_url,
            "DeadLetterQueueUrl": self.dead_letters.queue_url,
            "UndeliveredQueueUrl": self.undelivered.queue_url,
            "FunctionName": self.function.function_name,
        }
        for what, value in values.items():
            CfnOutput(Stack.of(self), f"Consumer{self.name}{what}", value=value)
