"""The dead-letter queue for what the relay cannot read, kept whole."""

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
    """The queue did not take a record."""


@dataclass(frozen=True, slots=True)
class ParkedRecords:
    """A queue of stream records, each as the relay got it."""

    client: SQSClient
    queue_url: str

    def park(self, record: Mapping[str, object]) -> None:
        """Keep a record for operators to look at and to replay. Raises CannotPark."""
        # Escaped: SQS refuses control characters, and UTF-8 has no form of the lone surrogates a record may hold.
        try:
            self.client.send_message(QueueUrl=self.queue_url, MessageBody=json.dumps(record))
        except (BotoCoreError, ClientError, OutOfTime) as fault:
            raise CannotPark from fault
