"""The assumptions of the cost model match the deployed template."""

from benchmarks import bills
from tests.infrastructure.conftest import Synthesized


def test_costs_are_computed_for_the_memory_and_the_batches_that_are_deployed(dev: Synthesized) -> None:
    functions = dev.of_type("AWS::Lambda::Function").values()
    mappings = dev.of_type("AWS::Lambda::EventSourceMapping").values()

    assert {function["MemorySize"] for function in functions} == {bills.MEMORY}
    assert {mapping["BatchSize"] for mapping in mappings} == {bills.RELAY_BATCH, bills.PROCESSOR_BATCH}
