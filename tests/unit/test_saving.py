"""A stop whose data were not saved, such as on a full disk, says so."""

import os
import time
from pathlib import Path

import pytest

from local import ministack
from local.errors import CannotRun
from local.settings import Settings

SERVICES = ("dynamodb", "sqs", "lambda", "cognito", "cloudformation")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "state").mkdir()
    for name in SERVICES:
        (tmp_path / "state" / f"{name}.json").touch()
    return Settings(data=tmp_path)


def test_data_that_were_saved_at_the_stop_are_saved(settings: Settings) -> None:
    ministack.check_that_it_saved(settings, time.time())


@pytest.mark.parametrize("name", SERVICES)
def test_data_of_an_earlier_run_are_not_those_of_this_run(settings: Settings, name: str) -> None:
    began = time.time()
    os.utime(settings.data / "state" / f"{name}.json", (began - 60, began - 60))

    with pytest.raises(CannotRun, match=rf"^Stopped, but the data of this run were not saved \({name}\.json\): \d+ MB"):
        ministack.check_that_it_saved(settings, began)


def test_data_that_were_never_saved_are_named(settings: Settings) -> None:
    (settings.data / "state" / "sqs.json").unlink()

    with pytest.raises(CannotRun, match=r"not saved \(sqs\.json\)"):
        ministack.check_that_it_saved(settings, time.time())
