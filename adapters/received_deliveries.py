"""Reads deliveries from the messages of their queue.

The resolvers only write deliveries. They start faster without the models of this module.
"""

from __future__ import annotations

from typing import Annotated, Literal

import pydantic
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from adapters.messages import UnreadableMessage
from domain.deliveries import Delivery, Notice
from domain.errors import ValidationError
from domain.identifiers import TaskId, UserId
from domain.webhooks import WebhookId


def delivery_of(text: str) -> Delivery:
    """Returns the delivery that a message holds. Raises UnreadableMessage, which names no value."""
    try:
        return _DeliveryMessage.model_validate_json(text).to_domain()
    except pydantic.ValidationError as fault:
        first = fault.errors(include_url=False, include_input=False)[0]
        raise UnreadableMessage(f"{'.'.join(map(str, first['loc']))}: {first['type']}") from None
    except ValidationError as fault:
        raise UnreadableMessage(str(fault)) from None


class _DeliveryPart(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel, defer_build=True)


class _NoticePart(_DeliveryPart):
    id: str
    event_type: str | None
    user_id: Annotated[str, AfterValidator(UserId)]
    timestamp: AwareDatetime
    task_id: Annotated[str, AfterValidator(TaskId)] | None
    version: int | None
    status: str | None


class _DeliveryMessage(_DeliveryPart):
    source: Literal["tasks-api"]
    version: Literal[1]
    webhook_id: str
    begun: AwareDatetime
    due: AwareDatetime
    attempts: int
    notice: _NoticePart

    def to_domain(self) -> Delivery:
        return Delivery(
            webhook_id=WebhookId(self.webhook_id),
            begun=self.begun,
            due=self.due,
            attempts=self.attempts,
            notice=Notice(**dict(self.notice)),
        )
