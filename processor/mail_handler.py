"""The Lambda handler of the mailer's queue, composed from the environment variables."""

import os
from concurrent.futures import ThreadPoolExecutor

from adapters.clients import client
from adapters.cognito_addresses import CognitoAddresses
from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.dynamodb_sent_mails import DynamoDBSentMails
from adapters.dynamodb_settings import DynamoDBSettings
from adapters.ses_mail import SesMailer
from adapters.unsubscribe_links import UnsubscribeLinks
from processor.consumer import consumer
from processor.mail_change import MailChange
from processor.queue_batches import BATCH_SIZE

_dynamodb, _table = client("dynamodb"), os.environ["TABLE_NAME"]
handler = consumer(
    MailChange(
        SesMailer(
            client("sesv2"),
            os.environ["MAIL_FROM"],
            os.environ["CONFIGURATION_SET"],
            UnsubscribeLinks(_dynamodb, _table, os.environ["UNSUBSCRIBE_URL"]),
        ),
        CognitoAddresses(client("cognito-idp"), os.environ["USER_POOL_ID"]),
        DynamoDBSettings(_dynamodb, _table),
        DynamoDBSentMails(_dynamodb, _table),
        DynamoDBErasures(_dynamodb, _table),
    ),
    ThreadPoolExecutor(BATCH_SIZE),
)
