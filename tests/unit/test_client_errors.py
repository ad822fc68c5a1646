"""The published clients have a type for each error of the contract."""

import re
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location

import pytest

from domain.errors import DomainError
from local.settings import ROOT

INTERNAL = "InternalError"  # what the edge answers to every other exception


def types_of_the_contract(kind: type[DomainError] = DomainError) -> set[str]:
    own = {kind.error_type} if "error_type" in vars(kind) else set()
    return own.union(*(types_of_the_contract(each) for each in kind.__subclasses__()))


def of_typescript() -> set[str]:
    source = (ROOT / "packages" / "client" / "src" / "errors.ts").read_text()
    table = re.search(r"^const TYPES = \{ (.*) \};$", source, re.MULTILINE)
    return set(table[1].split(", ")) if table else set()


def of_python() -> set[str]:
    spec = spec_from_file_location("errors", ROOT / "examples" / "python" / "errors.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return set(module._TYPES)


@pytest.mark.parametrize("of_client", [of_typescript, of_python])
def test_a_client_has_a_type_for_each_error(of_client: Callable[[], set[str]]) -> None:
    assert of_client() == types_of_the_contract() | {INTERNAL}
