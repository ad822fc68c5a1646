"""A reminder reaches a subscriber and, by mail, its owner, who stops the mails by the link in it."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import boto3
import urllib3

from local import deployment, mail
from local.clients import access
from local.settings import Settings
from tests.e2e.clients import Api, Subscribed, eventually

SETTINGS = "mutation($input: UpdateSettingsInput!) { updateSettings(input: $input) { email { reminders } } }"
CREATE = "mutation($input: CreateTaskInput!) { createTask(input: $input) { id remindAt } }"
CHANGED = "subscription($id: ID) { onTaskChanged(id: $id) { event by { kind } task { title remindAt version } } }"
TITLE = "Call <Boris> & Ada"


def mails_of(settings: Settings) -> list[Mapping[str, Any]]:
    return [each for each in mail.sent(settings) if each["Subject"] == f"Reminder: {TITLE}"]


async def test_a_reminder_reaches_subscribers_and_its_owner_by_mail_until_they_stop_it(
    api: Api, settings: Settings
) -> None:
    id_ = f"task-{uuid4()}"  # other tests change alice's tasks too
    async with (
        api.http(api.as_user("alice")) as http,
        api.realtime(api.as_user("alice")) as realtime,
        Subscribed(api, realtime, CHANGED, id=id_) as changes,
    ):
        await http(SETTINGS, input={"email": {"reminders": True}})
        await http(CREATE, input={"id": id_, "title": TITLE, "remindAt": "2026-01-01T00:00:00Z"})
        created = await changes.event()

        # The rule does the same every minute.
        sweep = deployment.outputs(settings)["RemindersFunctionName"]
        boto3.client("lambda", **access(settings)).invoke(FunctionName=f"{sweep}:live", Payload=b"{}")
        reminded = await changes.event()

        async def is_mailed() -> bool:
            return bool(mails_of(settings))

        await eventually(is_mailed)
        (sent,) = mails_of(settings)
        (link,) = re.findall(r"http\S+token=\S+", sent["BodyText"])
        trusted = str(settings.trusted) if settings.trusted else None
        with urllib3.PoolManager(ca_certs=trusted) as browser:
            response = browser.request("GET", link)
            altered = browser.request("POST", f"{link}0")
            before = (await http("{ mySettings { email { reminders } } }"))["mySettings"]
            stopped = browser.request("POST", link, fields={"List-Unsubscribe": "One-Click"}, encode_multipart=False)
        after = (await http("{ mySettings { email { reminders } } }"))["mySettings"]

    created, reminded = created["onTaskChanged"], reminded["onTaskChanged"]
    assert (created["event"], created["task"]["remindAt"]) == ("CREATED", "2026-01-01T00:00:00.000Z")
    assert (reminded["event"], reminded["by"], reminded["task"]["version"]) == ("REMINDED", {"kind": "SERVICE"}, 2)
    assert reminded["task"]["remindAt"] is None
    assert "<strong>Call &lt;Boris&gt; &amp; Ada</strong>" in sent["BodyHtml"]
    assert (response.status, altered.status, stopped.status) == (200, 400, 200)
    assert (before["email"]["reminders"], after["email"]["reminders"]) == (True, False)
