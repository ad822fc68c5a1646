"""Titles and descriptions follow their rules and are stored in Form C."""

import json
from unicodedata import normalize

import pytest

from domain.errors import ValidationError
from domain.text import valid_description, valid_title
from tests.builders import a_created_task, a_task, later

COMPOSED, DECOMPOSED = "Café", "Cafe\N{COMBINING ACUTE ACCENT}"


@pytest.mark.parametrize(
    "title", ["x", "x" * 200, "  " + "x" * 200 + "  ", "日本語", "👩‍👩‍👧", "❤️", "…", "нет", "שלום", "①"]
)
def test_a_good_title_is_taken(title: str) -> None:
    assert valid_title(title) == title.strip()


LENGTH = "must be 1 to 200 characters, blanks around it not counted"
CONTROL = "must not contain control characters or line breaks"
NONCHARACTERS = "must not contain noncharacters such as U+FFFE, which no message can carry"
SURROGATES = "must not contain lone surrogates, which UTF-8 cannot encode"


@pytest.mark.parametrize(
    ("title", "rule"),
    [
        ("", LENGTH),
        ("   ", LENGTH),
        ("\n\t", LENGTH),
        ("x" * 201, LENGTH),
        ("x" * 10_000, LENGTH),
        ("two\nlines", CONTROL),
        ("bell\x07", CONTROL),
        ("\ud800", SURROGATES),
        ("Tea \udc00", SURROGATES),
    ],
)
def test_a_bad_title_is_refused_with_field_and_rule(title: str, rule: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        valid_title(title)

    assert (refusal.value.info["field"], refusal.value.info["rule"]) == ("title", rule)


def test_a_title_counts_the_characters_that_are_left_when_it_is_composed() -> None:
    # Four code points become one, and no character of Form C has a longer form.
    longest = "\u03b1\u0313\u0300\u0345"  # a small alpha with its three marks

    assert len(longest) == 4
    assert len(valid_title(longest * 200)) == 200


INVISIBLE = {
    "zero-width spaces": "\u200b\u200b",
    "a zero-width joiner": "\u200d",
    "a byte order mark": "\ufeff",
    "a word joiner": "\u2060",
    "soft hyphens": "\u00ad\u00ad",
    "direction marks": "\u200e\u202e\u061c",
    "Hangul fillers": "\u3164\u115f\u1160\uffa0",
    "blank Braille": "\u2800",
    "tag characters": "\U000e0041\U000e007f",
    "a lone variation selector": "\ufe0f",
    "a supplementary variation selector": "\U000e0100",
    "a grapheme joiner": "\u034f",
    "a combining mark on nothing": "\u0301",
    "an unassigned code point": "\u2065",
    "blanks between fillers": "\u3164 \u2003 \u2800",
}


@pytest.mark.parametrize("what", INVISIBLE)
def test_a_title_that_shows_nothing_is_refused(what: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        valid_title(INVISIBLE[what])

    assert (refusal.value.info["field"], refusal.value.info["rule"]) == ("title", "must contain a visible character")


@pytest.mark.parametrize("what", INVISIBLE)
def test_one_visible_character_is_enough(what: str) -> None:
    assert valid_title(f"x{INVISIBLE[what]}").startswith(normalize("NFC", f"x{INVISIBLE[what]}")[0])


@pytest.mark.parametrize(
    ("description", "rule"),
    [
        ("x" * 1001, "must be at most 1000 characters"),
        ("x" * 10_000, "must be at most 1000 characters"),
        ("null\x00", "must not contain control characters other than line breaks and tabs"),
        ("\udfff", SURROGATES),
        ("x\ufffe", NONCHARACTERS),
        ("\U0010ffff", NONCHARACTERS),
    ],
)
def test_a_bad_description_is_refused_with_field_and_rule(description: str, rule: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        valid_description(description)

    assert (refusal.value.info["field"], refusal.value.info["rule"]) == ("description", rule)


@pytest.mark.parametrize("line_break", ["\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_a_title_has_one_line(line_break: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        valid_title(f"a{line_break}b")

    assert (refusal.value.info["field"], refusal.value.info["rule"]) == ("title", CONTROL)


@pytest.mark.parametrize("noncharacter", ["\ufffe", "\uffff", "\ufdd0", "\ufdef", "\U0001fffe", "\U0010ffff"])
def test_a_title_has_no_noncharacter(noncharacter: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        valid_title(f"a{noncharacter}b")

    assert (refusal.value.info["field"], refusal.value.info["rule"]) == ("title", NONCHARACTERS)


def carried_by_sqs(character: str) -> bool:
    """Returns whether SQS accepts the character (SQS API reference, SendMessage)."""
    code_point = ord(character)
    return code_point in {0x9, 0xA, 0xD} or any(
        first <= code_point <= last for first, last in ((0x20, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x10FFFF))
    )


@pytest.mark.no_cover
def test_every_character_that_a_text_may_have_is_carried_by_a_message() -> None:
    not_carried = [character for character in map(chr, range(0x110000)) if not carried_by_sqs(character)]
    assert len(not_carried) == 29 + 2048 + 2

    for rule in (valid_title, valid_description):
        for character in not_carried:
            try:
                stored = rule(f"a{character}b")
            except ValidationError:
                continue
            assert all(map(carried_by_sqs, json.dumps(stored, ensure_ascii=False))), f"{rule}: {ord(character):#x}"


@pytest.mark.parametrize("description", ["", "x" * 1000, "lines\n\tand tabs\r\n", "\u200b", "  blanks  "])
def test_a_good_description_is_kept_as_it_is(description: str) -> None:
    assert valid_description(description) == description


def test_a_new_task_and_an_edited_one_keep_their_text_in_form_c() -> None:
    created, edited = a_created_task(title=DECOMPOSED), a_task()

    edited.edit(later(), title=DECOMPOSED, description=DECOMPOSED)

    assert (created.state.title, edited.state.title, edited.state.description) == (COMPOSED, COMPOSED, COMPOSED)


def test_an_edit_to_another_form_of_the_same_text_records_nothing() -> None:
    task = a_task(title=COMPOSED)

    task.edit(later(), title=DECOMPOSED)

    assert (task.events, task.version) == ((), 1)


def test_lengths_count_the_code_points_of_form_c() -> None:
    assert len(valid_title("e\N{COMBINING ACUTE ACCENT}" * 200)) == 200
    # Form C writes each of these letters as two code points, because their composition is excluded.
    assert len(valid_title("\N{DEVANAGARI LETTER QA}" * 100)) == 200
    with pytest.raises(ValidationError):
        valid_title("\N{DEVANAGARI LETTER QA}" * 101)
