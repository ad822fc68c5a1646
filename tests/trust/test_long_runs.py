"""Long runs of resolver code do not fill the gateway's memory."""

import pytest
from appsync_offline.resolver_code import evaluation
from appsync_offline.testing.apis import BY_API_KEY, a_gateway, an_api, coded

API = an_api("type Query { book(id: ID): ID }", coded("Query.book", request="return { payload: ctx.args.id }"))
MEMORY = 4 * 2**20  # bytes; full after a few hundred requests if each left its context behind


async def test_resolver_code_answers_the_thousandth_request_as_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "_MEMORY", MEMORY)
    monkeypatch.setattr(evaluation, "_TIDYING", 100)
    gateway = a_gateway(API)
    headers = {f"x-header-{number}": "x" * 50 for number in range(20)}

    for number in range(1000):
        answer = await gateway.answer(f'{{ book(id: "{number}") }}', {}, None, BY_API_KEY, headers)

        assert answer == {"data": {"book": str(number)}}
