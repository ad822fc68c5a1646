"""The resolvers of the mutations that manage webhooks."""

from domain.identifiers import ClientToken
from domain.webhooks import WebhookId
from resolvers import outputs
from resolvers.answers import Answer
from resolvers.inputs import EVENT_TYPES_BY_NAME, CreateWebhook, NamedWebhook, parse
from resolvers.routing import charged, named, parts, router


@router.resolver(type_name="Mutation", field_name="createWebhook")
def create(**arguments: object) -> Answer:
    """Returns the created webhook and its secret."""
    request = parse(CreateWebhook, arguments).input
    events = [EVENT_TYPES_BY_NAME[name] for name in request.events]
    token = ClientToken(request.client_token) if request.client_token is not None else None
    shown = parts().webhooks.create(charged(1), named(request.user_id), request.url, events, token)
    return {"data": outputs.webhook_with_secret(shown)}


@router.resolver(type_name="Mutation", field_name="renewWebhookSecret")
def renew_secret(**arguments: object) -> Answer:
    """Returns the webhook and its new secret."""
    return {"data": outputs.webhook_with_secret(parts().webhooks.renew_secret(charged(1), _id(arguments)))}


@router.resolver(type_name="Mutation", field_name="resumeWebhook")
def resume(**arguments: object) -> Answer:
    """Returns the active webhook."""
    return {"data": outputs.webhook(parts().webhooks.resume(charged(1), _id(arguments)))}


@router.resolver(type_name="Mutation", field_name="deleteWebhook")
def delete(**arguments: object) -> Answer:
    """Returns the deleted webhook."""
    return {"data": outputs.webhook(parts().webhooks.delete(charged(1), _id(arguments)))}


@router.resolver(type_name="Mutation", field_name="testWebhook")
def test(**arguments: object) -> Answer:
    """Returns the webhook, to which a test is on its way."""
    return {"data": outputs.webhook(parts().webhooks.send_test(charged(1), _id(arguments)))}


def _id(arguments: dict[str, object]) -> WebhookId:
    return WebhookId(parse(NamedWebhook, arguments).id)
