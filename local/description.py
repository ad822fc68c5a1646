"""Reads and writes `stack.json`, which describes the running stack to scripts."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from local.settings import Settings
from local.users import DemoUser


class StackDescription(BaseModel):
    """The running stack. The file has the same fields in camelCase, and a reader ignores those that it does not know.

    Clients of `tls_graphql_url` must trust the PEM file `certificate_authority`. Programs that call the embedded cloud
    must sign with the access key.
    """

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    graphql_url: str
    tls_graphql_url: str
    certificate_authority: str
    realtime_url: str
    console_url: str
    api_key: str = Field(repr=False)
    region: str
    aws_endpoint_url: str
    aws_access_key_id: str
    aws_secret_access_key: str = Field(repr=False)
    user_pool_id: str
    user_pool_client_id: str
    users: tuple[DemoUser, ...]
    table_name: str
    topic_arn: str
    queue_url: str
    dead_letter_queue_url: str
    functions: Mapping[str, str]

    def write(self, file: Path) -> None:
        """Write the file atomically, for this user alone."""
        partial = file.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        partial.touch(0o600)
        partial.write_text(self.model_dump_json(by_alias=True, indent=2) + "\n")
        partial.replace(file)

    @classmethod
    def read(cls, file: Path) -> "StackDescription":
        """Returns the description in the file. Raises FileNotFoundError when no stack runs."""
        return cls.model_validate_json(file.read_text())

    def settings(self, settings: Settings) -> Settings:
        """Returns the settings with the ports, the mode and the secret of this stack, which runs in the same folder."""
        cloud = urlsplit(self.aws_endpoint_url)
        return replace(
            settings,
            port=urlsplit(self.graphql_url).port or settings.port,
            tls_port=urlsplit(self.tls_graphql_url).port or settings.tls_port,
            ministack_port=cloud.port or settings.ministack_port,
            enforces_iam=cloud.scheme == "https",
            secret=self.aws_secret_access_key,
        )
