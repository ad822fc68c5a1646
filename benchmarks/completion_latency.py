"""From completeTask to onTaskCompleted, on a running local stack: `python -m benchmarks.completion_latency`.

The clock starts when the mutation is sent and stops when the update arrives, in one process.
"""

import asyncio
import statistics
import time

from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.appsync_auth import AppSyncApiKeyAuthentication
from gql.transport.appsync_websockets import AppSyncWebsocketsTransport

from local.description import StackDescription
from local.settings import Settings

COMPLETIONS = 50
USER = "benchmark"
CREATE = f'mutation {{ createTask(input: {{ userId: "{USER}", title: "Measured" }}) {{ id }} }}'
COMPLETE = "mutation($id: ID!) { completeTask(id: $id) { id } }"
LISTEN = f'subscription {{ onTaskCompleted(userId: "{USER}") {{ id }} }}'


async def measure(stack: StackDescription, completions: int = COMPLETIONS) -> list[float]:
    """Milliseconds of each completion, sorted. The first few, which start the Lambdas, are not counted."""
    host = stack.graphql_url.split("/")[2]
    auth = AppSyncApiKeyAuthentication(host=host, api_key=stack.api_key)
    arrived: asyncio.Queue[tuple[str, float]] = asyncio.Queue()
    realtime = Client(transport=AppSyncWebsocketsTransport(url=f"ws://{host}/graphql", auth=auth))
    async with Client(transport=AIOHTTPTransport(url=stack.graphql_url, auth=auth)) as http, realtime as listening:

        async def listen() -> None:
            async for event in listening.subscribe(gql(LISTEN)):
                await arrived.put((event["onTaskCompleted"]["id"], time.perf_counter()))

        listener = asyncio.create_task(listen())
        spent = []
        for _ in range(completions + 5):
            task = (await http.execute(gql(CREATE)))["createTask"]["id"]
            complete = gql(COMPLETE)
            complete.variable_values = {"id": task}
            started = time.perf_counter()
            await http.execute(complete)
            while True:
                id_, at = await asyncio.wait_for(arrived.get(), 30)
                if id_ == task:
                    break
            spent.append((at - started) * 1000)
        listener.cancel()
    return sorted(spent[5:])


def main() -> None:
    """Print the figures."""
    spent = asyncio.run(measure(StackDescription.read(Settings.from_environment().stack_file)))
    percentile = statistics.quantiles(spent, n=20)[18]
    print(f"completeTask to onTaskCompleted, {len(spent)} completions: ", end="")
    print(f"median {statistics.median(spent):.0f} ms, 95th percentile {percentile:.0f} ms, worst {spent[-1]:.0f} ms")


if __name__ == "__main__":
    main()
