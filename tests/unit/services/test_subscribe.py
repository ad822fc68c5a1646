"""A subscription is granted to who may hear of the tasks, unless their access was ended after they signed in."""

from datetime import datetime, timedelta

import pytest

from domain.access import Actor
from domain.errors import Unauthorized
from domain.identifiers import UserId
from domain.services.subscribe import Subscribe
from tests.builders import ANNA, BORIS, NOON, later
from tests.in_memory_projections import InMemoryEndedAccess, InMemoryListeners


@pytest.mark.parametrize(
    ("actor", "owner", "listened_to"),
    [
        (Actor(ANNA, acts_for_anyone=False), None, ANNA),
        (Actor(ANNA, acts_for_anyone=True), None, None),
        (Actor(ANNA, acts_for_anyone=True), BORIS, BORIS),
        (Actor(None, acts_for_anyone=True), None, None),
    ],
)
def test_whom_a_subscription_hears_is_recorded(actor: Actor, owner: UserId | None, listened_to: UserId | None) -> None:
    listeners = InMemoryListeners()

    assert Subscribe(listeners, InMemoryEndedAccess(), later)(actor, owner) == listened_to
    assert listeners.owners == {listened_to}


@pytest.mark.parametrize("issued_at", [None, NOON - timedelta(hours=1), NOON])
@pytest.mark.parametrize("is_admin", [True, False])
def test_a_token_of_before_the_end_of_access_begins_no_subscription(issued_at: datetime | None, is_admin: bool) -> None:
    listeners = InMemoryListeners()

    with pytest.raises(Unauthorized, match=r"^Your access has been ended\. Sign in again\.$"):
        Subscribe(listeners, InMemoryEndedAccess({ANNA: NOON}), later)(Actor(ANNA, is_admin, issued_at), None)

    assert listeners.owners == set()


def test_a_token_of_afterwards_and_other_callers_subscribe() -> None:
    subscribe = Subscribe(InMemoryListeners(), InMemoryEndedAccess({ANNA: NOON}), later)

    assert subscribe(Actor(ANNA, False, NOON + timedelta(seconds=1)), None) == ANNA
    assert subscribe(Actor(BORIS, False, NOON - timedelta(hours=1)), None) == BORIS
    assert subscribe(Actor(None, True), ANNA) == ANNA
