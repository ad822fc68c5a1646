"""The Lambda handler of the page that stops mails, composed from the environment variables."""

import os

from adapters.clients import client
from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.dynamodb_settings import DynamoDBSettings
from adapters.unsubscribe_links import UnsubscribeLinks
from processor.stop_mails import StopMails, unsubscribe_page

_dynamodb, _table = client("dynamodb"), os.environ["TABLE_NAME"]
handler = unsubscribe_page(
    UnsubscribeLinks(_dynamodb, _table, ""),
    StopMails(DynamoDBSettings(_dynamodb, _table), DynamoDBErasures(_dynamodb, _table)),
)
