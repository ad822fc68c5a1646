"""The Lambda handler of the queue, composed from the environment variables."""

import os
from concurrent.futures import ThreadPoolExecutor

from adapters.appsync_live_updates import AppSyncLiveUpdates, connections
from adapters.clients import client
from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.dynamodb_listeners import DynamoDBListeners
from adapters.dynamodb_projections import DynamoDBProjections
from adapters.dynamodb_settings import DynamoDBSettings
from processor.consumer import consumer
from processor.follow_change import EveryoneListens, FollowChange
from processor.queue_batches import BATCH_SIZE

follow_change = FollowChange(
    DynamoDBProjections(client("dynamodb"), os.environ["TABLE_NAME"]),
    AppSyncLiveUpdates(os.environ["GRAPHQL_URL"], connections(BATCH_SIZE)),
    DynamoDBErasures(client("dynamodb"), os.environ["TABLE_NAME"]),
    (
        EveryoneListens()
        if os.environ.get("PUBLISHES_ALWAYS") == "true"
        else DynamoDBListeners(client("dynamodb"), os.environ["TABLE_NAME"])
    ),
    DynamoDBSettings(client("dynamodb"), os.environ["TABLE_NAME"]),
)
handler = consumer(follow_change, ThreadPoolExecutor(BATCH_SIZE))
