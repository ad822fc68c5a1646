"""The documents stay short, and what they and the code refer to exists."""

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from local.settings import ROOT

WORDS = 34_200
WORDS_OF_A_PAGE = 1_500
GENERATED = {"docs/schema.md", "benchmarks/results.md"}
_BUILT = {"node_modules", "dist", "cdk.out", "cdk.out.bundles", "gql"}
_SOURCES = {".py", ".ts", ".tsx", ".js", ".mjs", ".yml", ".graphql", ".md", ".toml", ".json"}


def _files() -> Iterator[Path]:
    """Yields the repository's own files by their paths in it, without what tools install or build."""
    for folder, subfolders, names in os.walk(ROOT):
        hidden = {name for name in subfolders if name.startswith(".") and name != ".github"}
        subfolders[:] = sorted(set(subfolders) - hidden - _BUILT)
        yield from ((Path(folder) / name).relative_to(ROOT) for name in names)


FILES = sorted(_files())
PAGES = [str(path) for path in FILES if path.suffix == ".md"]
WRITTEN = [page for page in PAGES if page not in GENERATED]


@cache
def _text(page: str) -> str:
    return (ROOT / page).read_text()


def _prose(page: str) -> str:
    """Returns the page without its fenced blocks."""
    return re.sub(r"^ *```.*?^ *```$", "", _text(page), flags=re.MULTILINE | re.DOTALL)


@cache
def _anchors(page: str) -> set[str]:
    """Returns the anchors of the headings, in GitHub's form."""
    headings = re.findall(r"^#+ (.*)$", _prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _broken(page: str, target: str) -> bool:
    path, _, anchor = target.partition("#")
    linked = os.path.normpath(Path(page).parent / path) if path else page
    return not (ROOT / linked).exists() or bool(anchor and linked.endswith(".md") and anchor not in _anchors(linked))


def _words(page: str) -> int:
    """Returns the number of words, without generated rows and a release's announcements of changes."""
    announced = r"### Changes since the last release.*?(?=^## )"
    generated = r"<!-- rows: .*?<!-- end -->"
    return len(re.sub(f"{announced}|{generated}", "", _text(page), flags=re.MULTILINE | re.DOTALL).split())


def test_all_pages_together_stay_below_the_budget() -> None:
    assert sum(map(_words, WRITTEN)) <= WORDS


@pytest.mark.parametrize("page", WRITTEN)
def test_a_page_answers_one_question_within_its_budget(page: str) -> None:
    assert _words(page) <= WORDS_OF_A_PAGE


@pytest.mark.parametrize("page", PAGES)
def test_every_link_and_anchor_of_a_page_leads_somewhere(page: str) -> None:
    targets = re.findall(r"\]\((?!https?:|mailto:)(\S+?)\)", _prose(page))

    assert [target for target in targets if _broken(page, target)] == []


def test_every_page_that_the_code_names_exists() -> None:
    named = {
        (str(path), page)
        for path in FILES
        if path.suffix in _SOURCES or path.name == "Makefile"
        for page in re.findall(r"(?<![\w/.-])docs/[\w/-]+\.md\b|docs/decisions/\d{4}", (ROOT / path).read_text())
    }

    missing = {(path, page) for path, page in named if not list(ROOT.glob(page if "." in page else f"{page}-*.md"))}

    assert missing == set()


@pytest.mark.parametrize("record", [page for page in PAGES if page.startswith("docs/decisions/")])
def test_a_decision_record_has_its_context_and_its_decision_in_at_most_40_lines(record: str) -> None:
    text = _text(record)

    assert len(text.splitlines()) <= 40
    assert re.match(rf"# {int(Path(record).name[:4])}\. ", text)
    assert all(part in text for part in ("**Context.**", "**Decision.**"))


def test_the_map_leads_to_every_document() -> None:
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", _text("docs/README.md")))

    assert linked == {path.name for path in FILES if path.parent == Path("docs") and path.suffix == ".md"} - {
        "README.md"
    }
