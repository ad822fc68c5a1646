"""Links of other pages open a folder's page and nothing else, without what they say in the address."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from appsync_offline.testing.apis import a_gateway, an_api
from appsync_offline.web.server import create_app
from starlette.testclient import TestClient

LINK = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[TestClient]:
    for folder in (tmp_path, tmp_path / "board"):
        folder.mkdir(exist_ok=True)
        (folder / "index.html").write_text("<html></html>")
        (folder / "config.json").write_text("{}")
    with TestClient(
        create_app(a_gateway(an_api("type Query { a: ID }")), tmp_path),
        base_url="http://127.0.0.1:4000",
        follow_redirects=False,
    ) as client:
        yield client


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", ["/", "/board/"])
def test_a_link_of_another_page_loses_its_query_string(browser: TestClient, path: str, site: str) -> None:
    followed = browser.get(
        f"{path}?query=mutation&endpoint=http://127.0.0.1:9/", headers=LINK | {"sec-fetch-site": site}
    )

    assert (followed.status_code, followed.headers["location"]) == (303, "./#")
    assert browser.get(path, headers=LINK | {"sec-fetch-site": site}).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize(
    "path", ["/index.html", "/config.json", "/board/config.json", "/health", "/nothing", "/_reload"]
)
def test_a_link_of_another_page_reaches_nothing_else(browser: TestClient, path: str, site: str) -> None:
    assert browser.get(path, headers=LINK | {"sec-fetch-site": site}).status_code == 403


@pytest.mark.parametrize("site", ["none", "same-origin"])
def test_the_users_own_address_and_own_links_keep_their_query_string(browser: TestClient, site: str) -> None:
    assert browser.get("/board/?window=2", headers=LINK | {"sec-fetch-site": site}).status_code == 200


def test_a_redirection_leads_to_no_other_host(browser: TestClient) -> None:
    followed = browser.get("http://127.0.0.1:4000//board/?a=b", headers=LINK | {"sec-fetch-site": "cross-site"})

    assert followed.headers.get("location", "./#") == "./#"
