"""Compares the gateway with its peers: start-up, memory, a query through a Lambda, and the fan-out of one event.

`python benchmarks/compare.py --aws-endpoint URL` deploys a small API at a MiniStack, serves it by each candidate in
turn, and prints a table. `--json FILE` writes the samples instead of the table.
"""

import argparse
import asyncio
import json
import os
import statistics
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter

import aiohttp
import candidates
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from candidates import Server
from clients import Api, an_api, message
from subject import ANNOUNCE, BOOK, FIND, Subject, body_of, deployed

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


@dataclass(frozen=True)
class Samples:
    """Two interleaved series of one figure, of the same length."""

    id: str
    ours: Sequence[float]
    other: Sequence[float]
    unit: str
    note: str  # describes the other series


def main() -> None:
    """Measure, and print or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--aws-endpoint", default=os.environ.get("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"))
    parser.add_argument("--json", type=Path, help="writes the samples into this file")
    options = parser.parse_args()
    with deployed(options.aws_endpoint) as subject:
        measured = asyncio.run(measure(subject))
    if options.json:
        options.json.write_text(json.dumps(list(map(asdict, measured))))
        return
    for samples in measured:
        ours, other = statistics.median(samples.ours), statistics.median(samples.other)
        print(f"{samples.id:48} {ours:8.4g} {other:8.4g} {samples.unit:10} {ours / other:6.3g}  {samples.note}")


async def measure(subject: Subject) -> list[Samples]:
    """Runs all measurements, each against the peers that support it."""
    measured = _starts(subject)
    with ExitStack() as servers:
        ours = servers.enter_context(candidates.ours(subject))
        peer = servers.enter_context(candidates.simulator(subject))
        urls = {"ours": ours.url, "simulator": peer.url, "ministack": candidates.embedded_cloud_url(subject)}
        measured += await _queries(urls, subject)
        measured += await _fan_outs(ours, peer, subject)
    return [*measured, await _connections(subject)]


def _starts(subject: Subject) -> list[Samples]:
    """Measures start-up time, and memory after the first answer, in turn. The first processes fill the caches."""
    starts = {"ours": candidates.ours, "templates": candidates.ours_of_templates, "simulator": candidates.simulator}
    times: dict[str, list[float]] = {name: [] for name in starts}
    memories: dict[str, list[float]] = {name: [] for name in starts}
    for number in range(-1, STARTS):
        for name, start in starts.items():
            with start(subject) as server:
                if number >= 0:
                    times[name].append(server.start_up)
                    memories[name].append(server.memory())
    other, weight = times["simulator"], memories["simulator"]
    return [
        Samples("gateway_start_up_vs_simulator", times["ours"], other, "ms", f"{_SIMULATOR}, to its first answer"),
        Samples(
            "gateway_start_up_from_templates_vs_simulator",
            times["templates"],
            other,
            "ms",
            f"{_SIMULATOR}, to its first answer; ours is `serve --cdk-out`",
        ),
        Samples("gateway_memory_vs_simulator", memories["ours"], weight, "MB", f"{_SIMULATOR}, after its first answer"),
    ]


async def _queries(urls: Mapping[str, str], subject: Subject) -> list[Samples]:
    """Measures the median, the 99th percentile and the requests per second of each round.

    MiniStack may demand a signature, which is made once for each round, outside the measured time.
    """
    medians: dict[str, list[float]] = {name: [] for name in urls}
    percentiles: dict[str, list[float]] = {name: [] for name in urls}
    rates: dict[str, list[float]] = {name: [] for name in urls}
    async with AsyncExitStack() as clients:
        apis = {name: await clients.enter_async_context(an_api(url, subject.key)) for name, url in urls.items()}
        for number in range(-1, ROUNDS):
            for name, unsigned in apis.items():
                signature = _signed(unsigned.url, body_of(FIND, id="book-1")) if name == "ministack" else {}
                api = replace(unsigned, headers=signature)
                spent = [await _timed(api) for _ in range(QUERIES)]
                started = perf_counter()
                await asyncio.gather(*(_call(api, LOAD // _CALLERS) for _ in range(_CALLERS)))
                rate = LOAD / (perf_counter() - started)
                if number >= 0:
                    medians[name].append(statistics.median(spent))
                    percentiles[name].append(statistics.quantiles(spent, n=100)[98])
                    rates[name].append(rate)
    measured = []
    for peer, note in (("simulator", _SIMULATOR), ("ministack", _CLOUD)):
        measured += [
            Samples(f"gateway_latency_vs_{peer}", medians["ours"], medians[peer], "ms", note),
            Samples(f"gateway_latency_p99_vs_{peer}", percentiles["ours"], percentiles[peer], "ms", note),
            Samples(f"gateway_requests_per_second_vs_{peer}", rates["ours"], rates[peer], "per second", note),
        ]
    return measured


async def _timed(api: Api) -> float:
    started = perf_counter()
    await api.find()
    return (perf_counter() - started) * 1000


async def _call(api: Api, times: int) -> None:
    for _ in range(times):
        await api.find()


async def _fan_outs(ours: Server, peer: Server, subject: Subject) -> list[Samples]:
    """Measures the time from sending the mutation to the last subscriber's event."""
    measured = []
    body = body_of(ANNOUNCE, book=BOOK)
    async with an_api(ours.url, subject.key) as our_api, an_api(peer.url, subject.key) as peer_api:
        our_sockets: list[aiohttp.ClientWebSocketResponse] = []
        peer_sockets: list[aiohttp.ClientWebSocketResponse] = []
        for subscribers in SUBSCRIBERS:
            await _subscribe(our_api, our_sockets, subscribers)
            await _subscribe(peer_api, peer_sockets, subscribers)
            pairs = [
                (await _fan_out(our_api, body, our_sockets), await _fan_out(peer_api, body, peer_sockets))
                for _ in range(_WARM_UP + EVENTS)
            ][_WARM_UP:]
            mine, others = zip(*pairs, strict=True)
            name = f"gateway_fan_out_{subscribers}_vs_simulator"
            measured.append(Samples(name, mine, others, "ms", f"{_SIMULATOR}, to the last of {subscribers}"))
    return measured


