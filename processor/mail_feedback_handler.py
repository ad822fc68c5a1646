"""The Lambda handler of SES's reports, composed from the environment variables."""

import os

from adapters.clients import client
from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.dynamodb_settings import DynamoDBSettings
from processor.stop_mails import StopMails, feedback

_dynamodb, _table = client("dynamodb"), os.environ["TABLE_NAME"]
handler = feedback(StopMails(DynamoDBSettings(_dynamodb, _table), DynamoDBErasures(_dynamodb, _table)))
