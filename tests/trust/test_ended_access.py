"""Who loses access receives nothing more within a minute, although connection and token would live on."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from appsync_offline.testing.apis import ACCESS_KEY, REGION
from appsync_offline.testing.identity_provider import IdentityProvider
from websockets.exceptions import ConnectionClosed

from domain.identifiers import UserId
from operations.deployed import Deployed
from operations.live_access import GRACE, LiveAccess
from tests.integration.conftest import TABLE_NAME
from tests.trust.cloud import Cloud, a_cloud
from tests.trust.product import Product, a_product
from tests.trust.scale import figures
from tests.trust.test_attacks_over_the_wire import CHANGED, PUBLISH

ADMIN: dict[str, Any] = {"cognito:groups": ["admins"]}


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with a_cloud() as cloud:
        yield cloud


@pytest.fixture(scope="module")
def issuer() -> Iterator[IdentityProvider]:
    provider = IdentityProvider()
    yield provider
    provider.close()


@pytest_asyncio.fixture
async def product(cloud: Cloud, issuer: IdentityProvider) -> AsyncIterator[Product]:
    async with a_product(issuer, "production") as product:
        yield product


@pytest.fixture
def operator(product: Product, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> LiveAccess:
    """An operator of the stage. A second's wait stands for the time in which subscriptions that are beginning begin."""
    for name, value in (("ACCESS_KEY_ID", "AKIAANNA"), ("SECRET_ACCESS_KEY", ACCESS_KEY.secret), ("REGION", REGION)):
        monkeypatch.setenv(f"AWS_{name}", value)
    deployed = Deployed(TABLE_NAME, "topic", "pool", "unrelayed", [], product.server.url)
    return LiveAccess(deployed, cloud.dynamodb, wait=lambda _: None)


def earlier() -> datetime:
    """Returns a time before every token of the tests was issued, so that no resolver refuses them."""
    return datetime.now(UTC) - timedelta(hours=1)


async def a_change(product: Product) -> None:
    mutation, arguments = PUBLISH["publishTaskChange"]
    body = json.dumps({"query": mutation, "variables": arguments}).encode()
    assert (await product.send(product.signed(body), body))[0] == 200


def authorization(product: Product, name: str, **claims: Any) -> dict[str, str]:
    return {"host": "localhost", "authorization": product.token(name, **claims)}


async def test_a_removed_admin_hears_nothing_more_and_another_goes_on(product: Product, operator: LiveAccess) -> None:
    ada, eve = (authorization(product, name, iat=int(time.time()) - 60, **ADMIN) for name in ("ada", "eve"))
    async with product.server.connected(headers=ada) as leaving, product.server.connected(headers=eve) as remaining:
        for client, headers in ((leaving, ada), (remaining, eve)):
            assert (await client.start("1", CHANGED, {}, headers))["type"] == "start_ack"
        await a_change(product)
        assert [(await client.next())["type"] for client in (leaving, remaining)] == ["data", "data"]

        started = time.monotonic()
        await asyncio.to_thread(operator.end, UserId("ada"))
        took = time.monotonic() - started

        await a_change(product)
        assert (await remaining.next())["type"] == "data"
        with pytest.raises(ConnectionClosed):
            await leaving.next()
    async with product.server.connected(headers=ada) as again:
        answer = await again.start("1", CHANGED, {}, ada)
        assert answer["type"] == "error"
        assert "Your access has been ended" in json.dumps(answer)
    assert took + GRACE < 60, "the bound that docs/trust.md states"
    figures.append(f"ended access: {took:.1f} s and the grace of {GRACE:g} s until nothing is heard")


async def test_a_new_sign_in_may_subscribe_again(product: Product, operator: LiveAccess) -> None:
    await asyncio.to_thread(replace(operator, clock=earlier).end, UserId("ada"))
    later = authorization(product, "ada")

    async with product.server.connected(headers=later) as client:
        assert (await client.start("1", CHANGED, {}, later))["type"] == "start_ack"


async def test_a_subscription_that_was_beginning_is_ended_by_the_second_call(
    product: Product, operator: LiveAccess
) -> None:
    """The resolver of such a subscription read before the record; AppSync starts it after the first call."""
    ada = authorization(product, "ada")
    async with product.server.connected(headers=ada) as client:
        loop = asyncio.get_running_loop()

        def begin(_: float) -> None:
            answer = asyncio.run_coroutine_threadsafe(client.start("1", CHANGED, {}, ada), loop).result(10)
            assert answer["type"] == "start_ack"

        await asyncio.to_thread(replace(operator, wait=begin, clock=earlier).end, UserId("ada"))

        with pytest.raises(ConnectionClosed):
            await client.next()


async def test_a_stop_of_the_product_ends_everyones_subscriptions(product: Product, operator: LiveAccess) -> None:
    ada, anna = authorization(product, "ada", **ADMIN), authorization(product, "anna")
    async with product.server.connected(headers=ada) as first, product.server.connected(headers=anna) as second:
        for client, headers in ((first, ada), (second, anna)):
            assert (await client.start("1", CHANGED, {}, headers))["type"] == "start_ack"

        await asyncio.to_thread(operator.end_everyones)

        for client in (first, second):
            with pytest.raises(ConnectionClosed):
                await client.next()


@pytest.mark.parametrize("claims", [{}, ADMIN])
async def test_no_user_ends_anybodys_subscriptions(product: Product, claims: dict[str, Any]) -> None:
    token = {"authorization": product.token("anna", **claims)}

    _, answer = await product.post(token, 'mutation { endSubscriptions(field: onTaskChanged, userId: "boris") }')

    assert answer["errors"][0]["errorType"] == "Unauthorized"
