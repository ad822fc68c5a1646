"""Reads and writes `stack.json`, which describes the running stack to scripts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from local.users import DemoUser


@dataclass(frozen=True)
class StackDescription:
    """The running stack. The file has the same fields in camelCase.

    Clients of `tls_graphql_url` must trust the PEM file `certificate_authority`.
    """

    graphql_url: str
    tls_graphql_url: str
    certificate_authority: str
    realtime_url: str
    console_url: str
    api_key: str
    region: str
    aws_endpoint_url: str
    user_pool_id: str
    user_pool_client_id: str
    users: Sequence[DemoUser]
    table_name: str
    topic_arn: str
    queue_url: str
    dead_letter_queue_url: str
    functions: Mapping[str, str]

    def write(self, file: Path) -> None:
        """Write the file atomically."""
        content = {_camel(name): value for name, value in asdict(self).items()}
        partial = file.with_suffix(".partial")
        partial.write_text(json.dumps(content, indent=2) + "\n")
        partial.chmod(0o600)
        partial.replace(file)

    @classmethod
    def read(cls, file: Path) -> "StackDescription":
        """Returns the description in the file. Raises FileNotFoundError when no stack runs."""
        content = json.loads(file.read_text())
        users = [DemoUser(**user) for user in content.pop("users")]
        names = {_camel(name): name for name in cls.__dataclass_fields__}
        return cls(users=users, **{names[key]: value for key, value in content.items()})


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
