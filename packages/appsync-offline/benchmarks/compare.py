"""Compares the gateway with its peers: start-up, memory, a query through a Lambda, and the fan-out of one event."""

import asyncio
import statistics
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import replace
from time import perf_counter
from uuid import uuid4

import aiohttp
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from benchmarks import gateways
from benchmarks.api import FIND, Api, an_api, body_of, message, publish_body
from benchmarks.gateways import Server
from benchmarks.rows import Row, sampled
from benchmarks.stack import Stack
from local.settings import REGION

STARTS = 7
ROUNDS = 8  # of queries, on each gateway in turn
QUERIES = 100  # one after the other, a round
LOAD = 400  # queries of eight callers, a round
SUBSCRIBERS = (1, 100, 1000)
EVENTS = 60  # of each fan-out, on each gateway in turn
CONNECTED = 3  # gateways of each kind that are connected to
_CALLERS = 8
_WARM_UP = 2
_CONNECTING = 20  # at once
_SIMULATOR, _CLOUD = "Amplify's AppSync simulator", "MiniStack's AppSync endpoint"


async def rows(stack: Stack) -> list[Row]:
    """Runs all measurements, each against the peers that support it."""
    async with an_api(stack.deployed.graphql_url, stack.deployed.api_key) as api:
        task_id = await api.task("gateway")
    made = _starts(stack, task_id)
    with ExitStack() as servers:
        ours = servers.enter_context(gateways.ours(stack, task_id))
        peer = servers.enter_context(gateways.simulator(stack, task_id))
        urls = {"ours": ours.url, "simulator": peer.url, "ministack": gateways.embedded_cloud_url(stack)}
        made += await _queries(urls, stack, task_id)
        made += await _fan_outs(ours, peer, stack)
    return [*made, await _connections(stack, task_id)]


def _starts(stack: Stack, task_id: str) -> list[Row]:
    """Measures start-up time, and memory after the first answer, in turn. The first processes fill the caches."""
    started: dict[str, list[tuple[float, float]]] = {"ours": [], "simulator": []}
    for number in range(-1, STARTS):
        for name, start in (("ours", gateways.ours), ("simulator", gateways.simulator)):
            with start(stack, task_id) as server:
                if number >= 0:
                    started[name].append((server.start_up, server.memory()))
    (times, memories), (others, weights) = (zip(*started[name], strict=True) for name in ("ours", "simulator"))
    return [
        sampled("gateway_start_up_vs_simulator", times, others, "ms", f"{_SIMULATOR}, to its first answer"),
        sampled("gateway_memory_vs_simulator", memories, weights, "MB", f"{_SIMULATOR}, after its first answer"),
    ]