async def _connections(subject: Subject) -> Samples:
    """Measures the memory of connections with one subscription each, on newly started gateways."""
    weights: tuple[list[float], list[float]] = ([], [])
    for _ in range(CONNECTED):
        for start, column in zip((candidates.ours, candidates.simulator), weights, strict=True):
            with start(subject) as server:
                async with an_api(server.url, subject.key) as api:
                    before = server.memory()
                    await _subscribe(api, [], SUBSCRIBERS[-1])
                    column.append(server.memory() - before)
    name = f"gateway_memory_{SUBSCRIBERS[-1]}_connections_vs_simulator"
    return Samples(name, *weights, "MB", f"{_SIMULATOR}, {SUBSCRIBERS[-1]} connections more")


async def _subscribe(api: Api, sockets: list[aiohttp.ClientWebSocketResponse], wanted: int) -> None:
    while len(sockets) < wanted:
        group = range(min(_CONNECTING, wanted - len(sockets)))
        sockets += await asyncio.gather(*(api.subscribed(str(BOOK["author"])) for _ in group))


async def _fan_out(api: Api, body: bytes, sockets: Sequence[aiohttp.ClientWebSocketResponse]) -> float:
    """Returns milliseconds."""
    waiting = [asyncio.create_task(message(socket, "data")) for socket in sockets]
    await asyncio.sleep(0)  # let all subscribers start to wait
    started = perf_counter()
    await api.post(body)
    for update in await asyncio.gather(*waiting):
        if update["payload"]["data"]["onAnnounced"] is None:
            raise RuntimeError(str(update))
    return (perf_counter() - started) * 1000


def _signed(url: str, body: bytes) -> Mapping[str, str]:
    request = AWSRequest("POST", url, data=body, headers={"content-type": "application/json"})
    key = Credentials(os.environ.get("AWS_ACCESS_KEY_ID", "test"), os.environ.get("AWS_SECRET_ACCESS_KEY", "test"))
    SigV4Auth(key, "appsync", os.environ.get("AWS_REGION") or "us-east-1").add_auth(request)
    return dict(request.headers)


if __name__ == "__main__":
    main()
