"""Values are named by nouns, and no two classes of the product share a name."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.settings import ROOT

PARTICIPLES = {"asked", "found", "given", "heard", "kept", "made", "one", "told"}
PRODUCT = ["domain", "adapters", "resolvers", "processor", "webhooks", "probes", "operations", "cdk", "local"]
GATEWAY = "packages/appsync-offline/src"
GATEWAY_TESTS = "packages/appsync-offline/tests"
ARGUMENTS = "resolvers/inputs.py"  # its classes have the names of the API's operations, as those of the use cases do


def sources(folder: str) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if "node_modules" not in Path(name).parts:
            yield name, ast.parse(path.read_text())


def names(tree: ast.Module) -> Iterator[str]:
    """Yields the names that a module gives to values and functions."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name


@pytest.mark.parametrize("folder", [*PRODUCT, "benchmarks", GATEWAY, "tests", GATEWAY_TESTS])
def test_a_value_is_named_by_a_noun(folder: str) -> None:
    participles = {f"{path}: {name}" for path, tree in sources(folder) for name in names(tree) if name in PARTICIPLES}

    assert participles == set()


def test_a_class_of_the_product_has_a_name_of_its_own() -> None:
    places = defaultdict(set)
    for folder in PRODUCT:
        for path, tree in sources(folder):
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and path != ARGUMENTS:
                    places[re.sub("^_", "", node.name)].add(path)

    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}