async def _queries(urls: Mapping[str, str], stack: Stack, task_id: str) -> list[Row]:
    """Measures the median, the 99th percentile and the requests per second of each round.

    The embedded cloud demands a signature, which is made once for each round, outside the measured time.
    """
    medians: dict[str, list[float]] = {name: [] for name in urls}
    percentiles: dict[str, list[float]] = {name: [] for name in urls}
    rates: dict[str, list[float]] = {name: [] for name in urls}
    async with AsyncExitStack() as clients:
        apis = {
            name: await clients.enter_async_context(an_api(url, stack.deployed.api_key)) for name, url in urls.items()
        }
        for number in range(-1, ROUNDS):
            for name, unsigned in apis.items():
                signature = _signed(unsigned.url, body_of(FIND, id=task_id), stack) if name == "ministack" else {}
                api = replace(unsigned, headers=signature)
                spent = [await _timed(api, task_id) for _ in range(QUERIES)]
                started = perf_counter()
                await asyncio.gather(*(_call(api, task_id, LOAD // _CALLERS) for _ in range(_CALLERS)))
                rate = LOAD / (perf_counter() - started)
                if number >= 0:
                    medians[name].append(statistics.median(spent))
                    percentiles[name].append(statistics.quantiles(spent, n=100)[98])
                    rates[name].append(rate)
    made = []
    for peer, note in (("simulator", _SIMULATOR), ("ministack", _CLOUD)):
        made += [
            sampled(f"gateway_latency_vs_{peer}", medians["ours"], medians[peer], "ms", note),
            sampled(f"gateway_latency_p99_vs_{peer}", percentiles["ours"], percentiles[peer], "ms", note),
            sampled(f"gateway_requests_per_second_vs_{peer}", rates["ours"], rates[peer], "per second", note),
        ]
    return made


async def _timed(api: Api, task_id: str) -> float:
    started = perf_counter()
    await api.run(FIND, id=task_id)
    return (perf_counter() - started) * 1000


async def _call(api: Api, task_id: str, times: int) -> None:
    for _ in range(times):
        await api.run(FIND, id=task_id)


async def _fan_outs(ours: Server, peer: Server, stack: Stack) -> list[Row]:
    """Measures the time from sending the mutation to the last subscriber's event."""
    user = f"fan-out-{uuid4()}"
    body = publish_body(user)
    made, key = [], stack.deployed.api_key
    async with an_api(ours.url, key) as our_api, an_api(peer.url, key) as peer_api:
        our_sockets: list[aiohttp.ClientWebSocketResponse] = []
        peer_sockets: list[aiohttp.ClientWebSocketResponse] = []
        for subscribers in SUBSCRIBERS:
            await _subscribe(our_api, user, our_sockets, subscribers)
            await _subscribe(peer_api, user, peer_sockets, subscribers)
            pairs = [
                (await _fan_out(our_api, body, our_sockets, stack), await _fan_out(peer_api, body, peer_sockets, stack))
                for _ in range(_WARM_UP + EVENTS)
            ][_WARM_UP:]
            mine, others = zip(*pairs, strict=True)
            name = f"gateway_fan_out_{subscribers}_vs_simulator"
            made.append(sampled(name, mine, others, "ms", f"{_SIMULATOR}, to the last of {subscribers}"))
    return made


async def _connections(stack: Stack, task_id: str) -> Row:
    """Measures the memory of connections with one subscription each, on newly started gateways."""
    weights: tuple[list[float], list[float]] = ([], [])
    for _ in range(CONNECTED):
        for start, column in zip((gateways.ours, gateways.simulator), weights, strict=True):
            with start(stack, task_id) as server:
                async with an_api(server.url, stack.deployed.api_key) as api:
                    before = server.memory()
                    await _subscribe(api, f"weight-{uuid4()}", [], SUBSCRIBERS[-1])
                    column.append(server.memory() - before)
    name = f"gateway_memory_{SUBSCRIBERS[-1]}_connections_vs_simulator"
    return sampled(name, *weights, "MB", f"{_SIMULATOR}, {SUBSCRIBERS[-1]} connections more")


async def _subscribe(api: Api, user: str, sockets: list[aiohttp.ClientWebSocketResponse], wanted: int) -> None:
    while len(sockets) < wanted:
        group = range(min(_CONNECTING, wanted - len(sockets)))
        sockets += await asyncio.gather(*(api.subscribed(user) for _ in group))


async def _fan_out(api: Api, body: bytes, sockets: Sequence[aiohttp.ClientWebSocketResponse], stack: Stack) -> float:
    """Returns milliseconds. The mutation is signed before the clock starts."""
    headers = _signed(api.url, body, stack)
    waiting = [asyncio.create_task(message(socket, "data")) for socket in sockets]
    await asyncio.sleep(0)  # let all subscribers start to wait
    started = perf_counter()
    async with api.session.post(api.url, data=body, headers=headers) as answer:
        answered = await answer.json(content_type=None)
    if answered.get("errors"):
        raise RuntimeError(str(answered))
    for update in await asyncio.gather(*waiting):
        if update["payload"]["data"]["onTaskCompleted"] is None:
            raise RuntimeError(str(update))
    return (perf_counter() - started) * 1000


def _signed(url: str, body: bytes, stack: Stack) -> Mapping[str, str]:
    request = AWSRequest("POST", url, data=body, headers={"content-type": "application/json"})
    key = Credentials(stack.deployed.aws_access_key_id, stack.deployed.aws_secret_access_key)
    SigV4Auth(key, "appsync", REGION).add_auth(request)
    return dict(request.headers)
