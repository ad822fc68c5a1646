"""An enum that accepts the values of newer versions of the API. `make python-client` copies it into `tasks_api`.

docs/contract.md announces that enums grow without notice: an unknown value must not fail the page that contains it.
"""

from enum import StrEnum
from typing import Self


class OpenEnum(StrEnum):
    """An enum whose unknown values become members without a name of their own, for example `TaskStatus("BLOCKED")`.

    Such a member equals its text. `is_known` tells it from the values that the client was generated with.
    """

    @property
    def is_known(self) -> bool:
        """Whether the client was generated with this value."""
        return self.name in type(self).__members__

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = f"UNKNOWN_{value}"
        member._value_ = value
        return member
