"""A change reaches a webhook on this machine, signed, and again after the endpoint failed."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import Webhook

from local.settings import Settings
from tests.e2e.clients import Api, eventually

CREATE = "mutation($url: AWSURL!) { createWebhook(input: {url: $url, events: [COMPLETED]}) { secret webhook { id } } }"
RENEW = "mutation($id: ID!) { renewWebhookSecret(id: $id) { secret } }"
TEST = "mutation($id: ID!) { testWebhook(id: $id) { state } }"
DELETE = "mutation($id: ID!) { deleteWebhook(id: $id) { id } }"
LIST = "query { webhooks { id state lastFailure } }"
COMPLETE = "mutation($id: ID!) { completeTask(id: $id) { id } }"


class Receiver:
    """A receiver's server. `statuses` are its next answers, after which it answers 204."""

    def __init__(self, settings: Settings) -> None:
        self.messages: list[tuple[dict[str, str], str]] = []
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                receiver.messages.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(settings.certificates.chain, settings.certificates.key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_address[1]}/tasks"

    def types(self) -> list[str]:
        """Returns the types of the messages."""
        return [json.loads(body)["type"] for _, body in self.messages]


@contextmanager
def receiving(settings: Settings) -> Iterator[Receiver]:
    receiver = Receiver(settings)
    thread = threading.Thread(target=receiver.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        thread.join()
        receiver.server.server_close()


async def test_a_completion_reaches_the_owners_webhook_again_until_it_arrives(api: Api, settings: Settings) -> None:
    with receiving(settings) as receiver:
        async with api.http(api.as_user("bob")) as http:
            created = (await http(CREATE, url=receiver.url))["createWebhook"]
            webhook = created["webhook"]["id"]
            receiver.statuses = [500]
            task = await http.create(api.sub("bob"))
            await http(COMPLETE, id=task)

            await eventually(lambda: received(receiver, 2), within=30)
            assert (await http(LIST))["webhooks"] == [{"id": webhook, "state": "ACTIVE", "lastFailure": None}]
            renewed = (await http(RENEW, id=webhook))["renewWebhookSecret"]
            await http(TEST, id=webhook)
            await eventually(lambda: received(receiver, 3), within=30)
            await http(DELETE, id=webhook)

    assert receiver.types() == ["task.completed", "task.completed", "webhook.test"]
    (first, body), (second, _), (test, test_body) = receiver.messages
    assert first["webhook-id"] == second["webhook-id"] == f"{task}/2/TaskCompleted"
    assert Webhook(created["secret"]).verify(body, first)["data"]["id"] == task
    for secret in (created["secret"], renewed["secret"]):
        assert Webhook(secret).verify(test_body, test)["type"] == "webhook.test"


async def received(receiver: Receiver, number: int) -> bool:
    return len(receiver.messages) >= number
