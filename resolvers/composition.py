"""The resolver Lambda's parts, put together once, when it starts."""

import os
from uuid import uuid4

from aws_lambda_powertools import Logger, Metrics

from adapters.clients import client
from adapters.dynamodb_projections import DynamoDBProjections
from adapters.dynamodb_tasks import DynamoDBTasks
from adapters.timestamps import now
from domain.services.change_task import ChangeTask
from domain.services.create_task import CreateTask
from domain.services.find_task import FindTask
from domain.services.list_tasks import ListTasks
from resolvers.access import Access

logger = Logger()
metrics = Metrics()
clock = now
access = Access(accepts_api_keys=os.environ.get("ACCEPTS_API_KEYS") == "true")

_dynamodb = client("dynamodb")
_table_name = os.environ["TABLE_NAME"]
_tasks = DynamoDBTasks(_dynamodb, _table_name, correlation_id=logger.get_correlation_id)

projections = DynamoDBProjections(_dynamodb, _table_name)
create_task = CreateTask(_tasks, clock, new_id=uuid4)
find_task = FindTask(_tasks)
list_tasks = ListTasks(_tasks)
change_task = ChangeTask(_tasks, clock)
