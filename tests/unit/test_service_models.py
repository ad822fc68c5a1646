"""The models that clients are made from are botocore's own."""

import pytest
from botocore.exceptions import DataNotFoundError
from botocore.loaders import Loader

from adapters.service_models import service_models


@pytest.mark.parametrize("service", ["dynamodb", "sns"])
@pytest.mark.parametrize("model", ["service-2", "endpoint-rule-set-1"])
def test_a_services_model_is_the_one_that_botocore_finds_by_itself(service: str, model: str) -> None:
    assert service_models().load_service_model(service, model) == Loader().load_service_model(service, model)


@pytest.mark.parametrize("name", ["endpoints", "partitions", "sdk-default-configuration", "_retry"])
def test_data_of_no_service_are_those_that_botocore_finds_by_itself(name: str) -> None:
    assert service_models().load_data(name) == Loader().load_data(name)


def test_what_is_not_there_is_said_to_be_missing() -> None:
    with pytest.raises(DataNotFoundError):
        service_models().load_data("nothing")
