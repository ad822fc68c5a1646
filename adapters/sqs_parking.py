"""Stores stream records that the relay cannot read, unchanged, in a dead-letter queue."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from adapters.time_budget import OutOfTime

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class CannotPark(Exception):
    """SQS did not accept a record."""


@dataclass(frozen=True, slots=True)
class ParkedRecords:
    """The dead-letter queue of stream records that the relay could not read."""

    client: SQSClient
    queue_url: str

    def park(self, record: Mapping[str, object]) -> None:
        """Send a record to the queue, where operators can inspect and replay it. Raises CannotPark."""
        # The JSON is escaped to ASCII, because SQS refuses control characters and UTF-8 cannot encode lone surrogates.
        try:
            self.client.send_message(QueueUrl=self.queue_url, MessageBody=json.dumps(record))
        except (BotoCoreError, ClientError, OutOfTime) as fault:
            raise CannotPark from fault
