"""The stages, and everything that differs between them: one table."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


class InvalidSetting(Exception):
    """The app cannot be made with what it was given; the message says why in one sentence."""


@dataclass(frozen=True)
class Stage:
    """One deployment of the product. What a field means is said once, here."""

    name: str
    api_keys: tuple[str, ...]  # names, the newest last; production has none: its callers sign in or sign
    password_sign_in: bool  # USER_PASSWORD_AUTH, for demo users; elsewhere SRP only
    keeps_data: bool  # deletion protection, and data that outlives its stack
    introspection: bool
    log_retention: int  # days
    query_depth_limit: int
    resolver_count_limit: int
    requests_per_address: int  # in five minutes; more are blocked
    processor_concurrency: int  # invocations at once, at most


STAGES: Mapping[str, Stage] = MappingProxyType(
    {
        stage.name: stage
        for stage in (
            Stage(
                name="dev",
                api_keys=("A",),
                password_sign_in=True,
                keeps_data=False,
                introspection=True,
                log_retention=7,
                query_depth_limit=15,
                resolver_count_limit=200,
                requests_per_address=10000,
                processor_concurrency=5,
            ),
            Stage(
                name="staging",
                api_keys=("A",),
                password_sign_in=False,
                keeps_data=False,
                introspection=True,
                log_retention=30,
                query_depth_limit=10,
                resolver_count_limit=200,
                requests_per_address=2000,
                processor_concurrency=5,
            ),
            Stage(
                name="production",
                api_keys=(),
                password_sign_in=False,
                keeps_data=True,
                introspection=False,
                log_retention=180,
                query_depth_limit=10,
                resolver_count_limit=200,
                requests_per_address=2000,
                processor_concurrency=20,
            ),
        )
    }
)


def stage_named(name: str) -> Stage:
    """The stage. Raises InvalidSetting, naming those there are."""
    if name not in STAGES:
        raise InvalidSetting(f"There is no stage {name!r}: name one of {', '.join(STAGES)}.")
    return STAGES[name]


def email_address(text: str) -> str:
    """The address. Raises InvalidSetting for what is none (RFC 5321 lets more pass; SNS does not deliver to it)."""
    if not re.fullmatch(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}", text, re.ASCII):
        raise InvalidSetting(f"The alarm target {text!r} is not an email address.")
    return text
