"""Only a folder with our marker is changed or deleted."""

from pathlib import Path

import pytest

from local import background
from local.errors import CannotRun
from local.settings import Settings


@pytest.fixture
def foreign(tmp_path: Path) -> Settings:
    """Returns settings that name somebody's folder of photos."""
    folder = tmp_path / "photos"
    folder.mkdir()
    folder.chmod(0o755)
    for name in ("holiday.jpg", "up.pid", "stack.json"):
        (folder / name).write_text("theirs")
    (folder / "unpacked").mkdir()
    return Settings(data=folder)


def contents(settings: Settings) -> list[tuple[str, int]]:
    return [(str(path), path.stat().st_mode) for path in sorted([settings.data, *settings.data.rglob("*")])]


def test_a_folder_of_something_else_is_not_deleted(foreign: Settings) -> None:
    before = contents(foreign)

    with pytest.raises(CannotRun, match=r"photos is no folder of local data, so that nothing was deleted\.$"):
        background.reset(foreign)

    assert contents(foreign) == before


def test_a_start_leaves_a_folder_of_something_else_as_it_is(foreign: Settings) -> None:
    before = contents(foreign)

    with pytest.raises(CannotRun, match=r"photos holds other files: name a new or an empty folder with LOCAL_DATA=…"):
        background.claim(foreign)

    assert contents(foreign) == before


def test_a_stop_touches_no_folder_of_something_else(foreign: Settings) -> None:
    before = contents(foreign)

    assert not background.stop(foreign)
    assert contents(foreign) == before


@pytest.mark.parametrize("exists", [True, False])
def test_a_new_or_an_empty_folder_becomes_ours_for_this_user_alone(tmp_path: Path, exists: bool) -> None:
    settings = Settings(data=tmp_path / "a" / "b")
    if exists:
        settings.data.mkdir(parents=True)

    background.claim(settings)

    assert settings.data.stat().st_mode & 0o777 == 0o700
    assert background.is_ours(settings)
    background.claim(settings)
    background.reset(settings)
    assert not settings.data.exists()
    assert settings.data.parent.exists()


def test_data_of_an_earlier_version_are_ours_once_they_are_marked(foreign: Settings) -> None:
    foreign.marker.touch()

    background.reset(foreign)

    assert not foreign.data.exists()


def test_a_reset_without_data_is_no_fault(tmp_path: Path) -> None:
    background.reset(Settings(data=tmp_path / "nothing"))


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CannotRun, match=r"file cannot be used for local data: Not a directory\.$"):
        background.claim(Settings(data=tmp_path / "file"))
