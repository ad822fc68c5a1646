"""The Lambda handler of the schedule of reminders, composed from the environment variables."""

import os
from concurrent.futures import ThreadPoolExecutor

from adapters.clients import client
from adapters.dynamodb_reminders import DynamoDBReminders
from adapters.dynamodb_tasks import DynamoDBTasks
from processor.sweep import WORKERS, Remind, sweep

handler = sweep(
    DynamoDBReminders(client("dynamodb"), os.environ["TABLE_NAME"]),
    Remind(DynamoDBTasks(client("dynamodb"), os.environ["TABLE_NAME"], correlation_id=lambda: None)),
    ThreadPoolExecutor(WORKERS),
)
