"""An operator can follow a request through the logs of gateway, resolver, relay, processor and live update."""

from collections.abc import Sequence

from local import log_lines
from local.settings import Settings
from tests.e2e.clients import Api, eventually

CREATE = 'mutation Followed { createTask(input: {userId: "demo", title: "Buy milk"}) { id } }'
STATIONS = [
    "gateway mutation Followed by api-key",
    "gateway mutation PublishTaskChange by arn:aws:iam::000000000000:root",
    "processor processed TaskCreated",
    "relay relayed messages=1 published=1",
    "resolver answered Mutation.createTask",
]


async def test_one_correlation_id_leads_from_the_request_to_the_live_update(api: Api, settings: Settings) -> None:
    async with api.http(api.with_key()) as run:
        await run(CREATE)

    async def followed() -> bool:
        return stations_of("mutation Followed", settings) == STATIONS

    await eventually(followed)


def stations_of(request: str, settings: Settings) -> Sequence[str]:
    """Returns where the request's correlation id was logged, without times, ids and durations."""
    lines = log_lines.latest(settings)
    traces = [line[line.rindex("[") :] for line in lines if request in line]
    return sorted(
        " ".join(line[9:].partition(" [")[0].partition(" event_id=")[0].partition(": ")[0].split())
        for line in lines
        if traces and traces[0] in line
    )
