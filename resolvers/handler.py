"""The Lambda behind every field that needs one."""

from typing import Any

from aws_lambda_powertools.event_handler import AppSyncResolver
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from adapters.clients import BUDGET
from adapters.correlation import as_correlation_id
from domain.errors import DomainError
from resolvers import mutations, queries, subscriptions, task_history  # noqa: F401 - they register their fields
from resolvers.answers import Answer, failed, refused
from resolvers.composition import logger, metrics
from resolvers.routing import router

app = AppSyncResolver()  # type: ignore[no-untyped-call] # Powertools leaves it untyped
app.include_router(router)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any] | list[dict[str, Any]], context: LambdaContext) -> object:
    """Answers one field with an Answer, or a batch of one field with a list (AppSync Developer Guide, "Batching")."""
    BUDGET.start(context.get_remaining_time_in_millis())
    first = event[0] if isinstance(event, list) else event
    field = f"{first['info']['parentTypeName']}.{first['info']['fieldName']}"
    trace = as_correlation_id(first["request"]["headers"].get("x-amzn-trace-id"))
    correlation_id = trace or context.aws_request_id
    logger.set_correlation_id(correlation_id)
    logger.append_keys(field=field)
    if isinstance(event, list):
        metrics.add_metric(field.replace(".", ""), MetricUnit.Count, 1)
        return app.resolve(event, context)
    return _answer(event, context, field, correlation_id)


def _answer(event: dict[str, Any], context: LambdaContext, field: str, correlation_id: str) -> Answer:
    try:
        answer: Answer = app.resolve(event, context)
        if event["info"]["parentTypeName"] != "Subscription":
            answer = {"data": answer}
    except DomainError as error:
        logger.info("refused", error_type=error.code, error_info=dict(error.info))
        metrics.add_metric(f"Refused{error.code}", MetricUnit.Count, 1)
        return refused(error)
    except Exception:  # noqa: BLE001 - the edge: logged whole, answered with nothing but an id
        logger.exception("failed")
        metrics.add_metric("Failed", MetricUnit.Count, 1)
        return failed(correlation_id)
    logger.info("answered")
    metrics.add_metric(field.replace(".", ""), MetricUnit.Count, 1)
    return answer
