"""The GraphQL application: it routes Lambda events to resolvers and turns their errors into answers."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import AppSyncResolver
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from adapters.clients import BUDGET
from adapters.correlation import as_correlation_id
from adapters.tracing import subsegment
from domain.errors import DomainError
from domain.status import UnknownTaskStatus
from resolvers import mutations, queries, subscriptions, task_history, webhooks  # noqa: F401 - they register their fields
from resolvers.answers import Answer, failed, refused
from resolvers.composition import Parts
from resolvers.routing import router
from resolvers.telemetry import failure_metric, logger, metrics

Event = dict[str, Any] | list[dict[str, Any]]
Handler = Callable[..., Any]
"""A Lambda handler, which takes an Event and the Lambda context."""

app = AppSyncResolver()  # type: ignore[no-untyped-call] # Powertools leaves it untyped
app.include_router(router)


def lambda_handler(parts: Parts) -> Handler:
    """Returns the handler of a Lambda function whose resolvers use `parts`.

    The handler answers one field with an Answer, and a batch of one field with a list of Answers. It raises no error:
    an error that a resolver raises becomes an answer.
    """

    @logger.inject_lambda_context(clear_state=True)
    @metrics.log_metrics
    def handler(event: Event, context: LambdaContext) -> object:
        BUDGET.start(context.get_remaining_time_in_millis())
        first = event[0] if isinstance(event, list) else event
        field = f"{first['info']['parentTypeName']}.{first['info']['fieldName']}"
        trace = as_correlation_id(first["request"]["headers"].get("x-amzn-trace-id"))
        logger.set_correlation_id(trace or context.aws_request_id)
        logger.append_keys(field=field)
        app.append_context(parts=parts)  # type: ignore[no-untyped-call]
        with subsegment(field, logger.get_correlation_id()):
            answer: Answer | list[Answer] = app.resolve(event, context)
        if isinstance(answer, dict) and "error" in answer:
            # An error of a whole batch becomes the answer for each of its contexts.
            return [answer] * len(event) if isinstance(event, list) else answer
        metrics.add_metric(field.replace(".", ""), MetricUnit.Count, 1)
        if isinstance(event, dict):
            logger.info("answered")
        return answer

    return handler


@app.exception_handler(DomainError)  # type: ignore[untyped-decorator]
def _refuse(error: DomainError) -> Answer:
    logger.info("refused", error_type=error.error_type, error_info=dict(error.info))
    metrics.add_metric(f"Refused{error.error_type}", MetricUnit.Count, 1)
    return refused(error)


@app.exception_handler(UnknownTaskStatus)  # type: ignore[untyped-decorator]
def _fail_for_now(status: UnknownTaskStatus) -> Answer:
    # Newer code stored the task. One user's task must not look like a failure of this code, which alarms watch.
    logger.warning("unknown status", reason=str(status))
    metrics.add_metric("UnknownTasks", MetricUnit.Count, 1)
    return failed(logger.get_correlation_id())


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]
def _fail(fault: Exception) -> Answer:
    logger.exception("failed")
    metrics.add_metric(failure_metric(fault), MetricUnit.Count, 1)
    return failed(logger.get_correlation_id())
