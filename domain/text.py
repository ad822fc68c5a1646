"""The rules of titles, labels and descriptions.

All are stored in Unicode Normalization Form C (Unicode Standard Annex #15), because different keyboards encode the
same visible text differently. Searches, comparisons and repeated creations therefore see equal texts. Lengths count the
code points of Form C.
"""

from unicodedata import category, normalize

from domain.errors import Code, ValidationError

TITLE_LENGTH = 200
DESCRIPTION_LENGTH = 1000

# Control characters, and U+2028 and U+2029, which are line breaks too.
_BREAKING = frozenset({"Cc", "Zl", "Zp"})
_LINE_BREAKS = frozenset("\n\r\t")
# UAX #15, "Maximum expansion factors": one code point of Form C replaces at most this many code points of another form.
_COMPOSED = 4
# Letters, numbers, punctuation and symbols are visible; marks, separators, format and unassigned characters are not.
_VISIBLE = frozenset("LNPS")
# These letters and symbols are invisible: Hangul fillers, blank Braille, blank hieroglyphs, a musical null notehead.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\U00013441\U00013442\U0001d159")


def valid_title(title: str) -> str:
    """Returns the title in Form C without leading and trailing whitespace. Raises ValidationError."""
    return composed_line("title", title, TITLE_LENGTH)


def composed_line(field: str, text: str, limit: int) -> str:
    """Returns a line of 1 to `limit` code points in Form C without leading and trailing whitespace.

    Raises ValidationError, which names `field`.
    """
    trimmed = text.strip()
    length = f"must be 1 to {limit} characters, blanks around it not counted"
    if not trimmed:
        raise ValidationError(field, length, Code.LENGTH, min=1, max=limit)
    composed = _composed(field, trimmed, length, min=1, max=limit)
    if _is_plain(composed):
        return composed
    if any(category(character) in _BREAKING for character in composed):
        raise ValidationError(field, "must not contain control characters or line breaks", Code.FORMAT)
    if not any(_is_visible(character) for character in composed):
        raise ValidationError(field, "must contain a visible character", Code.FORMAT)
    return composed


def valid_description(description: str) -> str:
    """Returns the description in Form C with its whitespace, line breaks and tabs. Raises ValidationError."""
    rule = f"must be at most {DESCRIPTION_LENGTH} characters"
    composed = _composed("description", description, rule, max=DESCRIPTION_LENGTH)
    if _is_plain(composed):
        return composed
    if any(category(character) == "Cc" and character not in _LINE_BREAKS for character in composed):
        rule = "must not contain control characters other than line breaks and tabs"
        raise ValidationError("description", rule, Code.FORMAT)
    return composed


def _is_plain(text: str) -> bool:
    # Printable ASCII is in Form C and has nothing that a rule forbids. The check takes 1 % of the time of the others.
    return text.isascii() and text.isprintable()


def _composed(field: str, text: str, rule: str, **bounds: int) -> str:
    # The time that normalization takes grows with the square of a run of combining marks. Therefore a text that is too
    # long in every form is refused first.
    limit = bounds["max"]
    if len(text) > limit * _COMPOSED:
        raise ValidationError(field, rule, Code.LENGTH, **bounds)
    if _is_plain(text) and len(text) <= limit:
        return text
    if any(category(character) == "Cs" for character in text):
        raise ValidationError(field, "must not contain lone surrogates, which UTF-8 cannot encode", Code.FORMAT)
    if any(_is_noncharacter(ord(character)) for character in text):
        forbidden = "must not contain noncharacters such as U+FFFE, which no message can carry"
        raise ValidationError(field, forbidden, Code.FORMAT)
    composed = normalize("NFC", text)
    if len(composed) > limit:
        raise ValidationError(field, rule, Code.LENGTH, **bounds)
    return composed


def _is_noncharacter(code_point: int) -> bool:
    # The 66 code points that stand for no character (Unicode Standard, 23.7). SQS accepts neither U+FFFE nor U+FFFF
    # (SQS API reference, SendMessage).
    return code_point & 0xFFFE == 0xFFFE or 0xFDD0 <= code_point <= 0xFDEF


def _is_visible(character: str) -> bool:
    return category(character)[0] in _VISIBLE and character not in _BLANK
