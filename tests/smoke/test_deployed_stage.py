"""A deployed stage does what the local one does: the same tests, over there."""

from tests.e2e.test_life_of_a_task import *  # noqa: F403 - pytest finds them here
