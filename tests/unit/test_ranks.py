"""Ranks put newer tasks first, and between two of them there is room for another one."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ranks import DIGITS, LENGTH, NoRoom, RandomBelow, rank_between, rank_of_creation
from tests.builders import NOON, a_task, later

dice = st.integers(0, 2**32).map(lambda seed: Random(seed).randrange)
ranks = st.text(DIGITS, min_size=8, max_size=20).map(lambda text: text + "V")


def test_a_newer_task_comes_first_and_tasks_of_one_millisecond_have_different_ranks() -> None:
    older, newer = a_task(created_at=NOON).state, a_task(created_at=NOON + timedelta(milliseconds=1)).state

    assert newer.rank < older.rank
    assert len({a_task(created_at=NOON).state.rank for _ in range(1000)}) == 1000


def test_the_rank_of_a_creation_is_always_the_same() -> None:
    assert rank_of_creation(datetime(2026, 11, 23, 12, tzinfo=UTC), "task-1") == "zUOCWs9v1OpE"


@given(st.tuples(ranks, ranks).map(sorted).filter(lambda pair: pair[0] < pair[1]), dice)
def test_a_rank_between_two_is_between_them_and_leaves_room_on_both_sides(pair: list[str], random: RandomBelow) -> None:
    low, high = pair

    middle = rank_between(low, high, random)

    assert low < middle < high
    assert low < rank_between(low, middle, random) < middle < rank_between(middle, high, random) < high


@given(ranks, dice)
def test_a_rank_beside_one_is_on_that_side_and_short(rank: str, random: RandomBelow) -> None:
    first, last = rank_between(None, rank, random), rank_between(rank, None, random)

    assert first < rank < last
    assert max(len(first), len(last)) <= max(10, len(rank) + 3)


def test_a_list_may_grow_at_its_ends_forever() -> None:
    random = Random(1)
    first = last = rank_of_creation(NOON, "task-1")

    for _ in range(2000):
        first, last = rank_between(None, first, random.randrange), rank_between(last, None, random.randrange)

    assert len(first) == len(last) == 10


@pytest.mark.parametrize("side", ["low", "high", "both"])
def test_a_hundred_tasks_fit_into_one_place(side: str) -> None:
    random = Random(side)
    low, high = rank_of_creation(later(), "task-1"), rank_of_creation(NOON, "task-2")
    for move in range(100):
        middle = rank_between(low, high, random.randrange)
        assert low < middle < high
        assert len(middle) <= LENGTH
        if side == "high" or (side == "both" and move % 2):
            low = middle
        else:
            high = middle


def test_a_place_can_be_full() -> None:
    low, high = "a" * 49 + "1", "a" * 49 + "2"

    with pytest.raises(NoRoom):
        rank_between(low, high, Random(1).randrange)


@pytest.mark.parametrize(("low", "high"), [("b", "a"), ("a", "a"), ("aV", "a")])
def test_between_ranks_in_the_wrong_order_there_is_no_room(low: str, high: str) -> None:
    with pytest.raises(NoRoom):
        rank_between(low, high, Random(1).randrange)


def test_two_moves_to_one_place_have_different_ranks() -> None:
    low, high = rank_of_creation(later(), "task-1"), rank_of_creation(NOON, "task-2")
    random = Random(1)

    assert len({rank_between(low, high, random.randrange) for _ in range(100)}) > 95
    assert len({rank_between(None, low, random.randrange) for _ in range(100)}) > 95
