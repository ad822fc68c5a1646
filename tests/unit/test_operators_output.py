"""Data cannot forge lines of operators' output or command their terminal."""

import json

import pytest

from operations import output
from operations.output import ProgressReport, escaped, json_text, say

ESCAPE_SEQUENCE = "\x1b]0;owned\x07\x1b[2J"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zoë kauft Milch 🥛", "Zoë kauft Milch 🥛"),
        ("one\nMoved: 7", r"one\nMoved: 7"),
        ("\r", r"\r"),
        (ESCAPE_SEQUENCE, r"\x1b]0;owned\x07\x1b[2J"),
        ("\x9b2J", r"\x9b2J"),
        ("\u202e\u2028\ud800", r"\u202e\u2028\ud800"),
    ],
    ids=["plain", "a line", "a return", "a sequence", "a C1 control", "direction, separator, surrogate"],
)
def test_what_is_not_printable_is_escaped(text: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert escaped(text) == expected

    say(text)

    assert capsys.readouterr().out == f"{expected}\n"


def test_json_for_people_has_no_control_characters_and_means_the_same() -> None:
    value = {"title": f"Zoë\n{ESCAPE_SEQUENCE}\x9b\u202e\U000e0001", "list": [1, None]}

    text = json_text(value)

    assert json.loads(text) == value
    assert all(char.isprintable() or char == "\n" for char in text)
    assert "Zoë" in text


def test_progress_is_printed_at_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    times = iter([0.0, 1.0, output._INTERVAL, output._INTERVAL, output._INTERVAL + 1])
    progress = ProgressReport("items read", clock=lambda: next(times))

    progress.advance()
    progress.advance(1999)
    progress.advance()

    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "items read: 2,000 …\n")
    assert progress.count == 2001
