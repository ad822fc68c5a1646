"""A deployed stage passes the same tests as the local one."""

from tests.e2e.test_life_of_a_task import *  # noqa: F403 - pytest finds them here
