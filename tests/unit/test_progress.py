"""Whoever waits for the local stack hears how far it is, at once."""

from pathlib import Path

import pytest

from local.background import _show_new_lines, claim
from local.deployment import DeploymentProgress
from local.errors import CannotRun
from local.settings import Settings


def test_a_deployment_says_how_far_it_is_but_seldom(capsys: pytest.CaptureFixture[str]) -> None:
    progress = DeploymentProgress()

    progress.take("✨  Synthesis time: 9.12s\n")
    for done in range(17):
        progress.take(f"TasksApi-dev | {done:>2}/16 | 2:51:41 PM | CREATE_COMPLETE | AWS::SNS::Topic | Topic\n")

    assert capsys.readouterr().out.splitlines() == [
        "  The templates are written. The resources follow …",
        *(f"  {done} of 16 resources" for done in (4, 8, 12, 16)),
    ]


def test_a_small_change_is_not_counted(capsys: pytest.CaptureFixture[str]) -> None:
    DeploymentProgress().take(
        "TasksApi-dev | 1/1 | 2:51:41 PM | UPDATE_COMPLETE | AWS::CloudFormation::Stack | TasksApi-dev\n"
    )

    assert capsys.readouterr().out == ""


def test_whole_lines_of_a_log_are_shown_once_and_the_last_one_is_left_to_the_banner(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "up.log"

    log.write_text("Starting …\nDeplo")
    shown = _show_new_lines(log, 0)
    log.write_text("Starting …\nDeploying …\nReady.\n")
    _show_new_lines(log, shown, until="Ready.")

    assert capsys.readouterr().out == "Starting …\nDeploying …\n"


def test_a_folder_that_cannot_be_written_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CannotRun, match=r"/file/data cannot be used for local data: Not a directory\."):
        claim(Settings(data=tmp_path / "file" / "data"))
