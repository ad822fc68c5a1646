"""The manual order of tasks: keys between which there is nearly always room for another one.

A rank is text over the 62 ASCII digits and letters, compared by code units, and never ends with the lowest digit:
between two such texts there always is a third. It begins with a time of fixed width, so that tasks that were never
moved are sorted by their creation without a stored rank.
"""

from collections.abc import Callable
from datetime import datetime
from zlib import crc32

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTH = 50  # code units

RandomBelow = Callable[[int], int]
"""Returns a random integer from 0 up to, but not including, its argument."""

_BASE = len(DIGITS)
_PAIRS = [high + low for high in DIGITS for low in DIGITS]
_VALUES = {digit: value for value, digit in enumerate(DIGITS)}
_TIME = 8  # digits of the milliseconds; enough until the year 8888
_LAST = _BASE**_TIME - 1
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_STEP = 1_000  # milliseconds by which a task that becomes the first or last one passes its neighbor, at most
_JITTER = 2  # random digits, so that two moves to the same place rarely have the same rank


class NoRoom(Exception):
    """Between the two ranks there is none of at most LENGTH digits."""


def rank_of_creation(created_at: datetime, task_id: str) -> str:
    """Returns the rank of a task that was never moved: a newer task has a lower one.

    Four digits made from the id tell apart the tasks of one millisecond.
    """
    since = created_at - _EPOCH
    milliseconds = (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000
    number = crc32(task_id.encode())
    return (
        _text(max(0, _LAST - milliseconds), _TIME)
        + DIGITS[number // _BASE**2 % _BASE]
        + _text(number % _BASE**2, 2)
        + DIGITS[1 + number % (_BASE - 1)]
    )


def valid_rank(text: str) -> str:
    """Returns a rank that was stored elsewhere, or nothing for a task that was never moved. Raises ValueError."""
    if text and (len(text) > LENGTH or not _VALUES.keys() >= set(text) or text.endswith(DIGITS[0])):
        raise ValueError(f"not a rank: {text[:LENGTH]!r}")
    return text


def rank_between(low: str | None, high: str | None, random_below: RandomBelow) -> str:
    """Returns a random rank above `low` and below `high`, where None is no bound.

    Raises NoRoom when there is none of at most 50 digits, which takes over a hundred moves to one place, and when `low`
    is not below `high`.
    """
    if low is not None and high is not None:
        rank = _middle(low, high, random_below)
    else:
        rank = _beside(low, high, random_below)
    if len(rank) > LENGTH or not (low or "") < rank or not (high is None or rank < high):
        raise NoRoom
    return rank


def _beside(low: str | None, high: str | None, random_below: RandomBelow) -> str:
    """Returns a rank a little above `low` or a little below `high`, which does not become longer with each move."""
    step = 1 + random_below(_STEP)
    time = _number(low) + step if low is not None else _number(high or "") - step
    if 0 <= time <= _LAST:
        return _text(time, _TIME) + _jitter(random_below)
    return _middle(low or "", high, random_below)


def _middle(low: str, high: str | None, random_below: RandomBelow) -> str:
    """Returns a rank that has the common beginning of both and then a digit between theirs.

    Where their digits are neighbors, the lower one is taken, and the next digit is above that of `low`.
    """
    digits: list[str] = []
    while len(digits) <= LENGTH:
        place = len(digits)
        lowest = _VALUES[low[place]] if place < len(low) else 0
        highest = _VALUES[high[place]] if high is not None and place < len(high) else _BASE
        if highest - lowest > 1:
            digits.append(_between(lowest, highest, random_below))
            return "".join(digits) + _jitter(random_below)
        if highest < lowest:
            break
        digits.append(DIGITS[lowest])
        if highest > lowest:
            high = None  # every text with this beginning is below `high`
    raise NoRoom


def _between(lowest: int, highest: int, random_below: RandomBelow) -> str:
    """Returns a digit from the middle half between two values, so that both sides keep room."""
    room = highest - lowest - 1
    quarter = room // 4
    return DIGITS[lowest + 1 + quarter + random_below(room - 2 * quarter)]


def _jitter(random_below: RandomBelow) -> str:
    return "".join(DIGITS[random_below(_BASE)] for _ in range(_JITTER - 1)) + DIGITS[1 + random_below(_BASE - 1)]


def _number(rank: str) -> int:
    number = 0
    for place in range(_TIME):
        number = number * _BASE + (_VALUES[rank[place]] if place < len(rank) else 0)
    return number


def _text(number: int, width: int) -> str:
    """Returns the number in an even number of digits. Two at a time take half the time: each task of a list has one."""
    text = ""
    for _ in range(width // 2):
        number, pair = divmod(number, _BASE**2)
        text = _PAIRS[pair] + text
    return text
